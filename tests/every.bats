#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect -z --every: the same ports probed again and again, and what their times come to.

load helpers
load helpers/hosts

# listens at once on a port that was free a moment ago
serve() {
  start server sockctl listen -k -j --io sink 127.0.0.1 "$PORT"
  await_line server.err '"listening"'
}

@test "each probe is a line with its time of day, and the summary counts them" {
  listener -k --io sink 127.0.0.1 0
  run -0 --separate-stderr sockctl connect -z --every 20ms --count 5 127.0.0.1 "$PORT"
  assert_equal "${#lines[@]}" 5
  assert_line --index 4 --regexp "^20[0-9-]*T[0-9:.]*Z  $PORT  *open .*after 0\.[0-9]{3} ms"
  assert_regex "$stderr" "summary +127\.0\.0\.1:$PORT: 5 probes, 5 open in "
  assert_regex "$stderr" 'min 0\.[0-9]{3} ms, avg .*, median .*, p90 .*, p99 .*, max .*, mdev '
  refute_regex "$stderr" '(closed|changes)'
}

@test "JSON: a port event a probe, and a summary with the percentiles" {
  listener -k --io sink 127.0.0.1 0
  sockctl connect -z -j --every 20ms --count 4 127.0.0.1 "$PORT" >report 2>summary
  assert_equal "$(event report port .probe | xargs)" "1 2 3 4"
  assert_event report port '.state == "open" and .elapsed > 0 and (.wall | length) == 27'
  assert_event summary summary '.probes == 4 and .open == 4 and .closed == 0 and .changes == []'
  assert_event summary summary '.min > 0 and .min <= .median and .median <= .p90 and .p90 <= .p99 and .p99 == .max'
  assert_event summary summary '.min <= .avg and .avg <= .max and .mdev >= 0'
  assert_schema report summary
}

@test "probes begin T apart, however long each takes" {
  listener -k --io sink 127.0.0.1 0
  sockctl connect -z -j --every 50ms --count 6 127.0.0.1 "$PORT" >report 2>/dev/null
  # A busy machine reports the first one late.
  run jq -s 'map(select(.event == "port").time) | (.[5] - .[0]) >= 0.2' report
  assert_output true
}

@test "a port that goes down and comes up again: both changes, when, and why" {
  listener -k --io sink 127.0.0.1 0
  start probe sockctl connect -z -j --every 20ms 127.0.0.1 "$PORT"
  await_line probe.out '"state":"open"'
  stop server
  await_line probe.out '"state":"closed".*"was":"open"'
  serve
  await_line probe.out '"state":"open".*"was":"closed"'
  stop probe INT
  assert_equal "$status" 130
  assert_event probe.out port '.was == "open" and .state == "closed" and .lasted > 0 and .error.name == "ECONNREFUSED"'
  # Said once, when it went down.
  assert_equal "$(event probe.err why .cause)" nobody-listens
  run jq -c 'select(.event == "summary").changes | map([.from, .to])' probe.err
  assert_output '[["open","closed"],["closed","open"]]'
  assert_equal "$(jq -r 'select(.event == "summary").changes[0].at' probe.err)" \
    "$(jq -rs 'map(select(.was == "open"))[0].wall' probe.out)"
}

@test "the text says the change in the line of the probe, and in the summary" {
  listener -k --io sink 127.0.0.1 0
  start probe sockctl connect -z --every 20ms 127.0.0.1 "$PORT"
  await_line probe.out ' open'
  stop server
  await_line probe.out 'closed .*ECONNREFUSED.* was open for '
  stop probe INT
  run cat probe.err
  assert_line --regexp '^  changes +at 20.*Z from open to closed$'
  assert_line --regexp '^why +RST'
}

@test "the status is that of the last probe" {
  listener -k --io sink 127.0.0.1 0
  stop server
  run -4 sockctl connect -z --every 20ms --count 2 127.0.0.1 "$PORT"
  assert_line --regexp 'summary .*: 2 probes, 2 closed'
  assert_line --regexp '^failed +connect .*ECONNREFUSED'
}

@test "several ports, and several addresses, each have their own summary" {
  need_netns
  listener -k --io sink 127.0.0.1 8080
  run -0 --separate-stderr sockctl connect -z -n --every 20ms --count 3 127.0.0.1 8079-8080
  assert_equal "$(grep -c ' closed' <<<"$output")" 3
  assert_regex "$stderr" '127\.0\.0\.1:8079: 3 probes, 3 closed'
  assert_regex "$stderr" '127\.0\.0\.1:8080: 3 probes, 3 open'
}

@test "UDP: silence is counted, and has no time" {
  need_netns
  start server sockctl listen -u -j --io sink 127.0.0.1 9000
  await_line server.err '"listening"'
  run -5 sockctl connect -z -u --data x -w 50ms --every 10ms --count 2 127.0.0.1 9000
  assert_output --regexp 'summary +127\.0\.0\.1:9000: 2 probes, 2 silent'
  refute_output --partial 'median'
}

@test "--until closed ends when the port is no longer open, with 0" {
  listener -k --io sink 127.0.0.1 0
  start probe sockctl connect -z -vv --until closed 127.0.0.1 "$PORT"
  await_line probe.out ' open'
  stop server
  await_exit probe
  assert_success
  assert_line --regexp 'summary .* 1 closed'
}

@test "--until closed gives up when the time of --retry is over: 5" {
  listener -k --io sink 127.0.0.1 0
  run -5 --separate-stderr sockctl connect -z --until closed --retry 0.2 127.0.0.1 "$PORT"
  assert_output ''
  assert_regex "$stderr" 'gave up: it is still open'
}

@test "--until open, and --retry with --every, end with the first open probe" {
  need_netns
  PORT=8081
  start probe sockctl connect -z -j --until open --every 20ms 127.0.0.1 8081
  start other sockctl connect -z --retry 20 --every 20ms 127.0.0.1 8081
  await_line probe.out '"probe":2'
  serve
  await_exit probe
  assert_success
  assert_equal "$(event probe.out port .state | tail -n 1)" open
  await_exit other
  assert_success
}

# lose_syn NAME: the next SYN to PORT is lost, and none after it.
lose_syn() {
  iptables -F INPUT
  iptables -A INPUT -p tcp --dport "$PORT" --syn -m recent --set --name "$1"
  iptables -A INPUT -p tcp --dport "$PORT" --syn -m recent --name "$1" --rcheck --hitcount 2 -j ACCEPT ||
    skip "no match recent here"
  iptables -A INPUT -p tcp --dport "$PORT" --syn -j DROP
}

@test "a lost SYN is reported as such, and its time is not the network's" {
  need_netns
  need iptables
  listener -k --io sink 127.0.0.1 0
  lose_syn probe
  run -0 sockctl connect -z --every 10ms --count 1 -w 5 127.0.0.1 "$PORT"
  assert_output --regexp ' open .* after 1\.[0-9]+ s, 1 SYN sent again'
  lose_syn connect
  run -0 sockctl connect --times -w 5 127.0.0.1 "$PORT"
  iptables -F INPUT
  assert_line --regexp '^times .* connect 1\.[0-9]+ s, 1 SYN sent again, '
}

# How the summary lies to a wire of so many milliseconds each way: the least time must be that of the wire, of which
# its clock may be some microseconds short; the median may be more if the machine was too busy to be a wire.
against_wire() {
  jq -r --argjson delay "$1" 'select(.event == "summary") | (2 * $delay / 1000) as $wire | (0.001 + 1.02 * $wire) as $most
    | if .open < 25 or .min < $wire - 0.001 or .min > $most then "wrong" elif .median > $most then "late" else "right" end' summary
}

@test "the times are those of the wire: 5, 20 and 100 ms" {
  for delay in 2.5 10 50; do
    far_host "$delay"
    # The first asks for the neighbour too.
    run -0 sockctl connect -z 10.3.0.2 80
    for try in 1 2 3 4 5; do
      sockctl connect -z -j --every 20ms --count 25 10.3.0.2 80 >report 2>summary
      verdict=$(against_wire "$delay")
      [[ $verdict == late ]] || break
    done
    stop server
    stop wire
    ip link del near
    ip link del wire1
    stop far
    [[ $verdict != wrong ]] || fail "$(cat summary)"
    [[ $verdict == right ]] || skip "this machine is too busy to be a wire"
  done
}

@test "a program that was not scheduled says so, and does not blame the network" {
  far_host 10
  run -0 sockctl connect -z 10.3.0.2 80
  start probe sockctl connect -z -vv --every 30ms 10.3.0.2 80
  await_line probe.out ' open'
  # Stopped while a SYN is out, again and again until it was.
  await stopped_in_flight
  stop probe INT
  run grep -E 'noticed [0-9.]+ m?s later' probe.out
  assert_success
  # What the wire takes, not what the program took.
  run grep -oE 'after [0-9.]+ ms, noticed' probe.out
  assert_line --regexp 'after [2-9][0-9]\.'
}

@test "UDP: nor for an answer by ICMP, which the kernel has stamped" {
  far_host 10
  run -0 sockctl connect -z 10.3.0.2 80
  start probe sockctl connect -z -u --data x -vv --every 30ms -w 5 10.3.0.2 9
  await_line probe.out ' closed '
  await stopped_in_flight
  stop probe INT
  run grep -oE 'after [0-9.]+ ms, noticed' probe.out
  assert_line --regexp 'after [2-9][0-9]\.'
}

stopped_in_flight() {
  kill -STOP "${PID[probe]}"
  read -rt 0.2 <>"$NEVER" || :
  kill -CONT "${PID[probe]}"
  read -rt 0.05 <>"$NEVER" || :
  grep -q noticed probe.out
}

@test "what has no effect is refused" {
  run -2 sockctl connect --every 1 127.0.0.1 80
  assert_output --partial '--every needs -z'
  run -2 sockctl connect -z --count 3 127.0.0.1 80
  assert_output --partial '--count needs --every'
  run -2 sockctl connect -z --every 0 127.0.0.1 80
  run -2 sockctl connect -z --until shut 127.0.0.1 80
  run -2 sockctl connect -z -u --until closed 127.0.0.1 80
}

@test "it ends when its report cannot be written" {
  run -1 timeout 10 sh -c 'exec "$@" 2>/dev/null >/dev/full' sh "$SOCKCTL" connect -z -n --every 10ms 127.0.0.1 1
  run -1 timeout 10 sh -c 'exec "$@" 2>/dev/null >/dev/full' sh "$SOCKCTL" connect -j -z -n --every 10ms 127.0.0.1 1
}
