#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Where nothing listens, the kernel may choose the target's port as the local one: a socket that is connected to itself
# has found nobody. It is refused, and leaves nothing behind that keeps a service off the port.

load helpers

# The only local port that the kernel may choose, until the test ends.
only_port() {
  need_netns
  RANGE=$(cat /proc/sys/net/ipv4/ip_local_port_range)
  echo "$1 ${2-$1}" 2>/dev/null >/proc/sys/net/ipv4/ip_local_port_range || skip "may not set the local ports"
}

teardown() {
  [[ ! ${RANGE-} ]] || echo "$RANGE" >/proc/sys/net/ipv4/ip_local_port_range
  common_teardown
}

# Nothing of a connection is left on the port.
assert_free() {
  local hex
  hex=$(printf %04X "$1")
  run grep -hE " [0-9A-F]+:$hex " /proc/net/tcp /proc/net/tcp6
  assert_output ""
}

@test "connect: a connection to itself is refused, 4, with its cause, and leaves no TIME_WAIT" {
  only_port 45000
  for options in "" --blocking --connect-again "-j -v"; do
    for host in 127.0.0.1 0.0.0.0 ::1 ::ffff:127.0.0.1; do
      # shellcheck disable=SC2086 # words
      run -4 sockctl connect $options -q 0 "$host" 45000
      assert_output --partial ECONNREFUSED
      assert_output --partial 'connected to itself'
      refute_output --partial RST
      refute_line --regexp '^connected'
      assert_free 45000
    done
  done
  run -4 --separate-stderr sockctl connect -j 127.0.0.1 45000
  printf '%s\n' "$stderr" >report
  assert_event report why '.cause == "self-connect"'
  assert_equal "$(event report why .cause)" self-connect
  refute_event report connected
}

@test "connect --retry goes on until something listens, and gives up with 5" {
  only_port 45010
  run -5 sockctl connect -Q --retry 0.5 -q 0 127.0.0.1 45010
  assert_output --partial ECONNREFUSED
  start client sockctl connect -j --retry 10 127.0.0.1 45010
  await_line client.err '"attempt".*ECONNREFUSED'
  # The service can have its port meanwhile. The client needs another.
  echo 45010 45011 >/proc/sys/net/ipv4/ip_local_port_range
  start server sockctl listen -o SO_REUSEADDR=0 127.0.0.1 45010 <<<hello
  await_exit client
  assert_success
  assert_equal "$(<client.out)" hello
}

@test "--conns, oob-send and peerinfo: the same" {
  only_port 45020
  run -4 sockctl connect --conns 1 127.0.0.1 45020
  assert_output --partial 'connected to itself'
  assert_output --partial '0 of 1 connected, 1 failed'
  assert_free 45020
  run -4 sockctl oob-send 127.0.0.1 45020 abc
  assert_output --partial 'connected to itself'
  assert_free 45020
  run -4 sockctl peerinfo 127.0.0.1 45020
  assert_output --partial 'connected to itself'
  assert_free 45020
}

@test "-z over a range of one port and of two ports ends, and finds them closed" {
  only_port 45030
  run -4 timeout 5 "$SOCKCTL" connect -z 127.0.0.1 45030
  assert_output --partial '1 port, 1 closed'
  assert_output --partial 'connected to itself'
  assert_free 45030
  only_port 45030 45031
  run -4 timeout 5 "$SOCKCTL" connect -z 127.0.0.1 45030,45031
  assert_output --partial '2 ports, 2 closed'
  assert_free 45030
  assert_free 45031
}

@test "UDP: a socket that talks to itself has no peer" {
  only_port 45040
  for host in 127.0.0.1 ::1; do
    run -4 sockctl connect -u "$host" 45040 <<<hello
    assert_output --partial 'connected to itself'
    refute_line hello
    run -4 sockctl connect -z -u -w 1 "$host" 45040
    assert_output --partial '1 port, 1 closed'
  done
}

@test "who asks for the port with -p gets a connection to itself" {
  need_netns
  run -0 sockctl connect -s 127.0.0.1 -p 45050 127.0.0.1 45050 <<<hello
  assert_line hello
  assert_line --regexp '^warning +.*itself'
}
