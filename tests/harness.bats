#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The harness keeps its promises: its own namespace, bounded waits, nothing left behind.

load helpers

@test "a test file has loopback to itself, with IPv4 and IPv6" {
  need_netns
  run -0 ip -br link
  assert_equal "${#lines[@]}" 1
  assert_line --regexp '^lo '
  run -0 ip -br address show dev lo
  assert_output --partial 127.0.0.1/8
  need_ipv6
  assert_output --partial ::1/128
}

@test "an ordinary port below 1024 can be bound in the namespace" {
  need_netns
  run -0 python3 -c 'import socket; socket.create_server(("127.0.0.1", 22))'
}

@test "a started program gets no descriptor but its three" {
  start ls ls -l /proc/self/fd
  await_exit ls
  assert_success
  assert_line --regexp ' 0 -> /dev/null$'
  assert_line --regexp ' 1 -> .*/ls\.out$'
  assert_line --regexp ' 2 -> .*/ls\.err$'
  run grep -c -- '->' ls.out
  assert_output 4 # and the directory that ls reads
}

@test "a fed program sees what is fed, then the end" {
  start_fed cat cat
  feed cat $'one\n'
  await_line cat.out '^one$'
  assert_equal "$LINE" one
  feed cat $'two\n'
  feed_end cat
  await_exit cat
  assert_success
  assert_output $'one\ntwo'
}

@test "await_exit reports the exit status" {
  start sh sh -c 'echo out; echo err >&2; exit 7'
  await_exit sh
  assert_failure 7
  assert_output $'out\nerr'
}

@test "waiting for what never comes fails at the deadline" {
  AWAIT=0
  start cat sh -c 'sleep 60'
  run await_exit cat
  assert_failure
  assert_output --partial "not within 0 s"
  run await_line cat.out never
  assert_failure
}

@test "stop ends a program by its signal" {
  start sleep sleep 60
  stop sleep
  assert_failure 143
}

@test "what was started twice under one name ends twice" {
  start sleep sleep 60
  first=${PID[sleep]}
  start sleep sleep 60
  # A signal before exec would end a copy of this test, which reports a failure.
  for pid in "$first" "${PID[sleep]}"; do await grep -qx sleep "/proc/$pid/comm"; done
  BATS_TEST_COMPLETED=1 common_teardown
  await _gone "$first"
}

@test "an idle program is distinguished from one that loops, or wakes every few milliseconds" {
  start_fed cat cat
  await_rest "${PID[cat]}"
  start turns sh -c 'echo begins; while :; do :; done'
  start wakes python3 -uc '
import time
print("begins")
while True: time.sleep(0.005)'
  await_line turns.out begins
  await_line wakes.out begins
  AWAIT=0
  run await_rest "${PID[turns]}"
  assert_failure
  run await_rest "${PID[wakes]}"
  assert_failure
  run await_rest 0
  assert_failure
}

@test "assert_event and refute_event read a JSON report" {
  printf '%s\n' '{"event":"a","n":1}' '{"event":"b","n":2}' >report
  assert_event report a '.n == 1'
  refute_event report a '.n == 2'
  run assert_event report a '.n == 2'
  assert_failure
  run refute_event report b
  assert_failure
  # What says nothing proves nothing.
  : >nothing
  run refute_event nothing b
  assert_failure
  run -0 event report b .n
  assert_output 2
}

@test "as_nobody has no capability" {
  run -0 as_nobody grep CapEff /proc/self/status
  assert_output --regexp '0{16}$'
}

@test "as_nobody runs sockctl, wherever the tree is" {
  if [[ $SOCKCTL_RIGHTS == root ]]; then
    install -d -m 700 private
    cp "$SOCKCTL" private/
    SOCKCTL=$PWD/private/sockctl
  fi
  run -0 as_nobody sockctl --version
  assert_output --partial sockctl
}

@test "what a sanitizer reports fails the test, whatever the exit status" {
  echo "a report" >sanitizer.1
  run common_teardown
  assert_failure
  assert_output "a report"
  rm sanitizer.1
}
