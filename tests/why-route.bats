#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why there was no way to the peer: routes, rules, neighbours, ICMP and policies.

load helpers
load helpers/why

@test "EACCES of connect: not the route, but a policy" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 6 landlocked sockctl connect -j 127.0.0.1 8080
  with EACCES
  because connect-denied-by-policy '.type == "local"'
}

@test "EHOSTUNREACH: ARP failed on this host" {
  far_host
  echo 1 >/proc/sys/net/ipv4/neigh/near/mcast_solicit
  echo 10 >/proc/sys/net/ipv4/neigh/near/retrans_time_ms
  fails 6 sockctl connect -j 10.9.0.78 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "10.9.0.78" and .protocol == "ARP"'
  not_because icmp-error
}

@test "EHOSTUNREACH: a packet filter of this host said so, not the neighbour" {
  far_host
  need_iptables
  iptables -A OUTPUT -p tcp -d 10.9.0.2 --dport 81 -j REJECT --reject-with icmp-host-unreachable 2>/dev/null ||
    skip "no iptables here"
  fails 6 sockctl connect -j -w 5 10.9.0.2 81
  with EHOSTUNREACH
  because icmp-error '.from == "10.9.0.1" and .whose == "this host itself" and .type == 3 and .code == 1'
  not_because neighbour-failed
}

@test "EHOSTUNREACH: a router said so" {
  far_host
  fails 6 sockctl connect -j 10.9.0.2 10301
  with EHOSTUNREACH
  because icmp-error '.from == "10.9.0.254" and .icmp == "host unreachable" and (has("whose") | not)'
  not_because neighbour-failed
}

@test "EHOSTUNREACH, ENETUNREACH, EPROTO, ENOPROTOOPT: each ICMP answer by its name" {
  far_host
  while read -r port errno type code name; do
    fails 6 sockctl connect -j 10.9.0.2 "$port"
    with "$errno"
    because icmp-error ".type == $type and .code == $code and .icmp == \"$name\""
  done <<'EOF'
10300 ENETUNREACH 3 0 net unreachable
10302 ENOPROTOOPT 3 2 protocol unreachable
10309 ENETUNREACH 3 9 network administratively prohibited
10310 EHOSTUNREACH 3 10 host administratively prohibited
10313 EHOSTUNREACH 3 13 communication administratively prohibited
11100 EHOSTUNREACH 11 0 time to live exceeded in transit
11200 EPROTO 12 0 parameter problem
EOF
}

@test "IPv6: each ICMPv6 answer by its name, with its sender" {
  need_ipv6
  far_host
  while read -r port status errno type code name; do
    fails "$status" sockctl connect -j fd09::2 "$port"
    with "$errno"
    because icmp-error ".protocol == \"ICMPv6\" and .type == $type and .code == $code and .icmp == \"$name\" and .from == \"fd09::fe\""
    fails "$status" sockctl connect -j -o IPV6_RECVERR=0 fd09::2 "$port"
    with "$errno"
    because icmp-error-unseen '.option == "IPV6_RECVERR"'
  done <<'EOF'
10100 6 ENETUNREACH 1 0 no route to destination
10101 6 EACCES 1 1 communication administratively prohibited
10103 6 EHOSTUNREACH 1 3 address unreachable
10104 4 ECONNREFUSED 1 4 port unreachable
EOF
}

@test "IPv6: another host answered with RST; the next hop does not answer NDP" {
  need_ipv6
  far_host
  fails 4 sockctl connect -j fd09::2 1
  because reset-answer
  not_because icmp-error-unseen
  echo 1 >/proc/sys/net/ipv6/neigh/near/mcast_solicit
  echo 10 >/proc/sys/net/ipv6/neigh/near/retrans_time_ms
  fails 6 sockctl connect -j fd09::77 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "fd09::77" and .protocol == "NDP"'
}

@test "ENETUNREACH: there is no route" {
  need_netns
  fails 6 sockctl connect -j 192.0.2.1 80
  with ENETUNREACH
  because no-route '.host == "192.0.2.1"'
}

# routes_refuse FAMILY PREFIX HOST: a route of each type to it.
routes_refuse() {
  while read -r type errno; do
    ip "$1" route add "$type" "$2"
    fails 6 sockctl connect -j "$3" 80
    ip "$1" route del "$type" "$2"
    with "$errno"
    because "route-$type" ".route == \"$2\""
  done <<'EOF'
unreachable EHOSTUNREACH
prohibit EACCES
blackhole EINVAL
EOF
}

@test "EHOSTUNREACH, EACCES, EINVAL: the route is unreachable, prohibit, blackhole, and which entry that is" {
  need_netns
  routes_refuse -4 198.51.100.0/24 198.51.100.7
}

@test "the same of IPv6" {
  need_netns
  need_ipv6
  routes_refuse -6 2001:db8:7::/48 2001:db8:7::1
}

@test "a socket that is bound to an interface: the way by that one counts, not the routes of others" {
  two_links
  fails 6 sockctl connect -j -w 5 -o SO_BINDTODEVICE=side 10.9.0.2 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "10.9.0.2" and .interface == "side"'
  # Loopback addresses too: that side asks for them is not this host's own ICMP.
  fails 6 sockctl connect -j -w 5 -o SO_BINDTODEVICE=side 127.0.0.1 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "127.0.0.1" and .interface == "side"'
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=shut 10.9.0.2 80
  with ENETUNREACH
  because interface-down '.interface == "shut"'
  not_because no-route
}

@test "IPv6 of a socket that is bound to an interface; a scope that is not an interface" {
  need_ipv6
  two_links
  ip -6 addr add fd08::1/64 dev side nodad
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=near fd08::2 80
  with ENETUNREACH
  because no-route '.host == "fd08::2" and .interface == "near"'
  fails 6 sockctl connect -j 'fe80::99%77' 80
  with ENETUNREACH
  because interface-missing '.interface == "77" and (.interfaces | index("side"))'
  not_because no-route
  fails 6 sockctl connect -j 'fe80::99%shut' 80
  because interface-down '.interface == "shut"'
}

@test "ENODEV: the interface that the socket is bound to is not there" {
  need_netns
  fails 1 sockctl connect -j -o SO_BINDTOIFINDEX=77 192.0.2.1 80
  with ENODEV
  because interface-missing '.interface == "77" and (.interfaces | index("lo"))'
  need_ipv6
  fails 7 sockctl listen -j -o SO_BINDTOIFINDEX=77 ::1 0
  with ENODEV
  because interface-missing '.interface == "77"'
}

@test "EACCES: a rule about marks or ports prohibits it, so no other policy does" {
  two_links
  ip rule add fwmark 7 prohibit
  fails 6 sockctl connect -j -o SO_MARK=7 10.9.0.2 80
  ip rule del fwmark 7
  with EACCES
  because rule-refuses '.host == "10.9.0.2"'
  not_because connect-denied-by-policy
  ip rule add ipproto tcp dport 25 prohibit || skip "no rules about ports here (Linux 4.17 has them)"
  fails 6 sockctl connect -j 10.9.0.2 25
  ip rule del ipproto tcp dport 25
  with EACCES
  because rule-refuses
  not_because connect-denied-by-policy
  ip rule add ipproto tcp sport 7777 prohibit
  fails 6 sockctl connect -j -p 7777 10.9.0.2 80
  ip rule del ipproto tcp sport 7777
  with EACCES
  because rule-refuses
  not_because connect-denied-by-policy
}

@test "EACCES: a rule about the TOS or the source address prohibits it" {
  two_links
  ip rule add tos 0x10 prohibit
  fails 6 sockctl connect -j -T 0x10 10.9.0.2 80
  ip rule del tos 0x10
  with EACCES
  because rule-refuses
  not_because connect-denied-by-policy
  ip rule add from 10.9.0.1 prohibit
  fails 6 sockctl connect -j -s 10.9.0.1 10.9.0.2 80
  ip rule del from 10.9.0.1
  with EACCES
  because rule-refuses '.host == "10.9.0.2"'
  not_because source-unusable
}

@test "EINVAL: a link-local peer needs its interface; from loopback there is no way out" {
  need_ipv6
  far_host
  fails 6 sockctl connect -j fe80::1 80
  with EINVAL
  because scope-missing
  fails 6 sockctl connect -j -s 127.0.0.1 10.9.0.2 1
  with EINVAL
  because source-unusable '.source == "127.0.0.1" and .usable == "10.9.0.1"'
}

@test "ENETUNREACH: a stream cannot go to a broadcast address" {
  far_host
  fails 6 sockctl connect -j 10.9.0.255 80
  because not-unicast '.type == "broadcast"'
}

@test "EACCES of a datagram: SO_BROADCAST is off" {
  far_host
  fails 6 sockctl connect -j -u 10.9.0.255 9 <<<x
  with EACCES
  because broadcast-off
}

@test "EPERM of a datagram: a policy of this host" {
  need_iptables
  far_host
  iptables -A OUTPUT -p udp --dport 99 -j DROP
  fails 6 sockctl connect -j -u 10.9.0.2 99 <<<x
  with EPERM
  because connect-denied-by-policy
}
