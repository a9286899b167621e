#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --progress, and the progress of -z: on a terminal's stderr, and nowhere else.

load helpers

on_terminal() {
  "$srcdir/tests/helpers/on-terminal" "$@"
}

# A listener that reads nothing, so that a transfer stands still.
holder() {
  listener -k --io hold 127.0.0.1 0
}

@test "--progress shows bytes, rate and the time left of a file, and takes its line away" {
  holder
  truncate -s 100M data
  run -0 on_terminal 'sent [0-9.]+ [KM]iB, received 0 B, [0-9.]+ .*/s, .* left' \
    sockctl connect -Q --progress 127.0.0.1 "$PORT" <data
  assert_output --regexp $'\r\033\\[K$'
}

@test "--progress shows no time left if the end is not known" {
  holder
  mkfifo pipe
  start source bash -c 'exec cat /dev/zero >pipe'
  run -0 on_terminal 'sent [0-9.]+ [KM]iB, received 0 B, [0-9.]+ .*/s' \
    sockctl connect -Q --progress 127.0.0.1 "$PORT" <pipe
  refute_output --partial left
}

@test "--progress of listen -k counts all connections" {
  need_netns
  start peers bash -c 'for _ in 1 2; do until sockctl connect -Q --no-shutdown --retry 5 127.0.0.1 2345 <<<12345; do :; done & done; wait'
  run -0 on_terminal 'sent 0 B, received 12 B' sockctl listen -k -Q --progress 127.0.0.1 2345
}

# The client has more to send than its peer takes: it is past connect.
is_sending() {
  ss -Htn "dport = :$PORT" | awk '$3 > 0 { some = 1 } END { exit !some }'
}

@test "--progress without a terminal, and a terminal without it, change nothing" {
  holder
  truncate -s 100M data
  start client bash -c "exec sockctl connect -Q --progress 127.0.0.1 $PORT <data"
  await is_sending
  stop client
  assert_equal "$(<client.err)" ""
  run -0 on_terminal 'connected' sockctl connect 127.0.0.1 "$PORT" <data
  refute_output --partial '/s'
}

@test "-z shows how many ports are done, the rate and the time left" {
  need_iptables
  iptables -A INPUT -d 127.0.0.9 -p tcp -j DROP 2>/dev/null || skip "may not filter here"
  run -0 on_terminal '[0-9]+ of 9000 ports, [0-9]+ a second, .* left' \
    sockctl connect -z -w 500ms --parallel 100 127.0.0.9 1-9000
  iptables -F INPUT
}
