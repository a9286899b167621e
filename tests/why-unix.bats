#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why a unix socket failed: which part of its path, which name, whose socket.

load helpers
load helpers/why

@test "ECONNRESET, EPIPE of unix sockets: no RST is spoken of" {
  need python3
  holder "
l = socket.socket(socket.AF_UNIX); l.bind('here'); l.listen(); print('ready')
a, _ = l.accept(); a.send(b'abc'); a.recv(1, socket.MSG_PEEK); a.close()
a, _ = l.accept(); a.shutdown(socket.SHUT_RD); a.send(b'abc')"
  fails 8 sockctl connect -j -U here <<<hello
  with ECONNRESET
  because closed-unread '.received == 3 and .sent == 6'
  not_because reset-by-peer
  # What the client writes is refused, what it reads is not: it ends when its peer does.
  start_fed client sockctl connect -j -vv -U here
  await_line client.out abc
  feed client "lost"
  await_line client.err '"name":"EPIPE"'
  stop holder
  ends_with 8 client
  with EPIPE
  because peer-takes-no-more
}

@test "ENOENT: which part of the path is missing" {
  fails 6 sockctl connect -j -U there/is/none
  with ENOENT
  because path-missing '.component == "there"'
}

@test "ENOTDIR: which part of the path is not a directory" {
  : >plain
  fails 6 sockctl connect -j -U plain/socket
  with ENOTDIR
  because path-not-directory '.component == "plain"'
  fails 7 sockctl listen -j -U plain/socket
  with ENOTDIR
  because path-not-directory '.component == "plain"'
}

@test "ECONNREFUSED: the file of a socket that is gone, a plain file, a socket that does not listen, an unused name" {
  need python3
  python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('stale')"
  fails 4 sockctl connect -j -U stale
  with ECONNREFUSED
  because path-stale
  : >plain
  fails 4 sockctl connect -j -U plain
  because path-not-a-socket
  holder "
u = socket.socket(socket.AF_UNIX); u.bind('bound')"
  fails 4 sockctl connect -j -U bound
  because path-held-by-socket ".pid == ${PID[holder]}"
  fails 4 sockctl connect -j -U @sockctl-nobody
  because abstract-name-unused
}

@test "EADDRINUSE of a path: a socket of another network namespace; a symbolic link that leads nowhere" {
  need_netns
  start server sockctl listen -j -k --io hold -U here
  await_line server.err '"event":"listening"'
  fails 7 unshare -n -- "$SOCKCTL" listen -j -U here
  with EADDRINUSE
  because path-holder-unknown '.component == "here"'
  not_because path-stale
  ln -s nowhere dangling
  fails 7 sockctl listen -j -U dangling
  because path-dangling
  fails 6 sockctl connect -j -U dangling
  with ENOENT
  because path-dangling
}

@test "EADDRINUSE of a path on an overlay: who listens on it" {
  need_netns
  mkdir lower upper merged
  mount -t tmpfs none upper 2>/dev/null || skip "nothing may be mounted here"
  mkdir upper/u upper/w
  mount -t overlay none -o lowerdir=lower,upperdir=upper/u,workdir=upper/w merged 2>/dev/null || skip "no overlay here"
  start server sockctl listen -j -k --io hold -U merged/here
  await_line server.err '"event":"listening"'
  fails 7 sockctl listen -j -U merged/here
  umount -l merged upper
  because path-held-by-listener ".pid == ${PID[server]}"
}

@test "a socket on another file system is not taken for the one of the same name and inode number" {
  need_netns
  mkdir one two
  mount -t tmpfs none one 2>/dev/null || skip "nothing may be mounted here"
  mount -t tmpfs none two
  start server sockctl listen -j -k --io hold -U one/here
  await_line server.err '"event":"listening"'
  python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('two/here')"
  assert_equal "$(stat -c %i one/here)" "$(stat -c %i two/here)"
  fails 4 sockctl connect -j -U two/here
  because path-stale
  fails 7 sockctl listen -j -U one/here
  umount -l one two
  because path-held-by-listener ".pid == ${PID[server]}"
}

@test "EACCES: which directory denies" {
  mkdir -m 000 "$BATS_TEST_TMPDIR/closed" # which denies its owner too, unless that is root
  chmod 755 "$BATS_TEST_TMPDIR"
  fails 6 as_nobody sockctl connect -j -U closed/socket
  with EACCES
  because path-denied '.component == "closed" and .right == "search"'
  mkdir shut && cd shut
  chmod 666 .
  # An ordinary user cannot write a report there meanwhile.
  run -7 --separate-stderr as_nobody "$SOCKCTL" listen -j -U here
  chmod 755 "$PWD" # and not "." which needs the right to search it
  printf '%s\n' "$stderr" >report
  with EACCES
  because path-denied '.component == "." and .right == "search"'
}

@test "EACCES: the file or the directory may not be written" {
  chmod 755 "$BATS_TEST_TMPDIR"
  start server sockctl listen -j -k --io hold -U here
  await_line server.err '"event":"listening"'
  chmod 500 here
  mkdir -m 555 closed
  # They deny their owner too, unless that is root.
  fails 6 as_nobody sockctl connect -j -U here
  with EACCES
  because path-denied '.component == "here" and .right == "write"'
  fails 7 as_nobody sockctl listen -j -U closed/socket
  with EACCES
  because path-denied '.component == "closed" and .right == "write"'
}

@test "EROFS, ENOSPC of a path: read-only, no room" {
  need_netns
  mkdir small
  mount -t tmpfs -o nr_inodes=2 none small 2>/dev/null || skip "nothing may be mounted here"
  : >small/file
  fails 7 sockctl listen -j -U small/socket
  with ENOSPC
  because path-no-space '.component == "small" and .files == 0 and .blocks > 0'
  rm small/file
  mount -o remount,bind,ro small
  fails 7 sockctl listen -j -U small/socket
  with EROFS
  because path-read-only '.component == "small"'
  umount small
}

@test "EPERM of a path: the directory is immutable" {
  need_netns
  mkdir small
  mount -t tmpfs none small 2>/dev/null || skip "nothing may be mounted here"
  mkdir small/fixed
  chattr +i small/fixed 2>/dev/null || { umount small; skip "no file may be made immutable here"; }
  fails 7 sockctl listen -j -U small/fixed/socket
  chattr -i small/fixed
  umount small
  with EPERM
  because path-immutable '.component == "small/fixed"'
  not_because path-denied
}

@test "ELOOP and EADDRINUSE of a path: a symbolic link that leads in a circle" {
  ln -s round round
  fails 1 sockctl connect -j -U round
  with ELOOP
  because path-loop '.component == "round"'
  fails 7 sockctl listen -j -U round/socket
  with ELOOP
  because path-loop '.component == "round"'
  # To bind, the link itself is in the way.
  fails 7 sockctl listen -j -U round
  with EADDRINUSE
  because path-loop '.component == "round"'
  not_because path-holder-unknown
}

@test "a unix datagram socket: its peer was closed, or takes from another one only" {
  need python3
  holder "
u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind('gone')
print('ready'); u.recv(9); u.close(); os.unlink('gone'); print('closed')"
  start_fed client sockctl connect -j -u -U gone
  feed client $'first\n'
  await_line holder.out closed
  feed client $'second\n'
  ends_with 4 client
  with ECONNREFUSED
  because peer-socket-closed '.held.path == "gone"'
  stop holder
  holder "
a = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); b = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
a.bind('here'); b.bind('there'); a.connect('there')"
  fails 6 sockctl connect -j -u -U here <<<x
  with EPERM
  because peer-connected-elsewhere ".held.path == \"here\" and .pid == ${PID[holder]}"
  not_because path-denied-by-policy
}

@test "EPERM of an abstract name: a policy, as it has no permissions" {
  need_strace
  fails 6 straced trace -qq -e inject=connect:error=EPERM sockctl connect -j -U @sockctl-nobody
  with EPERM
  because abstract-name-denied '.held.path == "@sockctl-nobody"'
  not_because path-denied
}

@test "ECONNREFUSED: the abstract name is one of another type" {
  need_netns
  start server sockctl listen -j -u -U @sockctl-typed
  await_line server.err '"event":"listening"'
  fails 4 sockctl connect -j -U @sockctl-typed
  with ECONNREFUSED
  because socket-type-mismatch ".type == \"SOCK_DGRAM\" and .own_type == \"SOCK_STREAM\" and .pid == ${PID[server]}"
  # Where its own type has the name too, that one counts.
  need python3
  holder "
s = socket.socket(socket.AF_UNIX); s.bind('\\0sockctl-typed')"
  fails 4 sockctl connect -j -U @sockctl-typed
  with ECONNREFUSED
  because path-held-by-socket ".pid == ${PID[holder]}"
  not_because socket-type-mismatch
}

@test "EADDRINUSE: a datagram socket is bound to the path, and is not said to listen" {
  need python3
  holder "
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind('held')
s = socket.socket(socket.AF_UNIX); s.bind('idle')"
  fails 7 sockctl listen -j -U -u held
  because path-held-by-socket ".datagram and .pid == ${PID[holder]}"
  fails 7 sockctl listen -j -U idle
  because path-held-by-socket '.datagram | not'
  run -7 sockctl listen -U -u held
  assert_line --regexp "^why +python3 .* is bound to held for datagrams$"
  run -7 sockctl listen -U idle
  assert_line --partial 'is bound to idle without listening there'
}

@test "EPROTOTYPE: the socket at the path is of another type" {
  start server sockctl listen -j -u -U here
  await_line server.err '"event":"listening"'
  fails 1 sockctl connect -j -U here
  with EPROTOTYPE
  because socket-type-mismatch ".type == \"SOCK_DGRAM\" and .own_type == \"SOCK_STREAM\" and .pid == ${PID[server]}"
}

@test "a unix accept queue that stays full" {
  need python3
  holder "
u = socket.socket(socket.AF_UNIX); u.bind('here'); u.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect('here')"
  fails 5 sockctl connect -j -w 0.2 -U here
  because backlog-full ".length == 1 and .limit == 0 and .pid == ${PID[holder]}"
}

@test "EADDRINUSE of a path: who listens on it" {
  start server sockctl listen -j -k --io hold -U here
  await_line server.err '"event":"listening"'
  fails 7 sockctl listen -j -U here
  with EADDRINUSE
  because path-held-by-listener ".pid == ${PID[server]}"
  refute_event server.err accepted
}

@test "the receiver of datagrams does not read: who, and which limit, when -w or a signal ends the waiting" {
  need python3
  holder "d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind('here')"
  read -r most </proc/sys/net/unix/max_dgram_qlen
  fails 5 sockctl connect -j -w 0.1 -u --chunk 3 -U here < <(seq 1000)
  because peer-not-reading ".limit == $most and .pid == ${PID[holder]} and .held.path == \"here\""
  fails 5 sockctl connect -w 0.1 -u --io source -U here
  assert_regex "$stderr" 'why +python3 .*does not read fast enough from here: its queue is full \(net.unix.max_dgram_qlen is'
  start client sockctl connect -j -vv -u -U here <<<x
  await_line client.err '"EAGAIN"'
  stop client INT
  assert_event client.err warning ".code == \"peer-not-reading\" and .pid == ${PID[holder]}"
  # Few large ones fill the sender's buffer.
  stop holder
  rm here
  holder "d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind('here')"
  fails 5 sockctl connect -j -w 0.1 -u --chunk 1000 -o SO_SNDBUF=4608 -U here < <(seq 10000)
  because peer-not-reading '.send_buffer == 9216 and (has("limit") | not)'
}
