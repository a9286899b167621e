#!/usr/bin/env bats
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
  await judged '.limit == "send-buffer" and .send_buffer_full == true and .application_limited == true and .sent > 100000'
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
