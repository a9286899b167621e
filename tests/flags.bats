#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Each MSG_* flag has an effect that can be seen: two commands that differ in it alone show different things.

load helpers

# The results of a call in a JSON report of -vv.
results() {
  jq -r --arg call "$2" 'select(.event == "call" and .call == $call) | .result' "$1" | tr '\n' ' '
}

# Sends parts on a connection with pauses between them.
send_parts() {
  python3 -c 'import socket, sys, time
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for part in sys.argv[2:]:
    peer.send(part.encode())
    time.sleep(0.05)' "$PORT" "$@"
}

# A unix listener that takes one connection and closes it at once.
closing_server() {
  rm -f gone
  start gone python3 -c 'import socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("gone"); listener.listen()
print("up", flush=True)
listener.accept()[0].close()'
  await_line gone.out up
}

# A veth pair: va with 192.0.2.1 here, vb with 192.0.2.2 in a namespace of its own.
far_end() {
  need_netns
  start far unshare -n sh -c 'echo up; exec sleep 600'
  await_line far.out up || skip "no second network namespace here"
  ip link add va type veth peer name vb netns "${PID[far]}" || skip "no veth here"
  ip addr add 192.0.2.1/24 dev va
  ip link set va up
  nsenter -n -t "${PID[far]}" sh -c 'ip addr add 192.0.2.2/24 dev vb; ip link set vb up'
  ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va nud stale
}

@test "an unknown flag is refused with the nearest" {
  run -2 sockctl connect --send-flags MSG_NOSIGNAAL 127.0.0.1 9
  assert_line --partial "'MSG_NOSIGNAAL' is unknown; did you mean MSG_NOSIGNAL?"
  run -2 sockctl listen --recv-flags MSG_PEEK,MSG_WAITAL 0
  assert_line --partial "'MSG_WAITAL' is unknown; did you mean MSG_WAITALL?"
  run -2 sockctl connect --send-flags MSG_MORE, 127.0.0.1 9
  assert_line --partial "--send-flags: a name is missing"
}

@test "without any option a send shows MSG_NOSIGNAL" {
  listener 127.0.0.1 0
  run --separate-stderr -0 sockctl connect -vv -i 0 127.0.0.1 "$PORT" <<<hello
  assert_regex "$stderr" 'send\([0-9]+, "hello\\n", 6, MSG_DONTWAIT\|MSG_NOSIGNAL\) = 6'
}

@test "MSG_NOSIGNAL: with it a send to a peer that is gone is EPIPE, without it SIGPIPE ends the program" {
  closing_server
  run --separate-stderr -8 sockctl connect --io source --send-flags MSG_NOSIGNAL -U gone
  assert_regex "$stderr" 'failed +send gone: EPIPE'
  closing_server
  run --separate-stderr -141 sockctl connect --io source --send-flags 0 -U gone
}

@test "MSG_DONTWAIT: with it a send that finds no room returns at once, without it it waits" {
  for flag in MSG_NOSIGNAL MSG_NOSIGNAL,MSG_DONTWAIT; do
    listener --io hold -o SO_RCVBUF=4K 127.0.0.1 0
    run --separate-stderr -5 sockctl connect -vv -j --io source --chunk 1M --idle-timeout 0.3 \
      -o SO_SNDBUF=4K -o SO_SNDTIMEO=0.5 --send-flags "$flag" 127.0.0.1 "$PORT"
    stop server
    echo "$stderr" >"$flag"
    rm server.err
  done
  assert_event MSG_NOSIGNAL call '.call == "send" and .elapsed > 0.45'
  refute_event MSG_NOSIGNAL,MSG_DONTWAIT call '.call == "send" and .elapsed > 0.45'
}

@test "MSG_WAITALL: with it a receive waits until the buffer is full, without it it takes what is there" {
  listener -vv --chunk 4 --recv-flags MSG_WAITALL 127.0.0.1 0
  send_parts ab cd
  await_exit server
  assert_equal "$(results server.err recv)" "4 0 "
  rm server.err
  listener -vv --chunk 4 --recv-flags 0 127.0.0.1 0
  send_parts ab cd
  await_exit server
  assert_equal "$(results server.err recv)" "2 2 0 "
}

@test "MSG_PEEK: with it the bytes stay, without it the next receive finds others" {
  listener -W 2 --recv-flags MSG_PEEK 127.0.0.1 0
  send_parts hello
  await_exit server
  assert_equal "$(<server.out)" hellohello
  listener -W 2 --recv-flags 0 127.0.0.1 0
  send_parts hello
  await_exit server
  assert_equal "$(<server.out)" hello
}

@test "MSG_MORE: with it two sends arrive as one, without it as two" {
  for flag in MSG_NOSIGNAL,MSG_MORE MSG_NOSIGNAL; do
    # -d: whatever came back, a FIN too, would push the bytes out.
    listener -vv -d --recv-call recv 127.0.0.1 0
    run -0 sockctl connect -Q -i 50ms --send-flags "$flag" 127.0.0.1 "$PORT" < <(printf 'ab\ncd\n')
    await_exit server
    results server.err recv | sed 's/-1 //g' >"$flag"
    rm server.err
  done
  assert_equal "$(<MSG_NOSIGNAL,MSG_MORE)" "6 0 "
  assert_equal "$(<MSG_NOSIGNAL)" "3 3 0 "
}

@test "MSG_OOB: with it the last byte of a send is urgent, without it none is" {
  for flag in MSG_NOSIGNAL,MSG_OOB MSG_NOSIGNAL; do
    listener 127.0.0.1 0
    run -0 sockctl connect -Q --send-flags "$flag" 127.0.0.1 "$PORT" < <(printf abc)
    await_exit server
    cp server.out "$flag"
    event server.err oob .bytes >>"$flag"
  done
  assert_equal "$(<MSG_NOSIGNAL,MSG_OOB)" abc # ab on stdout, c reported
  assert_equal "$(<MSG_NOSIGNAL)" abc
  assert_equal "$(wc -l <MSG_NOSIGNAL,MSG_OOB)" 1
  assert_equal "$(wc -l <MSG_NOSIGNAL)" 0
}

@test "MSG_TRUNC: with it the result is a datagram's real length, without it the end is lost in silence" {
  for flag in MSG_TRUNC 0; do
    listener -u --chunk 5 -W 1 --recv-flags "$flag" --recv-call recv 127.0.0.1 0
    run -0 sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" < <(printf 'hello world')
    await_exit server
    assert_equal "$(<server.out)" hello
    cp server.err "$flag"
  done
  assert_event MSG_TRUNC warning '.code == "datagram-truncated" and .real_length == 11'
  refute_event 0 warning
}

@test "MSG_TRUNC on a stream throws the bytes away, and shows nothing of the buffer" {
  listener -vv --recv-flags MSG_TRUNC 127.0.0.1 0
  send_parts hello
  await_exit server
  assert_equal "$(<server.out)" ""
  assert_event server.err closed '.received == 5'
  run -0 grep -c '\\\\0\\\\0' server.err
}

@test "MSG_WAITFORONE: with it recvmmsg is content with one message, without it it waits for all" {
  for flag in MSG_WAITFORONE 0; do
    listener -vv -u -W 8 --recv-call recvmmsg --recv-flags "$flag" 127.0.0.1 0
    start_fed sender python3 -uc 'import socket, sys
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for line in sys.stdin: peer.sendto(b"x", ("127.0.0.1", int(sys.argv[1])))' "$PORT"
    feed sender $'\n'
    # Without it the first call waits for all.
    [[ $flag == 0 ]] || await_line server.err '"event":"call".*"call":"recvmmsg".*"result":1\b'
    feed sender $'\n\n\n\n\n\n\n'
    feed_end sender
    await_exit server
    assert_equal "$(<server.out)" xxxxxxxx
    results server.err recvmmsg >"flag-$flag"
    rm server.err
  done
  assert_equal "$(<flag-0)" "8 "
  run -0 grep -E '^1 ' flag-MSG_WAITFORONE
}

@test "MSG_DONTROUTE: with it a host behind a router is unreachable, without it the router is used" {
  far_end
  ip route add default via 192.0.2.2
  run -0 sockctl connect -Q -u -q 0 --send-flags MSG_NOSIGNAL 198.51.100.1 9 <<<x
  run -6 sockctl connect -Q -u -q 0 --send-flags MSG_NOSIGNAL,MSG_DONTROUTE 198.51.100.1 9 <<<x
  assert_line --partial ENETUNREACH
}

@test "MSG_CONFIRM: with it the neighbour counts as confirmed now, without it as before" {
  far_end
  # used/confirmed/updated, in seconds
  confirmed() { ip -s neigh show 192.0.2.2 dev va | sed -E 's/.* used ([0-9]+)\/([0-9]+)\/.*/\2/'; }
  run -0 sockctl connect -Q -u -q 0 --send-flags MSG_NOSIGNAL 192.0.2.2 9 <<<x
  assert [ "$(confirmed)" -ge 30 ]
  run -0 sockctl connect -Q -u -q 0 --send-flags MSG_NOSIGNAL,MSG_CONFIRM 192.0.2.2 9 <<<x
  assert [ "$(confirmed)" -lt 30 ]
}

@test "MSG_ERRQUEUE is read by itself, when there is something in the queue" {
  run -2 sockctl listen --recv-flags MSG_ERRQUEUE 0
  assert_line --partial "MSG_ERRQUEUE"
  run -4 sockctl connect -vv -u --strict 127.0.0.1 9 <<<x
  assert_line --regexp 'recvmsg\(.*MSG_ERRQUEUE\) = 2'
}

@test "with -k the sockets stay without waiting, whatever the flags" {
  listener -vv -k --accept-count 1 --chunk 4 --recv-flags MSG_WAITALL 127.0.0.1 0
  send_parts ab cd
  await_exit server
  assert_equal "$(<server.out)" abcd
  refute_event server.err call '.call == "fcntl" and (.args | contains("F_SETFL"))'
}

@test "a call that waits is ended by a signal" {
  listener --chunk 4 --recv-flags MSG_WAITALL 127.0.0.1 0
  start_fed client sockctl connect 127.0.0.1 "$PORT"
  feed client ab
  await_line server.err accepted
  stop server
  assert_failure 143
}
