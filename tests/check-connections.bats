#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo --check: connections that are not read, not closed, not answered. Each beside what is just below.

load helpers
load helpers/check

@test "close-wait: ten connections of a process stay in CLOSE_WAIT, nine of another are not reported" {
  sick below close_wait 9
  sick leak close_wait 10
  assert_healthy
  await_finding close-wait
  assert_finding close-wait ".sockets == 10 and .pid == ${PID[leak]} and .unread == 0 and .oldest >= 5 and .bound == 10"
  assert_once close-wait
}

@test "not-reading: a quarter of the receive buffer lies unread" {
  sick below unread 16383
  sick unread unread 16384
  await_finding not-reading
  assert_finding not-reading ".unread == 16384 and .pid == ${PID[unread]}"
  assert_once not-reading
}

@test "zero-window: a writer waits for a reader on this host, which is named" {
  sick stuck window 0
  await_finding zero-window
  assert_finding zero-window ".host == \"127.0.0.1\" and .probes >= 2 and .unsent > 0 and .peer_pid == ${PID[stuck]}"
  assert_finding not-reading ".pid == ${PID[stuck]}"
}

@test "a reader that keeps up is healthy, whatever the writer sends" {
  sick busy window 1
  assert_healthy
}

@test "syn-sent: three SYNs to a destination without an answer" {
  need_iptables
  iptables -A INPUT -p tcp --dport 7 -j DROP
  sick connecting connecting 2 127.0.0.1 7
  assert_healthy --interval 10ms
  await_finding syn-sent
  assert_finding syn-sent ".peer.port == 7 and .sockets == 2 and .tries >= 3 and .bound == 3 and .program != null"
}

@test "unowned: a descriptor with unread data is in flight" {
  sick held in_flight 0
  assert_healthy
  sick flying in_flight 1
  await_finding unowned
  assert_finding unowned ".sockets == 1 and .unread == 6 and .local.port == $PORT"
}

# The last two in this file: what they leave is sent again for seconds.
@test "unacknowledged: three tries without an acknowledgement" {
  need_iptables
  sick sending sending
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  assert_healthy --interval 10ms
  feed sending $'\n'
  await_finding unacknowledged
  assert_finding unacknowledged ".host == \"127.0.0.1\" and .sockets == 1 and .tries >= 3 and .last_ack > 0 and .since == .last_ack"
}

@test "retransmitting: a fifth of all segments is lost" {
  need_iptables
  sick busy window 1
  iptables -A INPUT -p tcp --dport "$PORT" -m statistic --mode nth --every 5 --packet 0 -j DROP || skip "no statistic match"
  await_finding retransmitting --interval 2
  assert_finding retransmitting '.host == "127.0.0.1" and .share >= 5 and .sent >= 65536 and .percent == 5'
}
