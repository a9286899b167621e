#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --dup: another descriptor of the socket. close() of one changes nothing, shutdown() acts on the socket itself.

load helpers

setup() {
  common_setup
  start server /usr/bin/python3 -c '
import select, socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
print(s.getsockname()[1], flush=True)
c, _ = s.accept()
while (got := c.recv(1000)) != b"":
    print("got", got, flush=True)
print("end of file", flush=True)
'
  await_line server.out '^[0-9]+$'
  PORT=$LINE
}

@test "after close of one of two descriptors the connection is ESTABLISHED, after the last it ends" {
  start client sockctl connect -j --dup --no-shutdown -q 1ms 127.0.0.1 "$PORT"
  await_exit client
  assert_equal "$status" 0
  await_line server.out "end of file"
  assert_event client.err closed '.state == "ESTABLISHED"'
  assert_event client.err kept '.state == "ESTABLISHED" and .peer_state == "ESTABLISHED" and (.holders | length) == 1'
  assert_event client.err state '(.from // .seen) == "ESTABLISHED" and (.state == "FIN_WAIT1" or .state == "FIN_WAIT2" or .state == "TIME_WAIT")'
}

@test "a forked child has inherited it, close-on-exec or not, and holds it by another process" {
  start client sockctl connect -j -v --dup=fork --no-shutdown -q 1ms 127.0.0.1 "$PORT"
  await_exit client
  assert_equal "$status" 0
  await_line server.out "end of file"
  child=$(event client.err call 'select(.call == "fork") | .result')
  assert_event client.err call '.call == "fcntl" and (.args | endswith("F_GETFD [FD_CLOEXEC]"))'
  assert_event client.err kept ".state == \"ESTABLISHED\" and .holders[0].pid == $child and .holders[0].pid != ${child}0 and .holders[0].program == \"sockctl\""
  # And it is gone.
  await _gone "$child"
}

# The half-close at the end of stdin, while the second descriptor is open.
shut_down() {
  start client sockctl connect -j "--dup=$1" 127.0.0.1 "$PORT"
  await_exit client
  assert_equal "$status" 0
  await_line server.out "end of file"
  assert_event client.err shutdown '.how == "SHUT_WR" and .state != "ESTABLISHED"'
  assert_event client.err kept '.state != "ESTABLISHED"'
}

@test "shutdown acts though another descriptor of the process is open" {
  shut_down dup
}

@test "shutdown acts though another process has the socket" {
  shut_down fork
}

@test "a parent that is killed does not leave its child behind" {
  start_fed client sockctl connect -j -v --dup=fork 127.0.0.1 "$PORT"
  await_line client.err '"call":"fork"'
  child=$(event client.err call 'select(.call == "fork") | .result')
  kill -0 "$child"
  stop client KILL
  await_line server.out "end of file"
  await _gone "$child"
}

@test "a socket without a connection has none to keep" {
  run --separate-stderr -2 sockctl connect --dup -u 127.0.0.1 1
  assert_regex "$stderr" "--dup: a datagram socket"
  run --separate-stderr -2 sockctl listen --dup -k 127.0.0.1 0
  assert_regex "$stderr" "--dup is for one connection"
  run --separate-stderr -2 sockctl connect --dup=vfork 127.0.0.1 1
  assert_regex "$stderr" "--dup: 'vfork' is unknown.*fork"
}
