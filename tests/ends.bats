#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# How a conversation ends: the manual's table, row by row.

load helpers

# peer STEP...: tests/helpers/peer listening; sets PORT.
peer() {
  start peer "$builddir/tests/helpers/peer" listen 127.0.0.1:0 "$@"
  await_line peer.err '^listening '
  PORT=${LINE#listening }
}

# The events of a report, in order, without those in front of the conversation.
story() {
  jq -r 'select(.event | IN("eof", "shutdown", "closed", "failed")) | .event' "$1" | xargs
}

# assert_longest_wait FILE MS: no poll() was to wait longer, and one so long; it may begin a little late.
assert_longest_wait() {
  run jq -s '[.[] | select(.event == "call" and .call == "poll").args | split(", ")[-1] | tonumber] | max' "$1"
  ((output <= $2 && output > $2 / 2)) || fail "the longest wait is $output ms"
}

@test "stdin ends: half-close, and go on receiving to the peer's end" {
  peer eof await:go send:late close
  start client sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.err '"shutdown"'
  assert_event client.err shutdown '.how == "SHUT_WR" and (.state | startswith("FIN_WAIT"))'
  touch go
  await_exit client
  assert_success
  assert_equal "$(<client.out)" late
  assert_equal "$(story client.err)" "shutdown eof closed"
}

@test "a listener whose stdin is at its end half-closes at once, and still receives all" {
  listener 127.0.0.1 0
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.err '"eof"'
  feed client "long after the listener's end"
  feed_end client
  await_exit client
  assert_success
  await_exit server
  assert_equal "$(<server.out)" "long after the listener's end"
  assert_equal "$(story server.err)" "shutdown eof closed"
}

@test "--no-shutdown says no FIN at stdin's end" {
  peer recv:5 send:bye shut ended
  run -0 sockctl connect -Q --no-shutdown 127.0.0.1 "$PORT" <<<said
  assert_output bye
  await_line peer.err '^did ended'
}

@test "-q ends so long after stdin's end, with status 0" {
  peer await:never
  start client sockctl connect -j -vv -q 0.2 127.0.0.1 "$PORT"
  await_exit client
  assert_success
  assert_event client.err closed '.duration >= 0.2'
  assert_longest_wait client.err 200
  assert_equal "$(story client.err)" "shutdown closed"
}

@test "-q does not begin before all is sent" {
  peer await:go eof close
  start client sockctl connect -j -q 1ms 127.0.0.1 "$PORT" < <(head -c 8000000 /dev/zero)
  await_line client.err '"connected"'
  # It waits for room.
  await_rest "${PID[client]}"
  touch go
  await_exit client
  assert_success
  await_exit peer
  assert_equal "$(wc -c <peer.out)" 8000000
}

@test "the peer's EOF after stdin's ends it, with status 0" {
  peer close
  run -0 --separate-stderr sockctl connect -j 127.0.0.1 "$PORT"
  echo "$stderr" >report
  assert_event report closed
  refute_event report failed
}

@test "the peer's EOF ends it at once if stdin is a terminal" {
  peer send:hello close
  # The pty helper keeps the terminal open and types nothing.
  run -0 python3 - "$PORT" <<'END'
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execvp("sockctl", ["sockctl", "connect", "-Q", "127.0.0.1", sys.argv[1]])
shown = b""
try:
    while data := os.read(terminal, 1000):
        shown += data
except OSError:
    pass
print(shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
  assert_output "hello 0"
}

@test "the peer only half-closes: what stdin has goes on being sent" {
  peer send:done shut eof close
  start_fed client sockctl connect -j -vv 127.0.0.1 "$PORT"
  await_line client.err '"eof"'
  # Between these it asked for the holder of the other end.
  await_count client.err '"call":"poll".*"result":0' 3
  feed client more
  feed_end client
  await_exit client
  assert_success
  await_exit peer
  assert_equal "$(<peer.out)" more
}

@test "the peer closes, and its socket has no holder left on this host: done, though stdin is open" {
  peer send:bye close
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_exit client
  assert_success
  assert_equal "$(<client.out)" bye
}

@test "a peer that half-closed and then exits is noticed, though stdin is open" {
  peer shut await:go close
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.err '"eof"'
  touch go
  await_exit client
  assert_success
}

@test "a peer in another namespace cannot be asked for: keepalive is switched on" {
  need_netns
  need nsenter
  unshare -n sh -c 'touch there; exec sleep 60' &
  other=$!
  await test -e there
  ip link add near type veth peer name far netns "/proc/$other/ns/net"
  ip address add 192.0.2.1/24 dev near
  ip link set near up
  nsenter -t "$other" -n sh -c 'ip address add 192.0.2.2/24 dev far; ip link set far up'
  start peer nsenter -t "$other" -n "$builddir/tests/helpers/peer" listen 192.0.2.2:0 shut eof close
  await_line peer.err '^listening '
  start_fed client sockctl connect -j -v 192.0.2.2 "${LINE#listening }"
  await_line client.err 'SO_KEEPALIVE'
  run -0 ss -Htno state close-wait
  assert_output --partial 'timer:(keepalive'
  feed client "still heard"
  feed_end client
  await_exit client
  assert_success
  await_exit peer
  assert_equal "$(<peer.out)" "still heard"
  kill "$other"
}

@test "the peer has closed and we send on: EPIPE or ECONNRESET, status 8" {
  # The socket is held by another process that does not read, so only the answer to sent data reveals it.
  peer shut await:go reset
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.err '"eof"'
  feed client "one"
  touch go
  await_exit client
  assert_failure 8
  assert_event client.err failed '.error.name == "EPIPE" or .error.name == "ECONNRESET"'
  assert_event client.err closed
}

@test "what waits to be sent is not dropped in silence when the peer closes: status 8" {
  # -i makes the second line wait; the peer closes meanwhile.
  listener -d -W 1 127.0.0.1 0
  run -8 --separate-stderr sockctl connect -j -i 0.1 127.0.0.1 "$PORT" < <(printf 'one\ntwo\n')
  echo "$stderr" >report
  assert_event report failed '.error.name == "EPIPE" or .error.name == "ECONNRESET"'
  start unix sockctl listen -j -d -W 1 -U ./path
  await_line unix.err '"listening"'
  run -8 --separate-stderr sockctl connect -j -i 0.1 -U ./path < <(printf 'one\ntwo\n')
  echo "$stderr" >report
  assert_event report failed '.error.name == "EPIPE"'
}

@test "--peer-eof end ends at the peer's EOF, though stdin is open and the peer only half-closed" {
  peer send:x shut await:never
  start_fed client sockctl connect -j --peer-eof end 127.0.0.1 "$PORT"
  await_exit client
  assert_success
  assert_equal "$(<client.out)" x
}

@test "-d sends nothing and no FIN; the peer's EOF ends it" {
  peer send:all shut ended
  run -0 sockctl connect -Q -d 127.0.0.1 "$PORT" <<<"not sent"
  assert_output all
  await_exit peer
  assert_equal "$(<peer.out)" ""
  listener -d 127.0.0.1 0
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<text
  await_exit server
  assert_success
  assert_equal "$(<server.out)" text
  refute_event server.err shutdown
}

@test "--io echo returns all, then half-closes, and is done" {
  listener --io echo 127.0.0.1 0
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<"come back"
  assert_output "come back"
  await_exit server
  assert_success
  assert_equal "$(story server.err)" "eof shutdown closed"
}

@test "--io source:N sends N bytes, half-closes, and drops what comes until EOF" {
  listener --io source:100000 127.0.0.1 0
  # One that did not end would fill the disk.
  sockctl connect -Q --no-shutdown 127.0.0.1 "$PORT" <<<"for the bin" | head -c 1000000 >client.out
  await_exit server
  assert_success
  assert_equal "$(wc -c <client.out)" 100000
  assert_event server.err closed '.sent == 100000 and .received == 12'
  assert_equal "$(<server.out)" ""
  assert_equal "$(story server.err)" "shutdown eof closed"
}

@test "--io source without a number sends until the peer has gone" {
  listener --io source 127.0.0.1 0
  sockctl connect -Q 127.0.0.1 "$PORT" 2>/dev/null | head -c 1000000 >client.out
  await_exit server
  assert_failure 8
  assert_equal "$(wc -c <client.out)" 1000000
}

@test "--io sink: EOF ends it" {
  listener --io sink 127.0.0.1 0
  sockctl connect -Q 127.0.0.1 "$PORT" <<<"into the bin"
  await_exit server
  assert_success
  assert_event server.err closed '.received == 13 and .sent == 0'
  assert_equal "$(<server.out)" ""
}

@test "--io hold neither reads nor writes until the peer resets" {
  listener --io hold 127.0.0.1 0
  start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" send:x acked shut await:go reset
  await_line peer.err '^did shut'
  await_rest "${PID[server]}"
  touch go
  await_exit server
  assert_failure 8
  assert_event server.err closed '.received == 0'
}

@test "--io hold ends by -w" {
  listener --io hold --idle-timeout 0.1 127.0.0.1 0
  start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" await:never
  await_exit server
  assert_failure 5
}

@test "UDP: after stdin's end a client waits a second for answers, status 0" {
  start echo sockctl listen -u -j --io echo 127.0.0.1 0
  await_port echo.err
  run -0 --separate-stderr sockctl connect -u -j -vv 127.0.0.1 "$PORT" <<<question
  assert_output question
  echo "$stderr" >report
  assert_event report closed '.duration >= 1 and .received == 9'
  assert_longest_wait report 1000
  run -0 --separate-stderr sockctl connect -u -j -vv -q 0.1 127.0.0.1 "$PORT" <<<question
  assert_output question
  echo "$stderr" >report
  assert_event report closed '.duration >= 0.1'
  assert_longest_wait report 100
}

@test "UDP: a listener goes on until -W" {
  listener -u -W 2 127.0.0.1 0
  sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<one
  kill -0 "${PID[server]}"
  sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<two
  await_exit server
  assert_success
  assert_equal "$(<server.out)" $'one\ntwo'
}

@test "UDP: a listener goes on until -w, status 5" {
  listener -u -w 0.1 127.0.0.1 0
  await_exit server
  assert_failure 5
}

@test "listen -k does not read stdin, and ends after --accept-count" {
  listener -k --accept-count 2 127.0.0.1 0 <<<"nobody's"
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<one
  assert_output ""
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<two
  await_exit server
  assert_success
  assert_equal "$(<server.out)" $'one\ntwo'
}

@test "-W ends after so many receives, status 0" {
  peer send:one await:never
  run -0 sockctl connect -Q -W 1 127.0.0.1 "$PORT"
  assert_output one
}

@test "-w ends an idle connection, status 5, and one that is not idle goes on" {
  peer send:a await:never
  start_fed client sockctl connect -j --idle-timeout 0.3 127.0.0.1 "$PORT"
  await_exit client
  assert_failure 5
  assert_event client.err failed '.error.name == "ETIMEDOUT" and .text == "no data moved" and .conn == 1'
  refute_event client.err why
}
