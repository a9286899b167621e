#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A lookup has a time limit of its own, the connect after it all of its time, and nothing is said about a peer for time
# that the resolver took.

load helpers
load helpers/names

# The resolver itself is patient.
export RES_OPTIONS="timeout:5 attempts:2"

# assert_abandoned COMMAND...: exit 5 before the resolver would have ended, naming the resolver and nothing else.
assert_abandoned() {
  local began=${EPOCHREALTIME/[.,]/}
  run -5 sockctl "$@"
  ((${EPOCHREALTIME/[.,]/} - began < 3000000)) || fail "it waited for the resolver"
  printf '%s\n' "$output" | grep '^{' >report
  assert_event report failed '.call == "getaddrinfo" and .name == "silent.test" and .error.name == "ETIMEDOUT"'
  assert_event report why '.cause == "resolver-slow" and .name == "silent.test" and .sources == "files dns"'
  assert_event report why '.cause == "name-servers" and (.servers | index("127.0.0.1"))'
  # Who was asked, for as long again, and nothing about a peer.
  assert_event report why '.cause == "name-server-answer" and (.said | startswith("nothing within "))'
  refute_event report why '.cause | IN("resolver-slow", "name-servers", "name-server-answer") | not'
}

@test "-w: a lookup that hangs is abandoned, 5, in every command that connects or listens" {
  need_glibc
  assert_abandoned connect -j -w 0.2 silent.test 80
  assert_abandoned connect -j -u -w 0.2 silent.test 80
  assert_abandoned connect -j --conns 3 -w 0.2 silent.test 80
  assert_abandoned connect -j -z -w 0.2 silent.test 80
  assert_abandoned connect -j -s silent.test -w 0.2 127.0.0.1 80
  assert_abandoned oob-send -j -w 0.2 silent.test 80 a
  assert_abandoned peerinfo -j -w 0.2 silent.test 80
  assert_abandoned listen -j -w 0.2 silent.test 80
  run -5 sockctl connect -w 0.2 silent.test 80
  assert_line --regexp '^failed +getaddrinfo silent.test: ETIMEDOUT .*after 2[0-9][0-9]\.[0-9] ms'
  assert_line --regexp '^why .*resolver.*silent.test.*files dns'
}

@test "--retry: the time that is spent in lookups counts" {
  need_glibc
  assert_abandoned connect -j --retry 0.3 silent.test 80
  assert_event report failed '.elapsed >= 0.3 and .elapsed < 1'
  assert_abandoned connect -j -z --retry 0.3 silent.test 80
  assert_event report failed '.elapsed >= 0.3 and .elapsed < 1'
}

@test "after a slow lookup the connect has its time, and the cause names its own alone" {
  need_iptables
  ip address add 192.0.2.50/32 dev lo
  iptables -A INPUT -d 192.0.2.50 -j DROP 2>/dev/null || skip "may not filter here"
  FILTERED=yes
  start client sockctl connect -jvv -w 0.5 held.slow.test 80
  await_line client.err '"call":"poll"|getaddrinfo|"start"'
  AT=${EPOCHREALTIME/[.,]/}
  _late() { ((${EPOCHREALTIME/[.,]/} - AT > 150000)); }
  await _late
  run sockctl resolve -Q release.slow.test
  await_exit client
  assert_failure 5
  assert_event client.err attempt '.elapsed >= 0.5 and .elapsed < 0.8 and .error.name == "ETIMEDOUT"'
  assert_event client.err failed '.call == "connect" and .elapsed < 0.8'
  ip address del 192.0.2.50/32 dev lo
}

@test "a signal ends a lookup at once" {
  for options in "-w 20" "-v"; do
    # shellcheck disable=SC2086 # words
    start client sockctl connect $options silent.test 80
    _asks() { grep -q ' 0100007F:0035 \| 0200007F:0035 ' /proc/net/udp; }
    await _asks
    kill -TERM "${PID[client]}"
    await_exit client
    assert_failure 143
  done
}

@test "what needs no lookup starts no thread" {
  need_strace
  listener -k 127.0.0.1 0
  run -0 straced trace -f -e trace=clone,clone3 sockctl connect -w 1 127.0.0.1 "$PORT"
  run ! grep -q clone trace
}
