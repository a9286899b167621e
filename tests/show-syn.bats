#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# listen --show-syn: what the client's SYN offered, held against the settings that decide about it.

load helpers

setup() {
  common_setup
  need_netns
}

syn_of() {
  listener --show-syn "$@" 0
  run sockctl connect -q 1ms "${@: -1}" "$PORT" </dev/null
  await_exit server
}

@test "the SYN of IPv4: MSS, window scale, SACK, timestamps, TTL" {
  sysctl -qw net.ipv4.tcp_ecn=2 net.ipv4.ip_default_ttl=57
  ip link set lo mtu 1500
  syn_of 127.0.0.1
  ip link set lo mtu 65536
  assert_event server.err syn '.conn == 1 and .ip == 4 and .ttl == 57 and .mss == 1460 and .sack and .timestamps'
  assert_event server.err syn '.window_scale > 0 and .ecn == false and .df and (.options | index("MSS") == 0 and index("WS"))'
  assert_event server.err syn '(.bytes | length) == 120 and (.bytes | startswith("45"))'
  sysctl -qw net.ipv4.ip_default_ttl=64
}

@test "what is switched off is not offered, ECN that is switched on is" {
  sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0
  syn_of 127.0.0.1
  assert_event server.err syn '.ecn and .sack == false and .timestamps == false and .window_scale == null'
  sysctl -qw net.ipv4.tcp_ecn=2 net.ipv4.tcp_sack=1 net.ipv4.tcp_timestamps=1 net.ipv4.tcp_window_scaling=1
}

@test "the SYN of IPv6, with the MSS and TOS that the client asked for" {
  need_ipv6
  listener --show-syn ::1 0
  sockctl connect -o TCP_MAXSEG=1000 -T 0x20 -q 1ms ::1 "$PORT" </dev/null
  await_exit server
  assert_event server.err syn '.ip == 6 and .ttl == 64 and .mss == 1000 and .tos == 32 and .df == null'
}

@test "it is one line for people" {
  start server sockctl listen --show-syn --port-file port 127.0.0.1 0
  await test -s port
  sockctl connect -q 1ms "$(tr ' ' : <port)" </dev/null
  await_exit server
  assert_line --regexp '^syn +TTL [0-9]+, MSS [0-9]+, window [0-9]+, window scale [0-9]+, SACK yes, timestamps yes, ECN no  \(MSS, SACK, TS, NOP, WS\)$'
}

@test "an Ethernet header in front (TCP_SAVE_SYN 2) changes nothing" {
  syn_of -o TCP_SAVE_SYN=2 127.0.0.1
  assert_event server.err syn '.ip == 4 and .mss > 0'
}

@test "a SYN that the kernel answered with a cookie was not kept, which is said" {
  sysctl -qw net.ipv4.tcp_syncookies=2
  syn_of 127.0.0.1
  assert_event server.err syn '.note == "the kernel has not kept it" and .mss == null'
  sysctl -qw net.ipv4.tcp_syncookies=1
}

@test "only TCP has a SYN" {
  run --separate-stderr -2 sockctl listen --show-syn -u 127.0.0.1 0
  assert_regex "$stderr" "--show-syn: only TCP has a SYN"
  run --separate-stderr -2 sockctl listen --show-syn -U ./sock
}
