#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# SIGINT, SIGTERM and SIGHUP end what runs with its summary, and then it is that signal that ended it; what the caller
# ignores stays ignored. A stdout whose reader has gone ends by SIGPIPE.

load helpers

# run_ended NAME [--ignored SIG,…] COMMAND...: start it, with its pid in NAME.pid and its end in NAME.err.
run_ended() {
  local name=$1 ignored=()
  shift
  if [[ $1 == --ignored ]]; then
    ignored=("$1" "$2")
    shift 2
  fi
  ${STARTER:-start} "$name" "$builddir/tests/helpers/ended" "${ignored[@]}" "$name.pid" "$@"
  await test -s "$name.pid"
}

# signal NAME SIG: send it.
signal() {
  kill -"$2" "$(<"$1.pid")"
}

# assert_ended NAME SIG: it is ended by the signal.
assert_ended() {
  await_line "$1.err" '^ended '
  assert_equal "$LINE" "ended by SIG$2"
  # What is behind it is not the report's.
  sed -i '/^ended /d' "$1.err"
  await_exit "$1"
}

held_peer() {
  start peer "$builddir/tests/helpers/peer" listen 127.0.0.1:0 "$@" await:never
  await_line peer.err '^listening '
  PORT=${LINE#listening }
}

# A port whose accept queue is full: a connect to it hangs.
full_port() {
  listener --no-accept --backlog 0 127.0.0.1 0
  start first "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" await:never
  await_line server.err '"event":"queue".*"length":1'
}

@test "in transfer: the summary, then the signal itself" {
  listener -k -d --no-shutdown 127.0.0.1 0
  for signal in INT TERM HUP; do
    STARTER=start_fed run_ended client sockctl connect -j 127.0.0.1 "$PORT"
    feed client $signal
    await grep -q $signal server.out
    signal client $signal
    assert_ended client $signal
    assert_event client.err closed ".sent == ${#signal} and .state == \"ESTABLISHED\""
    refute_event client.err failed
    rm client.*
  done
}

@test "the shell sees 128+n" {
  start server sockctl listen 127.0.0.1 0
  await_line server.err ^listening
  stop server TERM
  assert_failure 143
  start server sockctl listen 127.0.0.1 0
  await_line server.err ^listening
  stop server HUP
  assert_failure 129
}

@test "before a client has connected" {
  for signal in INT TERM HUP; do
    run_ended server sockctl listen -j -U path
    await_line server.err listening
    signal server $signal
    assert_ended server $signal
    refute_event server.err failed
    [[ ! -e path ]] || fail "the path is left"
    rm server.*
  done
}

@test "while accepting is delayed, and while no client is accepted" {
  run_ended server sockctl listen -v --accept-delay 60 127.0.0.1 0 --port-file port
  await test -s port
  start client "$builddir/tests/helpers/peer" connect "$(tr ' ' : <port)" ended
  await_line server.err 'poll.* = 1 '
  signal server TERM
  assert_ended server TERM
  run_ended holder sockctl listen --no-accept 127.0.0.1 0
  await_line holder.err ^listening
  signal holder INT
  assert_ended holder INT
}

@test "while connecting" {
  full_port
  for signal in INT TERM HUP; do
    run_ended client sockctl connect -j 127.0.0.1 "$PORT"
    await_line client.err connecting
    signal client $signal
    assert_ended client $signal
    assert_event client.err failed '.text == "stopped"'
    refute_event client.err connected
    rm client.*
  done
}

@test "while connect(2) itself blocks" {
  full_port
  run_ended client sockctl connect -j --blocking 127.0.0.1 "$PORT"
  await grep -q '^State:.*S' "/proc/$(<client.pid)/status"
  await_line client.err connecting
  signal client TERM
  assert_ended client TERM
}

@test "between two tries" {
  run_ended client sockctl connect -v --retry 60 127.0.0.1 1
  await_count client.err 'ECONNREFUSED' 3
  signal client INT
  assert_ended client INT
  run -1 grep ^failed client.err
}

@test "with datagrams" {
  for signal in INT TERM HUP; do
    run_ended server sockctl listen -u -j 127.0.0.1 0
    await_port server.err
    sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<text
    await_line server.out text
    signal server $signal
    assert_ended server $signal
    assert_event server.err closed '.received == 5'
    rm server.*
  done
}

@test "with any --io" {
  listener -k --io hold 127.0.0.1 0
  for io in echo sink hold source; do
    run_ended client sockctl connect -j --io $io 127.0.0.1 "$PORT"
    await_line client.err '"connected"'
    signal client TERM
    assert_ended client TERM
    assert_event client.err closed
    rm client.*
  done
}

@test "under -k: the summary of each connection" {
  run_ended server sockctl listen -k -j --io echo --port-file port 127.0.0.1 0
  await test -s port
  for n in 1 2 3; do
    start client$n "$builddir/tests/helpers/peer" connect "$(tr ' ' : <port)" send:hello recv:5 ended
    await_line client$n.err '^did recv'
  done
  signal server TERM
  assert_ended server TERM
  assert_equal "$(event server.err closed '[.conn, .sent, .received] | join(" ")' | sort)" $'1 5 5\n2 5 5\n3 5 5'
  refute_event server.err failed
}

@test "while stdout takes no more" {
  listener -k --io source 127.0.0.1 0
  for how in "" "--hexdump -Q" "--chunk 1000"; do
    mkfifo pipe
    exec {reader}<>pipe
    # shellcheck disable=SC2086 # words
    run_ended client sh -c 'exec sockctl connect -j "$@" >pipe' sh -d $how 127.0.0.1 "$PORT"
    # It waits when the pipe, which it may have made larger, is full.
    await _pipe_full
    signal client TERM
    assert_ended client TERM
    exec {reader}>&-
    rm pipe client.*
  done
}

_pipe_full() {
  python3 -c 'import os, sys, select; fd = os.open("pipe", os.O_WRONLY | os.O_NONBLOCK); sys.exit(bool(select.select([], [fd], [], 0)[1]))'
}

@test "while stdout takes no more, under -k and of datagrams" {
  mkfifo pipe
  exec {reader}<>pipe
  run_ended server sh -c 'exec sockctl listen -k -j --port-file port 127.0.0.1 0 >pipe'
  await test -s port
  start client "$builddir/tests/helpers/peer" connect "$(tr ' ' : <port)" zeros:1000000 await:never
  await _pipe_full
  signal server HUP
  assert_ended server HUP
  assert_event server.err closed
  rm port
  # The pipe is full still.
  run_ended server sh -c 'exec sockctl listen -u -j --port-file port 127.0.0.1 0 >pipe'
  await test -s port
  printf text | sockctl connect -Q -u -q 0 "$(tr ' ' : <port)"
  await_line server.err '"peer"'
  signal server INT
  assert_ended server INT
  assert_event server.err closed '.received == 4'
  exec {reader}>&-
}

@test "while no one reads the report" {
  mkfifo pipe
  exec {reader}<>pipe
  held_peer zeros:1000000
  run_ended client sh -c 'exec sockctl connect -vv --chunk 100 -d 127.0.0.1 "$1" 2>pipe' sh "$PORT"
  await _pipe_full
  await grep -q '^State:.*S' "/proc/$(<client.pid)/status"
  signal client TERM
  assert_ended client TERM
  exec {reader}>&-
}

@test "while close(2) lingers" {
  held_peer
  # More than fits, so that close has something to wait for.
  run_ended client sockctl connect -v --linger 60 --io source:1M -o SO_SNDBUF=2M -q 1ms 127.0.0.1 "$PORT"
  kill -STOP "${PID[peer]}"
  await_line client.err SO_LINGER
  await grep -q '^State:.*S' "/proc/$(<client.pid)/status"
  signal client TERM
  assert_ended client TERM
  kill -CONT "${PID[peer]}"
}

@test "what the caller ignores stays ignored, as under nohup" {
  held_peer send:hello
  STARTER=start_fed run_ended client --ignored INT,HUP sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.out hello
  signal client HUP
  signal client INT
  # Both come before what is fed.
  feed client still
  await_line client.err '"connected"'
  feed_end client
  await_line client.err '"shutdown"'
  refute_event <(grep -v ^ended client.err) closed
  signal client TERM
  assert_ended client TERM
  assert_event client.err closed '.sent == 5'
}

@test "nohup" {
  need nohup
  start server nohup sockctl listen -j -k --port-file port 127.0.0.1 0
  await test -s port
  kill -HUP "${PID[server]}"
  run -0 sockctl connect -Q "$(tr ' ' : <port)" <<<"after the hang-up"
  await_line server.out "after the hang-up"
  stop server
  assert_failure 143
}

@test "SIGPIPE: stdout's reader has gone, of a stream, of -k, of datagrams" {
  for how in "" -k -u; do
    mkfifo pipe
    # shellcheck disable=SC2086 # words
    run_ended server sh -c 'exec sockctl listen -j --port-file port "$@" 127.0.0.1 0 >pipe' sh $how
    exec {reader}<pipe
    await test -s port
    exec {reader}>&-
    # shellcheck disable=SC2046 # words
    sockctl connect -Q $([[ $how == -u ]] && echo "-u -q 0") "$(tr ' ' : <port)" <<<text || :
    assert_ended server PIPE
    assert_event server.err closed '.received == 5'
    refute_event server.err failed
    rm pipe port server.*
  done
}

@test "SIGPIPE: the reader of a report has gone, and the program ends" {
  mkfifo pipe
  run_ended scan sh -c 'exec sockctl connect -z -v 127.0.0.1 1-65535 >pipe'
  exec {reader}<pipe
  read -r line <&"$reader"
  exec {reader}>&-
  assert_ended scan PIPE
  # It ended at once: most ports were not asked.
  assert_line --regexp 'summary .* [0-9]{5} not tried'
  refute_line --partial failed
  # Also where the caller ignores SIGTERM.
  local ignored
  for ignored in "" "--ignored TERM"; do
    # shellcheck disable=SC2086
    run_ended receiver $ignored sh -c 'exec sockctl oob-recv -k --port-file port 127.0.0.1 0 >pipe'
    exec {reader}<pipe
    await test -s port
    exec {reader}>&-
    sockctl oob-send -Q "$(tr ' ' : <port)" text
    assert_ended receiver PIPE
    rm port receiver.*
  done
}

@test "a caller that ignores SIGPIPE gets a message instead" {
  mkfifo pipe
  run_ended scan --ignored PIPE sh -c 'exec sockctl connect -z -v 127.0.0.1 1-65535 >pipe'
  exec {reader}<pipe
  read -r line <&"$reader"
  exec {reader}>&-
  await_exit scan
  assert_line "ended with 1"
  assert_line "sockctl connect: stdout: Broken pipe"
}

@test "a stop asked for by two signals at once is a stop" {
  held_peer
  STARTER=start_fed run_ended client sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  kill -STOP "$(<client.pid)"
  signal client TERM
  signal client INT
  kill -CONT "$(<client.pid)"
  await_line client.err '^ended by SIG(TERM|INT)'
  sed -i '/^ended /d' client.err
  assert_event client.err closed
  await_exit client
}
