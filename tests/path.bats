#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect --path: the routers on the way to a port, and where the way ends.

load helpers
load helpers/routers

# The address of each hop, or its silence, of a JSON report.
hops() {
  jq -r 'select(.event == "hop") | "\(.hop) \(.host // .state)"' "$1" | xargs
}

THROUGH_FIVE="1 10.7.0.2 2 10.7.1.2 3 10.7.2.2 4 10.7.3.2 5 10.7.4.2"

@test "five routers to an open port: each by its address, with a time for each query" {
  routers 5
  end_listens
  run -0 --separate-stderr sockctl connect -n --path 10.7.5.2 80
  assert_line --index 0 --regexp '^1  +10\.7\.0\.2(  [0-9.]+ ms){3}$'
  assert_line --index 4 --regexp '^5  +10\.7\.4\.2(  [0-9.]+ ms){3}$'
  assert_line --index 5 --regexp '^6  +10\.7\.5\.2(  [0-9.]+ ms){3}  open$'
  assert_line --index 6 --regexp '^path +10\.7\.5\.2:80: open at hop 6( in [0-9.]+ ms)?$'
  assert_equal "${#lines[@]}" 7
  assert_equal "$stderr" ""
}

@test "JSON has the hops and the end" {
  routers 5
  end_listens
  sockctl connect -n -j --path 10.7.5.2 80 >report 2>start
  assert_equal "$(hops report)" "$THROUGH_FIVE 6 10.7.5.2"
  assert_event report hop '.hop == 3 and (.rtts | length) == 3 and (.rtts | min) > 0 and (.icmp | test("exceeded"))'
  assert_event report path '.state == "open" and .hops == 6 and .address.port == 80 and .elapsed > 0'
  assert_schema start report
}

@test "IPv6, and --queries" {
  routers 5
  end_listens
  sockctl connect -n -j --queries 1 --path fd07:5::2 80 >report 2>start
  assert_equal "$(hops report)" "1 fd07::2 2 fd07:1::2 3 fd07:2::2 4 fd07:3::2 5 fd07:4::2 6 fd07:5::2"
  assert_event report hop '.hop == 6 and .state == "open" and (.rtts | length) == 1'
}

@test "the same way as traceroute -T and tracepath find" {
  routers 5
  end_listens
  sockctl connect -n -j --path 10.7.5.2 80 >report 2>start
  need traceroute
  traceroute -n -T -p 80 10.7.5.2 2>/dev/null | sed -n 's/^ *\([0-9]*\) *\([0-9.]*\) .*/\1 \2/p' | xargs >theirs ||
    skip "no traceroute -T here"
  assert_equal "$(hops report)" "$(<theirs)"
  need tracepath
  assert_equal "$(hops report)" "$(tracepath -n 10.7.5.2 | sed -n 's/^ *\([0-9]*\): *\(10[0-9.]*\) .*/\1 \2/p' | sort -un | xargs)"
}

@test "a closed port: 4, and it is not said who sent the RST" {
  routers 2
  run -4 --separate-stderr sockctl connect -n --path 10.7.2.2 81
  assert_line --regexp '^3  +10\.7\.2\.2 .* closed$'
  assert_line --regexp '^path .*: closed at hop 3 by RST \(from the host, or from a firewall in its name\)'
  assert_regex "$stderr" '^failed +connect 10\.7\.2\.2:81: ECONNREFUSED'
}

@test "a router that says nothing is a silent hop, within a second of the answers" {
  routers 5
  need iptables
  end_listens
  on_host r3 iptables -A OUTPUT -p icmp -j DROP || skip "may not filter here"
  sockctl connect -n -j --path 10.7.5.2 80 >report 2>start
  assert_equal "$(hops report)" "1 10.7.0.2 2 10.7.1.2 3 silent 4 10.7.3.2 5 10.7.4.2 6 10.7.5.2"
  assert_event report path '.state == "open" and .hops == 6 and .elapsed >= 1 and .elapsed < 3'
  # -w is the wait for an answer.
  sockctl connect -n -j -w 0.1 --path 10.7.5.2 80 >report 2>start
  assert_event report path '.state == "open" and .elapsed < 1'
}

@test "a router that prohibits is named with its code: 6" {
  routers 5
  need iptables
  on_host r3 iptables -A FORWARD -p tcp -j REJECT --reject-with icmp-admin-prohibited || skip "may not filter here"
  run -6 --separate-stderr sockctl connect -n --path 10.7.5.2 80
  assert_line --regexp '^3  +10\.7\.2\.2 .*ms$'
  assert_line --regexp '^4  +10\.7\.2\.2 .* unreachable: communication administratively prohibited$'
  assert_line --regexp '^path .*: unreachable at hop 4: 10\.7\.2\.2 says communication administratively prohibited'
  assert_regex "$stderr" '^failed +connect 10\.7\.5\.2:80: EHOSTUNREACH'
}

@test "a router that says port unreachable has refused, as plain connect has it: 4" {
  routers 2
  need iptables
  on_host r2 iptables -A FORWARD -p tcp -j REJECT --reject-with icmp-port-unreachable || skip "may not filter here"
  run -4 --separate-stderr sockctl connect -n --path 10.7.2.2 80
  assert_line --regexp '^path .*: unreachable at hop 3: 10\.7\.1\.2 says port unreachable'
  run -4 sockctl connect -n 10.7.2.2 80
}

@test "a router that drops: filtered after the last that answers, 5" {
  routers 5
  need iptables
  on_host r3 iptables -A FORWARD -p tcp -j DROP || skip "may not filter here"
  run -5 --separate-stderr sockctl connect -n -w 0.3 --path 10.7.5.2 80
  assert_line --regexp '^3  +10\.7\.2\.2(  [0-9.]+ ms){3}$'
  assert_line --regexp '^4  +silent$'
  assert_line --regexp '^path .*: nothing answers beyond hop 3'
  refute_line --regexp '^5 '
}

@test "silence is silence where the kernel gives up first: 5" {
  routers 1
  need iptables
  on_host r1 iptables -A FORWARD -p tcp -j DROP || skip "may not filter here"
  run -5 --separate-stderr sockctl connect -n -w 4 -o TCP_SYNCNT=1 --path 10.7.1.2 80
  assert_line --regexp '^2  +silent$'
  assert_line --regexp '^path .*: nothing answers beyond hop 1 '
}

@test "a hop whose first answer is lost has answered" {
  routers 3
  need iptables
  on_host r3 iptables -A FORWARD -j DROP || skip "may not filter here"
  on_host r3 iptables -A OUTPUT -p icmp -m statistic --mode nth --every 30 --packet 0 -j DROP || skip "may not count here"
  run -5 --separate-stderr sockctl connect -n -w 0.6 --path 10.7.3.2 80
  assert_line --regexp '^3  +10\.7\.2\.2(  [0-9.]+ ms){2}$'
  assert_line --regexp '^4  +silent$'
  assert_line --regexp '^path .*: nothing answers beyond hop 3'
}

@test "no route from a router on: 6, and who says so" {
  routers 3
  on_host r2 ip route del 10.7.0.0/16
  on_host r2 ip route del default
  run -6 sockctl connect -n --path 10.7.3.2 80
  assert_line --regexp '^path .*: unreachable at hop 2: 10\.7\.1\.2 says (net|host) unreachable'
}

@test "a loop is seen: 6" {
  routers 4
  # What r3 should pass on goes back to r2.
  on_host r3 ip route replace 10.7.4.0/24 via 10.7.2.1
  run -6 sockctl connect -n --path 10.7.4.2 80
  assert_line --regexp '^path .*: a loop: 10\.7\.[0-9]\.[12] is passed again at hop [45] '
  refute_line --regexp '^[6-9] |^[1-3][0-9] '
  sockctl connect -n -j --path 10.7.4.2 80 >report 2>/dev/null || :
  assert_event report path '.loop and .state == "unreachable"'
}

@test "a smaller MTU on the way, and the router that says so" {
  routers 5
  end_listens
  on_host r3 ip link set to3 mtu 1300
  on_host r4 ip link set from3 mtu 1300
  sockctl connect -n -j --path 10.7.5.2 80 >report 2>start
  assert_event report path '.state == "open" and .mtu == 1300 and .mtu_host == "10.7.2.2"'
  run -0 --separate-stderr sockctl connect -n --path fd07:5::2 80
  assert_output --partial '; MTU 1300, says fd07:2::2'
}

@test "two smaller MTUs: the least counts" {
  routers 3
  end_listens
  on_host r1 ip link set to1 mtu 1400
  on_host r2 ip link set from1 mtu 1400
  on_host r2 ip link set to2 mtu 1290
  on_host r3 ip link set from2 mtu 1290
  sockctl connect -n -j --path 10.7.3.2 80 >report 2>start
  assert_event report path '.mtu == 1290 and .mtu_host == "10.7.1.2"'
}

@test "an MTU that is larger than what was sent is not believed" {
  routers 1
  need python3 ip6tables
  on_host r1 ip6tables -A FORWARD -p udp -j DROP || skip "may not filter here"
  start liar nsenter --net="/proc/${PID[host-r1]}/ns/net" python3 -c "
import socket, struct
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86dd)); wire.bind(('from0', 0))
icmp = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
print('ready', flush=True)
for mtu in (1400, 0xffffffff):
    packet = b''
    while len(packet) < 1000 or packet[6] != socket.IPPROTO_UDP: packet = wire.recv(65536)[14:]
    icmp.sendto(struct.pack('!BBHI', 2, 0, 0, mtu) + packet[:1000], (socket.inet_ntop(socket.AF_INET6, packet[8:24]), 0))
print('lied', flush=True)"
  await_line liar.out ready
  sockctl connect -n -j -vv --path fd07:1::2 80 >report 2>start || :
  await_line liar.out lied
  assert_event report path '.mtu == 1400 and .mtu_host == "fd07::2"'
}

@test "two ways of equal cost stand side by side, and say which queries took them" {
  routers 3
  end_listens
  # A second link between r1 and r2; ports decide which one is taken.
  on_host r1 ip link add second type veth peer name second netns "/proc/${PID[host-r2]}/ns/net"
  on_host r1 ip addr add 10.8.0.1/24 dev second
  on_host r2 ip addr add 10.8.0.2/24 dev second
  on_host r1 ip link set second up
  on_host r2 ip link set second up
  on_host r1 sysctl -qw net.ipv4.fib_multipath_hash_policy=1
  on_host r2 sysctl -qw net.ipv4.icmp_errors_use_inbound_ifaddr=1
  on_host r1 ip route replace 10.7.0.0/16 nexthop via 10.7.1.2 nexthop via 10.8.0.2
  sockctl connect -n -j --queries 10 --path 10.7.3.2 80 >report 2>start
  run jq -r 'select(.event == "hop" and .hop == 2) | "\(.host) \(.queries)"' report
  assert_line --regexp '^10\.7\.1\.2 [0-9, ]+$'
  assert_line --regexp '^10\.8\.0\.2 [0-9, ]+$'
  # A query of UDP keeps its port, so it goes one way.
  sockctl connect -n -j -u --queries 10 --path 10.7.3.2 9 >report 2>start || :
  run jq -s '[.[] | select(.event == "hop" and .hop == 2).rtts | length] | add' report
  assert_output 10
}

@test "a NAT answers in the target's name" {
  routers 3
  need iptables
  end_listens
  # 10.7.9.9 exists in r2 alone, which sends it on to the end.
  on_host r2 iptables -t nat -A PREROUTING -d 10.7.9.9 -p tcp -j DNAT --to-destination 10.7.3.2 || skip "no NAT here"
  run -0 --separate-stderr sockctl connect -n --path 10.7.9.9 80
  assert_line --regexp '^1  +10\.7\.0\.2 '
  assert_line --regexp '^4  +10\.7\.9\.9 .* open$'
}

@test "UDP: a closed port, and one that keeps silent" {
  routers 3
  run -4 --separate-stderr sockctl connect -n -u --path 10.7.3.2 9
  assert_line --regexp '^3  +10\.7\.2\.2(  [0-9.]+ ms){3}$'
  assert_line --regexp '^4  +10\.7\.3\.2 .* closed: port unreachable$'
  assert_line --regexp '^path .*: closed at hop 4: it says that the port is unreachable'
  start server nsenter --net="/proc/${PID[host-end]}/ns/net" "$SOCKCTL" listen -j -u --io sink 10.7.3.2 53
  await_line server.err '"listening"'
  run -5 --separate-stderr sockctl connect -n -u -w 0.2 --path 10.7.3.2 53
  assert_line --regexp '^4  +silent$'
  assert_line --regexp '^path .*: nothing answers beyond hop 3'
}

@test "UDP: an answer is an open port" {
  routers 2
  start server nsenter --net="/proc/${PID[host-end]}/ns/net" "$SOCKCTL" listen -j -u --io echo 10.7.2.2 53
  await_line server.err '"listening"'
  run -0 --separate-stderr sockctl connect -n -u -w 0.3 --path 10.7.2.2 53
  assert_line --regexp '^3  +10\.7\.2\.2 .* open$'
  assert_line --regexp '^path .*: open at hop 3 or beyond( in [0-9.]+ ms)?$'
}

@test "UDP: an answer does not say how far the target is" {
  routers 2
  need iptables
  on_host r2 iptables -A OUTPUT -p icmp -j DROP || skip "may not filter here"
  start server nsenter --net="/proc/${PID[host-end]}/ns/net" "$SOCKCTL" listen -j -u --io echo 10.7.2.2 53
  await_line server.err '"listening"'
  run -0 --separate-stderr sockctl connect -n -u -w 0.3 --path 10.7.2.2 53
  assert_line --regexp '^path .*: open at hop 2 or beyond( in [0-9.]+ ms)?$'
}

@test "an IPv4 address in an IPv6 one is asked as IPv4" {
  routers 1
  run -4 --separate-stderr sockctl connect -n --path ::ffff:10.7.1.2 9
  assert_line --index 0 --regexp '^1  +10\.7\.0\.2 '
  assert_line --index 1 --regexp '^2  +10\.7\.1\.2 .* closed$'
  run -4 --separate-stderr sockctl connect -n -u --path ::ffff:10.7.1.2 9
  assert_line --index 1 --regexp '^2  +10\.7\.1\.2 .* closed: port unreachable$'
  run -4 --separate-stderr sockctl connect -n -s ::ffff:10.7.0.1 --path ::ffff:10.7.1.2 9
  assert_line --index 0 --regexp '^1  +10\.7\.0\.2 '
}

@test "IPv6 and UDP" {
  routers 2
  run -4 --separate-stderr sockctl connect -n -u --path fd07:2::2 9
  assert_line --regexp '^1  +fd07::2 '
  assert_line --regexp '^3  +fd07:2::2 .* closed: port unreachable$'
}

@test "names of routers are shown, unless -n" {
  routers 1
  end_listens
  cp /etc/hosts hosts
  echo "10.7.0.2 first.example" >>hosts
  mount --bind hosts /etc/hosts
  run -0 --separate-stderr sockctl connect --path 10.7.1.2 80
  assert_line --index 0 --regexp '^1  +10\.7\.0\.2 \(first\.example\)  '
  run -0 --separate-stderr sockctl connect -n --path 10.7.1.2 80
  umount /etc/hosts
  refute_output --partial first
}

@test "on this host there is no router: the target is the first hop" {
  listener -k --io sink 127.0.0.1 0
  run -0 sockctl connect --path 127.0.0.1 "$PORT"
  assert_line --regexp '^1  +127\.0\.0\.1.* open$'
  stop server
  run -4 sockctl connect --path 127.0.0.1 "$PORT"
  # So is the wildcard.
  for wildcard in 0.0.0.0 ::; do
    run -4 sockctl connect -n --path -u "$wildcard" 9
    assert_line --regexp '^1  +(127\.0\.0\.1|::1) .* closed: port unreachable$'
    run -4 sockctl connect -n --path "$wildcard" 9
    assert_line --regexp '^1  +(127\.0\.0\.1|::1) .* closed$'
  done
}

@test "a name with several addresses: one way, and it is said that there are more" {
  need_netns
  printf '127.0.0.1 two\n127.0.0.2 two\n' >hosts
  mount --bind hosts /etc/hosts
  run -4 --separate-stderr sockctl connect --path two 80
  umount /etc/hosts
  assert_regex "$stderr" 'warning +this name has 1 more address; give one to see the way to it'
  run -4 --separate-stderr sockctl connect --path 127.0.0.1 80
  refute_regex "$stderr" 'more address'
}

@test "no privilege is needed" {
  listener -k --io sink 127.0.0.1 0
  run -0 as_nobody "$SOCKCTL" connect -n --path 127.0.0.1 "$PORT"
  assert_line --regexp '^1  +127\.0\.0\.1.* open$'
}

@test "a signal ends it with what is known" {
  routers 2
  need iptables
  on_host r2 iptables -A FORWARD -j DROP || skip "may not filter here"
  start path sockctl connect -n -vv -w 60 --path 10.7.2.2 80
  await_line path.err 'recvmsg'
  stop path INT
  assert_equal "$status" 130
  assert_line --regexp '^1  +10\.7\.0\.2'
}

# A name server that takes every question and answers none.
silent_names() {
  start dns sockctl listen -j -u --io sink 127.0.0.1 53
  await_line dns.err '"listening"'
  echo "nameserver 127.0.0.1" >resolv.conf
  echo "hosts: files dns" >nsswitch.conf
  mount --bind resolv.conf /etc/resolv.conf
  mount --bind nsswitch.conf /etc/nsswitch.conf
}

@test "a signal that comes while names are awaited ends it as well" {
  routers 1
  end_listens
  silent_names
  start path sockctl connect --path 10.7.1.2 80
  await_line dns.err '"peer"'
  stop path INT
  umount /etc/resolv.conf /etc/nsswitch.conf
  assert_equal "$status" 130
  assert_line --regexp '^path +10\.7\.1\.2:80: open at hop 2 '
}

@test "after a signal that came before, names are not asked for" {
  routers 2
  need iptables
  on_host r2 iptables -A FORWARD -j DROP || skip "may not filter here"
  silent_names
  start path sockctl connect -vv -w 60 --path 10.7.2.2 80
  await_line path.err 'recvmsg'
  stop path INT
  umount /etc/resolv.conf /etc/nsswitch.conf
  assert_equal "$status" 130
  assert_line --regexp '^1  +10\.7\.0\.2  [0-9.]+ ms'
  refute_event dns.err peer
}

@test "what has no effect is refused" {
  run -2 sockctl connect --queries 2 127.0.0.1 80
  assert_output --partial '--queries needs --path'
  run -2 sockctl connect --path -z 127.0.0.1 80
  run -2 sockctl connect --path --conns 2 127.0.0.1 80
  run -2 sockctl connect --path -p 5000 127.0.0.1 80
  run -2 sockctl connect --path --retry 1 127.0.0.1 80
  run -2 sockctl connect --path --queries 11 127.0.0.1 80
  run -2 sockctl connect --path -U ./socket
  run -2 sockctl connect --path --reset 127.0.0.1 80
  assert_output --partial '--path excludes --reset'
  run -2 sockctl connect --path -o IPV6_UNICAST_HOPS=9 ::1 80
  assert_output --partial '--path sets IPV6_UNICAST_HOPS itself'
  run -2 sockctl connect --path --io echo 127.0.0.1 80
  assert_output --partial '--path moves no data'
}
