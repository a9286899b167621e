#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo --check: limits of the host and of a process, what is left of a healthy host, and how it reports.

load helpers
load helpers/check

# A sysctl of this namespace.
set_sysctl() {
  echo "$2" 2>/dev/null >"/proc/sys/net/ipv4/$1" || skip "$1 cannot be set here"
}

teardown() {
  echo 32768 60999 2>/dev/null >/proc/sys/net/ipv4/ip_local_port_range || :
  echo 16384 2>/dev/null >/proc/sys/net/ipv4/tcp_max_tw_buckets || :
  common_teardown
}

@test "time-wait-bucket: nine tenths of the limit are in TIME_WAIT" {
  listener -k --io echo 127.0.0.1 0
  for _ in {1..20}; do sockctl connect -Q 127.0.0.1 "$PORT" <<<x; done >/dev/null
  # Those of earlier tests may end meanwhile, more cannot come.
  count=$(sed -n 's/^TCP: .* tw \([0-9]*\).*/\1/p' /proc/net/sockstat)
  ((count >= 20))
  set_sysctl tcp_max_tw_buckets $((count * 10 / 9 + 1))
  assert_healthy
  set_sysctl tcp_max_tw_buckets "$count"
  await_finding time-wait-bucket
  assert_finding time-wait-bucket ".time_wait > 0 and .limit == $count and .percent == 90"
  # What is counted for the whole host is not of one port.
  assert_healthy --port "$PORT"
}

@test "descriptor-limit: nine tenths of a process's descriptors are open" {
  sick below descriptors 40 34
  assert_healthy
  sick near descriptors 40 36
  await_finding descriptor-limit
  assert_finding descriptor-limit ".limit == 40 and .percent == 90 and .pid == ${PID[near]} and .sockets >= 16"
  assert_healthy --pid "${PID[below]}"
}

@test "ports-near and ports-exhausted: connections to one destination use the range up" {
  set_sysctl ip_local_port_range "40000 40019"
  # The listener has a port of the range too, which no connection to it can use.
  sick below connections 15
  assert_healthy
  stop below
  sick near connections 16
  await_finding ports-near
  assert_finding ports-near ".peer.port == $PORT and .used == 16 and .range == 20 and .percent == 80"
  stop near
  set_sysctl ip_local_port_range "40100 40119"
  listener -k --io hold --backlog 100 127.0.0.1 30000
  sick all connecting 20 127.0.0.1 30000
  await_finding ports-exhausted
  assert_finding ports-exhausted '.used == 20 and .range == 20 and .host == "127.0.0.1"'
}

@test "a healthy host with 2000 busy connections has nothing" {
  ulimit -n 4096 || skip "2000 descriptors are not allowed here"
  listener -k --io echo --backlog 2000 127.0.0.1 0
  sick client busy 2000 "$PORT"
  for _ in 1 2 3; do
    assert_healthy
    assert_event report checked '.sockets >= 4000 and .hidden_sockets == .hidden'
  done
}

@test "an idle host: nothing found, status 0, and what was looked at" {
  run -0 --separate-stderr sockctl peerinfo --check --interval 10ms
  assert_output ""
  assert_regex "$stderr" '^checked +[0-9]+ sockets? twice, 10\.0 ms apart: nothing found'
}

@test "text: a line of fact, one of evidence, one of what to do" {
  sick full accept_queue 1 2
  run -1 --separate-stderr sockctl peerinfo --check
  assert_line --index 0 "the accept queue of 127.0.0.1:$PORT is full: new connections are dropped"
  assert_line --index 1 --regexp "^    2 waiting, limit 1: python3? .*pid ${PID[full]}"
  assert_line --index 2 --partial "    it does not accept fast enough, or its backlog is too small"
  assert_regex "$stderr" '1 finding$'
}

@test "--check excludes what shows sockets, and --interval needs it" {
  run -2 sockctl peerinfo --check --watch 1
  run -2 sockctl peerinfo --check --tcpinfo
  run -2 sockctl peerinfo --check -U
  run -2 sockctl peerinfo --interval 1
  run -2 sockctl peerinfo --check --interval 0
}

@test "without the right to see other users' processes the findings stay, and say what is not known" {
  sick full accept_queue 1 2
  sick unread unread 20000
  await_finding not-reading
  run -1 --separate-stderr as_nobody sockctl peerinfo --check
  assert_line "the accept queue of 127.0.0.1:$(sed -n 's/^ready //p' full.out) is full: new connections are dropped"
  if [[ $SOCKCTL_RIGHTS == root ]]; then
    assert_line --partial "at least one process that is not visible does not read"
    assert_regex "$stderr" '[0-9]+ without a visible process: holder not visible without root'
  fi
}
