#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A name may have any number of addresses: all of them are tried, by every command.

load helpers

# A name "many" with 100 addresses of this host, in a hosts file of this namespace alone.
setup_file() {
  [[ $SOCKCTL_NETNS == yes ]] || return 0
  local i
  cp /etc/hosts "$BATS_FILE_TMPDIR/hosts"
  for ((i = 1; i <= 100; i++)); do echo "127.0.3.$i many"; done >>"$BATS_FILE_TMPDIR/hosts"
  for ((i = 1; i <= 99; i++)); do echo "192.0.2.$i foreign"; done >>"$BATS_FILE_TMPDIR/hosts"
  echo "127.0.3.100 foreign" >>"$BATS_FILE_TMPDIR/hosts"
  mount --bind "$BATS_FILE_TMPDIR/hosts" /etc/hosts
}

setup() {
  common_setup
  need_netns
  [[ $(getent ahosts many | wc -l) -ge 100 ]] || skip "the hosts file of this namespace is not asked"
}

# What answers is whichever address comes last.
last_of() {
  sockctl resolve -j "$1" | jq -rs '[.[] | select(.event == "address").host] | last'
}

@test "connect: the last of 100 addresses is the one that listens" {
  need_glibc
  listener -k --io echo "$(last_of many)" 0
  run -0 sockctl connect -j many "$PORT" <<<hello
  assert_line hello
  printf '%s\n' "$output" | grep '^{' >report
  assert_equal "$(event report attempt .error.name | grep -c ECONNREFUSED)" 99
  assert_equal "$(event report attempt .peer.host | sort -u | wc -l)" 100
  run -0 sockctl connect --blocking many "$PORT" <<<hello
  assert_line hello
  run -0 sockctl connect -Q --retry 1 many "$PORT" <<<hello
}

@test "--conns, oob-send and peerinfo: the same" {
  listener -k --io sink "$(last_of many)" 0
  run -0 sockctl connect --conns 2 many "$PORT"
  assert_output --partial '2 of 2 connected'
  run -0 sockctl oob-send many "$PORT" abc
  run -0 sockctl peerinfo many "$PORT"
}

@test "-z --all probes all of them" {
  need_glibc
  listener -k --io sink "$(last_of many)" 0
  run -0 sockctl connect -z --all many "$PORT"
  assert_equal "$(grep -c '^summary' <<<"$output")" 100
  assert_output --partial ' open '
}

@test "-z of several ports says how many addresses it left out" {
  need_glibc
  run -4 --separate-stderr sockctl connect -z many 1-3
  assert_regex "$stderr" '99 more addresses of this name were not probed; --all probes all'
  run -4 --separate-stderr sockctl connect -z -j many 1,2
  printf '%s\n' "$stderr" >report
  assert_event report warning '.code == "addresses-left-out" and .count == 99 and .name == "many"'
  run -4 --separate-stderr sockctl connect -z --all many 1,2
  refute_regex "$stderr" 'not probed'
}

@test "listen: the one address that is this host's" {
  need_glibc
  start server sockctl listen -j --io echo foreign 0
  await_line server.err '"listening"'
  assert_event server.err listening '.local.host == "127.0.3.100"'
}

@test "6000 addresses: neither slow nor too many" {
  cp /etc/hosts saved
  for i in {0..23}; do for j in {1..250}; do echo "10.1.$i.$j huge"; done; done >>/etc/hosts
  listener 127.0.0.1 0
  # The limit of -w holds for the lookup; without a route each address fails at once.
  run timeout 20 "$SOCKCTL" connect -Q -w 15 huge "$PORT"
  cat saved >/etc/hosts
  assert_failure 6
}
