#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo --tcpinfo says what really limited a connection: each limit is made here, over a wire of some milliseconds.

load helpers

# far_end MILLISECONDS [N]: a host at 10.9.0.2 behind such a wire that loses every Nth large packet, where port 5000 drops what
# comes.
far_end() {
  need python3
  need_netns
  ip link add near type veth peer name wire0 2>/dev/null || skip "may not make links here"
  ip link add far type veth peer name wire1
  start far unshare --net bash -c 'echo ready; exec sleep 100'
  await_line far.out ready
  ip link set far netns "${PID[far]}"
  for interface in near wire0 wire1; do ip link set "$interface" up; done
  ip addr add 10.9.0.1/24 dev near
  nsenter --net="/proc/${PID[far]}/ns/net" bash -c 'ip addr add 10.9.0.2/24 dev far; ip link set far up'
  start wire "$srcdir/tests/helpers/wire" wire0 wire1 "$@"
  await_line wire.out ready
  start server nsenter --net="/proc/${PID[far]}/ns/net" sockctl listen -j -k --io sink 10.9.0.2 5000
  await_line server.err '"listening"'
}

teardown() {
  common_teardown
  ip link del near 2>/dev/null || :
  ip link del wire1 2>/dev/null || :
}

# judged CONDITION: the verdict on the client of that moment.
judged() {
  sockctl peerinfo -j -n --pid "${PID[client]}" --tcpinfo >report && assert_event report verdict "$1" 2>/dev/null
}

@test "segments that get lost are what limits" {
  far_end 2 10
  start client sockctl connect --io source 10.9.0.2 5000
  await judged '.limit == "network-loss" and .retransmitted > .sent / 100'
}

@test "a send buffer that is too small for the way is what limits, though the kernel calls it the program" {
  need_root # or the wire loses bursts
  far_end 10
  start client sockctl connect --io source -o SO_SNDBUF=2000 10.9.0.2 5000
  await judged '.limit == "send-buffer" and .send_buffer_full == true and .application_limited == true and .sent > 100000 and .send_buffer_time == .send_buffer'
  run sockctl peerinfo -n --pid "${PID[client]}" --tcpinfo
  assert_line --regexp '^verdict +limited by (send-buffer: .*; the send buffer is full now|application: )'
}

@test "a program that has nothing more to send is what limits" {
  need_root # or the wire loses bursts
  far_end 2
  mkfifo stdin
  exec 7<>stdin
  start client sockctl connect 10.9.0.2 5000 <stdin
  head -c 100000 /dev/zero >&7
  await judged '.limit == "application" and .sent >= 100000 and .send_buffer_full == false'
  exec 7>&-
}

@test "the receiving end: its reader, or its sender" {
  need python3
  start far python3 -uc "
import socket, signal
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()
c = socket.create_connection(l.getsockname()); s, _ = l.accept(); c.setblocking(False)
sent = c.send(bytes(1000)); s.recv(1000); print('fds', c.fileno(), s.fileno())
signal.signal(signal.SIGUSR1, lambda *a: None); signal.pause()
try:
    while True: c.send(bytes(65536))
except BlockingIOError: print('full')
signal.pause()"
  await_line far.out '^fds [0-9]+ ([0-9]+)'
  fd=${BASH_REMATCH[1]}
  sockctl peerinfo -j -n --pid "${PID[far]}" --fd "$fd" --tcpinfo >report
  assert_event report verdict '.limit == "sender" and .received == 1000 and .unread == 0'
  kill -USR1 "${PID[far]}"
  await_line far.out full
  sockctl peerinfo -j -n --pid "${PID[far]}" --fd "$fd" --tcpinfo >report
  assert_event report verdict '.limit == "reader" and .unread > 0 and .window < .unread'
}

@test "under --watch the verdict is about the time since the last look" {
  need python3
  start far python3 -uc "
import socket, signal, threading, time
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()
c = socket.create_connection(l.getsockname()); s, _ = l.accept()
go = True
def read():
    while go: s.recv(1 << 20)
t = threading.Thread(target=read); t.start()
def send():
    while True: c.send(bytes(1 << 16))
threading.Thread(target=send, daemon=True).start()
print('fds', c.fileno(), s.fileno())
def stop(*a):
    global go
    go = False
signal.signal(signal.SIGUSR1, stop)
while True: signal.pause()"
  await_line far.out '^fds ([0-9]+)'
  fd=${BASH_REMATCH[1]}
  start watch sockctl peerinfo -j -n --pid "${PID[far]}" --fd "$fd" --tcpinfo --watch 0.2
  await_count watch.out '"event":"tcpinfo"' 4
  kill -USR1 "${PID[far]}"
  await_line watch.out '"event":"verdict".*"limit":"receiver-window"'
}
