#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Datagrams to broadcast and multicast addresses: an unconnected socket, which hears the answers of all hosts.

load helpers
load helpers/hosts

# Answers each datagram from two more addresses, as two hosts would.
two_responders() {
  start responder python3 -c 'import socket
asked = socket.socket(type=socket.SOCK_DGRAM)
asked.bind(("0.0.0.0", 9999))
asked.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.1.2.3") + socket.inet_aton("127.0.0.1"))
hosts = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
for number, host in enumerate(hosts):
    host.bind(("127.0.0.%d" % (number + 2), 9998))
print("ready", flush=True)
while True:
    data, peer = asked.recvfrom(2000)
    for host in hosts:
        host.sendto(b"answer from %s to %s" % (host.getsockname()[0].encode(), data), peer)'
  await_line responder.out ready
}

# group_answers ARGS...: both answers come, each with its peer.
group_answers() {
  echo question | sockctl connect -j -vv -u -W 2 -w 5 "$@" >answers 2>report
  assert_equal "$(sort answers)" $'answer from 127.0.0.2 to question\nanswer from 127.0.0.3 to question'
  assert_equal "$(event report peer '"\(.conn) \(.peer.host) \(.peer.port)"' | xargs)" "1 127.0.0.2 9998 2 127.0.0.3 9998"
  refute_event report call '.call == "connect"'
  assert_equal "$(event report connecting .)$(event report connected .)" ''
  run "$srcdir/tests/helpers/vocabulary" report
  assert_success
}

@test "broadcast: the answers of every host are written, with their peers" {
  need_netns
  two_responders
  group_answers -b 127.255.255.255 9999
  assert_event report group '.peer.host == "127.255.255.255" and .type == "broadcast" and .local.port > 0'
  assert_event report closed '.peer.host == "127.255.255.255" and .sent == 9 and .received == 68'
  run -0 --separate-stderr sockctl connect -u -b -W 2 -w 5 127.255.255.255 9999 <<<hello
  assert_regex "$stderr" 'group +127\.255\.255\.255:9999 is a broadcast address: unconnected, at 0\.0\.0\.0:[1-9]'
  assert_regex "$stderr" 'peer +127\.0\.0\.2:9998 sent its first datagram'
  assert_regex "$stderr" 'peer +127\.0\.0\.3:9998 sent its first datagram'
}

@test "a later datagram goes to the group again, not to who answered" {
  need_netns
  two_responders
  start_fed client sockctl connect -j -u -b -W 4 127.255.255.255 9999
  feed client one
  await_count client.out 'to one' 1
  await_line client.out '127.0.0.3 to one'
  feed client two
  await_exit client
  assert_success
  assert_equal "$(grep -o 'answer from 127.0.0.. to two' client.out | wc -l)" 2
}

@test "multicast of IPv4: the answers of every host" {
  need_netns
  two_responders
  group_answers -o IP_MULTICAST_IF=127.0.0.1 239.1.2.3 9999
  assert_event report group '.peer.host == "239.1.2.3" and .type == "multicast"'
}

@test "a subnet's and the limited broadcast, and multicast, are answered by another host" {
  need_ipv6
  host_add far 10.9.0.1/24 10.9.0.2/24
  ip route add default via 10.9.0.2
  ip addr add fe80::1/64 dev far nodad
  on_host far ip addr add fe80::2/64 dev lan nodad
  start server nsenter --net="/proc/${PID[host-far]}/ns/net" "$SOCKCTL" listen -j -u --io echo \
    -o IP_ADD_MEMBERSHIP=239.1.2.3,lan -o IPV6_ADD_MEMBERSHIP=ff12::7,lan 0
  await_port server.err
  for target in 10.9.0.255 255.255.255.255 239.1.2.3 ff12::7%far; do
    run -0 --separate-stderr sockctl connect -j -u -b -W 1 -w 5 "$target" "$PORT" <<<"to $target"
    assert_output "to $target"
    echo "$stderr" >report
    assert_event report peer '.peer.host == "10.9.0.2" or .peer.host == "fe80::2"'
    assert_event report group .
  done
  # The far end's own interface names the answers' way, too.
  run -0 sockctl connect -Q -u -W 1 -w 5 -o IPV6_MULTICAST_IF=far ff12::7 "$PORT" <<<scoped
  assert_output scoped
}

@test "a group does not answer: done after -q, and a network that has no way is 6" {
  need_netns
  run -0 --separate-stderr sockctl connect -u -b -q 0 127.255.255.255 9 <<<hello
  assert_regex "$stderr" 'closed +127\.255\.255\.255:9  sent 6, received 0 bytes'
  run -6 sockctl connect -u 239.1.2.3 9 <<<hello
  assert_line --regexp '^failed +sendto 239\.1\.2\.3:9: ENETUNREACH'
  assert_line --regexp '^why +there is no route to 239\.1\.2\.3'
}

@test "the calls of --send-call, --recv-call and --hexdump serve a group as well" {
  need_netns
  two_responders
  for call in sendto sendmsg; do
    group_answers -b --send-call $call --recv-call recvmsg 127.255.255.255 9999
  done
  echo question | sockctl connect -j -u -b -W 2 --hexdump 127.255.255.255 9999 >/dev/null 2>report
  assert_equal "$(event report data '"\(.direction) \(.peer.host)"' | sort | xargs)" \
    "received 127.0.0.2 received 127.0.0.3 sent 127.255.255.255"
}

@test "without -b the kernel refuses a broadcast" {
  need_netns
  run -6 sockctl connect -u 127.255.255.255 9 <<<hello
  assert_line --regexp '^failed +connect 127\.255\.255\.255:9: EACCES'
  assert_line --regexp '^why .*SO_BROADCAST is off'
}

@test "a link-local group without an interface is refused, and says why" {
  need_ipv6
  for host in ff02::2 ff01::1; do
    run -6 sockctl connect -u $host 9 <<<hello
    assert_line --regexp "^failed +connect \[$host\]:9: EINVAL"
    assert_line --regexp "^why +$host needs an interface"
  done
  run --separate-stderr sockctl connect -j -u ff02::2 9 <<<hello
  echo "$stderr" >report
  assert_event report why '.cause == "scope-missing" and .host == "ff02::2"'
}
