#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --trace-states: every change of a TCP state, from the kernel's tracepoint. It needs root, and says so.

load helpers

setup() {
  common_setup
}

traced() {
  event "$1" state 'select(.source == "tracepoint") | "\(.local.port) \(.from) \(.state)"'
}

@test "a whole connection, both ends, in the order and at the time of the kernel" {
  need_tracing
  listener -k --io sink 127.0.0.1 0
  start client sockctl connect -j --trace-states 127.0.0.1 "$PORT"
  await_exit client
  assert_equal "$status" 0
  local=$(event client.err connected .local.port)
  traced client.err | grep "^$PORT " >server.states
  assert_equal "$(<server.states)" "$PORT LISTEN SYN_RECV
$PORT SYN_RECV ESTABLISHED
$PORT ESTABLISHED CLOSE_WAIT
$PORT CLOSE_WAIT LAST_ACK
$PORT LAST_ACK CLOSE"
  traced client.err | grep -v "^$PORT " >client.states
  assert_equal "$(<client.states)" "$local CLOSE SYN_SENT
$local SYN_SENT ESTABLISHED
$local ESTABLISHED FIN_WAIT1
$local FIN_WAIT1 FIN_WAIT2
$local FIN_WAIT2 CLOSE"
  # What it lacks is said, and filled in.
  assert_event client.err state '.state == "SYN_SENT" and .port_found'
  assert_event client.err warning '.code == "trace-gaps"'
  assert_event client.err state '.source == "sock_diag" and .state == "TIME_WAIT" and .expires > 50'
  run jq -se '[.[] | select(.source == "tracepoint") | .at] as $at | $at == ($at | sort) and $at[0] > 0' client.err
  assert_success
}

@test "a listener that the kernel chose the port of is traced too, and other ports are not" {
  need_tracing
  start server sockctl listen -j --trace-states 127.0.0.1 0
  await_port server.err
  run -4 sockctl connect 127.0.0.1 1
  sockctl connect -q 1ms 127.0.0.1 "$PORT" </dev/null
  await_exit server
  assert_event server.err state ".local.port == $PORT and .from == \"CLOSE\" and .state == \"LISTEN\""
  assert_event server.err state ".local.port == $PORT and .from == \"LISTEN\" and .state == \"CLOSE\""
  refute_event server.err state '.local.port == 1 or .peer.port == 1'
}

@test "nothing of it stays behind, also after a signal" {
  need_tracing
  start server sockctl listen -j --trace-states 127.0.0.1 0
  await_line server.err '"event":"listening"'
  compgen -G "/sys/kernel/tracing/instances/sockctl-${PID[server]}.*" >made
  stop server
  assert_equal "$status" 143
  [[ -s made && ! -e $(<made) ]]
}

@test "what a killed one has left is taken away by the next" {
  need_tracing
  start server sockctl listen -j --trace-states 127.0.0.1 0
  await_line server.err '"event":"listening"'
  left=$(ls -d /sys/kernel/tracing/instances/sockctl-"${PID[server]}".*)
  stop server KILL
  [[ -d $left ]]
  run -4 sockctl connect --trace-states 127.0.0.1 1
  [[ ! -d $left ]]
}

@test "without the right, or without tracefs, it is said what is missing: 9" {
  if [[ $SOCKCTL_RIGHTS == root ]]; then
    need_tracing
    run -9 as_nobody sockctl connect --trace-states 127.0.0.1 1
    assert_line --index 0 --regexp '^sockctl connect: --trace-states: /sys/kernel/tracing/instances: Permission denied; .* root '
  else
    run -9 sockctl connect --trace-states 127.0.0.1 1
    assert_line --index 0 --regexp '^sockctl connect: --trace-states: .* root '
  fi
}

@test "only TCP has states" {
  run --separate-stderr -2 sockctl listen --trace-states -u 127.0.0.1 0
  assert_regex "$stderr" "--trace-states: only TCP has states"
}
