#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TCP_FASTOPEN_CONNECT and MSG_FASTOPEN: connect(2) may return 0 without having sent a SYN. Connected is what the state
# says, and a closed port refuses at the first send.

load helpers

setup() {
  common_setup
  need_netns
  SAVED=$(cat /proc/sys/net/ipv4/tcp_fastopen)
  echo 3 2>/dev/null >/proc/sys/net/ipv4/tcp_fastopen || skip "may not switch Fast Open on"
}

teardown() {
  [[ ! ${SAVED-} ]] || echo "$SAVED" >/proc/sys/net/ipv4/tcp_fastopen
  common_teardown
}

# A listener, whose cookie this host then has for 127.0.0.1.
with_cookie() {
  listener -k -o TCP_FASTOPEN=5 "$@" 127.0.0.1 0
  run -0 sockctl connect -Q -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<first
}

@test "connected is said when the state says so: after the first data" {
  with_cookie --io echo
  run -0 --separate-stderr sockctl connect -j -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<hello
  assert_output hello
  printf '%s\n' "$stderr" >report
  assert_event report warning '.code == "syn-deferred"'
  assert_event report attempt '.outcome == "deferred"'
  assert_event report connected '.state != "SYN_SENT" and .conn == 1'
  assert_equal "$(jq -r '.event | select(. == "warning" or . == "connected")' report | xargs)" "warning connected"
  # Without a cookie it is an ordinary connect.
  ip tcp_metrics flush all 2>/dev/null || skip "may not forget the cookie"
  run -0 --separate-stderr sockctl connect -j -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<hello
  printf '%s\n' "$stderr" >report
  refute_event report warning
  assert_event report connected '.state == "ESTABLISHED"'
}

@test "a file and a pipe of stdin, each --send-call and MSG_FASTOPEN: the data arrives whole" {
  with_cookie --io sink
  head -c 300000 /dev/zero >file
  for options in "" "-o TCP_FASTOPEN_CONNECT=1" "-o TCP_FASTOPEN_CONNECT=1 --send-call sendmsg" \
    "--send-flags MSG_FASTOPEN" "-o TCP_FASTOPEN_CONNECT=1 --send-flags MSG_FASTOPEN" \
    "-o TCP_FASTOPEN_CONNECT=1 --blocking"; do
    stop server
    listener -o TCP_FASTOPEN=5 127.0.0.1 0
    # shellcheck disable=SC2086 # words
    run -0 sockctl connect -Q $options 127.0.0.1 "$PORT" <file
    await_exit server
    assert_equal "$(stat -c %s server.out)" 300000
    listener -o TCP_FASTOPEN=5 127.0.0.1 0
    # shellcheck disable=SC2086 # words
    run -0 sockctl connect -Q $options 127.0.0.1 "$PORT" < <(cat file)
    await_exit server
    assert_equal "$(stat -c %s server.out)" 300000
    listener 127.0.0.1 0
  done
}

@test "refused at the first send is 4, with the cause of a refusal" {
  with_cookie --io sink
  run -4 --separate-stderr sockctl connect -j -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 9 <<<hello
  printf '%s\n' "$stderr" >report
  refute_event report connected
  assert_event report failed '.error.name == "ECONNREFUSED"'
  assert_event report why '.cause == "nobody-listens"'
}

@test "nothing to send: it says that no SYN has gone out, and the status is not 0" {
  with_cookie --io sink
  for options in "" -d "--io sink" "--io echo" "--io hold" --no-shutdown; do
    # shellcheck disable=SC2086 # words
    run -1 timeout 5 "$SOCKCTL" connect $options -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT"
    assert_line --regexp '^failed +connect .*no SYN has gone out'
    refute_line --regexp '^connected'
  done
  assert_equal "$(grep -c '"accepted"' server.err)" 1
}

@test "-z does not call a closed port open, nor an open one closed; --conns, oob-send and --follow connect" {
  with_cookie --io sink
  run -0 sockctl connect -z -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "9,$PORT"
  assert_output --partial '1 open, 1 closed'
  run -4 sockctl connect -z -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 9
  run -4 sockctl connect --conns 2 -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 9
  assert_output --partial '2 failed'
  run -0 sockctl connect --conns 2 -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT"
  assert_output --partial '2 of 2 connected'
  refute_output --partial 'SYN_SENT'
  run -4 sockctl oob-send -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 9 abc
  run -0 sockctl oob-send -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" abc
  run -0 sockctl connect -j --follow -o TCP_FASTOPEN_CONNECT=1 --no-shutdown -q 20ms --reset 127.0.0.1 "$PORT" <<<hello
}

@test "the half-close waits for the handshake, which it would abort" {
  need_iptables
  with_cookie
  stop server
  listener -o TCP_FASTOPEN=5 127.0.0.1 0
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP 2>/dev/null || skip "may not filter here"
  FILTERED=yes
  start client sockctl connect -jv -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<hello
  await_line client.err '"syn-deferred"'
  await_rest "${PID[client]}"
  iptables -F INPUT
  # The SYN is sent again after a second, then without the data.
  await_exit client
  assert_success
  await_exit server
  assert_equal "$(<server.out)" hello
}

@test "a server that greets and resets before anybody looks: connected, and the greeting is delivered" {
  need_strace
  start greeter /usr/bin/python3 -c '
import socket, struct
listener = socket.socket()
listener.setsockopt(socket.IPPROTO_TCP, 23, 5)  # TCP_FASTOPEN
listener.bind(("127.0.0.1", 0))
listener.listen()
print("port", listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    accepted.recv(100)
    accepted.sendall(b"hello")
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()'
  await_line greeter.out '^port ([0-9]+)$'
  PORT=${BASH_REMATCH[1]}
  run sockctl connect -Q -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<first
  for options in "-o TCP_FASTOPEN_CONNECT=1" "--send-flags MSG_FASTOPEN"; do
    # shellcheck disable=SC2086 # words
    run -8 --separate-stderr straced /dev/null -e trace=sendto,sendfile,splice \
      -e inject=sendto,sendfile,splice:delay_exit=200000:when=1 sockctl connect -j $options 127.0.0.1 "$PORT" <<<hello
    assert_output hello
    printf '%s\n' "$stderr" >report
    assert_event report connected
    assert_event report failed '.error.name == "ECONNRESET" and .call != "connect"'
    refute_event report why '.cause == "reset-after-handshake"'
  done
}

@test "--retry: a SYN that would take the first data along goes without it, so that a refusal is tried again" {
  with_cookie --io sink
  stop server
  start client sockctl connect -jv --retry 10 -o TCP_FASTOPEN_CONNECT=1 127.0.0.1 "$PORT" <<<hello
  await_line client.err 'ECONNREFUSED'
  PORT_WAS=$PORT
  start server sockctl listen -j 127.0.0.1 "$PORT_WAS"
  await_exit client
  assert_success
  await_exit server
  assert_output --partial hello
}
