#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# nc's letters mean what they mean in Debian's nc: -q, -z, -k, -C, and datagrams after stdin's end.

load helpers

@test "-q 0 half-closes and waits for the peer's answer and end" {
  start server python3 - <<'PYTHON'
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
for _ in range(5):
    conn, _ = listener.accept()
    data = b""
    while chunk := conn.recv(1000):
        data += chunk
    conn.sendall(b"answer to " + data)
    conn.close()
PYTHON
  await test -s server.out
  for _ in 1 2 3 4 5; do
    run -0 sockctl connect -q 0 127.0.0.1 "$(<server.out)" <<<question
    assert_line "answer to question"
    refute_output --partial warning
  done
}

@test "-q T quits T after stdin's end, with a warning if the peer had not ended, for TCP and unix" {
  listener -k --io hold 127.0.0.1 0
  run -0 sockctl connect -q 20ms 127.0.0.1 "$PORT" <<<x
  assert_line --partial "warning     -q ended the connection before the peer did"
  run -0 sockctl connect -j -q 20ms 127.0.0.1 "$PORT" <<<x
  assert_line --regexp '"event":"warning".*"code":"quit-before-end"'
  stop server
  listener -k --io hold -U ./s
  run -0 sockctl connect -q 20ms -U ./s <<<x
  assert_line --partial "warning     -q ended the connection before the peer did"
  stop server
  listener -k --io sink 127.0.0.1 0
  run -0 sockctl connect -q 5 127.0.0.1 "$PORT" <<<x
  refute_output --partial warning
}

@test "with datagrams -w is the wait for answers after stdin's end, and its end is success" {
  listener -u --io hold 127.0.0.1 0
  for wait in "-w 20ms" "-w 0" "-q 0" "-q 20ms" "-w 5 -q 20ms" "-w 20ms -q 5"; do
    # shellcheck disable=SC2086 # words
    run -0 sockctl connect -u $wait 127.0.0.1 "$PORT" <<<"my.counter:1|c"
    refute_output --partial failed
  done
  stop server
  listener -U -u --io hold ./s
  run -0 sockctl connect -U -u -w 20ms ./s <<<x
}

@test "a datagram that nobody takes is a warning once all was sent, and with --strict a failure" {
  listener -u 127.0.0.1 0
  stop server
  for form in -4 -j; do
    run -0 sockctl connect $form -u -w 1 127.0.0.1 "$PORT" <<<"my.counter:1|c"
    assert_output --partial "did not take what was sent: ECONNREFUSED"
    refute_output --partial failed
  done
  assert_line --regexp '"code":"datagram-rejected"'
  run -0 sockctl connect -Q -u -w 1 127.0.0.1 "$PORT" <<<x
  assert_output ""
  run -4 sockctl connect -u --strict -w 1 127.0.0.1 "$PORT" <<<x
  assert_output --partial "failed"
  need_ipv6
  run -0 sockctl connect -u -w 1 ::1 "$PORT" <<<x
  assert_output --partial "did not take what was sent: ECONNREFUSED"
  run -4 sockctl connect -u --strict -w 1 ::1 "$PORT" <<<x
}

@test "an answer that came before the error is not lost" {
  start server python3 - <<'PYTHON'
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
data, peer = server.recvfrom(100)
server.sendto(b"answer\n", peer)
server.close()
PYTHON
  await test -s server.out
  # The second datagram is refused, and stdin has ended by then.
  start_fed client sockctl connect -u -w 5 127.0.0.1 "$(<server.out)"
  feed client a
  await_exit server
  await grep -q answer client.out
  feed client b
  feed_end client
  await_exit client
  assert_success
  assert_equal "$(<client.out)" answer
}

@test "more input after an ICMP error makes it a failure" {
  listener -u 127.0.0.1 0
  stop server
  start_fed client sockctl connect -u 127.0.0.1 "$PORT"
  feed client x
  await grep -q icmp client.err
  feed client y
  await_exit client
  assert_equal "$status" 4
}

@test "while stdin goes on an ICMP error still ends a client" {
  listener -u 127.0.0.1 0
  stop server
  start_fed client sockctl connect -u 127.0.0.1 "$PORT"
  feed client x
  await_exit client
  assert_equal "$status" 4
}

@test "-q ends a UDP listener after stdin's end" {
  listener -u -q 20ms 127.0.0.1 0
  run -0 sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<x
  await_exit server
  assert_success
  assert_equal "$(<server.out)" x
}

@test "listen -k -u reads no stdin, UDP and unix" {
  listener_of() {
    start_fed server sockctl listen -j -k -u "$@"
    await_line server.err '"listening"'
    feed server "not for anybody"
  }
  listener_of 127.0.0.1 0
  PORT=$(event server.err listening .local.port)
  run -0 sockctl connect -Q -u -q 200ms 127.0.0.1 "$PORT" <<<question
  assert_output ""
  stop server
  listener_of -U ./s
  run -0 sockctl connect -Q -U -u -q 200ms ./s <<<question
  assert_output ""
}

@test "-C does not double a CR that the end of a read parts from its LF" {
  for where in "-u 127.0.0.1 0" "-U -u ./s"; do
    # shellcheck disable=SC2086 # words
    listener -W 2 $where
    where=${where/127.0.0.1 0/127.0.0.1 $PORT}
    # shellcheck disable=SC2086
    printf 'a\r\nb' | sockctl connect -Q -C -q 0 --chunk 2 $where
    await_exit server
    assert_equal "$(od -An -c server.out | tr -d ' \n')" 'a\r\nb'
  done
}

@test "-z with a name and one port is open if any address has it" {
  need_netns
  printf '%s twins.example\n' 127.0.0.2 127.0.0.3 >hosts
  mount --bind hosts /etc/hosts || skip "may not mount here"
  listener -k 127.0.0.3 0
  run -0 --separate-stderr sockctl connect -z twins.example "$PORT"
  assert_output --regexp "^$PORT +open"
  run -0 sockctl connect -z -j twins.example "$PORT"
  assert_line --regexp '"event":"summary".*"host":"127.0.0.3".*"open":1'
  stop server
  run -4 sockctl connect -z twins.example "$PORT"
  assert_output --partial ECONNREFUSED
  umount /etc/hosts
}

@test "several PORT operands after -z are a list" {
  listener -k 127.0.0.1 0
  run -0 --separate-stderr sockctl connect -z -v 127.0.0.1 1 2,3 "$PORT"
  assert_equal "$(cut -d ' ' -f 1 <<<"$output" | sort -n | tr '\n' ' ')" "1 2 3 $PORT "
  run -2 sockctl connect -z 127.0.0.1 1 70000
  assert_output --partial 70000
  run -2 sockctl connect 127.0.0.1 1 2
  assert_output --partial "too many operands: '2'"
}

@test "-z --retry waits until the port is open, and gives up in time" {
  need_netns
  start client sockctl connect -z -j --retry 20 127.0.0.1 4567
  await_line client.out '"closed"'
  start server sockctl listen -k 127.0.0.1 4567
  await_exit client
  assert_success
  run -5 sockctl connect -z --retry 0.2 127.0.0.1 4568
  assert_output --partial "gave up: the time of --retry has passed"
  run -5 sockctl connect -z --retry 0.2 127.0.0.1 4568 4569
}

@test "what has no effect on a probe is refused with -z" {
  for option in "--io sink" --follow --hexdump --dup --connect-again --cmsg --blocking "--chunk 5" "-q 1" \
    "-W 1" -C "-i 1" "--shutdown rd" --progress "--linger 1" "--iov 3,4" "--oob inline" "--peer-eof end" --no-shutdown; do
    # shellcheck disable=SC2086 # words
    run -2 sockctl connect -z $option 127.0.0.1 1
    assert_output --partial "-z moves no data"
  done
  run -4 sockctl connect -z -N -d -n -v 127.0.0.1 1
}
