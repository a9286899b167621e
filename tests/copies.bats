#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A socket that another process has a copy of (pidfd_getfd, fork) lives on when sockctl closes it.

load helpers

# copy NAME PATTERN: another process takes a copy of each socket of process NAME that its Python expression `wanted`
# picks, says so, and holds the copies.
copy() {
  start copies python3 -c '
import ctypes, os, signal, socket, sys
pid, wanted = int(sys.argv[1]), sys.argv[2]
syscall = ctypes.CDLL(None, use_errno=True).syscall
process, held = os.pidfd_open(pid), []
for name in os.listdir(f"/proc/{pid}/fd"):
    if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
        continue
    s = socket.socket(fileno=syscall(438, process, int(name), 0))
    if s.family == socket.AF_INET and eval(wanted):
        held.append(s)
print("holding", len(held), flush=True)
signal.pause()
' "${PID[$1]}" "$2"
  await_line copies.out '^holding'
  assert_equal "$LINE" "holding 1"
}

@test "a connection that ended is served no more, though another process has a copy of it" {
  need python3
  listener -k --io echo 127.0.0.1 0
  start_fed first sockctl connect 127.0.0.1 "$PORT"
  feed first one
  await_line first.out one
  copy server 's.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 0'
  feed_end first
  await_exit first
  await_line server.err '"event": ?"closed"'
  await_rest "${PID[server]}"
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<two
  assert_output two
  await_count server.err '"event": ?"closed"' 2
  await_rest "${PID[server]}"
  stop server
  assert_equal "$status" 143
}

@test "a listener that took its last connection is served no more, though another process has a copy of it" {
  need python3
  listener -k --io echo --accept-count 1 --watch=60 127.0.0.1 0
  copy server 's.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1'
  start_fed first sockctl connect 127.0.0.1 "$PORT"
  feed first one
  await_line first.out one
  # The copy still listens: this one waits in its queue.
  start_fed second sockctl connect -j 127.0.0.1 "$PORT"
  await_line second.err '"connected"'
  await_rest "${PID[server]}"
  feed_end first
  await_exit server
  assert_equal "$status" 0
}

@test "a unix listener that somebody shut down through a copy is not told to be full" {
  need python3
  listener -k -U @shut
  start copies python3 -c '
import ctypes, os, socket, sys
pid = int(sys.argv[1])
syscall = ctypes.CDLL(None, use_errno=True).syscall
process = os.pidfd_open(pid)
for name in os.listdir(f"/proc/{pid}/fd"):
    if os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
        s = socket.socket(fileno=syscall(438, process, int(name), 0))
        if s.family == socket.AF_UNIX and s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            s.shutdown(socket.SHUT_RDWR)
' "${PID[server]}"
  await_exit server
  assert_equal "$status" 1
  assert_event server.err failed '.call == "accept4"'
  refute_event server.err why '.cause == "backlog-full"'
}
