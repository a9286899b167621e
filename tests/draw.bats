#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# draw makes a ladder of the reports of a conversation; tests/draw has reports of real runs and the ladders of them.

load helpers

# assert_drawn NAME [OPTION...]: the ladder of NAME-*.json is that in NAME.txt; UPDATE=1 writes it.
assert_drawn() {
  run -0 sockctl draw "${@:2}" "$srcdir/tests/draw/$1"-[cl].json
  [[ ${UPDATE-} ]] && printf '%s\n' "$output" >"$srcdir/tests/draw/$1.txt"
  diff -u "$srcdir/tests/draw/$1.txt" <(printf '%s\n' "$output")
}

@test "without a FILE, a person at a terminal is asked for one" {
  need script
  run -2 script -qec "stty cols 100; exec sockctl draw" /dev/null
  assert_line --partial "sockctl draw: no FILE given, and stdin is a terminal; '-' reads it all the same"
}

@test "the connecting end closes first, with captured segments" {
  assert_drawn close
  assert_line --partial "SYN ACK 0 ack 1"
  assert_line "──► a captured segment"
}

@test "the listening end closes first" {
  assert_drawn server
  # The SYN leaves with the call, not with the event before it, and is answered before accept returns.
  assert_line --regexp ' connect\(4\) = -1 │╌+ SYN ╌+►│'
  assert_line --regexp '^  0.003923 +│◄╌+ SYN ACK ╌+│'
  assert_line --partial "end of data"
  assert_line "╌╌► inferred from what the ends report"
}

@test "both ends close at once: their FINs cross, and both are CLOSING" {
  assert_drawn crossing
  assert_line --regexp '│─+ FIN ACK 1 ack 1 ─+►│'
  assert_line --regexp '│◄─+ FIN ACK 1 ack 1 ─+│'
  assert_equal "$(grep -c 'CLOSING' <<<"$output")" 2
}

@test "a half-close, and what still comes back" {
  assert_drawn half
  assert_line --regexp 'send\(4\) = 8 │╌ "one\\ntwo\\n" 8 bytes ╌+►│'
  assert_line --regexp '│◄╌ "one\\ntwo\\n" 8 bytes ╌+│ send\(5\) = 8'
}

@test "refused, with the RST and without" {
  assert_drawn refused
  assert_line --regexp '│◄━+ refused ━+│'
  assert_drawn refused-wire
  assert_line --regexp '│◄━+ RST ACK ack 1 ━+│'
}

@test "filtered, with each SYN that was sent again" {
  assert_drawn filtered
  assert_line --regexp '│╌+ SYN ╌+\? +│'
  assert_drawn filtered-wire
  assert_line --regexp '│─+ SYN 0 again ─+\? +│'
  assert_line --regexp '┊ +1\.0. s later +┊'
}

@test "a reset in the middle" {
  assert_drawn reset
  assert_line --regexp '│━+ RST ACK ack 2 ━+►│'
  assert_line --regexp 'ECONNRESET  CLOSE$'
}

@test "urgent data, its notice and the mark" {
  assert_drawn urgent
  assert_line --regexp '│═+ urgent "cd" 2 bytes ═+►│'
  assert_line --partial '-- the mark --'
  assert_drawn urgent-wire
  assert_line --partial 'PSH ACK URG 3:5 len 2'
  assert_line --partial 'urgent "d" taken'
}

@test "a unix stream, and datagrams without an end" {
  assert_drawn unix
  assert_line --partial "listening on ./s"
  assert_drawn datagrams
  assert_line --regexp '│╌+ "hi" 2 bytes ╌+►│'
  assert_line --regexp '│◄╌+ "hi" 2 bytes ╌+│ sendto\(4\) = 2'
  assert_drawn udp
  assert_line --partial 'datagram, 2 bytes'
  refute_line --partial "end of data"
  refute_line --partial "closes"
}

@test "a full accept queue, and an accept long after the handshake" {
  assert_drawn full
  assert_line --partial "accept queue full:"
  assert_drawn late
  assert_line --regexp 'accepted, 1.00 s$'
  assert_line --regexp 'after the handshake$'
}

@test "a segment that the other end did not capture is broken off" {
  assert_drawn lost
  assert_line --regexp '│─+ PSH ACK 1:7 len 6 ─+✗ +│'
  assert_line --regexp "│ PSH ACK 1:7 len 6 again +│"
  assert_line --partial "lost on the way"
}

@test "the order of the files makes no difference, nor do reports in one file" {
  cd "$srcdir/tests/draw"
  cat close-l.json close-c.json >"$BATS_TEST_TMPDIR/both"
  run -0 sockctl draw "$BATS_TEST_TMPDIR/both"
  assert_output "$(<close.txt)"
  run -0 sockctl draw - <"$BATS_TEST_TMPDIR/both"
  assert_output "$(<close.txt)"
  run -0 sockctl draw <"$BATS_TEST_TMPDIR/both"
  assert_output "$(<close.txt)"
}

@test "no line is wider than --width, and --ascii has only ASCII" {
  for width in 40 60 80 200; do
    for first in "$srcdir"/tests/draw/*-c.json; do
      LC_ALL=C.UTF-8 run -0 sockctl draw --width "$width" "${first%-c.json}"-[cl].json
      LC_ALL=C.UTF-8 run ! grep -E "^.{$((width + 1)),}" <<<"$output"
      run -0 sockctl draw --ascii --width "$width" "${first%-c.json}"-[cl].json
      LC_ALL=C run ! grep '[^ -~]' <<<"$output"
    done
  done
}

@test "--level, --conn, --from and --to choose what is drawn" {
  cd "$srcdir/tests/draw"
  run -0 sockctl draw --level states close-c.json close-l.json
  assert_line --partial "SYN ACK"
  refute_line --partial "PSH"
  refute_line --partial "send("
  run -0 sockctl draw --level data half-c.json half-l.json
  assert_output --partial "MSG_NOSIGNAL"
  run -1 sockctl draw --conn 3 half-c.json half-l.json
  assert_output "sockctl draw: no report has a connection 3"
  run -1 sockctl draw --from 9s close-c.json
  assert_output "sockctl draw: nothing of a conversation is between --from and --to"
  run -0 sockctl draw --to 0.008830 close-c.json
  assert_line --partial " SYN 0 "
  refute_output --partial "FIN"
  run -2 sockctl draw --from 2 --to 1 close-c.json
}

@test "clocks of two hosts are merged by cause, and the drawing says how far" {
  cd "$srcdir/tests/draw"
  # The listener's host is 5 s behind.
  sed 's/"clock":/"clock":9/; s/"wall":"\([^"]*\):\(..\)\./"wall":"\1:00./' half-l.json >"$BATS_TEST_TMPDIR/moved.json"
  run -0 sockctl draw half-c.json "$BATS_TEST_TMPDIR/moved.json"
  assert_line --regexp '^The right clock was moved by \+[0-9]+\.[0-9]{6} s'
  # Still, what is sent is above what is received.
  sends=$(grep -n 'send(4) = 8' <<<"$output" | cut -d: -f1)
  receives=$(grep -n 'recv(5) = 8' <<<"$output" | cut -d: -f1)
  ((sends < receives))
}

@test "the start event has the clock and the process" {
  start server sockctl listen -j --port-file port 127.0.0.1 0
  await test -s port
  server=${PID[server]}
  # shellcheck disable=SC2046 # two words
  sockctl connect -j $(<port) 2>client
  await_exit server
  before=$(jq -s '.[0].clock' server.err) process=$(jq -s '.[0].pid' server.err)
  assert_equal "$process" "$server"
  assert_event client start ".clock > $before and .clock < $before + 60 and .pid > 0"
  run -0 sockctl draw server.err client
  assert_line --regexp "sockctl connect \(pid [0-9]+\) +sockctl listen \(pid $server\)"
  refute_line --partial merged
}

@test "what is not a report is named with its line, and is exit 1" {
  run -1 sockctl draw /nowhere
  assert_output "sockctl draw: /nowhere: No such file or directory"
  run -1 sockctl draw /dev/null
  assert_output "sockctl draw: /dev/null:1: the report is empty"
  run -1 sockctl draw - <<<"hello"
  assert_output --regexp '^sockctl draw: stdin:1: not JSON: '
  run -1 sockctl draw - <<<'{"event":"eof","time":0.1}'
  assert_output --partial 'stdin:1: not a report of sockctl: it does not begin with the event "start"'
  head -c 900 "$srcdir/tests/draw/close-c.json" >cut.json
  run -1 sockctl draw cut.json
  assert_output --regexp '^sockctl draw: cut.json:[2-9]: not JSON: '
  printf '%s\n' '{"event":"start","time":0}' '[1]' >list.json
  run -1 sockctl draw list.json
  assert_output --partial 'list.json:2: not an event of a report'
  run -2 sockctl draw --width 39 cut.json
  run -2 sockctl draw --level everything cut.json
}

@test "a report without a conversation is exit 1, and no picture" {
  sockctl resolve -j 127.0.0.1 >resolve.json
  run -1 sockctl draw --svg picture.svg resolve.json
  assert_output "sockctl draw: the reports show no conversation"
  [[ ! -e picture.svg ]]
  sockctl peerinfo -j --all >peerinfo.json
  run -1 sockctl draw resolve.json peerinfo.json
  assert_output "sockctl draw: the reports show no conversation"
}

@test "long titles are broken within their half, and each line of a narrow ladder fits" {
  printf '%s\n' '{"event":"start","time":0,"arguments":["sockctl","connect"],"pid":1234567}' \
    "{\"event\":\"connecting\",\"time\":0.1,\"conn\":1,\"peer\":{\"path\":\"/$(printf '%0107d' 0)\"}}" >long.json
  for width in 40 80; do
    LC_ALL=C.UTF-8 run -0 sockctl draw --width "$width" long.json
    LC_ALL=C.UTF-8 run ! grep -E "^.{$((width + 1)),}" <<<"$output"
  done
  run -0 sockctl draw --width 40 long.json
  assert_line --regexp '^ *sockctl connect +\(no report\)$'
  refute_output --partial "0.000000"
  run -0 sockctl draw --svg - long.json
  refute_output --regexp '>/?0{43}'
}

@test "bytes from outside are escaped" {
  printf '%s\n' '{"event":"start","time":0,"arguments":["sockctl","\u001b[31mconnect"]}' \
    '{"event":"connecting","time":0.1,"conn":1,"peer":{"family":"AF_INET","host":"\u001b]0;x\u0007","port":80}}' \
    '{"event":"failed","time":0.2,"conn":1,"call":"\u202econnect","error":{"name":"E\u0000X"}}' >hostile.json
  run sockctl draw --ascii hostile.json
  LC_ALL=C run ! grep '[^ -~]' <<<"$output"
  sed -i 's/\\u0000//' hostile.json
  run -0 sockctl draw hostile.json
  assert_output --partial '\033[31mconnect'
  refute_output --partial $'\033'
  refute_output --partial $'\u202e'
}
