#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect --connect-again: connect(2) once more on the same socket.

load helpers

@test "while the first is pending: EALREADY" {
  need_netns
  listener --backlog 0 --no-accept 127.0.0.1 0
  start first sockctl connect -d 127.0.0.1 "$PORT"
  await_line server.err '"length":1,'
  start second sockctl connect -j --connect-again -w 0.2 127.0.0.1 "$PORT"
  await_exit second
  assert_equal "$status" 5
  assert_event second.err again '.result == -1 and .error.name == "EALREADY" and .state == "SYN_SENT" and .conn == 1'
  run event second.err again .result
  assert_equal "${#lines[@]}" 1
}

@test "when it is connected: EISCONN, and the conversation is none the worse for it" {
  listener --io sink 127.0.0.1 0
  run -0 sockctl connect -j --connect-again --blocking -q 1ms 127.0.0.1 "$PORT" </dev/null
  printf '%s\n' "${lines[@]}" >report
  assert_event report again '.result == -1 and .error.name == "EISCONN" and .state == "ESTABLISHED"'
  refute_event report again '.error.name != "EISCONN"'
  await_exit server
  assert_equal "$status" 0
}

@test "on loopback the handshake is over before the second call: it says 0, the third EISCONN" {
  listener --io sink 127.0.0.1 0
  run -0 sockctl connect -j -v --connect-again -q 1ms 127.0.0.1 "$PORT" </dev/null
  printf '%s\n' "${lines[@]}" >report
  run event report call 'select(.call == "connect") | [.result, .error.name // ""] | @tsv'
  assert_output $'-1\tEINPROGRESS\n0\t\n-1\tEISCONN'
}

@test "a refusal that the second call takes is not lost" {
  run -4 sockctl connect --connect-again 127.0.0.1 1
  assert_line --regexp '^again .*: -1 ECONNREFUSED'
  assert_line --regexp '^failed .* ECONNREFUSED'
}

@test "it is about streams" {
  run --separate-stderr -2 sockctl connect --connect-again -u 127.0.0.1 1
  assert_regex "$stderr" "--connect-again: a datagram socket"
}
