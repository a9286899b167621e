#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo --check: queues that are full, or nearly so, and ports that are shared. Each beside what is just below.

load helpers
load helpers/check

@test "accept-queue-full: one more than the limit waits at both looks" {
  sick full accept_queue 2 3
  await_finding accept-queue-full
  assert_finding accept-queue-full ".queue == 3 and .limit == 2 and .local.port == $PORT and .pid == ${PID[full]}"
  assert_equal "$(codes)" accept-queue-full
}

@test "accept-queue-full is not reported while there is room, nor on another port" {
  sick room accept_queue 2 2
  assert_healthy --port "$PORT"
  sick full accept_queue 0 1
  check
  assert_equal "$(jq -r 'select(.event == "finding") | .local.port' report)" "$PORT"
  assert_healthy --pid "${PID[room]}"
}

@test "accept-queue-near: three quarters of the queue are taken" {
  sick near accept_queue 7 6
  sick below accept_queue 7 5
  await_finding accept-queue-near
  assert_finding accept-queue-near ".queue == 6 and .limit == 7 and .percent == 75 and .pid == ${PID[near]}"
  assert_once accept-queue-near
}

@test "udp-drops: a socket drops datagrams between the looks" {
  sick drops datagrams 100
  feed drops $'\n'
  await_finding udp-drops
  assert_finding udp-drops ".local.port == $PORT and .drops > 0 and .limit == 100000 and .pid == ${PID[drops]}"
}

@test "udp-queue: a queue that stays at three quarters of its buffer, without drops" {
  sick near datagrams 80
  sick below datagrams 70
  await_finding udp-queue
  assert_finding udp-queue ".percent == 75 and .pid == ${PID[near]} and .queue >= 75000"
  assert_once udp-queue
}

@test "shared-port: of two listeners at one address one accepts nothing" {
  sick half siblings 1
  await_finding shared-port
  assert_finding shared-port ".local.port == $PORT and .queue > 0 and .pid == ${PID[half]}"
  stop half
  sick both siblings 2
  assert_healthy
}

@test "shared-port: a listener hides a wildcard listener of another process" {
  sick wildcard listening 0.0.0.0 0
  assert_healthy
  sick specific listening 127.0.0.1 "$PORT"
  await_finding shared-port
  assert_finding shared-port ".pid == ${PID[specific]} and .other_pid == ${PID[wildcard]} and .other.host == \"0.0.0.0\""
}

@test "shared-port: UDP sockets of two programs have one address; workers of one program may" {
  sick first datagram_port one 0
  sick second datagram_port one "$PORT"
  assert_healthy
  sick third datagram_port two "$PORT"
  await_finding shared-port
  assert_finding shared-port ".local.port == $PORT and ([.program, .other_program] | sort == [\"one\", \"two\"])"
}

# The last in this file: half-open connections outlive their listener for seconds.
@test "syn-backlog: sixteen half-open connections whose SYN-ACK was sent again" {
  ip route add 192.0.2.0/24 dev lo
  sick below half_open 15
  below=$PORT
  sick half half_open 16
  await_finding syn-backlog
  assert_finding syn-backlog ".port == $PORT and .syn_recv == 16 and .bound == 16"
  refute_event report finding ".port == $below"
}
