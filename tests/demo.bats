#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# `./bootstrap demo` shows what it promises, on one screen.

load helpers

# Four scenes in some 35 lines, and four lines that lead on.
assert_demo() {
  ((${#lines[@]} < 40)) || fail "${#lines[@]} lines"
  assert_line --regexp '^\$ sockctl draw '
  assert_line --regexp '^ +sockctl connect \(pid [0-9]+\) +sockctl listen \(pid [0-9]+\)$'
  assert_line --regexp ' connecting to │╌+ SYN ╌+►│$'
  assert_line --regexp ' shutdown SHUT_WR │╌+ end of data ╌+►│'
  assert_output --regexp ' shutdown SHUT_WR │╌+ end of data ╌+►│ *'$'\n'' +FIN_WAIT[12] │'
  assert_line --regexp '│◄╌+ end of data ╌+│ shutdown SHUT_WR$'
  refute_line --partial 'listening'
  assert_line --regexp '^failed +connect 127\.0\.0\.1:[0-9]+: ECONNREFUSED \(Connection refused\)'
  assert_line --regexp '^why +RST answered the SYN, and nothing listens on 127\.0\.0\.1:[0-9]+$'
  assert_line --regexp '^failed +bind 127\.0\.0\.1:[0-9]+: EADDRINUSE \(Address already in use\)'
  assert_line --regexp '^why +sockctl \(pid [0-9]+.*\) already listens on 127\.0\.0\.1:[0-9]+$'
  assert_line --regexp '^connections 6 of 8 connected, 2 pending: ESTABLISHED 6 SYN_SENT 2'
  assert_line --regexp '^why +sockctl \(pid [0-9]+.*\) does not accept fast enough on'
  assert_output --regexp '127\.0\.0\.1:[0-9]+:\s+6\s+waiting,\s+limit\s+5'
  (($(printf '%s\n' "${lines[@]: -8}" | wc -L) <= 80)) || fail "a line of more than 80 columns"
  assert_equal "$(printf '%s\n' "${lines[@]: -4}" | cut -d ' ' -f 1 | xargs)" "program guide manual install"
}

@test "the demo shows a ladder, a refusal, a taken port and a full queue" {
  need_glibc
  run -0 bash "$srcdir/build-aux/demo.sh"
  assert_demo
}

@test "the demo needs no rights, and no /etc/hosts" {
  need_glibc
  need_netns
  mount --bind /dev/null /etc/hosts 2>/dev/null || skip "may not mount here"
  # The caller's TMPDIR may be the caller's alone.
  run -0 as_nobody env TMPDIR=/tmp bash -s <"$srcdir/build-aux/demo.sh"
  assert_demo
}

@test "the lab is an empty machine, and a second terminal is on the same one" {
  need_netns
  need nsenter ps
  export TMPDIR=$PWD
  start_fed first sh "$srcdir/build-aux/lab.sh" -c 'readlink /proc/self/ns/net; ip -br link; exec cat'
  await_line first.out '^lo '
  run -0 sh "$srcdir/build-aux/lab.sh" -c 'readlink /proc/self/ns/net; command -v sockctl'
  assert_line --index 0 "$(head -n 1 first.out)"
  assert_line --index 1 --regexp 'sockctl$'
  [[ ${lines[0]} != "$(readlink /proc/self/ns/net)" ]]
  # A shell without a command, which only a person starts, says where it is.
  run -0 sh "$srcdir/build-aux/lab.sh" </dev/null
  assert_output "lab: this is the machine of the first terminal; 'exit' leaves it"
  feed_end first
  await_exit first
  run -0 sh "$srcdir/build-aux/lab.sh" </dev/null
  assert_output "lab: an empty machine with nothing but loopback; 'exit' leaves it"
}
