#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The accept queue: how long it grows, what happens when it is full, who waits in it, and who is gone before accept.

load helpers

# Connects N times without waiting, says so, and holds the connections until it is ended.
clients() {
  start clients /usr/bin/python3 -c '
import signal, socket, sys
held = []
for i in range(int(sys.argv[2])):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", int(sys.argv[1])))
    held.append(s)
print("connecting", flush=True)
signal.pause()
' "$PORT" "$1"
  await_line clients.out connecting
}

last_queue() {
  event server.err queue -c | tail -n 1
}

@test "a backlog of 5 holds 6 connections; the SYNs of the other two are dropped" {
  need_netns
  listener --backlog 5 --no-accept 127.0.0.1 0
  assert_event server.err listening '.backlog == 5 and .limit == 5'
  clients 8
  await_line server.err '"length":6.*"overflows":[^0]'
  run event server.err queue '.length'
  assert_line --index 0 0
  assert_event server.err queue '.length == 6 and .limit == 5 and .established == 6 and .syn_recv == 0 and .overflows >= 2 and .drops >= 2'
  assert_event server.err warning '.code == "accept-queue-full" and .length == 6 and .limit == 5'
  run event server.err state '[.peer.port, .state] | @tsv'
  assert_equal "${#lines[@]}" 6
  run sort -u <(event server.err state .state)
  assert_output ESTABLISHED
}

@test "the queue's length is reported as it grows" {
  listener --backlog 5 --no-accept 127.0.0.1 0
  for i in 1 2 3; do
    start "client$i" sockctl connect -d 127.0.0.1 "$PORT"
    await_line server.err "\"length\":$i,"
  done
  run event server.err queue .length
  assert_line --index 0 0
  assert_line --index 1 1
}

@test "a queue that was never full is not reported as full" {
  listener --backlog 5 --no-accept 127.0.0.1 0
  clients 2
  await_line server.err '"length":2,'
  refute_event server.err warning
}

@test "the clamp by net.core.somaxconn is said" {
  need_netns
  sysctl -qw net.core.somaxconn=3
  run -0 sockctl listen --backlog 1000 --no-accept -w 0.01 127.0.0.1 0
  assert_line --regexp '^listening .*backlog 1000, limit 3$'
  assert_line --partial 'the backlog of 1000 was clamped to 3 by net.core.somaxconn'
  run -0 sockctl listen --backlog 3 --no-accept -w 0.01 127.0.0.1 0
  refute_output --partial clamped
  sysctl -qw net.core.somaxconn=4096
}

@test "with TCP_DEFER_ACCEPT silent clients stay in SYN_RECV, until they say something" {
  need_netns
  sysctl -qw net.ipv4.tcp_syncookies=1
  listener --backlog 5 --no-accept -o TCP_DEFER_ACCEPT=30 127.0.0.1 0
  start_fed client sockctl connect 127.0.0.1 "$PORT"
  await_line server.err '"state":"SYN_RECV"'
  await_line server.err '"length":0,.*"syn_recv":1,'
  feed client x
  await_line server.err '"from":"SYN_RECV",.*"state":"ESTABLISHED"'
  await_line server.err '"length":1,.*"syn_recv":0,'
}

@test "a client that closed or reset while waiting is reported" {
  listener --backlog 5 --no-accept 127.0.0.1 0
  clients 2
  await_line server.err '"length":2,'
  sockctl connect -d --reset -w 5 --peer-eof end --idle-timeout 0.01 127.0.0.1 "$PORT" || :
  await_line server.err '"reset":1'
  stop clients
  await_line server.err '"close_wait":2,"reset":1'
  assert_event server.err state '.from == "ESTABLISHED" and .state == "CLOSE"'
  assert_event server.err state '.from == "ESTABLISHED" and .state == "CLOSE_WAIT"'
}

# One that has closed (or, with 0 seconds of linger, reset) after it has said something.
gone() {
  /usr/bin/python3 -c '
import socket, struct, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.send(sys.argv[3].encode())
if sys.argv[2] == "rst":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
' "$PORT" "$1" "$2"
}

# The listener is stopped while the client comes and goes.
gone_before_accept() {
  listener "${@:3}" 127.0.0.1 0
  kill -STOP "${PID[server]}"
  gone "$1" "$2"
  kill -CONT "${PID[server]}"
  await_exit server
}

@test "a client gone by FIN before accept is accepted in CLOSE_WAIT, and what it sent is there" {
  gone_before_accept fin hello
  assert_equal "$status" 0
  assert_equal "$(<server.out)" hello
  assert_event server.err accepted '.state == "CLOSE_WAIT" and .gone == "fin" and .peer.port > 0 and .getpeername == null'
}

@test "a client gone by RST before accept is accepted in CLOSE, getpeername says ENOTCONN; then ECONNRESET" {
  gone_before_accept rst hello -v
  assert_equal "$status" 8
  assert_equal "$(<server.out)" hello
  assert_event server.err accepted '.state == "CLOSE" and .gone == "rst" and .getpeername == "ENOTCONN" and .peer.port > 0'
  assert_event server.err call '.call == "getpeername" and .error.name == "ENOTCONN"'
  assert_event server.err failed '.error.name == "ECONNRESET"'
}

@test "--accept-delay waits before accept; a client that is still there is not called gone" {
  listener -v --accept-delay 0.05 127.0.0.1 0
  start_fed client sockctl connect 127.0.0.1 "$PORT"
  await_line server.err '"event":"accepted"'
  assert_event server.err accepted '.state == "ESTABLISHED" and .gone == null and .note == null'
  run event server.err call 'select(.call == "poll" or .call == "accept4") | "\(.call) \(.result)"'
  assert_line --index 0 "poll 1"
  assert_line --index 1 "poll 0"
  assert_line --index 2 --regexp '^accept4 [0-9]+$'
}

@test "--watch beside accept: what is accepted leaves the queue" {
  listener -k --io sink --watch 127.0.0.1 0
  sockctl connect -q 1ms 127.0.0.1 "$PORT" </dev/null
  # The next look at the queue may come after the end.
  await_line server.err '"event":"queue".*"length":0,'
  assert_event server.err accepted
}

@test "--no-accept holds for -w, then all is done" {
  run -0 sockctl listen --no-accept -w 0.05 127.0.0.1 0
  listener --no-accept 127.0.0.1 0
  stop server
  assert_equal "$status" 143
}

@test "a unix listener has a queue too" {
  start server sockctl listen -j --backlog 1 --no-accept -U ./sock
  await_line server.err '"event":"queue"'
  sockctl connect -q 1ms -U ./sock </dev/null
  await_line server.err '"event":"queue".*"length":1,"limit":1'
  assert_event server.err listening '.state == "LISTEN" and .backlog == 1 and .limit == 1'
}

@test "what a unix listener's backlog was clamped to is said too" {
  need_netns
  sysctl -qw net.core.somaxconn=3
  run -5 sockctl listen --backlog 1000 -w 0.01 -U ./sock
  assert_line --regexp '^listening .*backlog 1000, limit 3$'
  assert_line --partial 'the backlog of 1000 was clamped to 3 by net.core.somaxconn'
  sysctl -qw net.core.somaxconn=4096
}

@test "what has no queue, or would empty it, is refused" {
  run --separate-stderr -2 sockctl listen --watch -u 127.0.0.1 0
  assert_regex "$stderr" "--watch: a datagram socket has no accept queue"
  run --separate-stderr -2 sockctl listen --no-accept -u 127.0.0.1 0
  assert_regex "$stderr" "--no-accept: a datagram socket"
  run --separate-stderr -2 sockctl listen --no-accept -k 127.0.0.1 0
  assert_regex "$stderr" "--no-accept excludes -k"
  run --separate-stderr -2 sockctl listen --watch=often 127.0.0.1 0
  assert_regex "$stderr" "--watch: 'often' is not a duration"
}
