#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Unix sockets: stream, datagram and seqpacket; paths and abstract names; what becomes of a path.

load helpers

# unix_listener ARGS...: a listener whose path is in PATH_.
unix_listener() {
  start server sockctl listen -j -U "$@"
  await_line server.err '"event": ?"listening"|"event": ?"failed"'
}

@test "a stream carries both ways over a path" {
  unix_listener ./s <<<"from the listener"
  run -0 sockctl connect -Q -U ./s <<<"from the client"
  assert_output "from the listener"
  await_exit server
  assert_success
  assert_equal "$(<server.out)" "from the client"
}

@test "an abstract name needs no path and leaves none" {
  unix_listener "@sockctl $$" <<<hello
  assert_event server.err listening ".local == {family: \"AF_UNIX\", path: \"@sockctl $$\"}"
  run -0 sockctl connect -Q -U "@sockctl $$"
  assert_output hello
  run find . -name '@*'
  assert_output ""
}

@test "an abstract name with any bytes is read as it is shown: operand, -s" {
  unix_listener -u --io echo '@a\0b\n\\c'
  assert_event server.err listening '.local.path == "@a\\0b\\n\\\\c"'
  name=$(event server.err listening .local.path)
  # From the kernel's list: it is no escape of ours that is bound.
  run -0 python3 -c 'import sys; print(any(b"@a@b\n" in line + b"\n" for line in open("/proc/net/unix", "rb").read().split(b"\n")))'
  assert_output True
  run -0 --separate-stderr sockctl connect -Q -U -u -W 1 -s '@me\0too' "$name" <<<hello
  assert_output hello
  assert_event server.err peer '.peer.path == "@me\\0too"'
  run -2 sockctl connect -U '@a\xg'
  assert_line --partial 'invalid: an abstract name takes the escapes of unvis(3)'
  run -2 sockctl listen -U @
  assert_line --partial 'is empty'
  run -2 sockctl connect -U -s "@$(printf %0108d 0)" ./s
  assert_line --partial 'too long'
}

@test "reverse reads an abstract name as it is shown, and glibc has a name for it" {
  need_glibc
  run -0 sockctl reverse -j -U '@a\0b\n\\c'
  assert_output --partial '"path":"@a\\0b\\n\\\\c"'
}

@test "the path is removed at exit: after a conversation, a timeout, and a signal" {
  unix_listener ./s
  assert test -S s
  sockctl connect -Q -U ./s
  await_exit server
  assert test ! -e s
  run -5 sockctl listen -Q -U -w 0.05 ./s
  assert test ! -e s
  unix_listener ./s
  stop server INT
  assert test ! -e s
  unix_listener -k ./s
  stop server
  assert test ! -e s
}

@test "a path left by a dead listener is replaced, and said so" {
  unix_listener ./s
  stop server KILL
  assert test -S s
  unix_listener ./s <<<again
  assert_event server.err warning '.code == "stale-path-replaced"'
  run -0 sockctl connect -Q -U ./s
  assert_output again
}

# race_for_path TYPE ARGS...: of three that start at once over a stale path one listens, and two are refused. Each stops
# for a while after it has found the path stale.
race_for_path() {
  local name listening=0
  rm -f s
  python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.'"$1"').bind("s")'
  for name in one two three; do
    start $name straced trace.$name -qq -e trace=unlink -e inject=unlink:delay_enter=100000 sockctl "${@:2}"
  done
  await two_have_ended
  for name in one two three; do
    if grep -q '"event":"listening"' $name.err $name.out; then ((++listening)); fi
    if ! _gone "${PID[$name]}"; then winner=$name; fi
  done
  assert_equal "$listening" 1
  assert_equal "$(cat one.* two.* three.* | grep -c '"event":"failed".*EADDRINUSE')" 2
  pkill -P "${PID[$winner]}"
  await_exit "$winner"
  assert test ! -e s
}

two_have_ended() {
  local name count=0
  for name in one two three; do
    if _gone "${PID[$name]}"; then ((++count)); fi
  done
  ((count >= 2))
}

@test "of three listeners that find the same stale path at once, one gets it" {
  need_strace
  need pkill
  race_for_path SOCK_STREAM listen -j -U ./s
  race_for_path SOCK_DGRAM listen -j -U -u ./s
  race_for_path SOCK_SEQPACKET listen -j -U --seqpacket ./s
  race_for_path SOCK_STREAM oob-recv -j -U ./s
}

@test "a directory that somebody else has locked delays a listener, and does not stop it" {
  start locker flock . sh -c 'echo locked; exec sleep 100'
  await_line locker.out locked
  unix_listener ./s <<<hello
  run -0 sockctl connect -Q -U ./s
  assert_output hello
}

@test "a live listener is EADDRINUSE, of any type, and is not bothered" {
  for type in "" --seqpacket -u; do
    # shellcheck disable=SC2086 # none or one word
    start server sockctl listen -j -w 10 -U $type ./s
    await_line server.err '"listening"'
    for other in "" --seqpacket -u; do
      # shellcheck disable=SC2086 # none or one word
      run -7 sockctl listen -U $other ./s
      assert_line --regexp 'failed +bind \./s: EADDRINUSE'
    done
    # It is still there, and no client came.
    refute_event server.err accepted
    refute_event server.err closed
    assert test -S s
    stop server
  done
}

@test "a path that is not a socket is never removed" {
  echo precious >file
  run -7 sockctl listen -U ./file
  assert_line --partial EADDRINUSE
  assert_equal "$(<file)" precious
}

@test "a path that somebody else has taken meanwhile is not removed" {
  unix_listener ./s
  rm s
  start other sockctl listen -Q -U ./s
  await test -S s
  stop server
  assert test -S s
}

@test "seqpacket keeps the boundaries of messages, empty ones too" {
  unix_listener --seqpacket --chunk 100 -vv ./s
  python3 - <<'END'
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("s")
for message in b"one", b"", b"two", b"":
    s.send(message)
s.send(b"last")
END
  await_exit server
  assert_success
  assert_equal "$(<server.out)" onetwolast
  run event server.err call 'select(.call == "recv") | .result'
  assert_output $'3\n0\n3\n0\n4\n0'
}

@test "a seqpacket message that is too long is cut, and said so" {
  unix_listener --seqpacket --chunk 4 ./s
  sockctl connect -Q -U --seqpacket ./s <<<"too long"
  await_exit server
  assert_event server.err warning '.code == "message-truncated" and .length == 4 and .real_length == 9'
  assert_equal "$(<server.out)" "too "
}

@test "the longest message that a unix socket sends by default arrives whole" {
  local kind
  for kind in -u --seqpacket; do
    start server sockctl listen -j -U "$kind" -W 1 ./s
    await_line server.err '"listening"'
    python3 - "$kind" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if sys.argv[1] == "-u" else socket.SOCK_SEQPACKET)
s.connect("./s")
# Beside the bytes, SO_SNDBUF covers what the kernel keeps of the message.
data = bytes(i % 251 for i in range(min(s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) - 4096, 250000)))
open("sent", "wb").write(data)
s.send(data)
END
    await_exit server
    assert_success
    cmp sent server.out
  done
}

@test "what a seqpacket client reads at once is one message" {
  unix_listener --seqpacket -vv ./s
  start_fed client sockctl connect -Q -U --seqpacket ./s
  feed client one
  await_line server.err '"recv".*"result":3'
  feed client three
  feed_end client
  await_exit server
  run event server.err call 'select(.call == "recv" and .result > 0) | .result'
  assert_output $'3\n5'
}

@test "a datagram client binds itself, so that it can be answered" {
  start server sockctl listen -j -u -U --io echo ./s
  await_line server.err '"listening"'
  run -0 --separate-stderr sockctl connect -j -u -U -W 1 ./s <<<answer
  assert_output answer
  echo "$stderr" >report
  assert_event report connected '.local.path | test("^@")'
  assert_event server.err peer '.peer.path | test("^@")'
}

@test "a datagram client may have a path of its own with -s" {
  start server sockctl listen -j -u -U --io echo ./s
  await_line server.err '"listening"'
  run -0 sockctl connect -Q -u -U -s ./mine -W 1 ./s <<<answer
  assert_output answer
  assert_event server.err peer '.peer.path == "./mine"'
}

@test "a datagram listener survives peers that cannot be answered" {
  start server sockctl listen -j -u -U --io echo ./s
  await_line server.err '"listening"'
  # No name at all, and a name that has gone.
  python3 - <<'END'
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"unnamed", "s")
t = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
t.bind("gone")
os.unlink("gone")
t.sendto(b"gone", "s")
END
  await_line server.err datagram-not-sent
  run -0 sockctl connect -Q -u -U -W 1 ./s <<<answer
  assert_output answer
}

@test "exit statuses: 4 no listener, 6 no such path, not a directory, no permission, 1 another type" {
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("dead")'
  run -4 sockctl connect -U ./dead
  assert_line --regexp 'failed +connect \./dead: ECONNREFUSED'
  run -6 sockctl connect -U ./none
  assert_line --partial ENOENT
  touch file
  run -6 sockctl connect -U ./file/x
  assert_line --partial ENOTDIR
  unix_listener -k ./s
  run -1 sockctl connect -u -U ./s
  assert_line --partial EPROTOTYPE
  chmod 0 s
  chmod a+rx . ..
  run -6 as_nobody sockctl connect -U "$PWD/s"
  assert_line --partial EACCES
}

@test "a backlog that stays full times out with 5, and costs no time meanwhile" {
  start_fed server python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("full")
s.listen(0)
c = socket.socket(socket.AF_UNIX)
c.connect("full")
print("ready", flush=True)
sys.stdin.readline()
a = s.accept()[0]
b = s.accept()[0]
a.send(b"late")
b.send(b"late")'
  await_line server.out ready
  start client sockctl connect -j -v -w 0.4 -U ./full
  await_exit client
  assert_failure 5
  # No event announces room. It is retried every 10 ms, and not more often.
  run jq -s '[.[] | select(.event == "call" and .call == "connect" and .error.name == "EAGAIN")] | length' client.err
  ((output >= 2 && output <= 42)) || fail "$output tries in 0.4 s"
  assert_event client.err failed '.error.name == "ETIMEDOUT"'
  # Room comes: the connect that waited for it succeeds.
  start client sockctl connect -j -d -w 5 -U ./full
  await_line client.err connecting
  feed server $'go\n'
  await_exit client
  assert_success
  assert_equal "$(<client.out)" late
}

@test "unix sockets speak with socat both ways" {
  need socat
  unix_listener ./s <<<"from sockctl"
  run -0 socat -t 5 STDIO UNIX-CONNECT:s <<<"from socat"
  assert_output "from sockctl"
  await_exit server
  assert_equal "$(<server.out)" "from socat"
  start socat socat -t 5 STDIO ABSTRACT-LISTEN:socat-$$ <<<"from socat"
  run -0 sockctl connect -Q --retry 5 -U "@socat-$$" <<<"from sockctl"
  assert_output "from socat"
  await_exit socat
  assert_line "from sockctl"
}

@test "64 MiB both ways at once with socat over a unix socket" {
  need socat
  head -c 67108864 /dev/urandom >random
  unix_listener ./s <random
  socat -t 30 STDIO UNIX-CONNECT:s <random >client.out
  await _gone "${PID[server]}"
  cmp random server.out
  cmp random client.out
  rm -f random ./*.out
}

@test "a path that is too long or empty is a usage error" {
  run -2 sockctl connect -U "$(printf '%0108d' 0)"
  assert_output --partial "too long for a unix socket"
  run -2 sockctl connect -U ""
  assert_output --partial empty
  run -2 sockctl listen -U "@"
  run -2 sockctl listen -U -p 80 ./s
}
