#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Refused, and by whom: a socket that does not listen, one that serves others, NAT or a packet filter of this host.

load helpers
load helpers/why

@test "TCP: a socket is bound to the port and does not listen" {
  for host in 127.0.0.1 ::1; do
    [[ $host == *:* ]] && need_ipv6
    holder "
s = socket.socket(socket.AF_INET6 if ':' in '$host' else socket.AF_INET); s.bind(('$host', 0)); print('port', s.getsockname()[1])"
    fails 4 sockctl connect -j "$host" "$PORT"
    because nobody-listens
    grep -q port-held-by-bound-socket report || skip "this kernel does not list bound sockets (Linux 6.8 does)"
    because port-held-by-bound-socket ".held.host == \"$host\" and .pid == ${PID[holder]}"
    stop holder
  done
}

@test "UDP: the socket there is connected to somebody else" {
  for host in 127.0.0.1 ::1; do
    [[ $host == *:* ]] && need_ipv6
    holder "
s = socket.socket(socket.AF_INET6 if ':' in '$host' else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$host', 0)); s.connect(('$host', 9)); print('port', s.getsockname()[1])"
    fails 4 sockctl connect -j -u --strict "$host" "$PORT" <<<x
    because udp-socket-connected ".peer.port == 9 and .pid == ${PID[holder]}"
    not_because no-udp-socket
    stop holder
  done
}

@test "UDP: the socket is bound to another address, or to another interface" {
  far_host
  holder "
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('10.9.0.1', 0)); print('port', s.getsockname()[1])"
  fails 4 sockctl connect -j -u --strict 127.0.0.1 "$PORT" <<<x
  because no-udp-socket
  because udp-socket-elsewhere '.held.host == "10.9.0.1" and (has("interface") | not)'
  stop holder
  holder "
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, 25, b'near')
s.bind(('0.0.0.0', 0)); print('port', s.getsockname()[1])"
  fails 4 sockctl connect -j -u --strict 127.0.0.1 "$PORT" <<<x
  because udp-socket-elsewhere '.interface == "near"'
}

@test "TCP: a listener bound to lo, asked by an address of another interface" {
  far_host
  for host in 10.9.0.1 fd09::1; do
    holder "
v6 = ':' in '$host'
l = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET); l.setsockopt(socket.SOL_SOCKET, 25, b'lo')
l.bind(('::' if v6 else '0.0.0.0', 0)); l.listen(); print('port', l.getsockname()[1])"
    fails 4 sockctl connect -j "$host" "$PORT"
    because nobody-listens
    because listener-elsewhere ".interface == \"lo\" and .pid == ${PID[holder]}"
    not_because rejected-despite-listener
    stop holder
  done
}

@test "TCP: a listener bound to the interface that has the address serves it" {
  far_host
  holder "
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, 25, b'near')
l.bind(('0.0.0.0', 0)); l.listen(); print('port', l.getsockname()[1])"
  run -0 sockctl connect -z 10.9.0.1 "$PORT"
}

@test "0.0.0.0 and :: are loopback: a listener on another address is only elsewhere" {
  far_host
  holder "
l = socket.socket(); l.bind(('10.9.0.1', 0)); l.listen(); print('port', l.getsockname()[1])"
  fails 4 sockctl connect -j 0.0.0.0 "$PORT"
  because nobody-listens
  because listener-elsewhere '.held.host == "10.9.0.1"'
  not_because rejected-despite-listener
  stop holder
  holder "
l = socket.socket(socket.AF_INET6); l.bind(('fd09::1', 0)); l.listen(); print('port', l.getsockname()[1])"
  fails 4 sockctl connect -j :: "$PORT"
  because listener-elsewhere '.held.host == "fd09::1"'
  not_because rejected-despite-listener
}

@test "RST that this host makes itself for a host that it cannot have asked" {
  need_iptables
  far_host
  iptables -A OUTPUT -p tcp -d 10.9.0.88 -j REJECT --reject-with tcp-reset
  fails 4 sockctl connect -j 10.9.0.88 80
  because answered-here '.neighbour == "10.9.0.88" and .interface == "near"'
  not_because reset-answer
}

@test "RST of another host: what else it may be is said" {
  far_host
  fails 4 sockctl connect -j 10.9.0.2 1
  because reset-answer '.text | contains("or a packet filter or NAT (there, on the way or here)")'
}

@test "NAT of this host sent it elsewhere: to whom, if that is known" {
  need_iptables
  far_host
  iptables -t nat -A OUTPUT -p tcp -d 10.9.0.2 --dport 8080 -j DNAT --to-destination 10.9.0.1:81 2>/dev/null ||
    skip "no NAT here"
  iptables -t nat -A OUTPUT -p tcp -d 10.9.0.2 --dport 8082 -j DNAT --to-destination 10.9.0.2:2
  iptables -t nat -A OUTPUT -p udp -d 10.9.0.2 --dport 8080 -j DNAT --to-destination 10.9.0.1:81
  # The kernel forgets at once what RST refused, so only that it may be so can be said.
  fails 4 sockctl connect -j 10.9.0.2 8080
  because reset-answer '.text | contains("or NAT (there, on the way or here)")'
  fails 5 sockctl connect -j -w 0.3 10.9.0.2 8082
  [[ -r /proc/self/net/nf_conntrack ]] || skip "the tracked connections are not shown here"
  because nat-destination '.actual.host == "10.9.0.2" and .actual.port == 2 and .address.port == 8082'
  because syn-unanswered 'has("guess") | not'
  fails 4 sockctl connect -j -u --strict 10.9.0.2 8080 <<<x
  because nat-destination '.actual.host == "10.9.0.1" and .actual.port == 81'
}

@test "a local address behind REDIRECT: not only a filter may have done it" {
  need_iptables
  listener 127.0.0.1 0 --io hold
  iptables -t nat -A OUTPUT -p tcp -d 127.0.0.1 --dport "$PORT" -j REDIRECT --to-ports 82 2>/dev/null || skip "no NAT here"
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because rejected-despite-listener '.text | contains("NAT")'
}

@test "ICMP port unreachable for a SYN is a packet filter's, as codes 9, 10 and 13 are" {
  far_host
  fails 4 sockctl connect -j 10.9.0.2 10303
  because icmp-error '.code == 3 and (.meaning | contains("packet filter"))'
  for port in 10309 10310 10313; do
    fails 6 sockctl connect -j 10.9.0.2 "$port"
    because icmp-error '.meaning == "a packet filter forbids it"'
  done
  fails 6 sockctl connect -j 10.9.0.2 10301
  because icmp-error 'has("meaning") | not'
  fails 4 sockctl connect -j fd09::2 10104
  because icmp-error '.from == "fd09::fe" and .code == 4 and (.meaning | contains("packet filter"))'
}
