#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo --closed: connections as they end, with their last counts and their process.

load helpers

setup() {
  common_setup
  need_netns
}

# watching ARGS...: peerinfo --closed, which has begun to look.
watching() {
  start watcher sockctl peerinfo --closed -j "$@"
  await_line watcher.out '"start"'
  # It is joined to the kernel's groups once it waits.
  await_rest "${PID[watcher]}"
}

@test "a connection is reported when it ends, once an end, with its bytes; --count ends the command" {
  listener -k --io echo 127.0.0.1 0
  watching --count 2
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<hello
  await_exit watcher
  assert_success
  assert_event watcher.out destroyed ".protocol == \"IPPROTO_TCP\" and .peer.port == $PORT and .bytes_sent == 6 and .rtt > 0"
  assert_event watcher.out destroyed ".local.port == $PORT and .bytes_sent == 6"
  assert_event watcher.out summary '.connections == 2 and .bytes_sent == 12 and .lost == 0'
}

@test "the process is known if it was seen while the connection lived" {
  listener -k --io echo 127.0.0.1 0
  watching
  start_fed client sockctl connect -j -d --io hold 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  pid=${PID[client]}
  # The next look of the watcher sees both ends.
  await_turn() { grep -q . "/proc/${PID[watcher]}/status" && [[ $(awk '/^voluntary_ctxt/ {print $2}' "/proc/${PID[watcher]}/status") -gt $1 ]]; }
  now=$(awk '/^voluntary_ctxt/ {print $2}' "/proc/${PID[watcher]}/status")
  await await_turn "$now"
  await_rest "${PID[watcher]}"
  stop client
  await_line watcher.out '"destroyed"'
  await_count watcher.out '"destroyed"' 2
  stop watcher TERM
  assert_event watcher.out destroyed ".peer.port == $PORT and .pid == $pid and .program == \"sockctl\""
  assert_event watcher.out destroyed ".local.port == $PORT and .pid == ${PID[server]}"
}

@test "one that lived between two looks has no process, and says so" {
  listener -k --io echo 127.0.0.1 0
  watching --count 1
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<x
  await_exit watcher
  assert_event watcher.out destroyed '.note == "process not seen" and .pid == null'
  assert_event watcher.out summary '.unseen == 1'
}

@test "UDP and IPv6 are reported too, --tcp and -u restrict it, listeners are not connections" {
  need_ipv6
  listener -k --io echo ::1 0
  watching
  run -0 sockctl connect -Q ::1 "$PORT" <<<x
  run -0 sockctl connect -Q -u -q 0 127.0.0.1 9 <<<x
  await_line watcher.out 'IPPROTO_UDP'
  await_line watcher.out '"AF_INET6"'
  stop server
  stop watcher TERM
  refute_event watcher.out destroyed '.peer == null'
  watching -u --count 1
  listener -k --io echo 127.0.0.1 0
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<x
  run -0 sockctl connect -Q -u -q 0 127.0.0.1 9 <<<x
  await_exit watcher
  assert_event watcher.out destroyed '.protocol == "IPPROTO_UDP"'
}

@test "a signal ends it by that signal, after the totals; text is a line a connection" {
  listener -k --io echo 127.0.0.1 0
  start watcher sockctl peerinfo --closed
  await_rest "${PID[watcher]}"
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<hello
  await_count watcher.out 'IPPROTO_TCP' 2
  stop watcher TERM
  assert_equal "$status" 143
  run -0 cat watcher.out
  assert_line --regexp "^IPPROTO_TCP 127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$PORT  sent 6, received 6.*process not seen"
  assert_line --regexp '^summary +2 connections ended'
}

@test "an ordinary user may ask as well" {
  listener -k --io echo 127.0.0.1 0
  start watcher as_nobody "$(type -P sockctl)" peerinfo --closed --count 1
  await_rest "${PID[watcher]}"
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<hello
  await_exit watcher
  assert_success
}

@test "--closed and what it excludes" {
  run -2 sockctl peerinfo --closed 127.0.0.1 80
  run -2 sockctl peerinfo --closed --watch 1
  run -2 sockctl peerinfo --count 3
  assert_output --partial "--count needs --closed, --events or --drops"
}

@test "the filters of the list select what is reported, and a FIN is not a byte" {
  listener -k --io sink 127.0.0.1 0
  first=$PORT
  stop server
  start server sockctl listen -j -k --io sink 127.0.0.1 "$first"
  start other sockctl listen -j -k --io sink --port-file port 127.0.0.1 0
  await_line server.err '"listening"'
  await test -s port
  read -r _ second <port
  for filter in "--peer-port $first" "--port $first" "--local 127.0.0.1 --peer-port $first"; do
    # shellcheck disable=SC2086 # words
    watching --count 1 $filter
    run -0 sockctl connect -Q 127.0.0.1 "$second" <<<no
    run -0 sockctl connect -Q 127.0.0.1 "$first" <<<yes
    await_exit watcher
    refute_event watcher.out destroyed ".peer.port == $second or .local.port == $second"
    refute_event watcher.out destroyed '.bytes_received == 1'
  done
  # The holder is known only if a look has seen it.
  watching --program nobody --count 1
  run -0 sockctl connect -Q 127.0.0.1 "$first" <<<yes
  await_rest "${PID[watcher]}"
  stop watcher TERM
  refute_event watcher.out destroyed
}

# ends PYTHON: a listener l on 127.0.0.1 and pair(), which connects to it; then what the test says.
ends() {
  run -0 timeout 30 python3 -c "
import socket, struct, sys, time
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(9)
def pair():
    c = socket.create_connection(l.getsockname()); return c, l.accept()[0]
def abort(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()
def state(s):
    return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
def until(condition):
    while not condition(): time.sleep(0.001)
print(l.getsockname()[1], flush=True)
$1"
}

@test "how it ended is said where that is certain" {
  watching
  ends 'c, s = pair(); c.send(b"hello"); s.recv(9); c.shutdown(socket.SHUT_WR); until(lambda: state(s) == 8)
s.close(); until(lambda: state(c) == 7); c.close()'
  orderly=$output
  ends 'c, s = pair(); c.send(b"x"); s.recv(9); abort(c); until(lambda: state(s) == 7); s.close()'
  aborted=$output
  ends 'c, s = pair(); c.send(b"hello"); until(lambda: s.recv(9, socket.MSG_PEEK) == b"hello"); s.close(); c.close()'
  unread=$output
  run -4 sockctl connect -Q 127.0.0.1 1
  await_count watcher.out '"destroyed"' 6
  stop watcher TERM
  assert_event watcher.out destroyed ".peer.port == $orderly and .end == \"time-wait\" and .text == \"orderly, TIME_WAIT here\""
  assert_event watcher.out destroyed ".local.port == $orderly and .end == \"peer-first\" and .bytes_sent == 0"
  assert_event watcher.out destroyed ".local.port == $aborted and .end == \"reset\""
  assert_event watcher.out destroyed ".local.port == $unread and .end == \"reset\" and .receive_queue == 5"
  # It connected and sent no FIN: that looks as if it had accepted and sent one.
  assert_event watcher.out destroyed ".peer.port == $unread and .end == null"
  refute_event watcher.out destroyed "(.peer.port == $unread or .local.port == $unread) and (.end | IN(\"time-wait\", \"peer-first\"))"
}

@test "a connect that was refused never connected" {
  start watcher sockctl peerinfo --closed --count 1
  await_rest "${PID[watcher]}"
  run -0 python3 -c "
import select, socket
s = socket.socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', 1)); select.select([], [s], []); s.close()"
  await_exit watcher
  assert_regex "$output" "127.0.0.1:1  sent 0, received 0  never connected  process not seen"
}

@test "what an earlier look saw decides more: an aborted connection keeps its peer" {
  start peers python3 -uc "
import signal, socket, struct
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(9)
def pair(): c = socket.create_connection(l.getsockname()); return c, l.accept()[0]
c, s = pair(); d, t = pair(); d.shutdown(socket.SHUT_WR)
print(*(x.getsockname()[1] for x in (l, c, d)))
signal.sigwait([signal.SIGUSR1])
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close(); t.close(); d.close(); s.close()"
  await_line peers.out '^[0-9]'
  read -r port aborting closing <<<"$LINE"
  watching
  kill -USR1 "${PID[peers]}"
  await_exit peers
  await_count watcher.out '"destroyed"' 4
  stop watcher TERM
  assert_event watcher.out destroyed ".local.port == $aborting and .peer.port == $port and .end == \"disconnected\" and .last_state == \"ESTABLISHED\" and .program == \"python3\""
  assert_event watcher.out destroyed ".peer.port == $aborting and .end == \"reset\""
  assert_event watcher.out destroyed ".peer.port == $closing and .end == \"peer-first\" and .last_state == \"CLOSE_WAIT\""
  assert_event watcher.out destroyed ".local.port == $closing and .end == \"time-wait\""
}

@test "-w ends it, and where nothing has ended nothing is counted" {
  need_netns
  run -0 unshare -n "$SOCKCTL" peerinfo --closed -w 0.05
  assert_output --regexp '^summary +no connection ended in [0-9.]+ ms$'
  run -0 unshare -n "$SOCKCTL" peerinfo -j --closed -w 0.05
  printf '%s\n' "$output" >report
  assert_event report summary '.connections == 0'
}
