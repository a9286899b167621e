#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --follow: the states of a connection after its descriptor is closed, until nothing is left of it.

load helpers

transitions() {
  event "$1" state '[.from // .seen, .state] | @tsv'
}

@test "who closes first is followed into TIME_WAIT, with the seconds left" {
  listener -k --io sink 127.0.0.1 0
  start client sockctl connect -j --follow 127.0.0.1 "$PORT"
  await_line client.err '"event":"destroyed"'
  await_line client.err '"state":"TIME_WAIT"'
  assert_event client.err state '.state == "TIME_WAIT" and .expires > 50 and .expires <= 60.1 and .conn == 1'
  assert_event client.err destroyed '.conn == 1 and .bytes_sent == 0 and .segs_out >= 3'
  # It waits for the end of TIME_WAIT, which a signal cuts short.
  stop client
  assert_equal "$status" 143
}

@test "FIN_WAIT2 lasts while the peer keeps its end open, and is an orphan's with a time" {
  listener --io hold 127.0.0.1 0
  start client sockctl connect -j -vv --follow -q 1ms 127.0.0.1 "$PORT"
  await_line client.err '"event":"closed"'
  await_line client.err '"state":"FIN_WAIT2"'
  await_line client.err '"state":"FIN_WAIT2","expires":'
  assert_event client.err state '.state == "FIN_WAIT2" and .expires > 50'
  # It goes on looking, and reports it once.
  looks=$(grep -c '"call":"poll".*"result":0' client.err)
  await_count client.err '"call":"poll".*"result":0' $((looks + 3))
  assert_equal "$(event client.err state 'select(.state == "FIN_WAIT2" and .expires) | .state')" FIN_WAIT2
  stop server
  await_line client.err '"from":"FIN_WAIT2",.*"state":"(TIME_WAIT|CLOSE)"'
  stop client
}

@test "who closes last leaves nothing: followed to the end, with the counters of the connection" {
  listener --follow --io sink 127.0.0.1 0
  printf 'five\n' | sockctl connect 127.0.0.1 "$PORT"
  await_exit server
  assert_equal "$status" 0
  run transitions server.err
  assert_line --index $((${#lines[@]} - 1)) --regexp 'CLOSE$'
  assert_event server.err destroyed '.bytes_received == 5 and .bytes_sent == 0 and .segs_in > 0'
}

@test "a reset ends it at once" {
  listener -k --io hold 127.0.0.1 0
  run -0 sockctl connect -j --follow --reset --no-shutdown -q 1ms 127.0.0.1 "$PORT" </dev/null
  printf '%s\n' "${lines[@]}" >report
  run transitions report
  assert_output $'ESTABLISHED\tCLOSE'
  assert_event report destroyed
}

@test "listen -k follows each of its connections, and ends when nothing is left of them" {
  listener -k --accept-count 3 --io sink --follow 127.0.0.1 0
  for i in 1 2 3; do sockctl connect 127.0.0.1 "$PORT" </dev/null; done
  await_exit server
  assert_equal "$status" 0
  for i in 1 2 3; do
    assert_event server.err state ".conn == $i and .state == \"CLOSE\""
    assert_event server.err destroyed ".conn == $i"
  done
}

@test "with --dup the close of the first descriptor does not change the state" {
  listener -k --io hold 127.0.0.1 0
  run -0 sockctl connect -j --follow --dup --reset --no-shutdown -q 1ms 127.0.0.1 "$PORT" </dev/null
  printf '%s\n' "${lines[@]}" >report
  run jq -r 'select(.event | IN("closed", "kept", "state")) | "\(.event) \(.state)"' report
  assert_output $'closed ESTABLISHED\nkept ESTABLISHED\nstate CLOSE'
}

@test "an IPv4 client of a listener for both families is followed" {
  need_ipv6
  listener --follow --io sink 0
  sockctl connect 127.0.0.1 "$PORT" </dev/null
  await_exit server
  assert_event server.err destroyed '.peer.host == "127.0.0.1"'
}

@test "if the kernel's sockets cannot be listed, that is reported, and the connection goes on" {
  need_strace
  listener --io sink 127.0.0.1 0
  run -0 straced /dev/null -e inject=socket:error=EPROTONOSUPPORT:when=2+ \
    sockctl connect -j --follow 127.0.0.1 "$PORT" </dev/null
  printf '%s\n' "${lines[@]}" | grep '^{' >report
  assert_event report warning '.code == "follow-impossible" and .error.name == "EPROTONOSUPPORT"'
  assert_event report closed
  refute_event report state
}

@test "only TCP has states to follow" {
  run --separate-stderr -2 sockctl connect --follow -u 127.0.0.1 1
  assert_regex "$stderr" "--follow: only TCP has states"
  run --separate-stderr -2 sockctl listen --follow -U ./sock
  assert_regex "$stderr" "--follow: only TCP has states"
}
