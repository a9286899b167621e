#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect: what is tried and what is said, level by level, and the options of a conversation.

load helpers

@test "a refused connect reports the call, the address, the errno, the time, and why" {
  listener 127.0.0.1 0
  stop server
  run -4 --separate-stderr sockctl connect 127.0.0.1 "$PORT"
  assert_output ""
  assert_regex "$stderr" "^connecting  127\.0\.0\.1:$PORT"
  assert_regex "$stderr" "failed      connect 127\.0\.0\.1:$PORT: ECONNREFUSED \(Connection refused\)( after [0-9.]+ ms)?"
  assert_regex "$stderr" "why         RST answered the SYN, and nothing listens"
}

@test "a non-blocking connect is shown as it happens: EINPROGRESS, poll, SO_ERROR" {
  need_glibc
  listener -k 127.0.0.1 0
  run -0 sockctl connect -v 127.0.0.1 "$PORT"
  assert_line --regexp '^0\.[0-9]{6}  socket\(AF_INET, SOCK_STREAM\|SOCK_NONBLOCK\|SOCK_CLOEXEC, IPPROTO_TCP\) = [0-9]+ +CLOSE$'
  assert_line --regexp "  connect\([0-9]+, 127\.0\.0\.1:$PORT, 16\) = -1 EINPROGRESS \(Operation now in progress\) +(ESTABLISHED|SYN_SENT)$"
  assert_line --regexp '  poll\([0-9]+:POLLOUT [0-9]+:POLLIN, (-1|[0-9]{1,3})\) = 1 \([0-9]+:POLLOUT\)$'
  assert_line --regexp '  getsockopt\([0-9]+, SOL_SOCKET, SO_ERROR, \[0\]\) = 0 +ESTABLISHED$'
  stop server
  run -4 sockctl connect -v 127.0.0.1 "$PORT"
  assert_line --regexp '  getsockopt\([0-9]+, SOL_SOCKET, SO_ERROR, \[ECONNREFUSED\]\) = 0 +CLOSE$'
}

@test "--blocking shows the other way" {
  listener -k 127.0.0.1 0
  run -0 sockctl connect -v --blocking 127.0.0.1 "$PORT"
  assert_line --regexp 'socket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, IPPROTO_TCP\)'
  assert_line --regexp "connect\([0-9]+, 127\.0\.0\.1:$PORT, 16\) = 0 +ESTABLISHED$"
  refute_line --partial EINPROGRESS
}

@test "-Q says nothing of success, and one line of a failure" {
  listener 127.0.0.1 0 <<<data
  run -0 --separate-stderr sockctl connect -Q 127.0.0.1 "$PORT"
  assert_output data
  assert_equal "$stderr" ""
  run -4 --separate-stderr sockctl connect -Q 127.0.0.1 "$PORT"
  assert_regex "$stderr" '^failed [^'$'\n'']*$'
}

@test "-v shows calls, and -vv data with a preview of its bytes" {
  listener -k --io echo 127.0.0.1 0
  run -0 sockctl connect -v 127.0.0.1 "$PORT" <<<hello
  refute_line --regexp '  (send|recv)\('
  # From a pipe to a file whatever moves is in these calls.
  printf 'he\tllo\n\0' | sockctl connect -vv --hexdump 127.0.0.1 "$PORT" >data 2>report
  run cat report
  assert_line --regexp '  send\([0-9]+, "he\\tllo\\n\\0", 8, MSG_DONTWAIT\|MSG_NOSIGNAL\) = 8 +ESTABLISHED'
  assert_line --regexp '  recv\([0-9]+, "he\\tllo\\n\\0", [0-9]+, MSG_DONTWAIT\) = 8'
}

@test "--hexdump shows both directions with their offsets" {
  listener -k --io echo 127.0.0.1 0
  run -0 sockctl connect --hexdump 127.0.0.1 "$PORT" <<<"0123456789abcdef!"
  assert_line --regexp '^sent +18 bytes'
  assert_line --regexp '^received +18 bytes'
  assert_line '    00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|'
  assert_line --regexp '^    00000010  21 0a  .* \|!\.\|$'
}

@test "the address that the system chose, and the one asked for with -s and -p" {
  need_netns
  listener -k 127.0.0.1 0
  run -0 sockctl connect -j 127.0.0.1 "$PORT"
  grep '^{' <<<"$output" >report
  assert_event report connected '.local.host == "127.0.0.1" and .local.port > 1024'
  run -0 sockctl connect -j -s 127.0.0.9 -p 40000 127.0.0.1 "$PORT"
  grep '^{' <<<"$output" >report
  assert_event report connected '.local == {family: "AF_INET", host: "127.0.0.9", port: 40000}'
  assert_event server.err accepted '.peer == {family: "AF_INET", host: "127.0.0.9", port: 40000}'
  run -0 sockctl connect -Q -p 40001 127.0.0.1 "$PORT"
  run -7 sockctl connect -p "$PORT" -s 127.0.0.1 127.0.0.1 "$PORT"
  assert_line --partial EADDRINUSE
}

@test "a connection to itself is a conversation with itself" {
  need_netns
  run -0 sockctl connect -s 127.0.0.1 -p 40003 127.0.0.1 40003 <<<echo
  assert_line echo
  assert_line --regexp '^warning +.*itself'
}

@test "IPv6, a scope, a service by name" {
  need_netns
  need_ipv6
  ip -6 address add fe80::7/64 dev lo nodad
  start server sockctl listen -Q -k --io echo :: 80
  for host in ::1 fe80::7%lo fe80::7%1; do
    run -0 sockctl connect -Q --retry 5 "$host" 80 <<<hello
    assert_output hello
  done
  grep -qs '^http[[:space:]]*80/tcp' /etc/services || skip "there is no /etc/services"
  run -0 sockctl connect -Q ::1 http <<<hello
  assert_output hello
  run -0 sockctl connect -Q localhost:http <<<hello
  assert_output hello
}

@test "--chunk bounds what one call moves" {
  listener --io sink 127.0.0.1 0
  printf '%0100d' 0 | sockctl connect -jvv --hexdump --chunk 30 127.0.0.1 "$PORT" 2>report
  run jq -s '[.[] | select(.event == "call" and .call == "send").result]' -c report
  assert_output "[30,30,30,10]"
}

@test "-W counts receives, and ends with 0" {
  listener -k --io source 127.0.0.1 0
  sockctl connect -jvv -d --chunk 10 -W 3 --hexdump 127.0.0.1 "$PORT" >data 2>report
  assert_equal "$(wc -c <data)" 30
  assert_event report closed '.received == 30'
}

@test "--io source is a pattern that shows a lost, doubled or moved byte" {
  # In one piece, and in pieces that fit neither its lines nor its period.
  for chunk in 1M 10007; do
    listener --io source:200000 --chunk $chunk 127.0.0.1 0
    sockctl connect -Q -d 127.0.0.1 "$PORT" | head -c 1000000 >data
    python3 - <<'END'
data = open("data", "rb").read()
assert len(data) == 200000, len(data)
for at, byte in enumerate(data):
    line, column = divmod(at, 72)
    assert byte == (10 if column == 71 else 32 + (line + column) % 95), at
END
    await_exit server
  done
}

@test "-u, -U and --seqpacket make the socket that they say" {
  run -0 sockctl connect -v -u -q 0 127.0.0.1 9 </dev/null
  assert_line --partial "socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_UDP)"
  run -6 sockctl connect -v -U ./none
  assert_line --partial "socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0)"
  run -6 sockctl connect -v -U --seqpacket ./none
  assert_line --partial "socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK|SOCK_CLOEXEC, 0)"
}

@test "ports: numbers outside their range, empty ones and junk are mistakes that are named" {
  for port in 0 65536 70000 "" "80 " +99999; do
    run -2 sockctl connect 127.0.0.1 "$port"
    assert_output --partial "port"
  done
  run -2 sockctl connect -p 65536 127.0.0.1 80
  assert_output --partial "-p: port '65536'"
  run -2 sockctl connect -U -p 1 ./s
}

@test "values: the offending text is named" {
  run -2 sockctl connect -w soon 127.0.0.1 80
  assert_output --partial "'soon'"
  run -2 sockctl connect --io ecko 127.0.0.1 80
  assert_output --partial "'ecko' is unknown"
  run -2 sockctl connect --io source:x 127.0.0.1 80
  assert_output --partial "source:x"
  run -2 sockctl connect --chunk 0 127.0.0.1 80
  run -2 sockctl connect --shutdown both 127.0.0.1 80
  assert_output --partial "'both' is unknown (SHUT_RD, SHUT_WR, SHUT_RDWR)"
  run -2 sockctl connect --peer-eof never 127.0.0.1 80
}

@test "messages in the error queue are reported, and neither keep the loop busy nor end a connection" {
  listener -k --io echo -o conn:SO_TIMESTAMPING=0x12 127.0.0.1 0
  start_fed client sockctl connect -jvv -o SO_TIMESTAMPING=0x12 127.0.0.1 "$PORT"
  feed client $'one\n'
  await_line client.out one
  await_line client.err '"cmsg".*SO_TIMESTAMPING'
  await_line server.err '"cmsg".*SO_TIMESTAMPING'
  await_rest "${PID[client]}" "${PID[server]}"
  feed client $'two\n'
  await_line client.out two
  feed_end client
  await_exit client
  assert_success
}
