#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Urgent data: oob-send and oob-recv, the order of the stream, every way of notice, and what gets lost.

load helpers

# A receiver that reports as JSON; sets PORT once it listens.
receiver() {
  start receiver sockctl oob-recv -j "$@" 127.0.0.1 0
  await_port receiver.out
}

# What was received, in the order of the report: data joined where only the reads cut it.
received() {
  jq -rs '[.[] | select((.event == "data" or .event == "oob") and .bytes)
    | select((.flags // []) | index("MSG_PEEK") | not) | [.event, .bytes]]
    | reduce .[] as [$kind, $bytes] ([]; if length > 0 and .[-1][0] == $kind and $kind == "data"
      then .[-1][1] += $bytes else . + [[$kind, $bytes]] end)
    | map(join(" ")) | join(", ")' receiver.out
}

# A python peer; SOCKET is the connected socket.
python_client() {
  python3 -c 'import socket, sys
SOCKET = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
SOCKET.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
'"$2" "$1"
}

@test "the tutorial's experiment: normal 123ab, urgent c, normal 123, then the end" {
  receiver
  run -0 sockctl oob-send 127.0.0.1 "$PORT" 123 oob:abc 123
  assert_line --regexp '^segment +"123" +send\(3, MSG_NOSIGNAL\) = 3$'
  assert_line --regexp '^segment +"abc" +send\(3, MSG_OOB\|MSG_NOSIGNAL\) = 3 +urgent "c"$'
  assert_line --regexp '^closed .* sent 9, '
  await_exit receiver
  assert_success
  assert_equal "$(received)" "data 123ab, oob c, data 123"
  assert_event receiver.out notice '.by == "POLLPRI" and .notify == "poll"'
  assert_event receiver.out oob '.flags == ["MSG_OOB"] and .length == 1'
  assert_event receiver.out data '.bytes == "123" and .atmark == true and .inq == 0'
  assert_event receiver.out eof '.received == 9'
}

@test "late, the reader gets 123ab in one read: the normal data is cut at the urgent byte" {
  receiver --late
  run -0 sockctl oob-send --cork 127.0.0.1 "$PORT" 123 oob:abc 123
  assert_line --partial 'send(3, MSG_NOSIGNAL|MSG_MORE) = 3'
  await_exit receiver
  assert_success
  assert_event receiver.out data '.bytes == "123ab" and .atmark == false and .inq == 5'
  assert_equal "$(received)" "data 123ab, oob c, data 123"
}

@test "the report for people has a line for each read, in the order of the stream" {
  start receiver sockctl oob-recv --late --port-file port 127.0.0.1 0
  await test -s port
  run -0 sockctl oob-send 127.0.0.1 "$(cut -d ' ' -f 2 port)" 123 oob:abc 123
  await_exit receiver
  assert_line --index 2 --regexp '^notice +POLLPRI '
  assert_line --index 3 --regexp '^data +"123ab" +5 bytes .*sockatmark 0, SIOCINQ 5$'
  assert_line --index 4 --regexp '^oob +"c" +1 byte +flags MSG_OOB '
  assert_line --index 5 --regexp '^data +"123" +3 bytes .*sockatmark 1, SIOCINQ 0$'
  assert_line --index 6 --regexp '^eof '
}

@test "each way of notice brings its own: select's exceptfds, EPOLLPRI, SIGURG" {
  for pair in poll:POLLPRI select:exceptfds epoll:EPOLLPRI sigurg:SIGURG; do
    receiver --notify "${pair%:*}"
    # A signal reaches only a receiver that has called F_SETOWN: its first data shows that.
    start_fed sender sockctl oob-send -i 20ms 127.0.0.1 "$PORT"
    feed sender $'123\n'
    await_line receiver.out '"event":"data"'
    feed sender $'oob:abc\n123\n'
    feed_end sender
    await_exit receiver
    assert_success
    assert_equal "$(received)" "data 123ab, oob c, data 123"
    assert_event receiver.out notice ".by == \"${pair#*:}\" and .elapsed > 0"
  done
}

@test "sigurg: a byte that came before F_SETOWN is reported by poll, for there was no signal" {
  start receiver sockctl oob-recv -j --notify sigurg --port-file port 127.0.0.1 0
  await test -s port
  read -r _ PORT <port
  kill -STOP "${PID[receiver]}"
  run -0 sockctl oob-send 127.0.0.1 "$PORT" oob:c
  kill -CONT "${PID[receiver]}"
  await_exit receiver
  assert_success
  assert_event receiver.out notice '.by == "POLLPRI" and .notify == "sigurg" and (.note | test("F_SETOWN"))'
  refute_event receiver.out notice '.by == "SIGURG"'
  assert_event receiver.out oob '.bytes == "c"'
  assert_event receiver.out eof '.sent == 0 and .received == 1 and .duration >= 0'
}

@test "a way of notice that there is none is refused with those that there are" {
  run -2 sockctl oob-recv --notify foo 9
  assert_line --partial "--notify: 'foo' is unknown (poll, select, epoll, sigurg)"
  run -2 sockctl oob-recv --notify sigurgh 9
  assert_line --partial "did you mean sigurg?"
}

@test "each way of notice really is that system call" {
  need_strace
  for pair in 'poll:poll\(\[\{fd=.*POLLPRI' 'select:p?select6?\([0-9]+, \[.*\], NULL, \[[0-9]+\]' 'epoll:epoll_ctl\(.*EPOLLPRI' 'sigurg:F_SETOWN, [0-9]+'; do
    rm -f port
    start receiver straced trace sockctl oob-recv --notify "${pair%%:*}" --port-file port 127.0.0.1 0
    await test -s port
    run -0 sockctl oob-send -i 20ms 127.0.0.1 "$(cut -d ' ' -f 2 port)" x 'oob:!'
    await_exit receiver
    run -0 grep -E "${pair#*:}" trace
  done
  run -0 grep -E -- '--- SIGURG' trace
}

@test "a lone urgent byte at the head is received, and nothing is read before it" {
  for how in poll select epoll sigurg; do
    receiver --notify "$how"
    run -0 sockctl oob-send 127.0.0.1 "$PORT" 'oob:!'
    await_exit receiver
    assert_success
    assert_equal "$(received)" "oob !"
  done
}

@test "many urgent bytes with pauses each arrive, in place, by every way of notice" {
  for how in poll select epoll sigurg; do
    receiver --notify "$how"
    run -0 sockctl oob-send -i 20ms 127.0.0.1 "$PORT" a oob:B c oob:D oob:E f
    await_exit receiver
    assert_equal "$(received)" "data a, oob B, data c, oob D, oob E, data f"
    refute_event receiver.out urgent-lost
  done
}

@test "of two urgent bytes in flight the first becomes ordinary data, and the report says so" {
  receiver -vv --late
  start_fed sender sockctl oob-send 127.0.0.1 "$PORT"
  # One send each, and the second only when it has looked at the first: no look falls between the two.
  feed sender $'oob:A1\n'
  await_line receiver.out '\\"1\\", 1, MSG_OOB\|MSG_PEEK'
  feed sender $'oob:CD2\n'
  await_line receiver.out '\\"2\\", 1, MSG_OOB\|MSG_PEEK'
  feed sender $'tail\n'
  feed_end sender
  await_exit receiver
  assert_success
  assert_equal "$(received)" "data A1CD, oob 2, data tail"
  assert_event receiver.out urgent-lost '.reason == "superseded" and .bytes == "1"'
  assert_event receiver.out urgent-lost '.text | contains("became ordinary data")'
}

@test "alone at the head, the first of two is dropped, and the report says so" {
  receiver -vv --late
  start_fed sender sockctl oob-send 127.0.0.1 "$PORT"
  feed sender $'oob:1\n'
  await_line receiver.out '\\"1\\", 1, MSG_OOB\|MSG_PEEK'
  feed sender $'oob:1\n'
  feed_end sender
  await_exit receiver
  assert_equal "$(received)" "oob 1"
  assert_event receiver.out urgent-lost '.reason == "dropped"'
}

@test "a byte that was dropped before anybody could look is missed in the count at the end" {
  receiver -o SO_RCVLOWAT=1 --late
  python_client "$PORT" 'SOCKET.send(b"1", socket.MSG_OOB); SOCKET.send(b"2", socket.MSG_OOB); SOCKET.close()'
  await_exit receiver
  assert_equal "$(received)" "oob 2"
  assert_equal "$(event receiver.out urgent-lost .reason)" dropped
}

@test "an urgent byte that was read before its mark comes again as data when a newer one arrives" {
  # The reader takes the urgent byte at once, and has far to its mark when the newer one comes.
  receiver --chunk 1
  kill -STOP "${PID[receiver]}"
  start_fed sender sockctl oob-send 127.0.0.1 "$PORT"
  feed sender "$(printf 'x%.0s' {1..40000})oob:"$'\noob:1\n'
  await_count sender.out '^segment' 2
  kill -CONT "${PID[receiver]}"
  await_line receiver.out '"event":"notice"'
  kill -STOP "${PID[receiver]}"
  feed sender $'oob:2\n'
  feed_end sender
  await_exit sender
  kill -CONT "${PID[receiver]}"
  await_exit receiver
  assert_success
  assert_event receiver.out urgent-lost '.reason == "again-as-data" and .bytes == "1"'
  run received
  assert_output --regexp '^data x+oob:1, oob 2$'
  assert_event receiver.out eof '.received == 40006'
}

@test "announced and not arrived is EAGAIN, and is named; the byte comes when there is room" {
  receiver -o SO_RCVBUF=2048 --late=300ms
  run -0 sockctl oob-send 127.0.0.1 "$PORT" "$(printf 'x%.0s' {1..8000})" 'oob:!'
  await_exit receiver
  assert_success
  assert_event receiver.out oob '.error.name == "EAGAIN" and (.text | contains("not arrived"))'
  assert_event receiver.out oob '.bytes == "!"'
}

@test "on a unix socket too the byte whose mark a newer one took is named, and comes as ordinary data" {
  start receiver sockctl oob-recv -j -vv --late -U @late
  await_line receiver.out listening
  start_fed sender sockctl oob-send -U @late
  feed sender $'A\noob:1\n'
  await_line receiver.out '\\"1\\", 1, MSG_OOB\|MSG_PEEK'
  feed sender $'CD\noob:2\n'
  await_line receiver.out '\\"2\\", 1, MSG_OOB\|MSG_PEEK'
  feed_end sender
  await_exit receiver
  assert_success
  assert_equal "$(received)" "data A1CD, oob 2"
  assert_event receiver.out urgent-lost '.reason == "superseded" and .bytes == "1"'
}

@test "no urgent byte is EINVAL on a unix socket too" {
  start receiver sockctl oob-recv -j --late -U @none
  await_line receiver.out listening
  run -0 sockctl oob-send -U @none plain
  await_exit receiver
  assert_event receiver.out oob '.error.name == "EINVAL" and .text == "no urgent byte is pending"'
  assert_equal "$(received)" "data plain"
}

@test "no urgent byte is EINVAL, and is named" {
  receiver --late
  run -0 sockctl oob-send 127.0.0.1 "$PORT" plain
  await_exit receiver
  assert_event receiver.out oob '.error.name == "EINVAL" and .text == "no urgent byte is pending"'
  assert_equal "$(received)" "data plain"
}

@test "an urgent byte that was read already is EINVAL, and is named; so is none yet" {
  for where in tcp unix; do
    local -a to=(-U "@read-$where")
    [[ $where == unix ]] || to=(127.0.0.1 0)
    start receiver sockctl oob-recv -j --notify sigurg "${to[@]}"
    await_port receiver.out
    [[ $where == unix ]] || to=(127.0.0.1 "$PORT")
    start_fed sender sockctl oob-send "${to[@]}"
    feed sender $'a\n'
    await_line receiver.out '"event":"data"'
    # The signal comes as the kernel's does, with nothing behind it.
    kill -URG "${PID[receiver]}"
    await_line receiver.out '"text":"no urgent byte is pending"'
    feed sender $'oob:!\n'
    await_line receiver.out '"event":"oob".*"bytes":"!"'
    kill -URG "${PID[receiver]}"
    await_line receiver.out '"text":"the urgent byte was read already"'
    feed_end sender
    await_exit receiver
    assert_success
    assert_event receiver.out oob '.error.name == "EINVAL" and .text == "no urgent byte is pending"'
    assert_event receiver.out oob '.error.name == "EINVAL" and .text == "the urgent byte was read already"'
    assert_equal "$(received)" "data a, oob !"
    await_exit sender
  done
}

@test "alone at the head of a unix socket, the first of two becomes ordinary data" {
  start receiver sockctl oob-recv -j -vv --late -U @head
  await_line receiver.out listening
  start_fed sender sockctl oob-send -U @head
  feed sender $'oob:1\n'
  await_line receiver.out '\\"1\\", 1, MSG_OOB\|MSG_PEEK'
  feed sender $'oob:2\n'
  await_line receiver.out '\\"2\\", 1, MSG_OOB\|MSG_PEEK'
  feed_end sender
  await_exit receiver
  assert_equal "$(received)" "data 1, oob 2"
  assert_event receiver.out urgent-lost '.reason == "superseded" and .bytes == "1"'
}

@test "with SO_OOBINLINE the byte stays in the stream, behind the mark" {
  receiver --inline --late
  run -0 sockctl oob-send 127.0.0.1 "$PORT" 123 oob:abc 123
  await_exit receiver
  assert_event receiver.out sockopt '.name == "SO_OOBINLINE" and .value == true or .value == 1'
  assert_equal "$(received)" "data 123abc123"
  assert_event receiver.out data '.bytes == "123ab" and .atmark == false'
  assert_event receiver.out data '.bytes == "c123" and .atmark == true and .urgent == "c"'
}

@test "--peek shows what waits, and it waits on" {
  receiver --peek --late
  run -0 sockctl oob-send 127.0.0.1 "$PORT" 123 oob:abc 123
  await_exit receiver
  assert_equal "$(received)" "data 123ab, oob c, data 123"
  assert_event receiver.out data '.bytes == "123ab" and (.flags | index("MSG_PEEK"))'
  assert_event receiver.out oob '.bytes == "c" and (.flags | index("MSG_PEEK"))'
}

@test "unix stream sockets have urgent data too" {
  start receiver sockctl oob-recv -j -U @urgent
  await_line receiver.out listening
  run -0 sockctl oob-send -i 20ms -U @urgent 123 oob:abc 123
  await_exit receiver
  assert_success
  assert_equal "$(received)" "data 123ab, oob c, data 123"
}

@test "MSG_TRUNC throws TCP's bytes away: their number is shown, and no bytes that were not received" {
  receiver --recv-flags MSG_TRUNC
  run -0 sockctl oob-send -i 20ms 127.0.0.1 "$PORT" 123 oob:abc
  await_exit receiver
  assert_equal "$(jq -s 'map(select(.event == "data").length) | add' receiver.out)" 5
  assert_equal "$(event receiver.out data .bytes | tr -d '\n')" ""
  assert_event receiver.out oob '.bytes == "" and .length == 1'
}

@test "-k goes on after a connection" {
  receiver -k
  run -0 sockctl oob-send 127.0.0.1 "$PORT" oob:1
  run -0 sockctl oob-send 127.0.0.1 "$PORT" oob:2
  await_count receiver.out '"event": ?"closed"' 2
  assert_event receiver.out oob '.conn == 1 and .bytes == "1"'
  assert_event receiver.out oob '.conn == 2 and .bytes == "2"'
  stop receiver
  assert_failure 143
}

@test "a host or a port that is empty is a mistake in the arguments" {
  run -2 --separate-stderr sockctl oob-send :9000 x
  assert_regex "$stderr" "the host is empty"
  run -2 --separate-stderr sockctl oob-send 127.0.0.1: x
  assert_regex "$stderr" "the port is empty"
}

@test "the path that oob-send was bound to is removed" {
  start receiver sockctl oob-recv -j -U sock
  await_line receiver.out '"listening"'
  run -0 sockctl oob-send -U -s own sock abc
  await_exit receiver
  [[ ! -e own ]]
}

@test "-k goes on after a connection whose option is refused" {
  receiver -k -o conn:TCP_CONGESTION=none-such
  for _ in 1 2; do sockctl oob-send -Q 127.0.0.1 "$PORT" 1 || :; done
  await_count receiver.out '"event": ?"failed"' 2
  assert_event receiver.out failed '.conn == 2 and .call == "setsockopt"'
  stop receiver
  assert_failure 143
}

@test "segments come from stdin, one a line, and text: is for what begins with oob:" {
  receiver --late
  printf '%s\n' 'one\n' 'oob:2' 'text:oob:3' >segments
  run -0 sockctl oob-send 127.0.0.1 "$PORT" <segments
  await_exit receiver
  assert_equal "$(received)" 'data one\n, oob 2, data oob:3'
}

@test "escapes are those of unvis(3), and a wrong one is a mistake found before any call" {
  receiver --late
  run -0 sockctl oob-send 127.0.0.1 "$PORT" 'a\tb\\\000c' 'oob:\041'
  await_exit receiver
  assert_equal "$(received)" 'data a\tb\\\0c, oob !'
  run --separate-stderr -2 sockctl oob-send 127.0.0.1 "$PORT" 'a\Mb'
  assert_output ""
  assert_regex "$stderr" "segment 'a\\\\Mb'"
  # shellcheck disable=SC1003 # a backslash at the end begins no escape
  run -2 sockctl oob-send 127.0.0.1 "$PORT" 'a\'
  # shellcheck disable=SC1003
  run -2 sockctl connect -z -u --data 'a\' 127.0.0.1 "$PORT"
}

@test "a wrong escape in a line of stdin is named, and what came before it is sent" {
  receiver
  start_fed sender sockctl oob-send 127.0.0.1 "$PORT"
  feed sender $'good\na\\Mb\nnever\n'
  feed_end sender
  await_exit sender
  assert_failure 1
  run -0 grep -F "strunvis line 'a" sender.err
  await_exit receiver
  assert_equal "$(received)" "data good"
}

@test "a python client's urgent bytes are received, a python server receives ours" {
  receiver
  python_client "$PORT" 'import time
for part in b"123", b"abc", b"123":
    SOCKET.send(part, socket.MSG_OOB if part == b"abc" else 0)
SOCKET.close()'
  await_exit receiver
  assert_equal "$(received)" "data 123ab, oob c, data 123"
  # The tutorial's server, that reads when all has come.
  start server python3 -c 'import select, socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer = listener.accept()[0]
poll = select.poll()
poll.register(peer, select.POLLRDHUP)
poll.poll()
print(peer.recv(1023), peer.recv(1023, socket.MSG_OOB), peer.recv(1023))'
  await_line server.out '^[0-9]+$'
  run -0 sockctl oob-send 127.0.0.1 "$LINE" 123 oob:abc 123
  await_exit server
  assert_line "b'123ab' b'c' b'123'"
}

@test "UDP has no urgent data: send says EOPNOTSUPP, and oob-recv refuses" {
  run -1 sockctl oob-send -u 127.0.0.1 9 oob:x
  assert_line --regexp 'send\(1, MSG_OOB\|MSG_NOSIGNAL\) = -1 EOPNOTSUPP'
  run -2 sockctl oob-recv -u 9
  assert_line --partial "only streams have urgent data"
}

@test "who is refused says so with the exit status of connect" {
  run -4 sockctl oob-send 127.0.0.1 9 oob:x
  assert_line --partial ECONNREFUSED
}

@test "a receiver that waits too long gives up with the status of a timeout" {
  receiver -w 200ms
  start_fed sender sockctl oob-send 127.0.0.1 "$PORT"
  await_exit receiver
  assert_failure 5
}

@test "a peer's reset is reported with what is lost" {
  receiver --late
  python_client "$PORT" 'import struct, time
SOCKET.send(b"ab"); SOCKET.send(b"!", socket.MSG_OOB)
SOCKET.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
SOCKET.close()'
  await_exit receiver
  assert_failure 8
  assert_event receiver.out failed '.error.name == "ECONNRESET"'
  assert_event receiver.out urgent-lost '.reason == "ended"'
}
