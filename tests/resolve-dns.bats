#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# resolve --dns: the answers of each name server, beside what getaddrinfo made of them.

load helpers
load helpers/names

# The report of a lookup that succeeds; it is kept in "report".
answers() {
  sockctl resolve -j --dns "$@" >report
}

# What the hosts file of this test alone has.
hosts_add() {
  cp /etc/hosts saved
  printf '%s\n' "$@" >>/etc/hosts
}

teardown() {
  if [[ -e saved ]]; then cat saved >/etc/hosts; fi
  common_teardown
}

@test "each record has its TTL, and each query its code, flags and time" {
  need_glibc
  answers chain.test.
  assert_event report answer '.server == "127.0.0.1" and .name == "chain.test." and .type == "A" and .rcode == "NOERROR" and
    .records == 1 and (.flags | index("RA")) and .elapsed > 0 and .elapsed < 2'
  assert_event report answer '.type == "AAAA" and .rcode == "NOERROR" and .records == 0'
  assert_event report record '.name == "chain.test" and .type == "CNAME" and .data == "chain2.test" and (.time_to_live | . <= 60 and . > 50)'
  assert_event report record '.name == "chain2.test" and .type == "A" and .data == "192.0.2.55" and (.time_to_live | . <= 60 and . > 50)'
  assert_event report origin '.host == "192.0.2.55" and .servers == ["127.0.0.1"] and .returned and (.in_hosts | not)'
  run -0 sockctl resolve --dns chain.test. --type SOCK_STREAM
  assert_line --regexp '^192\.0\.2\.55 +SOCK_STREAM$'
  assert_line --regexp '^answer      127\.0\.0\.1  chain\.test\. A  NOERROR  .*RD\|RA.*(  after [0-9.]+ ms)?$'
  assert_line --regexp "^record      127\\.0\\.0\\.1  chain2\\.test  [56][0-9] s  A  192\\.0\\.2\\.55$"
  assert_line 'origin      192.0.2.55  of 127.0.0.1'
}

@test "what only the hosts file has, and what it hides" {
  hosts_add '192.0.2.200 v4only.example'
  answers -4 v4only.example
  assert_event report origin '.host == "192.0.2.200" and .in_hosts and .returned and (has("servers") | not)'
  assert_event report origin '.host == "192.0.2.12" and (.in_hosts | not) and (.returned | not) and .servers == ["127.0.0.1"]'
  run -0 sockctl resolve --dns -4 v4only.example
  assert_line 'origin      192.0.2.200  in /etc/hosts'
  assert_line 'origin      192.0.2.12  of 127.0.0.1  not returned by getaddrinfo'
}

@test "the name of the search list that counts" {
  answers printer
  assert_event report answer '.name == "printer.corp.example" and .type == "A" and .records == 1'
  assert_event report answer '.name == "printer" and .rcode == "NXDOMAIN"'
  assert_event report origin '.host == "192.0.2.14" and .returned'
}

@test "the rule that put one address before the other" {
  answers dual.example
  assert_event report origin '.host == "2001:db8::11" and .next == "192.0.2.11" and .rule == 6 and (.reason | length > 0)'
  refute_event report origin '.host == "192.0.2.11" and has("rule")'
  # One that the user has changed is not guessed at.
  echo 'precedence ::ffff:0:0/96 100' >/etc/gai.conf
  answers dual.example
  : >/etc/gai.conf
  refute_event report origin 'has("rule")'
}

@test "a failure has the status of getaddrinfo, and its cause what the servers answered" {
  need_glibc
  run -3 --separate-stderr sockctl resolve -j --dns nosuch.example
  printf '%s\n' "$output" >report
  assert_event report answer '.name == "nosuch.example" and .rcode == "NXDOMAIN"'
  assert_event report why '.cause == "name-server-answer" and .said == "NXDOMAIN"'
  refute_event report origin
  run -0 --separate-stderr sockctl resolve -j --dns half.test.
  printf '%s\n' "$output" >report
  assert_event report answer '.type == "AAAA" and .rcode == "SERVFAIL"'
}

@test "a server that rejects the query was asked: its error stands alone" {
  need_glibc
  cp /etc/resolv.conf conf
  echo 'nameserver 127.0.0.77' >/etc/resolv.conf
  run -3 --separate-stderr sockctl resolve --dns nosuch.example.
  sockctl resolve -j --dns nosuch.example. >report || :
  cat conf >/etc/resolv.conf
  assert_line --regexp '^answer      127\.0\.0\.77  nosuch\.example\. A  ECONNREFUSED \(Connection refused\)(  after [1-9][0-9.]* ms)?$'
  assert_event report answer '.type == "A" and .error.name == "ECONNREFUSED" and (has("outcome") | not)'
}

@test "hostile bytes in an answer are escaped" {
  run -3 --separate-stderr sockctl resolve --dns ede.test.
  assert_line --regexp '^answer .* SERVFAIL .*$'
  run ! grep -q $'\033' <<<"$output$stderr"
}

@test "--dns is about a name" {
  run -2 sockctl resolve --dns 127.0.0.1
  assert_output --partial '--dns needs a name'
  run -2 sockctl resolve --dns -
  run -2 sockctl resolve --dns -n localhost
  run -2 sockctl resolve --dns --stdin
  run -2 sockctl resolve --dns --api gethostbyname localhost
}
