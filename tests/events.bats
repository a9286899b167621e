#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo --events: connects, accepts and closes of the whole host, from the kernel's tracepoint, each with its process.

load helpers

setup() {
  common_setup
}

# watching ARGS...: peerinfo --events, which has begun to trace.
watching() {
  start watcher sockctl peerinfo --events "$@"
  # It never rests where others on this host connect.
  await grep -qsx 1 "/sys/kernel/tracing/instances/sockctl-${PID[watcher]}.0/events/sock/inet_sock_set_state/enable"
}

@test "a whole connection: who connects, who accepts, who closes, at both ends" {
  need_tracing
  start server sockctl listen -j -k --io echo 127.0.0.1 0
  await_port server.err # of this namespace; the events are those of the whole host
  watching -j --port "$PORT"
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_line watcher.out '"action":"accept"'
  client=${PID[client]}
  feed_end client
  await_exit client
  # The kernel ends the client's last, as TIME_WAIT begins.
  await_count watcher.out '"action":"end"' 2
  stop watcher TERM
  of() { jq -r "select(.event == \"state\" and .action == \"$1\") | \"\(.from) \(.state) \(.program)$2\"" watcher.out; }
  assert_equal "$(of connect)" "CLOSE SYN_SENT sockctl"
  assert_equal "$(of connected ' \(.peer.port)')" "SYN_SENT ESTABLISHED sockctl $PORT"
  # Nobody calls accept() for that: it is the listener's, as a look at /proc has seen it.
  assert_equal "$(of accept ' \(.local.port) \(.pid)')" "SYN_RECV ESTABLISHED sockctl $PORT ${PID[server]}"
  assert_equal "$(of close | sort)" "CLOSE_WAIT LAST_ACK sockctl
ESTABLISHED FIN_WAIT1 sockctl"
  assert_event watcher.out state ".action == \"close\" and .peer.port == $PORT and .pid == $client and .thread > 0"
  assert_event watcher.out state ".action == \"peer-close\" and .local.port == $PORT and (has(\"thread\") | not)"
  assert_event watcher.out summary '.connects == 1 and .accepts == 1 and .closes == 2 and .failed == 0 and .lost == 0'
  run jq -se '[.[] | select(.source == "tracepoint") | .at] as $at | $at == ($at | sort) and $at[0] >= 0' watcher.out
  assert_success
  assert_equal "$(compgen -G "/sys/kernel/tracing/instances/sockctl-${PID[watcher]}.*")" ""
}

@test "a listener and a connect that fails, as text; --count ends it" {
  need_tracing
  watching --local 127.90.12.1 --count 4
  run -0 python3 -c "
import socket, struct
l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(('127.90.12.1', 2)); l.listen(1); l.close()
try: socket.create_connection(('127.90.12.2', 1), source_address=('127.90.12.1', 0))
except ConnectionRefusedError: pass"
  await_exit watcher
  assert_success
  assert_line --index 0 --regexp '^listen {6}127\.90\.12\.1:2  python3'
  assert_line --index 1 --regexp '^close {7}127\.90\.12\.1:2  python3'
  assert_line --index 2 --regexp '^connect {5}(127\.90\.12\.1:[0-9]+ )?-> 127\.90\.12\.2:1  python3'
  assert_line --index 3 --regexp '^failed {6}127\.90\.12\.1:[0-9]+ -> 127\.90\.12\.2:1  python3'
  assert_line --index 4 --regexp '^summary {5}[0-9.]+ (ms|s), 1 connect, 1 failed, 1 close$'
}

@test "the filters of the list select the events, and a program may have any name" {
  need_tracing
  evil=$'\e[1m] x-1 [0'
  watching -j --program "$evil" --peer 127.90.0.0/16 --peer-port 3 --state SYN_SENT,CLOSE --count 2
  run -4 sockctl connect 127.90.12.1 3
  run -0 python3 -c "
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
for port in (4, 3):
    try: socket.create_connection(('127.90.12.1', port))
    except ConnectionRefusedError: pass" "$evil"
  await_exit watcher
  assert_equal "$(event watcher.out state '"\(.action) \(.program) \(.peer.port)"')" 'connect \033[1m] x-1 [0 3
failed \033[1m] x-1 [0 3'
}

@test "a signal ends it at once, though the host connects faster than can be shown" {
  need_tracing
  watching -j --peer 127.90.12.1
  start busy python3 -c "
import socket
while True:
    with socket.socket() as s: s.connect_ex(('127.90.12.1', 5))"
  await_count watcher.out '"action":"failed"' 200 # it falls behind
  local began=${EPOCHREALTIME/[.,]/}
  stop watcher TERM
  ((${EPOCHREALTIME/[.,]/} - began < 5000000)) || fail "it read on as long as there was something to read"
  stop busy TERM
}

@test "without the right, tracefs or TCP it is refused, and says why" {
  run -2 sockctl peerinfo --events -u
  assert_line "sockctl peerinfo: --events: only TCP has states"
  run -2 sockctl peerinfo --events --user root
  assert_line "sockctl peerinfo: --events: the tracepoint does not have the user"
  run -2 sockctl peerinfo --events --closed
  run -2 sockctl peerinfo --events --watch 1
  run -2 sockctl peerinfo --events 127.0.0.1 80
  run -9 as_nobody sockctl peerinfo --events
  assert_output --regexp '--events: (tracefs is not mounted|.*the tracepoint needs root)'
  need_netns
  need unshare
  run -9 unshare -m sh -c 'mount -t tmpfs none /sys && exec "$@"' sh "$SOCKCTL" peerinfo --events
  assert_output --partial "tracefs is not mounted"
}
