#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -vv reports the socket calls that were really made: strace(1) and the report agree.

load helpers

CALLS=socket,bind,listen,connect,accept4,shutdown,setsockopt,getsockopt,getsockname,getpeername,sendto,recvfrom
CALLS+=,sendmsg,recvmsg,splice,sendfile,poll,epoll_wait,close

setup() {
  common_setup
  need_strace
}

# traced NAME ARGS...: sockctl ARGS under strace in the background.
traced() {
  local name=$1
  shift
  start "$name" straced "$name.strace" -qq -e trace=$CALLS -e signal=none sockctl "$@"
}

same() {
  run "$srcdir/tests/helpers/trace-compare" "$1.strace" "$1.err"
  assert_output --regexp '^[0-9]+ calls told as they were made$'
}

# A listener under strace, as listener() starts one.
traced_listener() {
  traced server listen -vvj "$@"
  await_port server.err
}

@test "a connection that is refused" {
  traced client connect -vvj 127.0.0.1 1
  await_exit client
  assert_failure 4
  same client
}

@test "a conversation, both ends" {
  traced_listener 127.0.0.1 0
  echo hello >input
  start client straced client.strace -qq -e trace=$CALLS sockctl connect -vvj 127.0.0.1 "$PORT" <input
  await_exit client
  await_exit server
  assert_equal "$(head -1 server.out)" hello
  same client
  same server
}

@test "a conversation over pipes" {
  traced_listener 127.0.0.1 0
  printf 'from a pipe' | straced client.strace -qq -e trace=$CALLS sockctl connect -vvj 127.0.0.1 "$PORT" 2>client.err | cat
  await_exit server
  same client
}

@test "a blocking connect" {
  need nc
  need_netns
  start peer nc -lk 127.0.0.1 7001
  await nc -z 127.0.0.1 7001
  traced client connect -vvj --blocking -w 5 127.0.0.1 7001
  await_line client.err '"event":"shutdown"'
  stop peer
  await_exit client
  same client
}

@test "socket options at their times" {
  traced_listener -o SO_RCVBUF=4096 -o conn:SO_KEEPALIVE=1 -o after:IP_TTL=9 127.0.0.1 0
  traced client connect -vvj -o TCP_NODELAY=1 -o early:IP_TOS=0x10 -o SO_LINGER --reset 127.0.0.1 "$PORT"
  await_exit client
  await_exit server
  same client
  same server
}

@test "datagrams, both ends" {
  traced_listener -u -W 1 127.0.0.1 0
  echo ping >input
  start client straced client.strace -qq -e trace=$CALLS sockctl connect -u -q 0.05 -vvj 127.0.0.1 "$PORT" <input
  await_exit client
  await_exit server
  same client
  same server
}

@test "a datagram that is refused" {
  echo ping >input
  start client straced client.strace -qq -e trace=$CALLS sockctl connect -u --strict -vvj 127.0.0.1 9 <input
  await_exit client
  assert_failure 4
  same client
}

@test "unix sockets: stream, datagram, sequenced packets" {
  for how in '' -u --seqpacket; do
    traced server listen -vvj $how -W 1 -U path
    await_line server.err '"event":"listening"'
    echo ping >input
    start client straced client.strace -qq -e trace=$CALLS sockctl connect $how -q 0.05 -vvj -U path <input
    await_exit client
    await_exit server
    assert_success
    same client
    same server
    rm -f path
  done
}

@test "an address that is in use" {
  listener 127.0.0.1 0
  start second straced second.strace -qq -e trace=$CALLS sockctl listen -vvj 127.0.0.1 "$PORT"
  await_exit second
  assert_failure 7
  same second
}

@test "many connections at once" {
  need_glibc
  traced_listener -k --io echo --accept-count 3 127.0.0.1 0
  for word in one two three; do
    run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<$word
    assert_output $word
  done
  await_exit server
  assert_success
  same server
}

@test "a peer that resets" {
  traced_listener 127.0.0.1 0
  python3 -c 'import socket, struct, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
peer.send(b"last words")
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
peer.close()' "$PORT"
  await_exit server
  assert_failure 8
  assert_equal "$(head -c 10 server.out)" 'last words'
  same server
}

@test "a program that left a call out would be found" {
  traced client connect -vvj 127.0.0.1 1
  await_exit client
  grep -v '"call":"connect"' client.err >less
  run -1 "$srcdir/tests/helpers/trace-compare" client.strace less
  assert_output --partial "made, but not told"
  sed 's/ECONNREFUSED/EPERM/; s/"call":"socket"/"call":"bind"/' client.err >other
  run -1 "$srcdir/tests/helpers/trace-compare" client.strace other
}

@test "the accept queue watched, and what a SYN offered" {
  need_glibc
  traced_listener --watch=0.05 --show-syn --io sink 127.0.0.1 0
  sockctl connect -Q -q 1ms 127.0.0.1 "$PORT" </dev/null
  await_exit server
  assert_event server.err syn
  same server
  traced_listener --no-accept --backlog 0 127.0.0.1 0
  traced client connect -vvj --connect-again --follow --dup --reset --no-shutdown -q 1ms 127.0.0.1 "$PORT"
  await_exit client
  assert_event client.err again
  assert_event client.err kept
  same client
  kill "$(ps -o pid= --ppid "${PID[server]}" | tr -d " ")"
  await_exit server
  same server
}

@test "many connections begun at once, some of them in vain" {
  need_glibc
  listener --no-accept --backlog 1 127.0.0.1 0
  traced client connect -vvj --conns 4 -w 0.3 127.0.0.1 "$PORT"
  await_exit client
  assert_failure 5
  same client
}

@test "urgent data, learnt of by poll and by a signal, late and at once" {
  need_glibc
  for options in '--notify poll' '--notify epoll --peek' '--notify sigurg' '--late --inline' '--late'; do
    # shellcheck disable=SC2086 # several words
    traced receiver oob-recv -vvj $options 127.0.0.1 0
    await_port receiver.out
    traced sender oob-send -vvj -i 20ms 127.0.0.1 "$PORT" 123 oob:abc 123
    await_exit sender
    await_exit receiver
    for name in sender receiver; do
      run "$srcdir/tests/helpers/trace-compare" "$name.strace" "$name.out"
      assert_output --regexp '^[0-9]+ calls told as they were made$'
    done
    rm receiver.out
  done
}

@test "pieces, ancillary data and the error queue" {
  traced_listener -u --cmsg --iov 2,3,9 -W 1 127.0.0.1 0
  printf hello | straced client.strace -qq -e trace=$CALLS sockctl connect -vvj -u -q 0 --iov 1,4 127.0.0.1 "$PORT" 2>client.err
  await_exit server
  same client
  same server
  printf hello | straced refused.strace -qq -e trace=$CALLS sockctl connect -vvj -u --cmsg 127.0.0.1 1 2>refused.err || :
  same refused
}
