#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --retry: try until it is up, and give up in time with the last error.

load helpers

# A port without a listener yet.
free_port() {
  listener 127.0.0.1 0
  stop server
}

# waits FILE: the milliseconds between two rounds, in which only a signal is waited for.
waits() {
  jq -r 'select(.event == "call" and .call == "poll" and (.args | startswith("3:POLLIN, "))) | .args[10:]' "$1" | xargs
}

@test "a listener that comes up later is connected to" {
  free_port
  start client sockctl connect -jv --retry 10 127.0.0.1 "$PORT"
  await_count client.err '"attempt".*ECONNREFUSED' 2
  start server sockctl listen 127.0.0.1 "$PORT" <<<"here I am"
  await_exit client
  assert_success
  assert_equal "$(<client.out)" "here I am"
  refute_event client.err failed
}

@test "when the time is over it gives up: 5, with the last error, once" {
  free_port
  run -5 --separate-stderr sockctl connect -j --retry 0.5 127.0.0.1 "$PORT"
  grep '^{' <<<"$stderr" >report
  assert_event report failed '.error.name == "ECONNREFUSED" and .elapsed >= 0.5 and (.text | test("--retry"))'
  assert_equal "$(event report failed .event)" failed
  run -5 sockctl connect --retry 0.3 127.0.0.1 "$PORT"
  assert_line --regexp 'failed +connect .*ECONNREFUSED'
  # In text one line says that it tries, not one a round.
  assert_equal "$(grep -c '^connecting' <<<"$output")" 1
}

@test "the rounds begin 0.1 s apart, and further apart as it takes longer" {
  free_port
  start client sockctl connect -jvv --retry 30 127.0.0.1 "$PORT"
  await_count client.err '"connecting"' 4
  read -ra wait < <(waits client.err)
  # Half as long again each time; one may begin a little late.
  ((wait[0] <= 100 && wait[0] > 50)) || fail "${wait[*]}"
  ((wait[1] <= 150 && wait[1] > 100)) || fail "${wait[*]}"
  ((wait[2] <= 225 && wait[2] > 150)) || fail "${wait[*]}"
  run jq -s '[.[] | select(.event == "connecting").time] | .[1] - .[0] >= 0.05 and .[2] - .[1] > 0.1' client.err
  assert_output true
}

@test "silence and an unreachable network are tried again too" {
  need_iptables
  run -5 --separate-stderr sockctl connect -j --retry 0.3 203.0.113.1 80
  grep '^{' <<<"$stderr" >report
  assert_event report failed '.error.name == "ENETUNREACH"'
  free_port
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  start client sockctl connect -jv -w 0.2 --retry 10 127.0.0.1 "$PORT"
  await_line client.err ETIMEDOUT
  iptables -F INPUT
  start server sockctl listen 127.0.0.1 "$PORT" <<<up
  await_exit client
  assert_success
}

@test "a unix path that comes later" {
  start client sockctl connect -jv -U --retry 10 ./s
  await_line client.err ENOENT
  start server sockctl listen -U ./s <<<up
  await_exit client
  assert_success
  assert_equal "$(<client.out)" up
}

@test "name servers that do not answer yet: EAI_AGAIN is tried again, a name that does not exist is not" {
  need_glibc
  need_netns
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >resolv.conf
  printf 'hosts: files dns\n' >nsswitch.conf
  cp /etc/hosts hosts
  mount --bind resolv.conf /etc/resolv.conf
  mount --bind nsswitch.conf /etc/nsswitch.conf
  mount --bind hosts /etc/hosts
  free_port
  start server sockctl listen 127.0.0.1 "$PORT" <<<up
  start client sockctl connect -jv --retry 10 later.example "$PORT"
  await_line client.err EAI_AGAIN
  echo 127.0.0.1 later.example >>hosts
  await_exit client
  assert_success
  run -5 --separate-stderr sockctl connect -j --retry 0.2 never.example 80
  grep '^{' <<<"$stderr" >report
  assert_event report failed '.error.name == "EAI_AGAIN" and .call == "getaddrinfo"'
  printf 'hosts: files\n' >nsswitch.conf
  run -3 --separate-stderr sockctl connect -j --retry 10 never.example 80
  umount /etc/hosts /etc/nsswitch.conf /etc/resolv.conf
}

@test "what waiting cannot help fails at once" {
  listener -k 127.0.0.1 0
  run -7 sockctl connect --retry 10 -p "$PORT" -s 127.0.0.1 127.0.0.1 1
  run -3 sockctl connect --retry 10 -n nowhere 1
  run -7 sockctl connect --retry 10 -o SO_BINDTODEVICE=nowhere0 127.0.0.1 1
}

# SYNs to 127.0.0.9 get no answer.
no_answer() {
  need_iptables
  iptables -A INPUT -d 127.0.0.9 -p tcp -j DROP 2>/dev/null || skip "may not filter here"
}

@test "-z of several ports gives up with the error that the ports had" {
  run -5 --separate-stderr sockctl connect -j -z --retry 0.2 127.0.0.1 1,2
  printf '%s\n' "$stderr" >report
  assert_event report failed '.error.name == "ECONNREFUSED" and .name == "127.0.0.1"'
}

@test "a signal during a connect gives the verdict that -w would have given, and then ends it" {
  no_answer
  for command in connect oob-send; do
    start client sockctl "$command" -j 127.0.0.9 80
    await grep -q '"connecting"' client.out client.err
    await_rest "${PID[client]}"
    stop client INT
    assert_equal "$status" 130
    cat client.out client.err | grep "^{" >report
    assert_event report failed '.address.host == "127.0.0.9" and .text == "stopped"'
    assert_event report why '.text | test("no answer to 1 SYN in")'
  done
}

@test "--retry says in the end how often it has tried, and at a signal too" {
  run -5 sockctl connect --retry 0.5 127.0.0.1 1
  assert_output --regexp 'ECONNREFUSED .* after [^,]+, [2-9] attempts'
  start client sockctl connect -jv --retry 50 127.0.0.1 1
  await_count client.err '"ECONNREFUSED"' 2
  stop client INT
  assert_equal "$status" 130
  assert_event client.err failed '.tries >= 1 and .error.name == "ECONNREFUSED"'
}

@test "a wait is not mute on a terminal, and is mute anywhere else" {
  no_answer
  run -0 "$srcdir/tests/helpers/on-terminal" '[0-9]+ SYNs? unanswered so far, after [0-9]' sockctl connect 127.0.0.9 80
  run -0 "$srcdir/tests/helpers/on-terminal" 'tried 2 times: Connection refused' sockctl connect --retry 50 127.0.0.1 1
  run -5 sockctl connect -w 1.2 127.0.0.9 80
  refute_output --partial unanswered
}

@test "a wait that is stopped gives its verdict, whatever waited" {
  local on="$srcdir/tests/helpers/on-terminal"
  no_answer
  run -0 "$on" 'tried 2 times: Connection refused' sockctl connect -z --retry 50 127.0.0.1 1
  assert_output --regexp 'failed +connect 127\.0\.0\.1:1: ECONNREFUSED .*, [2-9] attempts \(stopped\)'
  run -0 "$on" 'no answer so far, after' sockctl connect -z --retry 50 127.0.0.9 80
  assert_output --regexp 'failed +connect 127\.0\.0\.9: ETIMEDOUT .* \(stopped\)'
  run -0 "$on" 'SYN_SENT' sockctl connect --conns 2 127.0.0.9 80
  assert_output --regexp '#2 +failed +connect 127\.0\.0\.9:80: ETIMEDOUT .* \(stopped\)'
  assert_output --partial 'connections 0 of 2 connected, 2 failed'
  run -0 "$on" 'unanswered so far' sockctl peerinfo 127.0.0.9 80
  assert_output --regexp 'failed +connect 127\.0\.0\.9:80: ETIMEDOUT .* \(stopped\)'
  start client sockctl connect -z -j --retry 50 127.0.0.1 1
  await_count client.out '"state":"closed"' 2
  stop client INT
  assert_equal "$status" 130
  assert_event client.err failed '.tries >= 1 and .error.name == "ECONNREFUSED" and .text == "stopped"'
}

@test "a listener that is stopped on a terminal says that no client came, and nothing of it anywhere else" {
  for words in "listen 127.0.0.1 0" "listen -U sock" "oob-recv 127.0.0.1 0"; do
    run script -qec "timeout --foreground -s INT 0.2 sockctl $words" /dev/null
    assert_output --regexp "failed +.*: no client connected within [0-9]"
    # shellcheck disable=SC2086 # words
    run timeout -s INT 0.2 sockctl $words
    refute_output --partial failed
  done
}
