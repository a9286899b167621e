#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A name with several addresses: raced as in RFC 8305, every attempt reported, one verdict.

load helpers

# Names of this file alone: 127.0.0.16/28 swallows what is sent, 203.0.113.1 is unreachable.
setup_file() {
  [[ $SOCKCTL_NETNS == yes ]] && command -v iptables >/dev/null || return 0
  cat >"$BATS_FILE_TMPDIR/hosts" <<'END'
127.0.0.1 localhost
::1 localhost
127.0.0.17 silent
127.0.0.17 slow
127.0.1.5 slow
127.0.0.17 late
127.0.0.18 late
127.0.0.19 late
127.0.0.1 refused
127.0.0.2 refused
127.0.0.17 mixed
127.0.1.1 mixed
203.0.113.1 far
127.0.0.1 far
::1 six
127.0.0.1 six
::1 turns
2001:db8::9 turns
127.0.0.1 turns
END
  mount --bind "$BATS_FILE_TMPDIR/hosts" /etc/hosts
  iptables -A OUTPUT -d 127.0.0.16/28 -j DROP
}

setup() {
  common_setup
  need_netns
  need iptables
}

# attempts FILE: address and outcome of each, in the order of their ends.
attempts() {
  event "$1" attempt '"\(.peer.host) \(.outcome // .error.name)"'
}

@test "localhost served only on 127.0.0.1 connects" {
  need_ipv6
  listener 127.0.0.1 0 <<<hello
  run -0 --separate-stderr sockctl connect -j localhost "$PORT"
  assert_output hello
  echo "$stderr" >report
  assert_event report connected '.peer.host == "127.0.0.1"'
  refute_event report failed
  assert_equal "$(attempts report)" $'::1 ECONNREFUSED\n127.0.0.1 connected'
}

@test "localhost served only on ::1 connects" {
  need_ipv6
  listener ::1 0 <<<hello
  run -0 --separate-stderr sockctl connect -j localhost "$PORT"
  assert_output hello
  echo "$stderr" >report
  assert_event report connected '.peer.host == "::1"'
  # The order is getaddrinfo's: with -4 nothing is left to try.
  run -4 sockctl connect -4 localhost "$PORT"
}

@test "an address that swallows the SYN holds the next one up by 250 ms only" {
  need_glibc
  listener 127.0.1.5 0 <<<hello
  run -0 --separate-stderr sockctl connect -j -vv slow "$PORT"
  assert_output hello
  echo "$stderr" >report
  assert_equal "$(attempts report | sort)" $'127.0.0.17 abandoned\n127.0.1.5 connected'
  assert_event report connected '.peer.host == "127.0.1.5" and .elapsed >= 0.25'
  # What was waited for without an event, between the two; after 200 ms the counters of lost packets are read.
  run jq -s '[.[] | select(.event == "call" and .call == "poll" and .result == 0).args | split(", ")[-1] | tonumber]
    | add > 125 and add <= 250' report
  assert_output true
}

@test "a refusal starts the next attempt at once" {
  listener 127.0.0.2 0 <<<hello
  run -0 --separate-stderr sockctl connect -j -vv -s 127.0.0.1 refused "$PORT"
  echo "$stderr" >report
  assert_equal "$(attempts report)" $'127.0.0.1 ECONNREFUSED\n127.0.0.2 connected'
  refute_event report call '.call == "poll" and .result == 0'
}

@test "the losers are closed" {
  listener 127.0.1.5 0 -k --io hold
  start client sockctl connect -j -vv -d slow "$PORT"
  await_line client.err '"connected"'
  run jq -s '[.[] | select(.event == "call" and .call == "socket" and .result >= 0).result] - ([.[] | select(.event == "call" and .call == "close").args | tonumber]) | length' client.err
  assert_output 1
  assert_equal "$(find "/proc/${PID[client]}/fd" -lname 'socket:*' | wc -l)" 1
}

@test "all refused: each reported with its time, one failed, status 4" {
  run -4 --separate-stderr sockctl connect -j refused 1
  echo "$stderr" | grep '^{' >report
  assert_equal "$(attempts report)" $'127.0.0.1 ECONNREFUSED\n127.0.0.2 ECONNREFUSED'
  assert_equal "$(event report failed .event)" failed
  assert_event report attempt '.elapsed >= 0'
}

@test "of several failures the verdict is the first of 4, 5, 6 that any had" {
  # Silence and a refusal: refused.
  run -4 --separate-stderr sockctl connect -j -w 0.5 mixed 1
  echo "$stderr" | grep '^{' >report
  assert_equal "$(attempts report)" $'127.0.1.1 ECONNREFUSED\n127.0.0.17 ETIMEDOUT'
  assert_event report failed '.error.name == "ECONNREFUSED"'
  # No way and a refusal: refused.
  run -4 sockctl connect far 1
  assert_line --regexp 'attempt +203\.0\.113\.1:1: ENETUNREACH'
}

@test "all silent: -w ends them together, status 5" {
  run -5 --separate-stderr sockctl connect -j -w 0.6 late 80
  echo "$stderr" | grep '^{' >report
  assert_equal "$(attempts report)" $'127.0.0.17 ETIMEDOUT\n127.0.0.18 ETIMEDOUT\n127.0.0.19 ETIMEDOUT'
  assert_equal "$(event report failed .event)" failed
  assert_event report failed '.text == "the time limit has passed"'
  # Together: the last to begin waited no longer than the first.
  run jq -s '[.[] | select(.event == "attempt").elapsed] | .[0] > 0.5 and .[0] > .[1] and .[1] > .[2]' report
  assert_output true
}

@test "with a source port and with --blocking the addresses are tried in turn" {
  listener 127.0.0.2 0 -k
  run -0 --separate-stderr sockctl connect -j -p 40001 refused "$PORT"
  echo "$stderr" >report
  assert_event report connected '.peer.host == "127.0.0.2" and .local.port == 40001'
  run -0 --separate-stderr sockctl connect -j --blocking refused "$PORT"
  echo "$stderr" >report
  assert_event report connected '.peer.host == "127.0.0.2"'
  # One that is silent is waited for, so nothing is left of the time.
  run -5 --separate-stderr sockctl connect -j --blocking -w 0.4 slow "$PORT"
  echo "$stderr" | grep '^{' >report
  assert_equal "$(attempts report)" "127.0.0.17 ETIMEDOUT"
}

@test "-s chooses among the addresses those of its family" {
  need_ipv6
  listener 127.0.0.1 0 <<<hello
  run -0 --separate-stderr sockctl connect -j -s 127.0.0.3 six "$PORT"
  echo "$stderr" >report
  assert_equal "$(attempts report)" "127.0.0.1 connected"
  assert_event report connected '.local.host == "127.0.0.3"'
  # None fits: what bind says.
  run -7 sockctl connect -s 127.0.0.1 ::1 "$PORT"
  assert_line --regexp 'failed +bind 127\.0\.0\.1:0: E'
}

@test "-p binds each address in its own family" {
  need_ipv6
  listener 127.0.0.1 0 <<<hello
  run -0 --separate-stderr sockctl connect -j -p 40002 six "$PORT"
  echo "$stderr" >report
  assert_event report connected '.local.port == 40002 and .local.family == "AF_INET"'
  assert_equal "$(attempts report)" $'::1 ECONNREFUSED\n127.0.0.1 connected'
}

@test "families take turns: an IPv6 that swallows does not keep IPv4 waiting for a second IPv6" {
  need_glibc
  need_ipv6
  need ip6tables
  listener 127.0.0.1 0 <<<hello
  ip -6 address add 2001:db8::9/128 dev lo nodad
  assert_equal "$(sockctl resolve --type STREAM turns | cut -d' ' -f1 | xargs)" "::1 2001:db8::9 127.0.0.1"
  ip6tables -A OUTPUT -o lo -p tcp --dport "$PORT" -j DROP
  run -0 --separate-stderr sockctl connect -j -vv turns "$PORT"
  ip6tables -F OUTPUT
  ip -6 address del 2001:db8::9/128 dev lo
  echo "$stderr" >report
  assert_event report connected '.peer.host == "127.0.0.1"'
  # 250 ms in all, with a look at the counters of lost packets in between.
  run jq -s '[.[] | select(.event == "call" and .call == "poll" and .result == 0).args | split(", ")[-1] | tonumber]
    | add <= 250' report
  assert_output true
}

@test "a signal ends a race" {
  start client sockctl connect silent 80
  await_line client.err connecting
  stop client INT
  assert_failure 130
}
