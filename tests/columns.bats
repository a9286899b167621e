#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# On a terminal, a line that is too long goes on under its text; a pipe gets each event on one line.

load helpers

# at_columns N COMMAND...: its output on a terminal of N columns.
at_columns() {
  run env NO_COLOR=1 script -qec "stty cols $1; exec ${*:2}" /dev/null
  output=${output//$'\r'/}
  mapfile -t lines <<<"$output"
}

@test "a failure and its cause go on under their text" {
  at_columns 60 sockctl connect 127.0.0.1 1
  assert_line --index 1 "failed      connect 127.0.0.1:1: ECONNREFUSED (Connection"
  assert_line --index 2 --regexp '^ {12}refused\)( after [0-9.]+ ms)?$'
  (($(wc -L <<<"$output") <= 60)) || fail "$output"
}

@test "a state moves to the left until it fits, and goes on in the next line at last" {
  need_glibc
  at_columns 80 sockctl connect -v 127.0.0.1 1
  (($(wc -L <<<"$output") <= 80)) || fail "$output"
  assert_line --regexp '^[0-9.]+  getsockopt\(.*\) = 0 +CLOSE$'
  assert_line --regexp '^            [a-z0-9)]+\)?  CLOSE$'
  # The words are those of a pipe.
  run sockctl connect -v 127.0.0.1 1
  assert_line --regexp '^[0-9.]+  connect\(.*\) = -1 EINPROGRESS \(Operation now in progress\) +CLOSE$'
}

@test "a wide terminal gets the lines of a pipe" {
  at_columns 200 sockctl connect 127.0.0.1 1
  wide=${output/ after * ms/}
  run -4 sockctl connect 127.0.0.1 1
  assert_equal "$wide" "${output/ after * ms/}"
}

@test "the line of one of several connections goes on under its text" {
  at_columns 64 sockctl connect --conns 2 127.0.0.1 1
  assert_line --regexp '^#1   failed      connect 127\.0\.0\.1:1: ECONNREFUSED \(Connection$'
  assert_line --regexp '^ {17}refused\)'
  (($(wc -L <<<"$output") <= 64)) || fail "$output"
}

@test "a number and its unit stay in one line" {
  for columns in {60..66}; do
    at_columns "$columns" sockctl listen -w 0.02 127.0.0.1 0
    assert_line --regexp '(^| )20\.0 ms$'
    (($(wc -L <<<"$output") <= columns)) || fail "$output"
  done
}

@test "each line of an event of several lines goes on under its text" {
  listener -k --io echo 127.0.0.1 0
  at_columns 60 sockctl peerinfo -n 127.0.0.1 "$PORT"
  assert_line --regexp '^  send queue      0 bytes, buffer [0-9]+ bytes, '
  assert_line --regexp '^ {18}[a-z0-9 ]*sent yet$'
  (($(wc -L <<<"$output") <= 60)) || fail "$output"
}
