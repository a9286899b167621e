#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UDP: ICMP errors are reported with the datagram they are about; lengths, broadcast and multicast.

load helpers

@test "a refused datagram is reported with the sender of the ICMP error, and is status 4" {
  run --separate-stderr -4 sockctl connect -j -u --strict 127.0.0.1 9 <<<hello
  echo "$stderr" >client.err
  assert_event client.err icmp '.name == "port unreachable" and .type == 3 and .code == 3 and .from == "127.0.0.1"
    and .for.port == 9 and .bytes == "hello\\n" and .error.name == "ECONNREFUSED"'
  assert_event client.err why '.cause == "icmp-error" or .cause == "no-udp-socket"'
}

@test "of IPv6 it is ICMPv6" {
  need_ipv6
  run -4 sockctl connect -u --strict ::1 9 <<<hello
  assert_line --regexp '^icmp +ICMPv6 port unreachable \(type 1, code 4\) from ::1 in answer to what was sent to \[::1\]:9, 6 bytes of it quoted: ECONNREFUSED'
}

@test "a listener reports an answer that reached no one, and goes on" {
  listener -u --io echo 127.0.0.1 0
  # The sender is gone when its echo comes back, for the listener sleeps meanwhile.
  kill -STOP "${PID[server]}"
  python3 -c 'import socket, sys
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.sendto(b"gone", ("127.0.0.1", int(sys.argv[1])))' "$PORT"
  kill -CONT "${PID[server]}"
  await_line server.err '"icmp"'
  run --separate-stderr -0 sockctl connect -u -q 300ms 127.0.0.1 "$PORT" <<<hello
  assert_output hello
  assert_event server.err icmp '.bytes == "gone" and .from == "127.0.0.1"'
  stop server
  refute_event server.err failed
}

@test "a host that a router cannot reach is reported with the router" {
  need_netns
  ip route add unreachable 203.0.113.0/24
  run -6 sockctl connect -u 203.0.113.1 9 <<<x
  assert_line --partial EHOSTUNREACH
}

@test "each peer is reported once, in a line, and numbered" {
  start server sockctl listen -u -vv -W 3 127.0.0.1 0
  await_line server.err '^.*listening'
  PORT=${LINE##*:} PORT=${PORT%% *}
  for text in one two three; do
    run -0 sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" < <(printf %s "$text")
  done
  await_exit server
  run -0 grep -cE ' peer +127\.0\.0\.1:[0-9]+ sent its first datagram' server.err
  assert_output 3
  run -0 grep -E 'datagram +127\.0\.0\.1:[0-9]+ 3 bytes +two$' server.err
}

@test "a datagram of no bytes arrives as one" {
  listener -u -vv -W 1 127.0.0.1 0
  python3 -c 'import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", int(sys.argv[1])))' "$PORT"
  await_exit server
  assert_success
  assert_event server.err datagram '.length == 0 and .real_length == 0 and .truncated == false'
}

@test "a truncated datagram is reported with its real length" {
  listener -u -vv --chunk 5 -W 1 127.0.0.1 0
  run -0 sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" < <(printf 'hello world')
  await_exit server
  assert_equal "$(<server.out)" hello
  assert_event server.err datagram '.length == 5 and .real_length == 11 and .truncated == true'
}

@test "a datagram that is too long is EMSGSIZE, with the limit" {
  head -c 70000 /dev/zero >long
  run -1 sockctl connect -u --chunk 70000 127.0.0.1 9 <long
  assert_line --regexp '^failed +send 127\.0\.0\.1:9: EMSGSIZE'
  assert_line --regexp 'why .*at most 65507'
}

@test "a datagram that is too long for a link on the way: the router's ICMP, with the MTU" {
  need_netns
  need nsenter
  start router unshare -n sh -c 'echo up; exec sleep 600'
  await_line router.out up
  ip link add near type veth peer name far netns "/proc/${PID[router]}/ns/net" || skip "no veth here"
  ip address add 10.8.0.1/24 dev near
  ip link set near up
  nsenter -n -t "${PID[router]}" sh -ec '
    ip address add 10.8.0.2/24 dev far
    ip link set far up
    ip link add out mtu 1300 type veth peer name sink
    ip address add 10.7.0.1/24 dev out
    ip link set sink up
    ip link set out up
    echo 1 >/proc/sys/net/ipv4/ip_forward'
  ip route add 10.7.0.0/24 via 10.8.0.2
  head -c 1400 /dev/zero >long
  run -1 --separate-stderr sockctl connect -j -u -o IP_MTU_DISCOVER=do 10.7.0.2 9 <long
  ip link del near
  echo "$stderr" >report
  assert_event report icmp '.type == 3 and .code == 4 and .icmp_type == 3 and .icmp_code == 4 and .mtu == 1300 and .from == "10.8.0.2" and .for.host == "10.7.0.2"'
  assert_event report failed '.error.name == "EMSGSIZE"'
}

@test "a broadcast needs -b, and arrives" {
  need_netns
  ip link add veth1 type veth peer name far1 && ip link set far1 up || skip "no veth here"
  ip addr add 192.0.2.1/24 brd 192.0.2.255 dev veth1
  ip link set veth1 up
  run -6 sockctl connect -u -q 0 192.0.2.255 5000 <<<x
  assert_line --partial EACCES
  assert_line --partial SO_BROADCAST
  start server sockctl listen -j -u -W 1 0.0.0.0 5000
  await_line server.err '"listening"'
  run -0 sockctl connect -Q -u -b -q 0 192.0.2.255 5000 < <(printf hello)
  await_exit server
  assert_equal "$(<server.out)" hello
}

@test "a multicast group is joined by -o IP_ADD_MEMBERSHIP, and heard" {
  need_netns
  start server sockctl listen -j -u --cmsg -W 1 -o IP_ADD_MEMBERSHIP=239.1.2.3,127.0.0.1 0.0.0.0 5001
  await_line server.err '"listening"'
  run -0 sockctl connect -Q -u -q 0 -o IP_MULTICAST_IF=127.0.0.1 -o IP_MULTICAST_TTL=3 239.1.2.3 5001 < <(printf hello)
  await_exit server
  assert_equal "$(<server.out)" hello
  assert_event server.err cmsg '.type == "IP_PKTINFO" and .value.ipi_addr == "239.1.2.3"'
  assert_event server.err cmsg '.type == "IP_TTL" and .value == 3'
}

@test "an IPv6 group too" {
  need_netns
  need_ipv6
  ip link add veth0 type veth peer name far0 && ip link set far0 up || skip "no veth here"
  ip link set veth0 up
  ip addr add fd00::1/64 dev veth0 nodad
  start server sockctl listen -j -u -W 1 -o IPV6_ADD_MEMBERSHIP=ff02::1234,veth0 :: 5002
  await_line server.err '"listening"'
  run -0 sockctl connect -Q -u -q 0 -s fd00::1 ff02::1234%veth0 5002 < <(printf hello)
  await_exit server
  assert_equal "$(<server.out)" hello
}
