#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Time that passes while sockctl does not look (it is stopped, or its own output is slow) is not the peer's: what has
# come in meanwhile is taken before any time limit is judged.

load helpers

filter() {
  need_iptables
  iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN -j DROP
}

_is_stopped() {
  grep -q '^State:[[:space:]]*T' "/proc/${PID[$1]}/status"
}

pause() {
  kill -STOP "${PID[$1]}"
  await _is_stopped "$1"
}

go_on() {
  kill -CONT "${PID[$1]}"
}

# The connections whose remote port is between two ports are in a state (01 ESTABLISHED, 02 SYN_SENT), N of them.
_in_state() {
  local count
  count=$(awk -v from="$2" -v to="$3" -v state="$1" '
    function number(hex, i, n) {
      for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
      return n
    }
    NR > 1 && $4 == state { split($3, remote, ":"); port = number(remote[2]); if (port >= from && port <= to) n++ }
    END { print n + 0 }' /proc/net/tcp)
  ((count == $4))
}

# What the clients of these tests do: connect NUMBER times to PORT, wait for a line, then send LENGTH bytes each and FIN.
clients() {
  start_fed clients /usr/bin/python3 -c '
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
port, number, length = map(int, sys.argv[1:])
held = [socket.create_connection(("127.0.0.1", port)) for _ in range(number)]
print("connected", flush=True)
sys.stdin.readline()
for s in held:
    s.sendall(b"x" * length)
    s.shutdown(socket.SHUT_WR)
print("sent", flush=True)
sys.stdin.readline()' "$@"
  await_line clients.out connected
}

# Until this many milliseconds have passed since BEGAN: the limit under test has to run out in real time.
_time_over() {
  ((${EPOCHREALTIME/[.,]/} - BEGAN > $1 * 1000))
}

@test "-z: a SYN that was answered while the program was stopped has found an open port" {
  filter
  start listeners /usr/bin/python3 -c '
import socket, sys
held = [socket.create_server(("127.0.0.1", port)) for port in range(2001, 2301)]
print("ready", flush=True)
sys.stdin.readline()
import signal; signal.pause()'
  await_line listeners.out ready
  start probe sockctl connect -z -w 1 127.0.0.1 2001-2300
  await _in_state 02 2001 2300 300
  pause probe
  iptables -F INPUT
  # The kernel sends the SYN once more, a second after the first.
  await _in_state 01 2001 2300 300
  go_on probe
  await_exit probe
  assert_success
  assert_output --partial '300 ports, 300 open after'
}

@test "--conns -w: what was connected while the program was stopped is connected" {
  filter
  listener -k --io sink 127.0.0.1 0
  start client sockctl connect -j --conns 600 -w 1 127.0.0.1 "$PORT"
  await _in_state 02 "$PORT" "$PORT" 600
  pause client
  iptables -F INPUT
  await _in_state 01 "$PORT" "$PORT" 600
  go_on client
  await_exit client
  assert_success
  refute_event client.err failed
}

@test "connect -w: the connection that came about while the program was stopped is taken, with --blocking too" {
  filter
  listener -k --io sink 127.0.0.1 0
  for option in --no-stdin --blocking; do
    iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN -j DROP
    start client sockctl connect -j "$option" -d -W 1 --connect-timeout 1 --idle-timeout 0.1 127.0.0.1 "$PORT"
    await _in_state 02 "$PORT" "$PORT" 1
    pause client
    iptables -F INPUT
    await _in_state 01 "$PORT" "$PORT" 1
    go_on client
    await_exit client
    assert_event client.err connected
    refute_event client.err failed '.call == "connect"'
  done
}

@test "listen -k -w: what 200 clients sent while the program was stopped arrives" {
  listener -k --idle-timeout 1.5 127.0.0.1 0
  clients "$PORT" 200 100
  await_count server.err '"accepted"' 200
  BEGAN=${EPOCHREALTIME/[.,]/}
  pause server
  feed clients $'\n'
  await_line clients.out sent
  await _time_over 1800
  go_on server
  await_count server.err '"event": ?"closed"' 200
  refute_event server.err failed
  assert_equal "$(stat -c %s server.out)" 20000
}

@test "listen -k -w: while the reader of stdout pauses, no client is charged for it" {
  mkfifo pipe
  exec {hold}<>pipe
  start_out() { exec sockctl listen -j -k --idle-timeout 0.5 127.0.0.1 0 >pipe; }
  start server start_out
  await_line server.err '"listening"'
  PORT=$(event server.err listening .local.port)
  clients "$PORT" 2 200000
  BEGAN=${EPOCHREALTIME/[.,]/}
  feed clients $'\n'
  await _time_over 900
  start reader head -c 400000 pipe
  await_exit reader
  await_count server.err '"event": ?"closed"' 2
  exec {hold}>&-
  refute_event server.err failed
  assert_equal "$(stat -c %s reader.out)" 400000
}

@test "listen -w, one connection: the time that stdout's reader takes is not the peer's" {
  mkfifo pipe
  exec {hold}<>pipe
  start_out() { exec sockctl listen -j --idle-timeout 0.6 127.0.0.1 0 >pipe; }
  for size in 20000 1000000; do
    start server start_out
    await_line server.err '"listening"'
    PORT=$(event server.err listening .local.port)
    # The pipe is full from the start.
    start filler dd if=/dev/zero of=pipe bs=4096 oflag=nonblock
    await_exit filler
    filled=$(awk '/copied|bytes/ {print $1; exit}' filler.err)
    clients "$PORT" 1 "$size"
    BEGAN=${EPOCHREALTIME/[.,]/}
    feed clients $'\n'
    await _time_over 1000
    start reader head -c "$((filled + size))" pipe
    await_exit reader
    await_exit server
    assert_success
    refute_event server.err failed
    assert_equal "$(stat -c %s reader.out)" "$((filled + size))"
  done
}

@test "oob-recv -w, in each way of learning, and UDP: what came while the program was stopped is taken first" {
  for how in poll select epoll sigurg; do
    start receiver sockctl oob-recv -j --idle-timeout 0.3 --notify "$how" --port-file port 127.0.0.1 0
    await test -s port
    read -r _ PORT <port
    clients "$PORT" 1 10
    await_line receiver.out '"accepted"'
    BEGAN=${EPOCHREALTIME/[.,]/}
    pause receiver
    feed clients $'\n'
    await_line clients.out sent
    await _time_over 600
    go_on receiver
    await_exit receiver
    assert_success
    assert_event receiver.out data '.length == 10'
    rm port
  done
  start_fed receiver sockctl listen -u -j -w 0.3 -W 1 127.0.0.1 0
  await_line receiver.err '"listening"'
  PORT=$(event receiver.err listening .local.port)
  BEGAN=${EPOCHREALTIME/[.,]/}
  pause receiver
  echo hello >"/dev/udp/127.0.0.1/$PORT"
  await _time_over 500
  go_on receiver
  await_exit receiver
  assert_success
  assert_output --partial hello
}

@test "a peer that reads nothing is timed out, however small the pieces that are sent" {
  need python3
  start peer python3 -uc '
import signal, socket
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
l.bind(("127.0.0.1", 0))
l.listen()
print("port", l.getsockname()[1])
held = [l.accept() for _ in range(2)]
signal.pause()'
  await_line peer.out '^port'
  local port=${LINE#port }
  run -5 timeout 5 sockctl connect -w 0.3 --io source --chunk 4096 127.0.0.1 "$port"
  assert_line --regexp '^failed .*: no data moved within [34][0-9.]+ ms$'
  run -5 timeout 5 sockctl connect -w 0.3 --chunk 100 127.0.0.1 "$port" </dev/zero
  assert_line --partial 'no data moved within'
}

@test "datagrams that the kernel dropped meanwhile are counted in the end" {
  need python3
  listener -u -o SO_RCVBUF=2304 127.0.0.1 0
  kill -STOP "${PID[server]}"
  python3 -c 'import socket, sys
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(30): peer.sendto(b"x" * 100, ("127.0.0.1", int(sys.argv[1])))' "$PORT"
  kill -CONT "${PID[server]}"
  await_line server.err '"event": ?"peer"'
  stop server
  assert_event server.err warning '.code == "datagrams-dropped" and .count > 0'
  local received dropped
  received=$(event server.err closed .received)
  dropped=$(event server.err warning .count)
  assert_equal $((received / 100 + dropped)) 30
}

@test "a peer that is silent while it is looked at is still timed out" {
  listener -k --idle-timeout 0.3 127.0.0.1 0
  clients "$PORT" 3 10
  await_count server.err '"event": ?"failed".*ETIMEDOUT' 3
}

# A server that greets, ends as it is told and goes on; what the client's connect(2) began is over when that returns.
greeter() {
  start greeter /usr/bin/python3 -c '
import socket, struct, sys
family, greeting, how = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, sys.argv[2].encode(), sys.argv[3]
listener = socket.create_server((sys.argv[1], 0), family=family)
print("port", listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    accepted.sendall(greeting)
    if "fin" in how:
        accepted.shutdown(socket.SHUT_WR)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()' "$@"
  await_line greeter.out '^port ([0-9]+)$'
  PORT=${BASH_REMATCH[1]}
}
late() {
  run --separate-stderr straced /dev/null -e trace=connect -e "inject=connect:delay_exit=${DELAY:-200000}" sockctl "$@"
  printf '%s\n' "$stderr" >report
}

@test "connect: the greeting in front of a RST that came before connect's result was looked at is delivered" {
  need_strace
  for host in 127.0.0.1 ::1; do
    [[ $host == 127.0.0.1 ]] || [[ -e /proc/net/if_inet6 && -s /proc/net/if_inet6 ]] || continue
    greeter "$host" hello rst
    for options in "" "--retry 2" "--recv-call recvmsg" "--io echo" "--io sink"; do
      # shellcheck disable=SC2086 # words
      late connect -j $options "$host" "$PORT"
      assert_equal "$status" 8
      [[ $options == *sink* || $options == *echo* ]] || assert_output hello
      assert_event report connected '.state == "CLOSE"'
      assert_event report closed '.received == 5'
      assert_event report failed '.error.name == "ECONNRESET" and .call != "connect"'
      refute_event report why '.cause == "reset-after-handshake"'
      refute_event report eof
    done
    late connect "$host" "$PORT"
    assert_equal "$status" 8
    assert_equal "$output" hello
    assert_regex "$stderr" 'connected .* CLOSE after .*received 5 bytes.*failed +(recv|splice) .*ECONNRESET'
    # FIN in front of the RST: that was an orderly end.
    stop greeter
    greeter "$host" hello fin,rst
    late connect -j "$host" "$PORT"
    assert_equal "$status" 0
    assert_output hello
    assert_event report eof
    refute_event report failed
    stop greeter
  done
}

@test "a RST after the handshake and before the first look: the port is open, and --conns was connected" {
  need_strace
  for how in rst fin,rst; do
    greeter 127.0.0.1 "" "$how"
    late connect -z -j 127.0.0.1 "$PORT"
    assert_equal "$status" 0
    printf '%s\n' "$output" >ports
    assert_event ports port '.state == "open" and (.error.name == "ECONNRESET" or .error.name == "EPIPE")'
    late connect -z 127.0.0.1 "$PORT,9"
    assert_equal "$status" 0
    assert_output --regexp "^$PORT +open .*(ECONNRESET|EPIPE)"
    assert_regex "$stderr" '1 open, 1 closed'
    late connect -j --conns 2 127.0.0.1 "$PORT"
    assert_equal "$status" 0
    assert_event report connected '.conn == 2 and .state == "CLOSE"'
    refute_event report failed
    stop greeter
  done
}

@test "a RST with data in front of it, before the first look, of the second of several addresses, and with --path" {
  need_strace
  need_netns
  printf '127.0.0.1 two\n127.0.0.2 two\n' >hosts
  mount --bind hosts /etc/hosts
  greeter 127.0.0.2 hello rst
  late connect -j two "$PORT"
  umount /etc/hosts
  assert_equal "$status" 8
  assert_output hello
  assert_event report attempt '.peer.host == "127.0.0.1" and .error.name == "ECONNREFUSED"'
  assert_event report connected '.peer.host == "127.0.0.2" and .state == "CLOSE"'
  assert_event report failed '.error.name == "ECONNRESET" and .call != "connect"'
  DELAY=30000 late connect -n -j --path --queries 1 127.0.0.2 "$PORT"
  assert_equal "$status" 0
  printf '%s\n' "$output" >hops
  assert_event hops hop '.host == "127.0.0.2" and .state == "open"'
}

@test "oob-recv delivers what a connection has left that is reset before it is accepted" {
  need python3
  start receiver sockctl oob-recv -j 127.0.0.1 0
  await_port receiver.out
  kill -STOP "${PID[receiver]}"
  python3 -c 'import socket, struct, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
peer.send(b"hello")
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
peer.close()' "$PORT"
  kill -CONT "${PID[receiver]}"
  await_exit receiver
  assert_failure 8
  assert_event receiver.out accepted '.conn == 1 and .peer.host == "127.0.0.1"'
  assert_event receiver.out data '.bytes == "hello"'
  assert_event receiver.out failed '.error.name == "ECONNRESET"'
  refute_event receiver.out eof
}
