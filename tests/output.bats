#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Reports reach their reader whole: slow, non-blocking, full, gone.

load helpers

slow() {
  "$srcdir/tests/helpers/slow-reader" "$@"
}

names() {
  for ((i = 0; i < 3000; i++)); do
    echo "127.0.$((i / 250)).$((i % 250))"
  done
}

@test "a report to a non-blocking stdout loses no line and glues none" {
  need_glibc
  names >names
  run -0 slow 1 sockctl resolve -n --stdin --type SOCK_STREAM <names
  assert_equal "${#lines[@]}" 3000
  assert_equal "$(grep -vcE '^(127\.0\.[0-9]+\.[0-9]+) +\1 +SOCK_STREAM$' <<<"$output")" 0
  run -0 slow 1 sockctl resolve -j -n --stdin --type SOCK_STREAM <names
  assert_equal "$(jq -r 'select(.event == "address").host' <<<"$output" | cmp - names && echo same)" same
}

@test "a report to a non-blocking stderr loses no line, text and JSON, at every level" {
  listener -k --io sink 127.0.0.1 0
  head -c 300000 /dev/zero >data
  for level in -v -vv; do
    run -0 slow 2 sockctl connect -j $level --chunk 1000 127.0.0.1 "$PORT" <data
    assert_equal "$(jq -s '[.[] | select(.event == "closed")][0].sent' <<<"$output")" 300000
    run -0 slow 2 sockctl connect $level --chunk 1000 127.0.0.1 "$PORT" <data
    assert_equal "$(grep -vcE '^[0-9]+\.[0-9]{6}  ' <<<"$output")" 0
  done
  assert_line --partial 'closed'
}

@test "every port of -z has its event, and all of them reach a non-blocking stdout" {
  run -4 slow 1 sockctl connect -z -j 127.0.0.1 20001-20400
  assert_equal "$(jq -s '[.[] | select(.event == "port" and .state == "closed").port] == [range(20001; 20401)]' <<<"$output")" true
  run -4 slow 1 sockctl connect -z -v 127.0.0.1 20001-20400
  assert_equal "$(grep -cE '^20[0-9]{3} +closed' <<<"$output")" 400
  run -4 sockctl connect -z -j -u 127.0.0.1 20001-20003
  assert_equal "$(grep -c '"event":"port"' <<<"$output")" 3
}

@test "what a connection brings reaches a slow, non-blocking stdout whole, copied or not" {
  need_netns
  need socat
  seq 60000 >data
  for how in "" "--recv-call recv" "--chunk 100K" --hexdump; do
    start server socat -u FILE:data TCP-LISTEN:7654,reuseaddr,bind=127.0.0.1
    # shellcheck disable=SC2086 # words
    slow 1 sockctl connect -Q -d --retry 5 $how 127.0.0.1 7654 >got
    cmp data got
    await_exit server
  done
}

@test "help and completion reach a non-blocking stdout whole" {
  sockctl help connect >whole
  run -0 slow 1 sockctl help connect
  assert_equal "$output" "$(<whole)"
  sockctl __complete connect - >whole
  run -0 slow 1 sockctl __complete connect -
  assert_equal "$output" "$(<whole)"
}

@test "a usage error reaches a non-blocking stderr" {
  run -2 slow 2 sockctl connect --nonsense
  assert_output --partial "nonsense"
}

@test "a full disk under a report is exit 1, stdout or stderr, text or JSON" {
  for form in "" -j; do
    # shellcheck disable=SC2086 # no word
    run -1 bash -c "sockctl resolve $form localhost >/dev/full"
    assert_output --partial "stdout: No space left on device"
    listener --io sink 127.0.0.1 0
    run -1 bash -c "sockctl connect $form 127.0.0.1 $PORT </dev/null 2>/dev/full"
    await_exit server
  done
}

@test "a stderr that is closed, or whose reader has gone, changes no status" {
  listener -k --io sink 127.0.0.1 0
  run -0 bash -c "sockctl connect 127.0.0.1 $PORT </dev/null 2>&-"
  run -0 bash -c "sockctl connect -v 127.0.0.1 $PORT </dev/null 2> >(true)"
}

@test "a line of the report takes the place of the progress on a terminal" {
  listener -k --io sink 127.0.0.1 0
  truncate -s 200M data
  run -0 "$srcdir/tests/helpers/on-terminal" 'closed' sockctl connect --progress 127.0.0.1 "$PORT" <data
  # Whatever shows after progress begins with an erased line.
  refute_output --regexp $'(left|/s)\r?(closed|eof|shutdown)'
}
