#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -o: socket options by name, set at their time, read back, seen by others; and nc's letters
# for the same.

load helpers

# Connects to $PORT without data.
connect() {
  sockctl connect "$@" 127.0.0.1 "$PORT"
}

# The numbers of the lines that match each pattern in turn, which must grow.
assert_order() {
  local file=$1 last=0 at pattern
  shift
  for pattern; do
    at=$(grep -nE -m 1 -- "$pattern" "$file" | cut -d : -f 1)
    [[ -n $at ]] || { echo "no line with $pattern:"; cat "$file"; return 1; }
    ((at > last)) || { echo "$pattern comes too early:"; cat "$file"; return 1; }
    last=$at
  done
}

# A UDP socket of python that prints the TTL and the TOS of the first datagram.
ttl_receiver() {
  start receiver /usr/bin/python3 -c '
import socket, sys
family = getattr(socket, sys.argv[1])
v6 = family == socket.AF_INET6
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind(("::1" if v6 else "127.0.0.1", 0))
if v6:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
else:
    s.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
    s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
print("port", s.getsockname()[1], flush=True)
data, cmsgs, flags, peer = s.recvmsg(100, 100)
print("got", *[value[0] for level, kind, value in sorted(cmsgs, key=lambda c: len(c[2]), reverse=True)], flush=True)
' "$1"
  await_line receiver.out '^port '
  PORT=${LINE#port }
}

@test "an option is set, read back, and shown with what the kernel took" {
  listener -d 127.0.0.1 0
  run -0 connect -o SO_RCVBUF=1000
  assert_line --regexp '^sockopt +SO_RCVBUF=1000 -> 2304  \(early\)$'
}

@test "in JSON numbers are numbers, truths are truths and structs are objects" {
  listener -d 127.0.0.1 0
  connect -j -o SO_RCVBUF=1000 -o SO_KEEPALIVE=on -o SO_LINGER=5 -o SO_RCVTIMEO=1.5 -o TCP_CONGESTION \
    -o SO_MAX_PACING_RATE -o IP_MTU_DISCOVER=do 2>report
  assert_event report sockopt '.name == "SO_RCVBUF" and .asked == "1000" and .value == 2304 and .when == "early"'
  assert_event report sockopt '.name == "SO_KEEPALIVE" and .value == true'
  assert_event report sockopt '.name == "SO_LINGER" and .value == {l_onoff: 1, l_linger: 5}'
  # The kernel keeps this time in ticks.
  assert_event report sockopt '.name == "SO_RCVTIMEO" and .value > 1.49 and .value < 1.52'
  assert_event report sockopt '.name == "TCP_CONGESTION" and has("asked") == false and (.value | type) == "string"'
  assert_event report sockopt '.name == "SO_MAX_PACING_RATE" and has("value") and .value == null'
  assert_event report sockopt '.name == "IP_MTU_DISCOVER" and .value == "IP_PMTUDISC_DO"'
}

@test "the kernel shows others what was set" {
  need ss
  need_netns
  listener -d --io hold 127.0.0.1 0
  start client sockctl connect -d --io hold -o SO_RCVBUF=5000 -o SO_KEEPALIVE=1 -o TCP_KEEPIDLE=30 -o TCP_CONGESTION=reno \
    127.0.0.1 "$PORT"
  await_line client.err '^connected'
  run -0 ss -tnmio state established dport = ":$PORT"
  assert_output --partial 'timer:(keepalive,'
  assert_output --regexp '[^a-z]rb10000,'
  assert_output --partial ' reno '
}

@test "each time is between its calls, on the connecting side" {
  listener -d 127.0.0.1 0
  connect -v -s 127.0.0.1 -o conn:SO_PRIORITY=4 -o after:SO_PRIORITY=3 -o bound:SO_PRIORITY=2 -o SO_PRIORITY=1 2>trace
  assert_order trace ' socket\(' 'setsockopt.*SO_PRIORITY, \[1\]' ' bind\(' 'setsockopt.*SO_PRIORITY, \[2\]' \
    ' connect\(' ' connected ' 'setsockopt.*SO_PRIORITY, \[3\]' 'setsockopt.*SO_PRIORITY, \[4\]'
}

@test "each time is between its calls, on the listening side, and conn: is every connection's" {
  start server sockctl listen -v -k --accept-count 2 --port-file port \
    -o conn:SO_PRIORITY=4 -o after:SO_PRIORITY=3 -o bound:SO_PRIORITY=2 -o SO_PRIORITY=1 127.0.0.1 0
  await_line server.err ' listening '
  PORT=$(cut -d ' ' -f 2 port)
  connect -Q
  connect -Q
  await_exit server
  assert_order server.err ' socket\(' 'setsockopt.*SO_PRIORITY, \[1\]' ' bind\(' 'setsockopt.*SO_PRIORITY, \[2\]' \
    ' listen\(' 'setsockopt.*SO_PRIORITY, \[3\]' ' accept4\(' 'setsockopt.*SO_PRIORITY, \[4\]'
  assert_equal "$(grep -cE 'setsockopt.*SO_PRIORITY, \[4\]' server.err)" 2
}

@test "what is set early on a listener its connections have" {
  listener -d -o SO_OOBINLINE=1 -o conn:SO_OOBINLINE 127.0.0.1 0
  connect -Q
  await_exit server
  assert_event server.err sockopt '.name == "SO_OOBINLINE" and .when == "conn" and .value == true and .conn == 1'
}

@test "an option without a value is only read" {
  listener -d 127.0.0.1 0
  connect -v -o IP_MTU 2>trace
  grep -qE 'getsockopt\([0-9]+, IPPROTO_IP, IP_MTU, ' trace
  run -1 grep -E 'setsockopt.*IP_MTU' trace
}

@test "what is only for a connection is read from each, on both sides" {
  listener -d -o IP_MTU 127.0.0.1 0
  run -0 connect -o IP_MTU
  assert_line --regexp '^sockopt +IP_MTU -> [0-9]+  \(conn\)$'
  await_exit server
  assert_event server.err sockopt '.name == "IP_MTU" and .value > 0 and .conn == 1'
}

@test "LEVEL:NUMBER reaches what has no name" {
  listener -d 127.0.0.1 0
  run -0 connect -o IPPROTO_TCP:1=1 -o 6:9=30 -o 1:8
  assert_line --regexp '^sockopt +TCP_NODELAY=1 -> 1  '
  assert_line --regexp '^sockopt +TCP_DEFER_ACCEPT=30 -> 31  '
  assert_line --regexp '^sockopt +SO_RCVBUF -> [0-9]+  '
  # TCP_REPAIR_WINDOW has no row.
  run -7 connect -o IPPROTO_TCP:29
  assert_line --regexp '^failed +getsockopt IPPROTO_TCP:29: E[A-Z]+ '
}

@test "what the kernel refuses fails with status 7, the option and the errno" {
  run -7 sockctl connect -o TCP_CONGESTION=nosuch 127.0.0.1 9
  assert_line --regexp '^failed +setsockopt TCP_CONGESTION: ENOENT \(No such file or directory\)'
  run -7 sockctl connect -o SO_BINDTODEVICE=nosuch0 127.0.0.1 9
  assert_line --regexp '^failed +setsockopt SO_BINDTODEVICE: ENODEV '
  run -7 sockctl listen -o TCP_MAXSEG=1 127.0.0.1 0
  assert_line --regexp '^failed +setsockopt TCP_MAXSEG: EINVAL '
  run -7 sockctl connect -U -o TCP_NODELAY=1 @nobody
  assert_line --regexp '^failed +setsockopt TCP_NODELAY: EOPNOTSUPP '
}

@test "without the right it is EPERM and status 7" {
  run -7 as_nobody "$SOCKCTL" connect -o SO_RCVBUFFORCE=1000000 127.0.0.1 9
  assert_line --regexp '^failed +setsockopt SO_RCVBUFFORCE: EPERM '
}

@test "under -k a refusal on one connection is reported and changes nothing" {
  start server sockctl listen -j -k --io sink --accept-count 2 -o conn:TCP_ULP=nosuch --port-file port 127.0.0.1 0
  await_line server.err '"listening"'
  PORT=$(cut -d ' ' -f 2 port)
  sockctl connect -Q 127.0.0.1 "$PORT" || :
  sockctl connect -Q 127.0.0.1 "$PORT" || :
  await_exit server
  assert_equal "$status" 0
  assert_equal "$(event server.err failed .name | grep -cx TCP_ULP)" 2
}

@test "64 options are set in their order, and one more is refused" {
  mapfile -t words < <(for i in {1..64}; do printf '%s\n' -o "IP_TTL=$i"; done)
  run -4 sockctl connect "${words[@]}" 127.0.0.1 1
  assert_equal "$(grep -o '^sockopt .*-> [0-9]*' <<<"$output" | sed 's/.*> //')" "$(seq 64)"
  run -2 sockctl connect "${words[@]}" -o IP_TTL=1 127.0.0.1 1
  assert_output --partial "'IP_TTL': too many socket options (at most 64)"
}

@test "what is wrong in the words is found before any socket" {
  run -2 sockctl connect -o SO_RCVBOF=1 127.0.0.1 9
  assert_line --partial "'SO_RCVBOF' is not a socket option; did you mean SO_RCVBUF?"
  run -2 sockctl connect -o IP_TTL=256 127.0.0.1 9
  assert_line --partial "IP_TTL: '256' is too large"
  run -2 sockctl connect -o SO_TYPE=1 127.0.0.1 9
  assert_line --partial "SO_TYPE can only be read"
  run -2 sockctl connect -o IP_ADD_MEMBERSHIP 127.0.0.1 9
  assert_line --partial "IP_ADD_MEMBERSHIP needs a value"
  run -2 sockctl connect -o late:SO_RCVBUF=1 127.0.0.1 9
  assert_line --partial "'late'"
  run -2 sockctl connect -o 8=1000 127.0.0.1 9
  assert_line --partial "'8' is not a socket option: a number needs its level, as in SOL_SOCKET:8"
  run -2 sockctl connect -U -M 5 path
  assert_line --partial "a unix socket has no TTL"
  for command in connect oob-send; do
    run -2 sockctl $command -U -p 5 path
    assert_line "sockctl $command: -p: a unix socket has no port"
    run -2 sockctl $command -p 65536 127.0.0.1 9
    assert_line --partial "-p: "
  done
}

@test "-o help lists every option, level by level, without any operand" {
  run --separate-stderr -0 sockctl connect -o help
  assert_equal "$stderr" ""
  for level in SOL_SOCKET IPPROTO_TCP IPPROTO_IP IPPROTO_IPV6 IPPROTO_UDP; do assert_line "$level"; done
  assert_line --regexp '^  SO_RCVBUF=N +early +'
  assert_line --regexp '^  SO_TYPE +early +\(read\) '
  assert_line --regexp '^ {44}[a-z]'
  (($(wc -L <<<"$output") <= 80)) || fail "a line of more than 80 columns"
}

@test "-M and -T are what the peer sees, IPv4 and IPv6" {
  ttl_receiver AF_INET
  echo x | sockctl connect -Q -u -q 0 -M 33 -T ef 127.0.0.1 "$PORT"
  await_exit receiver
  assert_line "got 33 184"
  need_ipv6
  ttl_receiver AF_INET6
  echo x | sockctl connect -Q -u -q 0 -M 34 -T 0x20 ::1 "$PORT"
  await_exit receiver
  assert_line "got 34 32"
}

@test "-M and -T of a listener for both families are those of its IPv4 connections too" {
  need_ipv6
  listener -d -M 9 -T ef -o conn:IP_TTL -o conn:IP_TOS -o conn:IPV6_UNICAST_HOPS 0
  connect -Q
  await_exit server
  assert_event server.err sockopt '.conn == 1 and .name == "IP_TTL" and .value == 9'
  assert_event server.err sockopt '.conn == 1 and .name == "IP_TOS" and .value == "ef"'
}

@test "-m drops what comes with a smaller TTL" {
  listener -d -m 200 127.0.0.1 0
  run -5 connect -M 100 -w 0.3
  connect -Q -M 255 -w 5
}

@test "-I and -O size the buffers, -b allows broadcast" {
  listener -d 127.0.0.1 0
  run -0 connect -I 4000 -O 6000
  assert_line --regexp '^sockopt +SO_RCVBUF=4000 -> 8000  '
  assert_line --regexp '^sockopt +SO_SNDBUF=6000 -> 12000  '
  run -6 sockctl connect -u -q 0 127.255.255.255 9
  assert_line --regexp '^failed +connect 127.255.255.255:9: EACCES '
  run -0 sockctl connect -u -b -q 0 127.255.255.255 9
  assert_line --regexp '^sockopt +SO_BROADCAST=1 -> 1  '
}

@test "a listener hears the multicast group that it joins" {
  need python3
  listener -u -W 1 -o IP_ADD_MEMBERSHIP=239.1.2.3,127.0.0.1 0
  /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
s.sendto(b"to the group", ("239.1.2.3", int(sys.argv[1])))' "$PORT"
  await_exit server
  assert_output --partial "to the group"
  assert_event server.err sockopt '.name == "IP_ADD_MEMBERSHIP" and .value == "239.1.2.3,127.0.0.1"'
}

@test "SO_REUSEADDR is the listener's own wish unless the user has another" {
  start server sockctl listen -v -d 127.0.0.1 0
  await_line server.err ' listening '
  grep -qE 'setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEADDR, \[1\]' server.err
  stop server
  start server sockctl listen -v -d -o SO_REUSEADDR=0 127.0.0.1 0
  await_line server.err ' listening '
  run -1 grep -E 'SO_REUSEADDR, \[1\]' server.err
}
