#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why connect(2) failed on its way or at its end: refused, unanswered, no port or address to connect from;
# and what is worth knowing of a connection that did come about.

load helpers
load helpers/why

@test "ECONNREFUSED: nothing listens on this host" {
  fails 4 sockctl connect -j 127.0.0.1 1
  with ECONNREFUSED
  because nobody-listens '.address.port == 1'
  not_because listener-elsewhere
}

@test "ECONNREFUSED: somebody listens on another address, on another family" {
  need_ipv6
  listener ::1 0 --io hold
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because nobody-listens
  because listener-elsewhere ".held.host == \"::1\" and .pid == ${PID[server]}"
}

@test "ECONNREFUSED: the listener is for IPv6 only" {
  need_ipv6
  listener -6 -o IPV6_V6ONLY=1 :: 0 --io hold
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because listener-elsewhere '.v6only == "for IPv6 only" and .ipv6_only'
}

@test "ECONNREFUSED: the listener serves another interface" {
  far_host
  holder "
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, 25, b'near'); l.bind(('0.0.0.0', 0)); l.listen()
print('port', l.getsockname()[1])"
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because nobody-listens
  because listener-elsewhere ".interface == \"near\" and .pid == ${PID[holder]}"
  not_because rejected-despite-listener
}

@test "ECONNREFUSED: another host answered with RST" {
  far_host
  fails 4 sockctl connect -j 10.9.0.2 1
  with ECONNREFUSED
  because reset-answer
  not_because icmp-error
}

@test "ECONNREFUSED: not RST but ICMP, and from whom" {
  far_host
  fails 4 sockctl connect -j 10.9.0.2 10303
  with ECONNREFUSED
  because icmp-error '.from == "10.9.0.254" and .type == 3 and .code == 3 and .icmp_type == 3 and .icmp_code == 3 and .icmp == "port unreachable"'
  not_because reset-answer
}

@test "ECONNREFUSED: somebody listens, so a packet filter rejected it" {
  need_iptables
  listener 127.0.0.1 0 --io hold
  iptables -A INPUT -p tcp --dport "$PORT" -j REJECT --reject-with tcp-reset 2>/dev/null || skip "no iptables here"
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because rejected-despite-listener ".pid == ${PID[server]}"
}

@test "ECONNREFUSED of a datagram: ICMP from this host, no socket there" {
  fails 4 sockctl connect -j -u --strict 127.0.0.1 9 <<<x
  with ECONNREFUSED
  because no-udp-socket
}

@test "ETIMEDOUT: SYNs sent, none answered" {
  far_host
  fails 5 sockctl connect -j -w 0.3 10.9.0.2 2
  because syn-unanswered '.syns == 1 and .elapsed > 0.2'
  not_because accept-queue-full
  not_because neighbour-failed
}

@test "ETIMEDOUT: the accept queue of a listener on this host is full" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(0); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); print('port', port)"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because accept-queue-full ".length == 1 and .limit == 0 and .pid == ${PID[holder]}"
  because syn-unanswered
}

@test "ETIMEDOUT: a listener on this host with room in its accept queue is not what is full" {
  need_iptables
  listener 127.0.0.1 0 --io hold
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because syn-unanswered '.syns == 1'
  not_because accept-queue-full
}

@test "ETIMEDOUT: the next hop does not answer ARP" {
  far_host
  fails 5 sockctl connect -j -w 0.2 10.9.0.77 80
  because neighbour-failed '.neighbour == "10.9.0.77" and .interface == "near" and .protocol == "ARP"'
}

@test "ECONNREFUSED: TCP where a UDP socket is, UDP where a TCP listener is" {
  start server sockctl listen -j -u 127.0.0.1 0
  await_port server.err
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because nobody-listens
  because other-protocol ".held_protocol == \"UDP\" and .protocol == \"TCP\" and .pid == ${PID[server]}"
  stop server
  listener 127.0.0.1 0 --io hold
  fails 4 sockctl connect -j -u --strict 127.0.0.1 "$PORT" <<<x
  because no-udp-socket
  because other-protocol ".held_protocol == \"TCP\" and .protocol == \"UDP\" and .pid == ${PID[server]}"
}

@test "EADDRNOTAVAIL of connect: the ephemeral ports towards the peer are exhausted" {
  need_netns
  listener 127.0.0.1 0 -k --io hold
  echo "41000 41000" >/proc/sys/net/ipv4/ip_local_port_range
  start first sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line first.err '"event":"connected"'
  fails 7 sockctl connect -j 127.0.0.1 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  with EADDRNOTAVAIL
  because ports-exhausted ".taken == 1 and .count == 1 and .peer.port == $PORT"
}

@test "EADDRNOTAVAIL of connect: all ports that may be taken are not all that there are" {
  need_netns
  listener 127.0.0.1 0 -k --io hold
  echo "41000 41001" >/proc/sys/net/ipv4/ip_local_port_range
  echo 41001 >/proc/sys/net/ipv4/ip_local_reserved_ports
  start first sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line first.err '"event":"connected"'
  fails 7 sockctl connect -j 127.0.0.1 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  echo >/proc/sys/net/ipv4/ip_local_reserved_ports
  because no-port-found ".taken == 1 and .count == 2 and .peer.port == $PORT"
  not_because ports-exhausted
}

@test "EAGAIN of connecting UDP: the ephemeral ports are exhausted" {
  need_netns
  need python3
  echo "41000 41000" >/proc/sys/net/ipv4/ip_local_port_range
  holder "
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 41000))"
  fails 7 sockctl connect -j -u -w 1 127.0.0.1 9 <<<x
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  with EAGAIN
  because ports-exhausted '.taken == 1 and .count == 1'
}

fails_now() {
  local expected=$1
  shift
  run "$@"
  ((status == expected))
}

@test "EADDRNOTAVAIL of connect: no address of IPv6 to connect from" {
  need_ipv6
  far_host
  ip -6 addr del fd09::1/64 dev near
  ip -6 route add 2001:db8::/32 dev near
  echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
  # The addresses go at once, their routes a little later.
  await fails_now 7 sockctl connect -j ::1 80
  run -7 --separate-stderr sockctl connect -j ::1 80
  printf '%s\n' "$stderr" >loopback
  fails 7 sockctl connect -j 2001:db8::1 80
  echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
  with EADDRNOTAVAIL
  because no-source-address '.host == "2001:db8::1" and (has("note") | not)'
  not_because ports-exhausted
  mv loopback report
  because no-source-address '.host == "::1" and (.note | contains("lo.disable_ipv6"))'
}

@test "EADDRNOTAVAIL of connect: the same connection exists" {
  listener 127.0.0.1 0 -k --io hold
  start first sockctl connect -j -o SO_REUSEADDR=1 --io hold 127.0.0.1 "$PORT"
  await_line first.err '"event":"connected"'
  local port
  port=$(event first.err connected .local.port)
  fails 7 sockctl connect -j -o SO_REUSEADDR=1 -s 127.0.0.1 -p "$port" 127.0.0.1 "$PORT"
  if assert_event report failed '.error.name == "EADDRINUSE"' 2>/dev/null; then
    because port-held-by-connection ".pid == ${PID[first]}"
  else
    because connection-exists ".pid == ${PID[first]} and .state == \"ESTABLISHED\""
  fi
}

@test "a connection to itself is noticed" {
  need_netns
  fails 0 sockctl connect -j -w 1 -s 127.0.0.1 -p 41234 127.0.0.1 41234
  assert_event report warning '.code == "self-connect"'
}

@test "a handshake that took a retransmission says so" {
  far_host
  run --separate-stderr sockctl connect -j -w 5 10.9.0.2 3
  printf '%s\n' "$stderr" >report
  assert_event report warning '.code == "syn-retransmitted" and .retransmits == 1'
}
