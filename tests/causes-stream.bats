#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A connection in mid-stream: what RST can mean, whose way is gone, what is stuck, and what a path does not carry.

load helpers
load helpers/why

teardown() {
  [[ $SOCKCTL_NETNS != yes ]] || { ip addr add 127.0.0.1/8 dev lo 2>/dev/null || :; }
  common_teardown
}

# A peer whose code runs with the accepted socket c.
peer() {
  start peer python3 -uc "
import socket, struct, signal
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1])
c, _ = l.accept(); print('accepted')
$1
signal.pause()"
  await_line peer.out '^port ([0-9]+)'
  PORT=${BASH_REMATCH[1]}
}

@test "RST to a client that sent nothing: no data can have been unread there" {
  mkfifo go
  peer "open('go').read(); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()"
  start client sockctl connect -j -d 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  echo >go
  ends_with 8 client
  with ECONNRESET
  because reset-by-peer '(.text | contains("unread") | not) and (.text | contains("aborted"))'
}

@test "RST to a listener: its client has no listener" {
  listener 127.0.0.1 0
  python3 -c "
import socket, struct, sys
c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()" "$PORT"
  ends_with 8 server
  because reset-by-peer '(.text | contains("listener") | not) and (has("unaccepted") | not)'
}

@test "RST to a listener that stays (-k)" {
  listener -k 127.0.0.1 0
  python3 -c "
import socket, struct, sys
c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()" "$PORT"
  await_line server.err '"event":"why"'
  cp server.err report
  because reset-by-peer '.text | contains("listener") | not'
}

@test "-w passes while the peer does not read: its window, and what waits here" {
  peer ''
  fails 5 sockctl connect -j -w 0.7 --io source 127.0.0.1 "$PORT"
  because window-closed '.waiting > 0'
}

@test "-w passes while data is not acknowledged; nothing is said if nothing is stuck" {
  need_iptables
  peer "print('read', len(c.recv(1))); c.recv(1)"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT" < <(printf x; sleep 3)
  refute_event report why true
  stop peer
  peer "print('read', len(c.recv(1))); c.recv(1)"
  start_fed client sockctl connect -j -w 1.2 127.0.0.1 "$PORT"
  feed client x
  await_line peer.out 'read 1'
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  feed client y
  await_exit client
  cp client.err report
  because data-unanswered '.unacknowledged == 1 and .unacked == 1 and .retransmits > 0'
}

@test "the own address, or the route, is gone: the peer is not blamed" {
  need_netns
  far_host
  ip addr add 10.9.7.1/32 dev lo
  peer2=10.9.7.1
  start peer python3 -uc "
import socket, signal
l = socket.socket(); l.bind(('10.9.7.1', 0)); l.listen(); print('port', l.getsockname()[1])
c, _ = l.accept(); print('read', len(c.recv(1))); signal.pause()"
  await_line peer.out '^port ([0-9]+)'
  PORT=${BASH_REMATCH[1]}
  start_fed client sockctl connect -j -o TCP_USER_TIMEOUT=700 -s 10.9.0.1 "$peer2" "$PORT"
  feed client x
  await_line peer.out 'read 1'
  ip addr del 10.9.0.1/24 dev near
  feed client y
  ends_with 8 client
  because source-address-gone '.source == "10.9.0.1"'
  refute_event report why '.text | contains("the peer or the way")'
}

@test "an MTU black hole: small segments pass, full ones never" {
  need_iptables
  peer "
print('read', len(c.recv(1)))"
  iptables -A INPUT -p tcp --dport "$PORT" -m length --length 1000:65535 -j DROP 2>/dev/null || skip "no length match"
  start_fed client sockctl connect -j -o TCP_USER_TIMEOUT=900 127.0.0.1 "$PORT"
  feed client x
  await_line peer.out 'read 1'
  feed client "$(printf '%0100000d' 0)"
  ends_with 8 client
  with ETIMEDOUT
  because mtu-black-hole '.acknowledged == 1 and .waiting == .unacknowledged and .waiting > 0 and .mss > 1000 and .mtu > .mss and .retransmits > 0 and .try == 1200'
  not_because data-unanswered
}

@test "full segments were acknowledged before: no black hole" {
  need_iptables
  peer "
n = 0
while n < 200000: n += len(c.recv(65536))
print('read', n); signal.pause()"
  start_fed client sockctl connect -j -o TCP_USER_TIMEOUT=700 127.0.0.1 "$PORT"
  feed client "$(printf '%0200000d' 0)"
  await_line peer.out 'read 2'
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  feed client "$(printf '%0100000d' 0)"
  await_exit client
  cp client.err report
  because data-unanswered
  not_because mtu-black-hole
}
