#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Where the time went: --times and the fields of closed; and --timestamps, when the kernel sent and received.

load helpers
load helpers/hosts

setup_file() {
  [[ $SOCKCTL_NETNS == yes ]] || return 0
  printf '127.0.0.1 localhost\n127.0.0.1 two\n127.0.0.2 two\n' >"$BATS_FILE_TMPDIR/hosts"
  mount --bind "$BATS_FILE_TMPDIR/hosts" /etc/hosts
}

@test "the line at the end, and the same as fields of closed" {
  listener -k --io echo 127.0.0.1 0
  run -0 --separate-stderr sockctl connect --times 127.0.0.1 "$PORT" <<<hi
  assert_equal "${stderr_lines[-1]%% *}" times
  assert_regex "${stderr_lines[-1]}" \
    '^times       resolve [0-9.]+ ms, connect [0-9.]+ ms \(TCP_INFO\),( noticed [0-9.]+ ms later,)? first byte [0-9.]+ ms, total [0-9.]+ ms$'
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
  assert_line --regexp '^times .* connect [0-9.]+ ms \(TCP_INFO\), attempt 2 of 2,( noticed [0-9.]+ ms later,)? first byte '
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

@test "--conns: a stop tries no other address, and the times do not say so" {
  need_iptables
  iptables -A INPUT -p tcp --dport 97 -j DROP
  printf '%s two.example\n' 127.0.0.2 127.0.0.3 >hosts
  mount --bind hosts /etc/hosts
  start client sockctl connect -j --conns 1 two.example 97
  await_line client.err '"event":"connecting"'
  umount /etc/hosts
  stop client INT
  assert_event client.err failed '.text == "stopped"'
  assert_event client.err times '.attempts == 1 and (has("attempt") | not)'
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
  run -2 sockctl connect --draw --times 127.0.0.1 80
}

# The stamps of a JSON report in words, without those of what was received.
steps() {
  event "$1" stamp 'select(.length | not) | "\(.offset // .index) \(.type)"' | sort | xargs
}

@test "--timestamps: each send of a stream was queued, sent and acknowledged, up to its last byte" {
  listener -k --timestamps --io echo 127.0.0.1 0
  start_fed client sockctl connect -j --timestamps 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  feed client $'one\n'
  await_line client.out one
  feed client $'three\n'
  await_line client.out three
  feed_end client
  await_exit client
  assert_equal "$(steps client.err)" "3 SCM_TSTAMP_ACK 3 SCM_TSTAMP_SCHED 3 SCM_TSTAMP_SND \
9 SCM_TSTAMP_ACK 9 SCM_TSTAMP_SCHED 9 SCM_TSTAMP_SND"
  # The order in time, whatever the order in which they were read.
  run jq -s '[.[] | select(.event == "stamp" and .offset == 9)] | sort_by(.at) | map(.type) | join(" ")' client.err
  assert_output '"SCM_TSTAMP_SCHED SCM_TSTAMP_SND SCM_TSTAMP_ACK"'
  assert_event client.err stamp '.type == "SCM_TSTAMP_ACK" and .since == "SCM_TSTAMP_SND" and .elapsed > 0'
  assert_event client.err stamp '.type == "SOF_TIMESTAMPING_RX_SOFTWARE" and .length == 6 and .late > 0 and .at < .time'
  refute_event client.err cmsg
  # The sandbox is on, and the listener has the same.
  await_line server.err '"closed"'
  assert_equal "$(steps server.err)" "$(steps client.err)"
  assert_schema client.err server.err
}

@test "--timestamps: the acknowledgement takes the time of the wire" {
  far_host 10 sink
  run -0 sockctl connect -z 10.3.0.2 80
  run -0 sockctl connect --timestamps 10.3.0.2 80 <<<hi
  assert_line --regexp '^stamp       SCM_TSTAMP_ACK  byte 2 at [0-9.]+ ms, ([2-9][0-9]|[1-9][0-9]{2,})\.[0-9]+ ms after SCM_TSTAMP_SND$'
}

@test "--timestamps: datagrams are numbered, and nobody acknowledges them" {
  start server sockctl listen -u -j --timestamps --io echo 127.0.0.1 0
  await_port server.err
  start_fed client sockctl connect -u -j --timestamps -W 2 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  feed client one
  await_line client.err RX_SOFTWARE
  feed client two
  await_exit client
  assert_success
  assert_equal "$(steps client.err)" "0 SCM_TSTAMP_SCHED 0 SCM_TSTAMP_SND 1 SCM_TSTAMP_SCHED 1 SCM_TSTAMP_SND"
  assert_equal "$(event client.err stamp 'select(.length).length' | xargs)" "3 3"
  await_line server.err '"index":1'
  stop server
  assert_event server.err stamp '.length == 3 and .late > 0'
}

@test "--timestamps: an ICMP error in the same queue is still the verdict" {
  need_netns
  start_fed client sockctl connect -u -j --timestamps 127.0.0.1 9
  await_line client.err '"connected"'
  feed client one
  await_line client.err '"icmp"'
  feed client two
  await_exit client
  assert_equal "$status" 4
  assert_event client.err why '.cause == "icmp-error"'
  assert_event client.err stamp '.index == 0'
}

@test "-o SO_TIMESTAMPING of a connected UDP socket does not turn its loop" {
  start server sockctl listen -u -j --io sink 127.0.0.1 0
  await_port server.err
  start_fed client sockctl connect -u -jvv -o SO_TIMESTAMPING=0x12 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  feed client one
  await_line client.err '"cmsg".*SO_TIMESTAMPING'
  await_rest "${PID[client]}"
  run jq -s 'map(select(.event == "call" and .call == "recvfrom")) | length < 5' client.err
  assert_output true
}

@test "--timestamps is refused where nothing is stamped" {
  run -2 sockctl connect --timestamps -U path
  assert_output --partial '--timestamps: what a unix socket sends passes no device'
  run -2 sockctl connect --timestamps -o SO_TIMESTAMPING=0x12 127.0.0.1 80
  assert_output --partial '--timestamps sets SO_TIMESTAMPING itself'
  run -2 sockctl connect --timestamps -z 127.0.0.1 80
  assert_output --partial -- '-z moves no data: it excludes --timestamps'
  run -2 sockctl connect --timestamps --conns 2 127.0.0.1 80
  assert_output --partial -- '--conns moves no data: it excludes --timestamps'
}
