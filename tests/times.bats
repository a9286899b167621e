#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Where the time of a connect went: --times, and the fields of closed.

load helpers
load helpers/hosts

setup_file() {
  [[ $SOCKCTL_NETNS == yes ]] || return 0
  printf '127.0.0.1 two\n127.0.0.2 two\n' >"$BATS_FILE_TMPDIR/hosts"
  mount --bind "$BATS_FILE_TMPDIR/hosts" /etc/hosts
}

@test "the line at the end, and the same as fields of closed" {
  listener -k --io echo 127.0.0.1 0
  run -0 --separate-stderr sockctl connect --times 127.0.0.1 "$PORT" <<<hi
  assert_equal "${stderr_lines[-1]%% *}" times
  assert_regex "${stderr_lines[-1]}" \
    '^times       resolve [0-9.]+ ms, connect [0-9.]+ ms \(TCP_INFO\), first byte [0-9.]+ ms, total [0-9.]+ ms$'
  sockctl connect -j --times 127.0.0.1 "$PORT" <<<hi 2>report
  for kind in closed times; do
    assert_event report "$kind" '.measure == "TCP_INFO" and .attempt == 1 and .attempts == 1 and .resolve > 0'
    assert_event report "$kind" '.connect > 0 and .first_byte > .connect and .total >= .first_byte'
  done
  assert_schema report
  sockctl connect -j 127.0.0.1 "$PORT" <<<hi 2>report
  assert_event report closed '.first_byte > 0 and .total > 0'
  refute_event report times
}

@test "a distant host: the handshake is one round trip, the first byte comes after two" {
  far_host 10 echo
  # The first asks for the neighbour too.
  run -0 sockctl connect -z 10.3.0.2 80
  sockctl connect -j 10.3.0.2 80 <<<hi 2>report
  assert_event report closed '.measure == "TCP_INFO" and .connect > 0.019 and .first_byte > 0.039'
  assert_event report closed '.resolve < .connect and .total >= .first_byte and .connect < .first_byte'
}

@test "the attempts at several addresses, and the rounds of --retry" {
  need_netns
  listener -k --io echo 127.0.0.2 0
  run -0 sockctl connect --times two "$PORT" <<<hi
  assert_line --regexp '^times .* connect [0-9.]+ ms \(TCP_INFO\), attempt 2 of 2, first byte '
  stop server
  run -5 sockctl connect -j --retry 0.2 two "$PORT"
  echo "$output" >report
  # Before the verdict, and without what there was not.
  assert_equal "$(jq -r .event report | grep -A1 times | xargs)" "times failed"
  assert_event report times '.attempts >= 6 and .total >= 0.2 and .resolve > 0'
  assert_event report times '[has("attempt", "connect", "measure", "first_byte")] | any | not'
  assert_equal "$(event report times .attempts)" "$(event report attempt .conn | wc -l)"
  run -4 sockctl connect --times two "$PORT"
  assert_line --regexp '^times       resolve [0-9.]+ ms, 2 attempts, total [0-9.]+ ms$'
}

@test "a name that cannot be resolved: the lookup is all there was" {
  need_netns
  run -3 sockctl connect -j --times nowhere 80
  echo "$output" >report
  assert_event report times '.resolve > 0 and .total >= .resolve and (has("attempts") | not)'
}

@test "unix and UDP: only what there is" {
  listener -k -U --io echo path
  run -0 sockctl connect -U --times path <<<hi
  assert_line --regexp '^times       connect [0-9.]+ ms, first byte [0-9.]+ ms, total [0-9.]+ ms$'
  stop server
  start server sockctl listen -u -j --io echo 127.0.0.1 0
  await_port server.err
  run -0 sockctl connect -u -W 1 --times 127.0.0.1 "$PORT" <<<hi
  assert_line --regexp '^times       resolve [0-9.]+ ms, first byte [0-9.]+ ms, total [0-9.]+ ms$'
}

@test "--conns: each connection has its times" {
  listener -k 127.0.0.1 0
  run -0 sockctl connect -j --conns 3 127.0.0.1 "$PORT"
  echo "$output" >report
  assert_equal "$(event report times 'select(.connect > 0 and .total > 0 and .attempt == 1).conn' | sort | xargs)" "1 2 3"
  run -0 sockctl connect --times --conns 2 127.0.0.1 "$PORT"
  assert_line --regexp '^#2 +times +resolve .* connect .* total '
}

@test "TCP_FASTOPEN_CONNECT: the connect is the handshake that took the first data along" {
  listener -k --io echo 127.0.0.1 0
  run -0 --separate-stderr sockctl connect -j -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<hi
  echo "$stderr" >report
  assert_event report closed '.connect > 0 and .first_byte > 0'
}

@test "a connection that the peer began has no times" {
  listener 127.0.0.1 0
  run -0 sockctl connect 127.0.0.1 "$PORT" <<<hi
  await_exit server
  assert_event server.err closed 'has("total") | not'
}

@test "where each line has a time, --times is refused" {
  run -2 sockctl connect -z --times 127.0.0.1 80
  assert_output --partial '--times: -z has a time in each line'
  run -2 sockctl connect --path --times 127.0.0.1 80
  assert_output --partial '--times: --path has a time in each line'
}
