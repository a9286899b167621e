#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect --conns: many connections at once, the states of both their ends, and the tutorial's picture of a full backlog.

load helpers

# The last count of states in a report.
counts() {
  event "$1" connections '"\(.connected) connected, \(.pending) pending: near \(.states // {} | tojson), far \(.peer_states // {} | tojson)"' | tail -n 1
}

@test "8 connections to a backlog of 5: 6 are ESTABLISHED, 2 are SYN_SENT, and why" {
  need_netns
  listener --backlog 5 --no-accept 127.0.0.1 0
  start many sockctl connect -j --conns 8 127.0.0.1 "$PORT"
  await_line many.err '"event":"why"'
  run counts many.err
  assert_output '6 connected, 2 pending: near {"ESTABLISHED":6,"SYN_SENT":2}, far {"ESTABLISHED":6}'
  run event many.err state '[.conn, .state] | @tsv'
  assert_equal "${#lines[@]}" 2
  assert_line $'7\tSYN_SENT'
  assert_line $'8\tSYN_SENT'
  assert_event many.err why ".cause == \"accept-queue-full\" and .length == 6 and .limit == 5 and .pid == ${PID[server]}"
  stop many
  assert_equal "$status" 143
}

@test "pending ones time out: 5, although 6 succeeded, and each failure has its cause" {
  need_netns
  listener --backlog 5 --no-accept 127.0.0.1 0
  start many sockctl connect -j --conns 8 -w 0.3 127.0.0.1 "$PORT"
  await_exit many
  assert_equal "$status" 5
  run event many.err failed '[.conn, .error.name] | @tsv'
  assert_line $'7\tETIMEDOUT'
  assert_line $'8\tETIMEDOUT'
  assert_equal "${#lines[@]}" 2
  run event many.err why .conn
  assert_line --index 0 null
  assert_line 7
  assert_line 8
  run counts many.err
  assert_output '6 connected, 0 pending: near {"ESTABLISHED":6}, far {"ESTABLISHED":6}'
}

@test "the path of a unix client is removed at the end, whichever connection had it" {
  listener -k --io sink -U ./sock
  run --separate-stderr -7 sockctl connect -j --conns 2 -U -s ./mine ./sock
  printf '%s\n' "$stderr" >many.err
  assert_event many.err connected '.conn == 1 and .local.path == "./mine"'
  assert_event many.err failed '.conn == 2 and .call == "bind" and .error.name == "EADDRINUSE"'
  refute [ -e mine ]
}

@test "when all have succeeded all are closed: 0" {
  listener -k --io sink 127.0.0.1 0
  run --separate-stderr -0 sockctl connect -j --conns 20 127.0.0.1 "$PORT"
  assert_output ""
  printf '%s\n' "$stderr" >many.err
  run event many.err connected .conn
  assert_output "$(seq 20)"
  await_count server.err '"event":"closed"' 20
  assert_event many.err connections '.count == 20 and .connected == 20 and .pending == 0 and .failed == 0'
  # They were open all at once.
  run grep -oE '"event":"(accepted|eof)"' server.err
  assert_equal "$(printf '%s\n' "${lines[@]}" | uniq -c | wc -l)" 2
}

@test "--io hold keeps them, until the peer is gone" {
  listener -k --io hold 127.0.0.1 0
  start many sockctl connect -j --conns 3 --io hold 127.0.0.1 "$PORT"
  await_count server.err '"event":"accepted"' 3
  await_line many.err '"event":"connections"'
  stop server
  await_count many.err '"from":"ESTABLISHED",.*"state":"CLOSE_WAIT"' 3
  stop many
  assert_equal "$status" 143
}

@test "a reset ends a connection that is held" {
  listener --backlog 5 --no-accept 127.0.0.1 0
  start many sockctl connect -j --conns 2 --io hold 127.0.0.1 "$PORT"
  await_line server.err '"length":2,'
  stop server
  await_exit many
  assert_equal "$status" 0
  run event many.err state '[.from, .state] | @tsv'
  assert_line --index 0 $'ESTABLISHED\tCLOSE'
  assert_line --index 1 $'ESTABLISHED\tCLOSE'
}

@test "all refused: 4; a name that is not there: 3; a local end that is not: 7" {
  run -4 sockctl connect --conns 3 127.0.0.1 1
  assert_equal "$(grep -c '^#. *failed .*ECONNREFUSED' <<<"$output")" 3
  assert_line --partial '0 of 3 connected, 3 failed'
  run -3 sockctl connect --conns 2 -n nosuchname 1
  run -7 sockctl connect --conns 2 -s 192.0.2.1 127.0.0.1 1
}

@test "each goes to the first of the addresses that takes it" {
  need_netns
  need_ipv6
  printf '%s both.example\n' ::1 127.0.0.1 >hosts
  mount --bind hosts /etc/hosts
  listener -k --io sink 127.0.0.1 0
  run sockctl connect --conns 2 both.example "$PORT"
  umount /etc/hosts
  assert_success
  assert_line --regexp '^#1 +attempt +\[::1\]:[0-9]+: ECONNREFUSED'
  assert_line --partial '2 of 2 connected'
}

@test "a unix backlog that is full is tried again" {
  start server sockctl listen -j --backlog 0 --no-accept -U ./sock
  await_line server.err '"event":"queue"'
  run -5 sockctl connect --conns 3 -w 0.2 -U ./sock
  assert_line --partial '1 of 3 connected, 2 failed'
}

@test "the tutorial's picture: 6 ESTABLISHED and 2 SYN_RECV, and 8 clients who all believe in it" {
  need_iptables
  sysctl -qw net.ipv4.tcp_syncookies=0
  listener --backlog 5 --no-accept 127.0.0.1 8080
  # The last ACK of two handshakes is late: their clients are ESTABLISHED, the listener is not so sure.
  iptables -I INPUT -p tcp -s 127.0.0.2 --dport 8080 --tcp-flags SYN,ACK,FIN,RST ACK -j DROP ||
    skip "iptables does not work here"
  start late sockctl connect -j --conns 2 --io hold -s 127.0.0.2 127.0.0.1 8080
  await_line server.err '"syn_recv":2'
  start prompt sockctl connect -j --conns 6 --io hold 127.0.0.1 8080
  await_line server.err '"length":6,"limit":5,"established":6,"syn_recv":2'
  # Now it arrives, but the queue is full: they stay where they are.
  iptables -F INPUT
  await_line server.err '"length":6,"limit":5,"established":6,"syn_recv":2,"overflows":[^0]'
  await_line late.err '"event":"connections"'
  run counts late.err
  assert_output '2 connected, 0 pending: near {"ESTABLISHED":2}, far {"SYN_RECV":2}'
  run counts prompt.err
  assert_output '6 connected, 0 pending: near {"ESTABLISHED":6}, far {"ESTABLISHED":6}'
  sysctl -qw net.ipv4.tcp_syncookies=1
}

# 8 clients whose last ACK is lost come to a backlog of 5. The setting stays until the test ends: a SYN that is sent
# again after a second is to meet the same.
lost_acks() {
  need_iptables
  sysctl -qw net.ipv4.tcp_syncookies="$1"
  listener --backlog 5 --no-accept 127.0.0.1 8080
  iptables -I INPUT -p tcp --dport 8080 --tcp-flags SYN,ACK,FIN,RST ACK -j DROP || skip "iptables does not work here"
  start many sockctl connect -j --conns 8 --io hold 127.0.0.1 8080
  await_line many.err '"event":"connections"'
}

@test "handshakes beyond the backlog are answered by SYN cookies: all clients believe in it" {
  lost_acks 1
  assert_event server.err limits '.tcp_syncookies == 1 and .somaxconn > 0 and .tcp_max_syn_backlog > 0 and .tcp_abort_on_overflow == 0'
  await_line server.err '"length":0,.*"syn_recv":6,.*"cookies":2}'
  run counts many.err
  assert_output '8 connected, 0 pending: near {"ESTABLISHED":8}, far {"SYN_RECV":6}'
  iptables -F INPUT
  sysctl -qw net.ipv4.tcp_syncookies=1
}

@test "without SYN cookies they are dropped, though the accept queue is empty" {
  lost_acks 0
  assert_event server.err limits '.tcp_syncookies == 0'
  await_line server.err '"length":0,.*"syn_recv":6,"overflows":0,"drops":2,"cookies":0}'
  run counts many.err
  assert_output '6 connected, 2 pending: near {"ESTABLISHED":6,"SYN_SENT":2}, far {"SYN_RECV":6}'
  iptables -F INPUT
  sysctl -qw net.ipv4.tcp_syncookies=1
}

@test "what --conns cannot do is refused" {
  run --separate-stderr -2 sockctl connect --conns 2 -u 127.0.0.1 1
  assert_regex "$stderr" "--conns: a datagram socket has no connections"
  run --separate-stderr -2 sockctl connect --conns 2 --io echo 127.0.0.1 1
  assert_regex "$stderr" "--conns moves no data"
  run --separate-stderr -2 sockctl connect --conns 2 --retry 1 127.0.0.1 1
  assert_regex "$stderr" "--conns excludes --retry"
  run --separate-stderr -2 sockctl connect --conns 0 127.0.0.1 1
  assert_regex "$stderr" "--conns: '0' is too small"
}

@test "each connection that failed has its cause" {
  run -4 sockctl connect -j --conns 3 127.0.0.1 9
  printf '%s\n' "$output" | grep '^{' >report
  assert_equal "$(event report why '"\(.conn) \(.cause)"' | xargs)" "1 nobody-listens 2 nobody-listens 3 nobody-listens"
}
