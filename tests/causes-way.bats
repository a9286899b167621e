#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# No way: a rule, an interface, a scope, an option, IPv6 that is off.

load helpers
load helpers/why

setup() {
  common_setup
  need jq
  need_netns
}

teardown() {
  local priority
  for priority in 90 91; do
    while ip rule del priority "$priority" 2>/dev/null; do :; done
    while ip -6 rule del priority "$priority" 2>/dev/null; do :; done
  done
  [[ $SOCKCTL_NETNS != yes ]] || ip link set lo up
  common_teardown
}

# rule FAMILY ARGS...
rule() {
  ip "$1" rule add priority 90 "${@:2}" 2>/dev/null || skip "no such rules here"
}

@test "a rule refuses by user, port or mark: its priority, and not a route's type" {
  far_host
  rule -4 to 10.9.0.0/24 dport 4431 ipproto tcp prohibit
  fails 6 sockctl connect -j 10.9.0.2 4431
  with EACCES
  because rule-refuses '.priority == 90 and .type == "prohibit" and .to == "10.9.0.0/24" and .dport_low == 4431'
  not_because route-prohibit
  not_because connect-denied-by-policy
  ip rule del priority 90
  rule -4 to 10.9.0.2 uidrange 0-0 unreachable
  fails 6 sockctl connect -j 10.9.0.2 80
  with ENETUNREACH
  because rule-refuses '.type == "unreachable" and .uid_low == 0 and .uid_high == 0'
  not_because no-route
  ip rule del priority 90
  rule -4 fwmark 0x7 blackhole
  fails 6 sockctl connect -j -o SO_MARK=7 10.9.0.2 80
  with EINVAL
  because rule-refuses '.type == "blackhole" and .mark == 7'
  ip rule del priority 90
  rule -6 to fd09::/64 prohibit
  fails 6 sockctl connect -j fd09::2 80
  because rule-refuses '.priority == 90 and .to == "fd09::/64"'
}

@test "a rule refuses a datagram" {
  far_host
  rule -4 to 10.9.0.0/24 ipproto udp prohibit
  fails 6 sockctl connect -j -u 10.9.0.2 4431 <<<x
  because rule-refuses '.type == "prohibit" and .protocol == "IPPROTO_UDP"'
}

@test "a route refuses, though a later rule would too" {
  far_host
  rule -4 to 10.77.0.0/16 lookup main
  ip rule add priority 91 to 10.77.0.0/16 prohibit
  ip route add prohibit 10.77.0.0/24
  fails 6 sockctl connect -j 10.77.0.1 80
  ip route del prohibit 10.77.0.0/24
  because route-prohibit '.route == "10.77.0.0/24"'
  not_because rule-refuses
}

@test "the socket is bound to an interface from which no route leads there" {
  two_links
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=side 10.7.0.1 80
  because no-route '.interface == "side"'
  because no-route '.option == null'
  fails 6 sockctl connect -j -u --strict -o IP_UNICAST_IF=side 10.7.0.1 80 <<<x
  because no-route '.interface == "side" and .option == "IP_UNICAST_IF"'
  fails 6 sockctl connect -j -u -o IPV6_UNICAST_IF=lo fd66::1 80 <<<x
  because no-route '.interface == "lo" and .option == "IPV6_UNICAST_IF"'
}

@test "the interface with an address of the peer's network is down" {
  two_links
  ip link set side down
  fails 6 sockctl connect -j 10.8.0.77 80
  fails 6 sockctl connect -j -u ::ffff:10.8.0.77 80 <<<x
  ip link set side up
  because no-route
  because interface-down '.interface == "side" and .address == "10.8.0.1/24" and .subnet == .address'
}

@test "SO_DONTROUTE, and a gateway on the way" {
  far_host
  ip route add 10.66.0.0/24 via 10.9.0.2
  fails 6 sockctl connect -j -o SO_DONTROUTE=1 10.66.0.1 80
  with ENETUNREACH
  because dont-route '.gateway == "10.9.0.2" and .interface == "near"'
  not_because no-route
}

@test "the scope of the address is another interface than the socket's" {
  need_ipv6
  two_links
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=side fe80::1%near 80
  because scope-mismatch '.scope == "near" and .interface == "side"'
}

@test "a link-local address or group without an interface: one of this host is named" {
  need_ipv6
  far_host
  await eval 'ip -6 addr show dev near scope link | grep -q fe80'
  fails 6 sockctl connect -j fe80::2 80
  because scope-missing '.example as $x | ["near", "far"] | index($x)'
  fails 6 sockctl connect -j -u ff02::2 80 <<<x
  because scope-missing '.host == "ff02::2" and .example != "eth0"'
  fails 7 sockctl listen -j fe80::2 0
  because scope-missing '.example != "eth0"'
  links_remove
  fails 6 sockctl connect -j fe80::2 80
  because scope-missing 'has("example") | not'
}

@test "IPv6 is off on the interface, or on all" {
  need_ipv6
  far_host
  echo 1 >/proc/sys/net/ipv6/conf/near/disable_ipv6
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=near 2001:db8::1 80
  because ipv6-off '.interface == "near"'
  fails 7 sockctl listen -j fd09::1 0
  because address-not-local '.off == ["near"]'
  echo 1 >/proc/sys/net/ipv6/conf/far/disable_ipv6
  fails 6 sockctl connect -j 2001:db8::1 80
  because ipv6-off '.interface == "every interface but lo"'
  fails 7 sockctl listen -j fd09::1 0
  because ipv6-off
  echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
  fails 7 sockctl listen -j ::1 0
  echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
  because ipv6-off '.interface == "lo"'
}

@test "Landlock denies before any route is looked up" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 6 landlocked sockctl connect -j 10.99.0.1 80
  with EACCES
  because connect-denied-by-policy 'has("type") | not'
  not_because no-route
}

@test "a route that goes away while the SYN is out is no ICMP error" {
  need_ipv6
  far_host
  for host in 10.9.0.2 fd09::2; do
    start client sockctl connect -vj -o TCP_USER_TIMEOUT=500 "$host" 2
    await_line client.err '"call":"connect".*EINPROGRESS'
    if [[ $host == *:* ]]; then ip -6 route del fd09::/64 dev near; else ip route del 10.9.0.0/24 dev near; fi
    await_exit client
    ((status == 6 || status == 5)) || fail "status $status"
    cp client.err report
    not_because icmp-error-unseen
    not_because icmp-error
    because no-route ".host == \"$host\""
  done
}

@test "TCP to a group, of IPv4 and IPv6" {
  far_host
  ip route add 224.0.0.0/4 dev near
  fails 6 sockctl connect -j 224.0.0.5 80
  ip route del 224.0.0.0/4 dev near
  because not-unicast '.type == "multicast"'
  fails 6 sockctl connect -j ff02::5%near 80
  because not-unicast '.type == "multicast"'
}

@test "TCP to a group: no route and no interface would help" {
  far_host
  local host
  for host in 224.0.0.5 ::ffff:224.0.0.5 ff02::5; do
    fails 6 sockctl connect -j "$host" 80
    because not-unicast '.type == "multicast"'
    not_because no-route
    not_because scope-missing
  done
  fails 6 sockctl connect -j 255.255.255.255 80
  because not-unicast '.type == "broadcast"'
  # A route that refuses is asked first by the kernel.
  ip route add prohibit 224.0.0.0/4
  fails 6 sockctl connect -j 224.0.0.5 80
  ip route del prohibit 224.0.0.0/4
  because route-prohibit
  not_because not-unicast
}
