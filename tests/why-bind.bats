#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why bind(2) and listen(2) failed: who has the port, and which address, right or policy was missing.

load helpers
load helpers/why

@test "EADDRINUSE: a listener has the port, and who that is" {
  listener 127.0.0.1 0 --io hold
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  with EADDRINUSE
  because port-held-by-listener ".pid == ${PID[server]} and .program == \"sockctl\" and .held.port == $PORT and .uid == $(id -u)"
  not_because reuse-address-off
  not_because reuse-address-one-sided
  fails 7 sockctl listen -j -o SO_REUSEADDR=0 127.0.0.1 "$PORT"
  not_because reuse-address-off
}

@test "EADDRINUSE: the wildcard of both families has the port" {
  listener 0 --io hold
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-listener ".pid == ${PID[server]} and .held.host == \"::\""
}

@test "EADDRINUSE: the holder of another user is not visible without root, and said so" {
  need_root
  listener 127.0.0.1 0 --io hold
  fails 7 as_nobody sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-listener '.user == "root" and .owner == "its process is not visible without root" and (has("pid") | not)'
}

@test "EADDRINUSE: a UDP socket has the port" {
  start server sockctl listen -j -u 127.0.0.1 0
  await_port server.err
  fails 7 sockctl listen -j -u 127.0.0.1 "$PORT"
  because port-held-by-udp-socket ".pid == ${PID[server]}"
}

@test "EADDRINUSE: TIME_WAIT keeps the port, for how long, and what would have helped" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close()
a.close(); c.recv(1); c.close(); print('port', port)"
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  with EADDRINUSE
  because port-in-time-wait ".expires > 50 and .expires <= 60 and .state == \"TIME_WAIT\""
  because reuse-address-one-sided
  not_because port-held-by-listener
  fails 7 sockctl listen -j -o SO_REUSEADDR=0 127.0.0.1 "$PORT"
  because reuse-address-off
}

@test "EADDRINUSE: a connection has the port" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close(); print('port', port)"
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-connection ".state == \"ESTABLISHED\" and .pid == ${PID[holder]}"
}

@test "EADDRINUSE: a closed connection that has not ended has the port" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close()
a.close(); c.recv(1); print('port', port)"
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-closing-connection '.state == "FIN_WAIT2" and (has("uid") | not)'
}

@test "EADDRINUSE: a socket that is only bound has the port" {
  need python3
  holder "
b = socket.socket(); b.bind(('127.0.0.1', 0)); print('port', b.getsockname()[1])"
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  if assert_event report why '.cause == "port-holder-unknown"' 2>/dev/null; then
    skip "this kernel does not list sockets that are only bound (Linux 6.8 does)"
  fi
  because port-held-by-bound-socket ".pid == ${PID[holder]}"
}

@test "EADDRINUSE of port 0: the ephemeral ports are exhausted, and the range" {
  need_netns
  need python3
  echo "41000 41000" >/proc/sys/net/ipv4/ip_local_port_range
  holder "
b = socket.socket(); b.bind(('127.0.0.1', 41000)); b.listen()"
  fails 7 sockctl listen -j 127.0.0.1 0
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  with EADDRINUSE
  because ports-exhausted '.low == 41000 and .high == 41000 and .taken == 1 and .count == 1'
}

# What has the port P of 127.0.0.1, by what the holder does with SO_REUSEADDR (R) and SO_REUSEPORT (T).
held() {
  local setup
  case $1 in
    listen) setup="s.listen()" ;;
    bound) setup="pass" ;;
    client) setup="l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); s.connect(l.getsockname())" ;;
    established) setup="s.listen(); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); s.close()" ;;
    fin_wait2) setup="s.listen(); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); s.close(); a.close(); c.recv(1)" ;;
    time_wait) setup="s.listen(); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); s.close(); a.close(); c.recv(1); c.close()" ;;
  esac
  holder "
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, $2)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, $3)
s.bind(('$4', 0)); port = s.getsockname()[1]
$setup
print('port', port)"
}

# Each row: what holds the port, its two options, its address; whether the new one has them; the causes, of which "-"
# is none: then bind succeeds.
@test "EADDRINUSE: every pair of SO_REUSEADDR and SO_REUSEPORT by what holds the port, and what of them is missing" {
  need python3
  local what old_addr old_port host addr port first second
  while read -r what old_addr old_port host addr port first second; do
    held "$what" "$old_addr" "$old_port" "$host"
    if [[ $first == - ]]; then
      run -5 sockctl listen -Q -w 10ms -o SO_REUSEADDR="$addr" -o SO_REUSEPORT="$port" 127.0.0.1 "$PORT"
    else
      fails 7 sockctl listen -j -o SO_REUSEADDR="$addr" -o SO_REUSEPORT="$port" 127.0.0.1 "$PORT"
      with EADDRINUSE
      if [[ $what == bound ]] && assert_event report why '.cause == "port-holder-unknown"' 2>/dev/null; then
        stop holder # this kernel does not list sockets that are only bound (Linux 6.8 does)
        continue
      fi
      because "$first" ".held.port == $PORT" || fail "$what $old_addr $old_port $host, $addr $port"
      [[ $first != port-held-by-* || $first == *-closing-* ]] || because "$first" ".pid == ${PID[holder]}"
      assert_equal "$(event report why .cause | sed 1d | tr '\n' ' ')" "${second:+$second }" ||
        fail "$what $old_addr $old_port $host, $addr $port"
    fi
    stop holder
  done <<'EOF'
listen 0 0 127.0.0.1 0 0 port-held-by-listener
listen 0 0 127.0.0.1 1 0 port-held-by-listener
listen 1 0 127.0.0.1 1 0 port-held-by-listener
listen 1 0 0.0.0.0 1 0 port-held-by-listener
listen 0 0 127.0.0.1 0 1 port-held-by-listener reuse-port-one-sided
listen 0 1 127.0.0.1 0 0 port-held-by-listener
listen 0 1 127.0.0.1 0 1 -
bound 0 0 127.0.0.1 0 0 port-held-by-bound-socket reuse-address-off
bound 0 0 127.0.0.1 1 0 port-held-by-bound-socket reuse-address-one-sided
bound 1 0 127.0.0.1 0 0 port-held-by-bound-socket reuse-address-off
bound 1 0 127.0.0.1 1 0 -
client 0 0 127.0.0.1 1 0 port-held-by-connection reuse-address-one-sided
established 0 0 127.0.0.1 0 0 port-held-by-connection reuse-address-off
established 0 0 127.0.0.1 1 0 port-held-by-connection reuse-address-one-sided
established 1 0 127.0.0.1 0 0 port-held-by-connection reuse-address-off
established 1 0 127.0.0.1 1 0 -
fin_wait2 0 0 127.0.0.1 0 0 port-held-by-closing-connection reuse-address-off
fin_wait2 0 0 127.0.0.1 1 0 port-held-by-closing-connection reuse-address-one-sided
time_wait 0 0 127.0.0.1 0 0 port-in-time-wait reuse-address-off
time_wait 0 0 127.0.0.1 1 0 port-in-time-wait reuse-address-one-sided
time_wait 1 0 127.0.0.1 0 0 port-in-time-wait reuse-address-off
time_wait 1 0 127.0.0.1 1 0 -
time_wait 0 0 127.0.0.1 0 1 port-in-time-wait reuse-address-off
EOF
}

@test "EADDRINUSE of listen(2) itself: bind had allowed it" {
  need python3
  held bound 1 0 127.0.0.1
  # The kernel looks again when it is to listen, and the option is off by then.
  fails 7 sockctl listen -j -o bound:SO_REUSEADDR=0 -o early:SO_REUSEADDR=1 127.0.0.1 "$PORT"
  assert_event report failed '.call == "listen" and .error.name == "EADDRINUSE"'
  because port-held-by-bound-socket ".pid == ${PID[holder]}"
  because reuse-address-off
  refute_event report why ".pid != null and .pid != ${PID[holder]}"
}

@test "EADDRNOTAVAIL of bind: an address that is tentative, or is another interface's" {
  need_ipv6
  two_links
  ip -6 addr add fd08::1/64 dev side nodad
  # With the other end down its address stays tentative for as long as that is.
  ip -6 addr add fd07::1/64 dev shut
  fails 7 sockctl listen -j fd07::1 0
  with EADDRNOTAVAIL
  because address-not-usable '.host == "fd07::1"'
  not_because address-not-local
  fails 7 sockctl listen -j 'fe80::1%side' 0
  because address-not-local '.host == "fe80::1%side"'
}

@test "EADDRINUSE: a socket that is bound to another interface is not what has the port" {
  need python3
  need_netns
  links_remove
  ip link add near type veth peer name far || skip "no veth here"
  ip link set near up
  local interface
  for interface in lo near; do
    start "on_$interface" python3 -uc "
import socket, signal
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'$interface')
s.bind(('', 7777))
s.listen()
print('ready')
signal.pause()"
    await_line "on_$interface.out" ready
  done
  for interface in lo near; do
    fails 7 sockctl listen -j -o "SO_BINDTODEVICE=$interface" 0.0.0.0 7777
    with EADDRINUSE
    because port-held-by-listener ".pid == ${PID["on_$interface"]}"
  done
}

@test "EADDRINUSE with SO_REUSEPORT: the other socket lacks it, or is another user's" {
  need_netns
  listener --io hold 127.0.0.1 0
  fails 7 sockctl listen -j -o SO_REUSEPORT=1 127.0.0.1 "$PORT"
  because reuse-port-one-sided '.reuse_port == true'
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  not_because reuse-port-one-sided
  stop server
  listener -o SO_REUSEPORT=1 --io hold 127.0.0.1 0
  # Both have it: the only failure is that no client comes.
  run -5 sockctl listen -o SO_REUSEPORT=1 -w 50ms 127.0.0.1 "$PORT"
}

@test "EADDRINUSE with SO_REUSEPORT: a port is shared by the sockets of one user only" {
  need_root
  listener -o SO_REUSEPORT=1 --io hold 127.0.0.1 0
  fails 7 as_nobody sockctl listen -j -o SO_REUSEPORT=1 127.0.0.1 "$PORT"
  because reuse-port-other-user '.uid == 65534 and .held_uid == 0'
  not_because reuse-port-one-sided
}

@test "ENODEV of bind: no interface has that index, and those that there are" {
  need_netns
  fails 7 sockctl listen -j 'fe80::1%77' 0
  with ENODEV
  because interface-missing '.interface == "77" and (.interfaces | index("lo"))'
}

@test "EACCES of bind: the port is privileged, and what is missing" {
  fails 7 as_nobody sockctl listen -j 127.0.0.1 80
  with EACCES
  because port-privileged '.port == 80 and .start == 1024'
}

@test "EACCES of bind: the right is there, but another namespace is what it counts in" {
  need_netns
  as_nobody unshare -Ur true 2>/dev/null || skip "no user namespaces here"
  fails 7 as_nobody unshare -Ur "$SOCKCTL" listen -j 127.0.0.1 80
  with EACCES
  because port-privileged-namespace '.port == 80 and .start == 1024'
  not_because port-privileged
}

@test "EACCES of bind: not the port, but a policy" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 7 landlocked sockctl listen -j 127.0.0.1 8080
  with EACCES
  because bind-denied-by-policy '.port == 8080'
}

@test "EACCES of bind to port 0: not the port, and no word of its limit" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 7 landlocked sockctl listen -j 127.0.0.1 0
  because bind-denied-by-policy '.port == 0 and (has("start") | not)'
}

@test "EPERM of bind: a policy, be the port as low as it may" {
  need_strace
  fails 7 straced trace -qq -e inject=bind:error=EPERM sockctl listen -j 127.0.0.1 80
  with EPERM
  because bind-denied-by-policy '.port == 80 and (has("start") | not)'
}

@test "EADDRNOTAVAIL of bind: no address of this host, and those that it has" {
  fails 7 sockctl listen -j 192.0.2.1 0
  with EADDRNOTAVAIL
  because address-not-local '.host == "192.0.2.1" and (.addresses | index("127.0.0.1"))'
}

@test "EINVAL of bind: a link-local address needs its interface" {
  need_ipv6
  fails 7 sockctl listen -j fe80::1 0
  with EINVAL
  because scope-missing
}

@test "ENETUNREACH of connect, EINVAL of bind: an IPv4 address on a socket for IPv6 only" {
  need_ipv6
  fails 6 sockctl connect -j -o IPV6_V6ONLY=1 ::ffff:127.0.0.1 80
  with ENETUNREACH
  because mapped-on-v6only
  not_because no-route
  fails 7 sockctl listen -j -o IPV6_V6ONLY=1 ::ffff:127.0.0.1 0
  with EINVAL
  because mapped-on-v6only '.host == "::ffff:127.0.0.1"'
}

@test "EAFNOSUPPORT of bind: the local address is of another family than the peer's" {
  need_ipv6
  fails 7 sockctl connect -j -s ::1 127.0.0.1 9
  with EAFNOSUPPORT
  because family-mismatch '.address.host == "::1" and .address_family == "AF_INET6" and .family == "AF_INET"'
}
