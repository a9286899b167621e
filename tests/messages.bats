#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The calls that move data, their pieces and their ancillary data.

load helpers

calls() {
  jq -r --arg call "$2" 'select(.event == "call" and .call == $call) | .args' "$1"
}

# What a listener with some options writes and reports of what a client with others sends.
exchange() {
  local text=$1
  shift
  run --separate-stderr -0 sockctl connect -j -vv "$@" 127.0.0.1 "$PORT" < <(printf %s "$text")
  echo "$stderr" >client.err
  await_exit server
}

@test "the same bytes go through each call that receives" {
  for call in read recv recvfrom recvfrom-null recvmsg recvmmsg; do
    rm -f server.err
    listener -vv --recv-call "$call" 127.0.0.1 0
    exchange hello
    assert_success
    assert_equal "$(<server.out)" hello
    assert_event server.err call ".call == \"${call%-null}\" and .result > 0"
  done
}

@test "the same bytes go through each call that sends" {
  for call in write send sendto sendto-null sendmsg; do
    rm -f server.err
    listener 127.0.0.1 0
    exchange hello --send-call "$call"
    assert_equal "$(<server.out)" hello
    assert_event client.err call ".call == \"${call%-null}\" and .result == 5"
  done
}

@test "those are the system calls that are made" {
  need_strace
  for call in read recvfrom recvmsg recvmmsg; do
    rm -f server.err
    start server straced trace sockctl listen -j --recv-call "$call" 127.0.0.1 0
    await_port server.err
    exchange hello
    run -0 grep -E "^$call\([0-9]+, .*hello|^$call\(.* = 1 " trace
  done
  for call in write sendto sendmsg; do
    rm -f server.err
    listener 127.0.0.1 0
    run -0 straced trace sockctl connect -Q --send-call "$call" 127.0.0.1 "$PORT" < <(printf hello)
    await_exit server
    run -0 grep -E "^$call\([0-9]+, .*hello.* = 5$" trace
  done
}

@test "on a stream recvfrom leaves the address alone, given or NULL" {
  listener -vv --recv-call recvfrom 127.0.0.1 0
  exchange hello
  run -0 calls server.err recvfrom
  assert_line --index 0 --regexp '"hello".*, \.\.\., 0$'
  rm server.err
  listener -vv --recv-call recvfrom-null 127.0.0.1 0
  exchange hello
  run -0 calls server.err recvfrom
  assert_line --index 0 --regexp '"hello".*, NULL, NULL$'
}

@test "sendto on a stream takes an address or NULL, and uses neither" {
  for call in sendto sendto-null; do
    rm -f server.err
    listener 127.0.0.1 0
    exchange hello --send-call "$call"
    assert_equal "$(<server.out)" hello
    calls client.err sendto >"$call"
  done
  run -0 grep -E ', 127\.0\.0\.1:[0-9]+, 16$' sendto
  run -0 grep -F ', NULL, 0' sendto-null
}

@test "gather and scatter: each piece with its bytes" {
  listener -vv --iov 3,2,10 127.0.0.1 0
  exchange abcdefg --iov 2,4,1
  assert_equal "$(<server.out)" abcdefg
  assert_equal "$(event client.err iov 'select(.held > 0) | .bytes' | tr '\n' ' ')" "ab cdef g "
  assert_equal "$(event server.err iov 'select(.held > 0) | .bytes' | tr '\n' ' ')" "abc de fg "
  assert_event server.err iov '.index == 2 and .length == 10 and .held == 2 and .filled == 2'
}

@test "pieces of nothing are pieces too, and more than there may be are refused" {
  listener -vv --iov 0,1,0,9 127.0.0.1 0
  exchange abc
  assert_equal "$(<server.out)" abc
  assert_event server.err iov '.index == 1 and .bytes == "a"'
  run -2 sockctl connect --iov 0,0 127.0.0.1 9
  run -2 sockctl connect --iov 1,x 127.0.0.1 9
  assert_line --partial "'x'"
  run -2 sockctl connect --iov "$(printf '1,%.0s' {1..1024})1" 127.0.0.1 9
  assert_line --partial IOV_MAX
}

@test "a long stream through small pieces arrives whole" {
  seq 20000 >sent
  listener --iov 7,100,3 127.0.0.1 0
  run -0 sockctl connect -Q --iov 13,1 127.0.0.1 "$PORT" <sent
  await_exit server
  cmp sent server.out
}

@test "the ancillary data of an IPv4 datagram, by name and value" {
  listener -u --cmsg -W 1 127.0.0.1 0
  exchange hello -u -q 0 -M 7 -T 0x20
  assert_event server.err message '.length == 5 and .msg_flags == [] and .control > 0'
  assert_event server.err cmsg '.level == "IPPROTO_IP" and .type == "IP_TTL" and .value == 7'
  assert_event server.err cmsg '.type == "IP_TOS" and .value == 32'
  assert_event server.err cmsg '.type == "IP_PKTINFO" and .value.interface == "lo" and .value.ipi_addr == "127.0.0.1"'
  assert_event server.err cmsg ".type == \"IP_ORIGDSTADDR\" and .value.port == $PORT"
  assert_event server.err cmsg '.type == "SO_TIMESTAMPNS" and .value.tv_sec > 1e9'
}

@test "the ancillary data of an IPv6 datagram" {
  need_ipv6
  start server sockctl listen -j -u --cmsg -W 1 ::1 0
  await_port server.err
  run -0 sockctl connect -Q -u -q 0 -M 9 ::1 "$PORT" <<<x
  await_exit server
  assert_event server.err cmsg '.type == "IPV6_HOPLIMIT" and .value == 9'
  assert_event server.err cmsg '.type == "IPV6_PKTINFO" and .value.ipi6_addr == "::1"'
  assert_event server.err cmsg '.type == "IPV6_TCLASS"'
  assert_event server.err cmsg ".type == \"IPV6_ORIGDSTADDR\" and .value.host == \"::1\" and .value.port == $PORT"
}

# Sends one more datagram; the drops may have been reported with an earlier one.
overflow_told() {
  sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<after
  grep -q '"SO_RXQ_OVFL"' server.err
}

@test "SO_RXQ_OVFL counts the dropped datagrams" {
  start server sockctl listen -j -u --cmsg -o SO_RCVBUF=2304 127.0.0.1 0
  await_port server.err
  kill -STOP "${PID[server]}"
  python3 -c 'import socket, sys
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(30): peer.sendto(b"x" * 100, ("127.0.0.1", int(sys.argv[1])))' "$PORT"
  kill -CONT "${PID[server]}"
  # It is reported with a later datagram, for which there is room.
  await overflow_told
  assert_event server.err cmsg '.type == "SO_RXQ_OVFL" and .value > 0'
}

@test "what a UDP listener reports of a message has the number of its sender" {
  listener -u --cmsg 127.0.0.1 0
  run -0 sockctl connect -Q -u -w 0.1 127.0.0.1 "$PORT" <<<one
  run -0 sockctl connect -Q -u -w 0.1 127.0.0.1 "$PORT" <<<other
  await_count server.err '"event": ?"message"' 2
  stop server
  assert_event server.err message '.conn == 1 and .length == 4'
  assert_event server.err message '.conn == 2 and .length == 6'
  assert_equal "$(event server.err cmsg .conn | sort -u | tr '\n' ' ')" '1 2 '
  refute_event server.err peer '.conn > 2'
}

@test "too little room for ancillary data is MSG_CTRUNC" {
  listener -u --cmsg=8 -W 1 127.0.0.1 0
  exchange hello -u -q 0
  assert_event server.err message '.room == 8 and (.msg_flags | index("MSG_CTRUNC"))'
}

@test "messages that recvmmsg returned together are passed on at once" {
  for keep in '' -k; do
    rm -f sock
    start server sockctl listen -v $keep -U --seqpacket --recv-call recvmmsg --accept-delay 1s sock
    await_line server.err listening
    start_fed client sockctl connect -vv -U --seqpacket sock
    for number in 1 2 3; do
      feed client "$number"$'\n'
      await_count client.err ' send\(' "$number"
    done
    await_line server.out 3
    assert_equal "$(<server.out)" $'1\n2\n3'
    stop client
    stop server
  done
}

@test "the end of a stream is not a message, whichever call finds it" {
  for call in recvmsg recvmmsg; do
    listener --cmsg --recv-call "$call" 127.0.0.1 0
    exchange hello
    assert_equal "$(jq -s 'map(select(.event == "message").length) | @text' server.err)" '"[5]"'
  done
}

@test "a datagram longer than its pieces is MSG_TRUNC" {
  listener -u --iov 2,3 -W 1 127.0.0.1 0
  exchange 'hello world' -u -q 0
  assert_equal "$(<server.out)" hello
  assert_event server.err message '.length == 11 and (.msg_flags | index("MSG_TRUNC"))'
}

@test "descriptors go over a unix socket, and the other side says what they are" {
  start server sockctl listen -j --cmsg -U sock
  await_line server.err '"listening"'
  exec 7</dev/null 8<"$srcdir/README.md"
  run -0 sockctl connect -Q --send-fd 7,8 -U sock <<<x
  exec 7<&- 8<&-
  await_exit server
  assert_event server.err cmsg '.type == "SCM_RIGHTS" and (.value | length) == 2 and .value[0].is == "/dev/null"
    and (.value[1].is | endswith("/README.md"))'
  assert_event server.err message '.msg_flags | index("MSG_CMSG_CLOEXEC")'
}

@test "no received descriptor stays open" {
  need_strace
  start server straced trace sockctl listen -j --cmsg -U sock
  await_line server.err '"listening"'
  run -0 sockctl connect -Q --send-fd 0 -U sock <<<x
  await_exit server
  fd=$(jq 'select(.event == "cmsg" and .type == "SCM_RIGHTS") | .value[0].fd' server.err)
  run -0 grep -E "^close\($fd\) += 0" trace
}

@test "what recvmmsg read beyond the last receive is reported as lost, and its descriptors are closed" {
  start server sockctl listen -v -j -d --cmsg --recv-call recvmmsg -W 1 --accept-delay 1s --seqpacket -U sock
  await_line server.err '"listening"'
  python3 -c 'import array, socket
peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
peer.connect("sock")
for part in b"a", b"b":
    peer.sendmsg([part], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1]))])'
  await_exit server
  assert_equal "$(<server.out)" a
  assert_event server.err warning '.code == "messages-unread" and .count == 1'
  jq -r 'select(.event == "cmsg" and .type == "SCM_RIGHTS").value[].fd' server.err >received
  assert_equal "$(wc -l <received)" 2
  while read -r fd; do
    assert_event server.err call ".call == \"close\" and .args == \"$fd\""
  done <received
}

@test "a descriptor that is not open is refused before any call" {
  run -2 sockctl connect --send-fd 0,999 -U sock
  assert_line --partial "'999' is not an open descriptor"
  run -2 sockctl connect --send-fd 0,x -U sock
  assert_line --partial "--send-fd: 'x' is invalid; a descriptor is a number"
  run -2 sockctl connect --send-fd 0, -U sock
  assert_line --partial "--send-fd: a descriptor is missing"
  run -2 sockctl connect --send-fd 0 127.0.0.1 9
  assert_line --partial "--send-fd needs a unix socket (-U)"
}

# musl copies about a kilobyte of control messages, and fails with more.
@test "a message carries as many descriptors as the kernel allows, and all are reported; one more is refused" {
  need_glibc
  all=$(printf '0,%.0s' {1..252})0
  run -2 sockctl connect --send-fd "$all,0" -U sock
  assert_line --partial "more than 253 descriptors (SCM_MAX_FD)"
  start server sockctl listen -j --recv-call recvmsg -U sock
  await_line server.err '"listening"'
  run -0 sockctl connect -Q --send-fd "$all" -U sock <<<x
  await_exit server
  # 1024 bytes of room: what does not fit the kernel closes, and says so.
  assert_event server.err cmsg '.type == "SCM_RIGHTS" and (.value | length) == 252 and (.value | all(.is != ""))'
  assert_event server.err message '.msg_flags | index("MSG_CTRUNC")'
}

@test "credentials come with the bytes of a unix socket" {
  start server sockctl listen -j --cmsg -U sock
  await_line server.err '"listening"'
  start_fed client sockctl connect -j --send-creds -U sock
  feed client hello
  await_line server.err SCM_CREDENTIALS
  assert_event server.err cmsg ".type == \"SCM_CREDENTIALS\" and .value.pid == ${PID[client]} and .value.uid == $(id -u)"
  feed_end client
  await_exit server
}

@test "SCM_PIDFD names the process that sent" {
  start server sockctl listen -j --cmsg -U sock
  await_line server.err '"listening"'
  start_fed client sockctl connect -j -U sock
  feed client hello
  await_line server.err '"message"'
  if ! grep -q SCM_PIDFD server.err; then skip "this kernel has no SO_PASSPIDFD (Linux 6.5)"; fi
  assert_event server.err cmsg ".type == \"SCM_PIDFD\" and .value.pid == ${PID[client]}"
  feed_end client
  await_exit server
}

@test "a seqpacket socket keeps the boundaries of messages without MSG_EOR, and Linux does not deliver it" {
  start server sockctl listen -j -vv --cmsg --seqpacket -U sock
  await_line server.err '"listening"'
  python3 -c 'import socket
peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
peer.connect("sock")
for data in b"abc", b"de": peer.send(data, socket.MSG_EOR)'
  await_exit server
  assert_equal "$(event server.err message 'select(.length > 0).length' | xargs)" "3 2"
  refute_event server.err message '.msg_flags | index("MSG_EOR")'
}

@test "the acknowledgements of MSG_ZEROCOPY are read from the error queue" {
  listener -d 127.0.0.1 0
  run --separate-stderr -0 sockctl connect -j -vv -o SO_ZEROCOPY=1 --send-flags MSG_NOSIGNAL,MSG_ZEROCOPY 127.0.0.1 "$PORT" <<<hello
  echo "$stderr" >client.err
  await_exit server
  assert_equal "$(<server.out)" hello
  assert_event client.err cmsg '.type == "IP_RECVERR" and .value.ee_origin == "SO_EE_ORIGIN_ZEROCOPY"'
  assert_event client.err call '.call == "recvmsg" and (.args | contains("msg_flags MSG_ERRQUEUE"))'
}

@test "those of an IPv6 socket are IPV6_RECVERR" {
  need_ipv6
  listener -d ::1 0
  run --separate-stderr -0 sockctl connect -j -o SO_ZEROCOPY=1 --send-flags MSG_NOSIGNAL,MSG_ZEROCOPY ::1 "$PORT" <<<hello
  echo "$stderr" >client.err
  await_exit server
  assert_event client.err cmsg '.type == "IPV6_RECVERR" and .value.ee_origin == "SO_EE_ORIGIN_ZEROCOPY"'
}

@test "what does not go together is refused" {
  run -2 sockctl connect --iov 1 --send-call write 127.0.0.1 9
  run -2 sockctl connect --send-call write --send-flags MSG_MORE 127.0.0.1 9
  run -2 sockctl listen --cmsg --recv-call recv 0
  run -2 sockctl listen --recv-call read --recv-flags MSG_PEEK 0
  run -2 sockctl listen --iov 1 --chunk 5 0
}

@test "message calls are used only if they are asked for" {
  listener -vv 127.0.0.1 0
  exchange hello
  refute_event server.err call '.call == "recvmsg" or .call == "fcntl" and (.args | contains("SETFL"))'
  refute_event client.err call '.call == "sendmsg"'
}

@test "the first failure is the one that is reported: a message too long, though the peer's reset follows" {
  start server sockctl listen -j -U --seqpacket --io hold ./s
  await_port server.err
  start_fed client sockctl connect -jvv -U --seqpacket -o SO_SNDBUF=4608 ./s
  feed client unread
  await_line client.err '"call":"send".*"result":6'
  # In one write, as feed may not write it.
  dd if=/dev/zero bs=20000 count=1 status=none >&"${FEED[client]}"
  await_line client.err '"name":"EMSGSIZE"'
  stop server
  await_exit client
  assert_event client.err call '.call == "recv" and .error.name == "ECONNRESET"'
  assert_equal "$(event client.err failed '"\(.call) \(.error.name)"')" "send EMSGSIZE"
  assert_equal "$status" 1
}

@test "an empty message among those that recvmmsg or recvmsg returned is not the end, and the end is not a message" {
  need_strace
  start peer python3 -c 'import os, socket
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind("sock")
listener.listen()
print("ready", flush=True)
while True:
    accepted, _ = listener.accept()
    for part in b"a", b"", b"b", b"", b"", b"c":
        accepted.send(part)
    accepted.close()'
  await_line peer.out ready
  for options in "--recv-call recvmmsg" "--recv-call recvmmsg --cmsg" "--recv-call recvmsg"; do
    # What the peer sends is there, and its end too, before the first look. The end is not a message.
    # shellcheck disable=SC2086 # words
    run -0 --separate-stderr straced /dev/null -e trace=connect -e inject=connect:delay_exit=200000 \
      sockctl connect -j $options --seqpacket -U sock
    assert_output abc
    printf '%s\n' "$stderr" >report
    assert_equal "$(event report message .length | xargs)" "1 0 1 0 0 1"
    assert_event report closed '.received == 3'
    refute_event report warning
  done
}
