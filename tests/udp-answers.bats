#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A UDP listener on the wildcard answers from the address that was asked.

load helpers
load helpers/hosts

udp_listener() {
  start server sockctl listen -j -vv -u "$@"
  await_port server.err
}

# A connected socket takes an answer from the address that it asked, and from no other.
ask() {
  run -0 sockctl connect -Q -u -W 1 -w 5 "$1" "$PORT" <<<"to $1"
  assert_output "to $1"
}

@test "an echo answers from the address of IPv4 that was asked" {
  udp_listener --io echo 0.0.0.0 0
  ask 127.0.0.5
  ask 127.8.9.10
  assert_event server.err peer '.local.host == "127.0.0.5"'
  assert_event server.err call '.call == "setsockopt" and (.args | test("IPPROTO_IP, IP_PKTINFO"))'
  assert_event server.err call '.call == "sendmsg" and (.args | test("control 32"))'
  refute_event server.err cmsg
}

@test "an echo answers both families on one socket from the address that was asked" {
  need_ipv6
  need_netns
  ip -6 addr add fd00:1::1/128 dev lo nodad
  ip -6 addr add fd00:1::2/128 dev lo nodad
  udp_listener --io echo 0
  ask 127.0.0.5
  ask fd00:1::1
  ask fd00:1::2
  ask ::1
  assert_event server.err peer '.local.host == "127.0.0.5" and .local.family == "AF_INET"'
  assert_event server.err peer '.local.host == "fd00:1::2"'
  stop server
  udp_listener -6 --io echo 0
  ask fd00:1::2
  refute_event server.err call '.call == "setsockopt" and (.args | test("IPPROTO_IP, IP_PKTINFO"))'
}

@test "a link-local peer is answered from the interface that it asked on" {
  need_ipv6
  host_add far 169.254.7.1/16 169.254.7.2/16
  ip addr add 169.254.7.11/16 dev far
  ip addr add fe80::1/64 dev far nodad
  ip addr add fe80::11/64 dev far nodad
  on_host far ip addr add fe80::2/64 dev lan nodad
  udp_listener --io echo 0
  for host in fe80::11%lan fe80::1%lan 169.254.7.11 169.254.7.1; do
    run -0 on_host far "$SOCKCTL" connect -Q -u -W 1 -w 5 $host "$PORT" <<<"to $host"
    assert_output "to $host"
  done
  assert_event server.err peer '.local.host == "fe80::11" and .local.scope == "far"'
}

@test "answers from stdin leave from the address that was asked" {
  mkfifo answers
  exec {answers}<>answers
  start server sockctl listen -j -vv -u 0.0.0.0 0 <answers
  await_port server.err
  start_fed client sockctl connect -Q -u -W 1 127.0.0.7 "$PORT"
  feed client question
  await_line server.err '"datagram".*question'
  echo answer >&"$answers"
  await_exit client
  assert_success
  assert_equal "$(<client.out)" answer
}

@test "a datagram to a broadcast address is answered from the host's own" {
  need_netns
  udp_listener --io echo 0.0.0.0 0
  run -0 python3 -c 'import socket, sys
s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(10)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b"x", ("127.255.255.255", int(sys.argv[1])))
print(s.recvfrom(9)[1][0])' "$PORT"
  assert_output 127.0.0.1
}

@test "with recvmsg and recvmmsg the answer is right, and what was not asked for is not shown" {
  for call in recvmsg recvmmsg; do
    udp_listener --io echo --recv-call $call 0.0.0.0 0
    ask 127.0.0.5
    refute_event server.err cmsg
    assert_event server.err message '.control == 0'
    stop server
  done
  udp_listener --io echo --cmsg 0.0.0.0 0
  ask 127.0.0.5
  assert_event server.err cmsg '.type == "IP_PKTINFO" and .value.ipi_addr == "127.0.0.5"'
  stop server
  udp_listener --io echo --recv-call recvmsg -o IP_PKTINFO=1 0.0.0.0 0
  ask 127.0.0.5
  assert_event server.err cmsg '.type == "IP_PKTINFO"'
}

@test "the call that the user chose, and an option that is switched off, stay as they are" {
  udp_listener --io echo --recv-call recvmsg --send-call sendto 0.0.0.0 0
  ask 127.0.0.1
  refute_event server.err call '.call == "sendmsg"'
  stop server
  udp_listener --io echo -o IP_PKTINFO=0 0.0.0.0 0
  ask 127.0.0.1
  refute_event server.err call '.call == "sendmsg"'
  refute_event server.err call '.call == "setsockopt" and (.args | test("IP_PKTINFO, .1."))'
}

@test "an answer that is too long for the link is lost, said so once, and the listener goes on" {
  need_netns
  ip link set lo mtu 1500
  udp_listener --io echo -o IP_MTU_DISCOVER=do 0.0.0.0 0
  head -c 2000 /dev/zero >long
  run -0 sockctl connect -Q -u -q 0 -o IP_MTU_DISCOVER=dont 127.0.0.1 "$PORT" <long
  await_line server.err datagram-not-sent
  ask 127.0.0.5
  stop server
  ip link set lo mtu 65536
  assert_equal "$(event server.err warning '.error.name')" EMSGSIZE
  refute_event server.err cmsg '.type == "IP_PKTINFO"'
}

@test "a listener on one address asks for nothing, and uses the plain calls" {
  udp_listener --io echo 127.0.0.1 0
  ask 127.0.0.1
  refute_event server.err call '.args | test("PKTINFO")'
  assert_event server.err call '.call == "recvfrom" and .result > 0'
  assert_event server.err call '.call == "sendto"'
}
