#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Datagrams: boundaries, peers, answers, truncation, zero length, and errors that come back.

load helpers

udp_listener() {
  start server sockctl listen -j -u "$@"
  await_port server.err
}

# lengths FILE: the real lengths of the datagrams that came.
lengths() {
  event "$1" datagram .real_length | xargs
}

@test "a read of stdin is a datagram, and boundaries are kept" {
  udp_listener -vv -W 3 127.0.0.1 0
  start_fed client sockctl connect -j -vv -u 127.0.0.1 "$PORT"
  for word in one three fifteen; do
    feed client "$word"
    await_line client.err "\"send\".*$word"
  done
  await_exit server
  assert_success
  assert_equal "$(lengths server.err)" "3 5 7"
  assert_equal "$(<server.out)" onethreefifteen
}

@test "stdin is cut into datagrams of 16 KiB, or of --chunk" {
  udp_listener -vv -W 3 127.0.0.1 0
  # A file: a read of a pipe takes what its writer has written by then.
  head -c 40000 /dev/zero >data
  sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <data
  await_exit server
  assert_equal "$(lengths server.err)" "16384 16384 7232"
  udp_listener -vv -W 3 127.0.0.1 0
  printf 0123456789 | sockctl connect -Q -u -q 0 --chunk 4 127.0.0.1 "$PORT"
  await_exit server
  assert_equal "$(lengths server.err)" "4 4 2"
}

@test "empty datagrams are reported, and pass" {
  udp_listener -vv -W 3 --hexdump 127.0.0.1 0
  python3 -c 'import socket, sys
s = socket.socket(type=socket.SOCK_DGRAM)
for data in b"a", b"", b"b": s.sendto(data, ("127.0.0.1", int(sys.argv[1])))' "$PORT"
  await_exit server
  assert_success
  assert_equal "$(lengths server.err)" "1 0 1"
  assert_equal "$(<server.out)" ab
}

@test "--hexdump shows the datagrams of both directions" {
  udp_listener --io echo -W 1 --hexdump 127.0.0.1 0
  printf ping | sockctl connect -Q -u -q 0 127.0.0.1 "$PORT"
  await_exit server
  assert_success
  assert_equal "$(event server.err data '"\(.conn) \(.direction) \(.length)"' | xargs)" "1 received 4 1 sent 4"
}

@test "stdin that cannot be read is a failure, not its end" {
  udp_listener 127.0.0.1 0
  run -1 sockctl connect -u 127.0.0.1 "$PORT" </
  assert_line --regexp 'failed +read stdin: EISDIR'
}

@test "what is longer than --chunk is cut, and said so with both lengths" {
  udp_listener -W 1 --chunk 4 127.0.0.1 0
  sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<"too long"
  await_exit server
  assert_success
  assert_event server.err warning '.code == "datagram-truncated" and .length == 4 and .real_length == 9'
  assert_equal "$(<server.out)" "too "
}

@test "the longest datagram that UDP can carry arrives whole" {
  udp_listener -W 1 127.0.0.1 0
  head -c 65507 /dev/urandom >longest
  sockctl connect -Q -u -q 0 --chunk 65507 127.0.0.1 "$PORT" <longest
  await_exit server
  cmp longest server.out
  head -c 65508 /dev/urandom >longer
  run -1 sockctl connect -u --chunk 65508 127.0.0.1 "$PORT" <longer
  assert_line --regexp 'failed +send 127\.0\.0\.1:[0-9]+: EMSGSIZE'
  assert_line --regexp 'why .*65507'
}

@test "each new peer is reported once, and answers from stdin go to the last sender" {
  mkfifo answers
  exec {answers}<>answers
  start server sockctl listen -j -u -vv 127.0.0.1 0 <answers
  await_port server.err
  for name in first second; do
    start_fed $name sockctl connect -Q -u -W 1 127.0.0.1 "$PORT"
    feed $name "I am $name"
    await_line server.err "\"datagram\".*I am $name"
    feed $name again
    await_count server.err '"datagram".*again' $((${#PID[@]} - 1))
  done
  # A moment ago the second spoke last.
  echo "to the second" >&"$answers"
  await_exit second
  assert_success
  assert_equal "$(<second.out)" "to the second"
  feed first "once more"
  await_line server.err 'once more'
  echo "to the first" >&"$answers"
  await_exit first
  assert_equal "$(<first.out)" "to the first"
  stop server
  run event server.err peer .conn
  assert_output $'1\n2'
}

@test "one wildcard socket hears and answers IPv4 and IPv6" {
  need_ipv6
  udp_listener --io echo 0
  for host in 127.0.0.1 ::1; do
    run -0 sockctl connect -Q -u -W 1 $host "$PORT" <<<"over $host"
    assert_output "over $host"
  done
  assert_event server.err peer '.peer.family == "AF_INET" and .peer.host == "127.0.0.1"'
  assert_event server.err peer '.peer.family == "AF_INET6" and .peer.host == "::1"'
}

@test "without a listener the ICMP answer makes it 4 with --strict" {
  udp_listener 127.0.0.1 0
  stop server
  run -4 sockctl connect -u --strict 127.0.0.1 "$PORT" <<<hello
  assert_line --regexp "failed +(recvfrom|send) 127\.0\.0\.1:$PORT: ECONNREFUSED"
}

@test "an unreachable network is 6 at once" {
  need_netns
  run -6 sockctl connect -u 203.0.113.1 9 <<<hello
  assert_line --partial ENETUNREACH
}

@test "a broadcast needs -b" {
  need_netns
  run -6 sockctl connect -u 127.255.255.255 9 <<<hello
  assert_line --partial EACCES
  udp_listener -W 1 0.0.0.0 0
  run -0 sockctl connect -Q -u -b -q 0 127.255.255.255 "$PORT" <<<hello
  await_exit server
  assert_success
  assert_equal "$(<server.out)" hello
}

@test "a listener goes on if one peer cannot be answered" {
  need_iptables
  udp_listener --io echo 127.0.0.1 0
  iptables -A OUTPUT -p udp -d 127.0.0.2 -j DROP
  python3 -c 'import socket, sys
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("127.0.0.2", 0))
s.sendto(b"x", ("127.0.0.1", int(sys.argv[1])))' "$PORT"
  await_line server.err datagram-not-sent
  assert_event server.err warning '.error.name == "EPERM" and .peer.host == "127.0.0.2"'
  run -0 sockctl connect -Q -u -W 1 127.0.0.1 "$PORT" <<<hello
  assert_output hello
}

@test "a second listener on the port is EADDRINUSE: UDP has no SO_REUSEADDR by itself" {
  udp_listener 127.0.0.1 0
  run -7 sockctl listen -u 127.0.0.1 "$PORT"
  assert_line --partial EADDRINUSE
}

@test "-C, -i and -d act on datagrams too" {
  udp_listener -W 1 127.0.0.1 0
  # printf writes line by line, and each write might become a datagram.
  sockctl connect -Q -u -C -q 0 127.0.0.1 "$PORT" <<<$'a\nb'
  await_exit server
  assert_equal "$(od -An -c server.out | xargs)" 'a r n b r n'
  udp_listener -W 2 127.0.0.1 0
  printf 01 | sockctl connect -jvv -u --chunk 1 -i 0.2 -q 0 127.0.0.1 "$PORT" 2>report
  await_exit server
  run jq -s '[.[] | select(.event == "call" and .call == "send").time] | .[1] - .[0] >= 0.2' report
  assert_output true
  udp_listener 127.0.0.1 0
  run -5 sockctl connect -u -d -w 0.1 127.0.0.1 "$PORT" <<<nothing
  refute_event server.err peer
}

@test "--io source and sink of datagrams count the same" {
  # No datagram has arrived yet: the address is its own.
  run -5 sockctl listen -u -w 0.05 127.0.0.1 0
  assert_line --regexp '^failed +127\.0\.0\.1:[0-9]+: no data moved within '
  udp_listener --io sink -W 50 127.0.0.1 0
  run -0 --separate-stderr sockctl connect -j -u --io source:50K --chunk 1K -q 0 127.0.0.1 "$PORT"
  echo "$stderr" >report
  assert_event report closed '.sent == 51200'
  await_exit server
  assert_event server.err closed '.received == 51200'
}

@test "UDP speaks with socat both ways" {
  need socat
  udp_listener --io echo 127.0.0.1 0
  run -0 socat -t 0.3 STDIO "UDP:127.0.0.1:$PORT" <<<question
  assert_output question
}

@test "-q of a listener whose senders have no name: it ends that long after the last datagram" {
  need python3
  start server sockctl listen -j -u -q 0.3 -U path
  await_line server.err '"listening"'
  python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"hello", "path")'
  await_exit server
  assert_success
  assert_output --partial hello
  assert_event server.err closed '.received == 5'
}
