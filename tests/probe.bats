#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect -z: which ports are open, closed, filtered, unreachable or silent.

load helpers

# Listeners of these TCP ports that never accept.
listening() {
  need_netns
  start listeners /usr/bin/python3 -c '
import signal, socket, sys
held = [socket.create_server(("127.0.0.1", int(port)), backlog=1000) for port in sys.argv[1:]]
print("ready", flush=True)
signal.pause()' "$@"
  await_line listeners.out ready
}

filter() {
  need_iptables
  iptables "$@"
}

# The local ports that the kernel may choose, until the test ends.
local_ports() {
  need_netns
  RANGE=$(cat /proc/sys/net/ipv4/ip_local_port_range)
  echo "$1" 2>/dev/null >/proc/sys/net/ipv4/ip_local_port_range || skip "may not set the local ports"
}

teardown() {
  [[ ! ${RANGE-} ]] || echo "$RANGE" >/proc/sys/net/ipv4/ip_local_port_range
  common_teardown
}

@test "open ports are reported in order, the others counted, and all end well" {
  listening 2022 2080 2081
  run -0 --separate-stderr sockctl connect -z 127.0.0.1 2081,2000-2079,2080,1
  assert_equal "$(cut -d' ' -f1 <<<"$output" | tr '\n' ' ')" "2022 2080 2081 "
  assert_regex "$stderr" 'summary +127\.0\.0\.1: 83 ports, 3 open, 80 closed( after|$)'
}

@test "all 65535 ports of loopback: none missed, none invented, whatever local ports the kernel picks" {
  need_netns
  listening 1 33000 40001 50000 60999 65535
  run -0 --separate-stderr sockctl connect -z -n 127.0.0.1 1-65535
  assert_equal "$(cut -d' ' -f1 <<<"$output" | tr '\n' ' ')" "1 33000 40001 50000 60999 65535 "
}

@test "a socket connected to itself is not an open port" {
  local_ports "41000 41003"
  run -4 sockctl connect -z 127.0.0.1 41000-41003
  assert_output --partial ': 4 ports, 4 closed'
}

@test "exhausted local ports are waited for" {
  local_ports "41000 41001"
  listening 2001
  start holders python3 -uc '
import signal, socket
held = [socket.socket() for _ in range(2)]
for number, each in enumerate(held): each.bind(("127.0.0.1", 41000 + number))
print("ready")
signal.pause()'
  await_line holders.out ready
  start probe sockctl connect -vv -z 127.0.0.1 2001
  await_line probe.err 'connect\(.*EADDRNOTAVAIL'
  stop holders
  await_exit probe
  assert_success
  assert_line --regexp '^2001 +open'
}

@test "one closed port is a refusal with its cause, and status 4" {
  run -4 sockctl connect -z 127.0.0.1 9
  assert_output --regexp 'failed +connect 127\.0\.0\.1:9: ECONNREFUSED'
  assert_output --regexp 'why .*RST'
}

@test "-v reports all ports, with their services; -n without" {
  listening 2022
  run -0 sockctl connect -z -v 127.0.0.1 2022,7
  assert_line --regexp '^7 +closed  echo  ECONNREFUSED'
  assert_line --regexp '^2022 +open'
  run -0 sockctl connect -z -v -n 127.0.0.1 2022,7
  assert_line --regexp '^7 +closed  ECONNREFUSED'
}

@test "JSON has an event for each port and a summary" {
  listening 2022
  run -0 --separate-stderr sockctl connect -z -j -v 127.0.0.1 2021-2022
  printf '%s\n' "$output" "$stderr" >events
  assert_event events port '.port == 2022 and .state == "open" and (.elapsed | type) == "number"'
  assert_event events port '.port == 2021 and .state == "closed" and .error.name == "ECONNREFUSED"'
  assert_event events summary '.ports == 2 and .open == 1 and .closed == 1 and .filtered == 0'
}

@test "-Q says nothing but by its status" {
  listening 2022
  run -0 sockctl connect -z -Q 127.0.0.1 2021-2022
  assert_output ""
}

@test "a host that does not answer is filtered, each port within its own time, and status 5" {
  filter -A INPUT -d 127.0.0.9 -p tcp -j DROP
  # One after the other would take ten minutes.
  run -5 timeout 60 sockctl connect -z -w 300ms 127.0.0.9 1-2000
  assert_output --partial '2000 filtered'
}

@test "--parallel bounds how many are under way" {
  filter -A INPUT -d 127.0.0.9 -p tcp -j DROP
  need_strace
  run -5 straced calls sockctl connect -z -w 50ms --parallel 3 127.0.0.9 1-9
  assert_equal "$(grep -c '^connect(.*EINPROGRESS' calls)" 9
  assert_equal "$(grep -oE '^socket\(AF_INET, SOCK_STREAM.* = [0-9]+' calls | grep -oE '[0-9]+$' | sort -u | wc -l)" 3
}

@test "an ICMP error is unreachable, and its sender is reported; status 6" {
  filter -A INPUT -d 127.0.0.9 -p tcp --dport 10 -j REJECT --reject-with icmp-host-prohibited
  run -6 sockctl connect -z -v 127.0.0.9 10
  assert_line --regexp '^10 +unreachable .*EHOSTUNREACH.* host administratively prohibited from 127\.0\.0\.9 '
}

@test "a refusal by ICMP is not taken for the host's RST" {
  filter -A INPUT -d 127.0.0.9 -p tcp --dport 10 -j REJECT
  run -4 sockctl connect -z -v 127.0.0.9 10,11
  assert_line --regexp '^10 +unreachable .*ECONNREFUSED.* port unreachable from 127\.0\.0\.9 '
  assert_line --regexp '^11 +closed'
}

@test "no route is unreachable, and status 6" {
  need_netns
  run -6 sockctl connect -z 192.0.2.1 1-10
  assert_output --partial '10 unreachable'
  assert_output --partial ENETUNREACH
}

@test "few descriptors are enough for many ports" {
  filter -A INPUT -d 127.0.0.9 -p tcp -j DROP
  run -5 prlimit --nofile=30:30 sockctl connect -z -w 50ms 127.0.0.9 1-200
  assert_output --partial '200 filtered'
}

@test "an open port is closed by FIN, with --reset by RST" {
  need_netns
  need ss
  listening 2022
  run -0 sockctl connect -z 127.0.0.1 2022
  assert_equal "$(ss -Htan state time-wait | wc -l)" 0
  stop listeners
  start server sockctl listen -j -k 127.0.0.1 2023
  await_line server.err '"listening"'
  run -0 sockctl connect -z 127.0.0.1 2023
  await_line server.err '"eof"'
  run -0 sockctl connect -z --reset 127.0.0.1 2023
  await_line server.err '"failed".*ECONNRESET'
}

@test "a signal ends it at once with what it knows" {
  filter -A INPUT -d 127.0.0.9 -p tcp --dport 1000: -j DROP
  start scan sockctl connect -z -v -w 60 127.0.0.9 1-2000
  await_line scan.out '^999 +closed'
  stop scan INT
  assert_equal "$status" 130
  assert_line --regexp 'summary .* 2000 ports, 999 closed, 1001 not tried'
}

@test "several addresses: the first that has a route, with --all every one" {
  need_netns
  need_ipv6
  listening 2022
  mount --bind /dev/null /etc/gai.conf 2>/dev/null || skip "may not mount here"
  printf '192.0.2.1 two.test\n127.0.0.1 two.test\n' >hosts
  mount --bind hosts /etc/hosts
  run -0 sockctl connect -z two.test 2022
  assert_output --partial 'summary     127.0.0.1: 1 port, 1 open'
  run -0 sockctl connect -z --all two.test 2022
  assert_output --partial 'summary     127.0.0.1: 1 port, 1 open'
  assert_output --partial 'summary     192.0.2.1: 1 port, 1 '
  assert_line --regexp '^2022 +open  127\.0\.0\.1:2022'
  umount /etc/hosts /etc/gai.conf
}

@test "UDP: an answer is open, ICMP closed, nothing silent, and --data is what is sent" {
  start answers /usr/bin/python3 -c '
import socket, select
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for s, port in zip(sockets, (2053, 2054)):
    s.bind(("127.0.0.1", port))
print("ready", flush=True)
while True:
    for s in select.select(sockets, [], [])[0]:
        data, peer = s.recvfrom(100)
        print(data, flush=True)
        if s is sockets[0]:
            s.sendto(b"yes", peer)'
  await_line answers.out ready
  run -0 sockctl connect -z -u -v -w 200ms --data 'a\0b\n' 127.0.0.1 2052-2054
  assert_line --regexp '^2052 +closed  ECONNREFUSED'
  assert_line --regexp '^2053 +open'
  assert_line --regexp '^2054 +silent '
  refute_output --partial empty
  grep -qF "b'a\\x00b\\n'" answers.out
  # Asked twice before it is called silent.
  assert_equal "$(grep -c "^b'a" answers.out)" 3
}

@test "UDP: an empty datagram is said to be one; many closed ports are all found" {
  need_netns
  run -4 sockctl connect -z -u 127.0.0.1 1-5000
  assert_output --partial 'an empty datagram is sent'
  assert_output --partial ': 5000 ports, 5000 closed after'
}

@test "UDP: a single port that is not open is the failure, with its evidence" {
  need_netns
  run --separate-stderr -4 sockctl connect -z -u -j 127.0.0.1 9
  printf '%s\n' "$stderr" >closed.err
  assert_event closed.err failed '.call == "sendto" and .address.port == 9 and .error.name == "ECONNREFUSED"'
  assert_event closed.err why '.cause == "icmp-error" and .from == "127.0.0.1" and .type == 3 and .code == 3'
  assert_event closed.err why '.cause == "no-udp-socket"'
  run --separate-stderr -6 sockctl connect -z -u -j 192.0.2.1 9
  printf '%s\n' "$stderr" >unreachable.err
  assert_event unreachable.err failed '.error.name == "ENETUNREACH"'
  assert_event unreachable.err why '.cause == "no-route"'
  listener -u -d 127.0.0.1 0
  run --separate-stderr -5 sockctl connect -z -u -w 50ms 127.0.0.1 "$PORT"
  assert_regex "$stderr" "failed +sendto 127.0.0.1:$PORT: ETIMEDOUT .*no answer"
}

@test "UDP: a host that sends one ICMP error a second has no closed port called silent" {
  need_netns
  ip link add near type veth peer name far 2>/dev/null || skip "may not make links here"
  start far unshare --net bash -c 'echo ready; exec sleep 100'
  await_line far.out ready
  ip link set far netns "${PID[far]}"
  ip addr add 10.9.0.1/24 dev near
  ip link set near up
  nsenter --net="/proc/${PID[far]}/ns/net" bash -c 'ip addr add 10.9.0.2/24 dev far; ip link set far up'
  await ping_once
  run -4 sockctl connect -z -u 10.9.0.2 1-9
  assert_output --partial ': 9 ports, 9 closed after'
}

ping_once() {
  sockctl connect -z -w 200ms 10.9.0.2 1 2>&1 | grep -q '1 closed'
}

@test "what is wrong in the ports is said" {
  run -2 sockctl connect -z 127.0.0.1 80,,81
  assert_output --partial 'a port is empty'
  run -2 sockctl connect -z 127.0.0.1 90-80
  assert_output --partial "the range '90-80' ends before it begins"
  run -2 sockctl connect -z 127.0.0.1 65536
  assert_output --partial "port '65536' is too large"
  run -2 sockctl connect -z 127.0.0.1 0
  run -2 sockctl connect --all 127.0.0.1 80
  assert_output --partial '--all needs -z'
  run -2 sockctl connect -z --data x 127.0.0.1 80
  run -3 sockctl connect -z 127.0.0.1 80,nosuchservice
  assert_output --partial EAI_SERVICE
}

@test "the failure of many ports says what it is about before the error" {
  run -4 --separate-stderr sockctl connect -z 127.0.0.1 1,2
  assert_equal "${stderr##*$'\n'}" \
    "failed      connect 127.0.0.1: none of 2 ports is open: ECONNREFUSED (Connection refused)"
}
