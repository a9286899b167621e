#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --port-file: what it writes through, what it replaces, and what it does not follow.

load helpers

# listen_once FILE: a listener without clients, which leaves the file behind.
listen_once() {
  run -5 sockctl listen -Q -w 0.05 --port-file "$1" 127.0.0.1 0
}

@test "--port-file /dev/stdout is written through, and what it leads to stays what it is" {
  for device in /dev/stdout /proc/self/fd/1; do
    run -5 bash -c "sockctl listen -Q -w 0.05 --port-file $device 127.0.0.1 0 >file"
    run -0 cat file
    assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
    run bash -c "sockctl listen -Q -w 0.05 --port-file $device 127.0.0.1 0 2>error | cat"
    assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
  done
}

@test "--port-file /dev/stdout keeps what was written before" {
  run -5 bash -c '{ echo first; sockctl listen -Q -w 0.05 --port-file /dev/stdout 127.0.0.1 0; } >file'
  run -0 cat file
  assert_line --index 0 first
  assert_line --index 1 --regexp '^127\.0\.0\.1 [0-9]+$'
}

@test "--port-file in a /dev of its own leaves the link of /dev/stdout a link" {
  need_netns
  unshare -m true 2>/dev/null || skip "no mount namespace here"
  run -0 unshare -m bash -c '
    mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 2>/dev/null
    ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/1 /dev/stdout || exit
    sockctl listen -Q -w 0.05 --port-file /dev/stdout 127.0.0.1 0 >file 2>error
    readlink /dev/stdout; ls /dev | grep -c "^\.\|stdout\."; cat file'
  assert_line --index 0 /proc/self/fd/1
  assert_line --index 1 0
  assert_line --index 2 --regexp '^127\.0\.0\.1 [0-9]+$'
}

@test "--port-file /dev/fd/N writes to that descriptor: a file, a pipe, a socket" {
  run -5 bash -c 'sockctl listen -Q -w 0.05 --port-file /dev/fd/7 127.0.0.1 0 7>file'
  run -0 cat file
  assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
  run bash -c '{ sockctl listen -Q -w 0.05 --port-file /dev/fd/7 127.0.0.1 0 7>&1 >/dev/null; } 2>error | cat'
  assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
  run -0 python3 - <<'PYTHON'
import os, socket, subprocess
a, b = socket.socketpair()
subprocess.run(["sockctl", "listen", "-Q", "-w", "0.05", "--port-file", f"/dev/fd/{b.fileno()}", "127.0.0.1", "0"],
               pass_fds=[b.fileno()], stderr=subprocess.DEVNULL)
print(a.recv(100).decode(), end="")
PYTHON
  assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
}

@test "a link is followed: to a file, to nothing yet, over several steps and folders" {
  mkdir folder
  ln -s folder/second first
  ln -s ../target folder/second
  for _ in new old; do
    listen_once first
    [[ -L first && -L folder/second && ! -L target ]]
    run -0 cat target
    assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
  done
  run -0 find . -name '.*.*'
  refute_output --partial target
}

@test "a circle of links is refused, and nothing is left" {
  ln -s one two
  ln -s two one
  run -1 sockctl listen --port-file one 127.0.0.1 0
  assert_output --partial "failed      open one: ELOOP"
  [[ -L one && -L two ]]
}

@test "a link that somebody else put into a sticky folder is not followed" {
  need_root
  need setpriv
  mkdir -m 1777 shared
  echo precious >precious
  as_nobody ln -s ../precious shared/port || skip "another user cannot write here"
  run -1 sockctl listen --port-file shared/port 127.0.0.1 0
  assert_output --partial "EACCES"
  assert_equal "$(<precious)" precious
}

@test "a unix path is written as it is, newlines and all; JSON escapes it" {
  name=$'a b\nc\033'
  run -5 sockctl listen -Q -w 0.05 --port-file file -U "$name"
  printf '%s\n' "$name" | cmp - file
  run -5 sockctl listen -Q -w 0.05 --port-file file -U @abstract
  assert_equal "$(<file)" @abstract
}

@test "oob-recv writes it in the same ways" {
  run -5 bash -c 'sockctl oob-recv -Q -w 0.05 --port-file /dev/fd/7 127.0.0.1 0 7>file'
  run -0 cat file
  assert_output --regexp '^127\.0\.0\.1 [0-9]+$'
}

@test "a full disk is a failure, and leaves no new file" {
  run -1 sockctl listen --port-file /dev/full 127.0.0.1 0
  assert_output --partial "/dev/full: ENOSPC"
}
