#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why a connection or a datagram failed in mid-stream.

load helpers
load helpers/why

@test "ECONNRESET: after how many bytes each way" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1]); print('ready')
a, _ = l.accept(); a.send(b'abc'); a.recv(1, socket.MSG_PEEK); a.close()"
  fails 8 sockctl connect -j 127.0.0.1 "$PORT" <<<hello
  with ECONNRESET
  because reset-by-peer '.received == 3 and .sent == 6'
}

@test "ECONNRESET: the listener was closed before it accepted" {
  need python3
  start_fed owner python3 -uc "
import socket, sys
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1])
sys.stdin.readline(); l.close(); sys.stdin.readline()"
  await_line owner.out '^port ([0-9]+)'
  PORT=${BASH_REMATCH[1]}
  start client sockctl connect -j -d 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  feed owner $'\n'
  ends_with 8 client
  with ECONNRESET
  because reset-by-peer '.received == 0 and .unaccepted == "closed its listener before it accepted"'
}

@test "ECONNRESET of connect: RST came right after the handshake" {
  need_iptables
  listener 127.0.0.1 0 -k --io hold
  # What the listener would do with a full accept queue and net.ipv4.tcp_abort_on_overflow: the last ACK is answered with RST.
  iptables -A INPUT -p tcp --dport "$PORT" --tcp-flags SYN,ACK ACK -j REJECT --reject-with tcp-reset 2>/dev/null ||
    skip "no iptables here"
  fails 8 sockctl connect -j 127.0.0.1 "$PORT"
  with ECONNRESET
  because reset-after-handshake ".address.port == $PORT"
  not_because reset-by-peer
}

@test "EPIPE: the peer had closed, and answered with RST what came after" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1]); print('ready')
signal.signal(signal.SIGUSR1, lambda *_: (a.close(), print('closed')))
a, _ = l.accept(); l.close(); a.shutdown(socket.SHUT_WR)
while True: signal.pause()"
  start client sockctl connect -j --io source 127.0.0.1 "$PORT"
  await_line client.err '"event":"eof"'
  kill -USR1 "${PID[holder]}"
  ends_with 8 client
  with EPIPE
  because peer-closed
}

@test "RST after FIN that answers nothing sent later: not only a closed peer" {
  mkfifo hold
  start server python3 -c '
import socket, struct
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer = listener.accept()[0]
while peer.recv(1, socket.MSG_PEEK) == b"":
    pass
peer.shutdown(socket.SHUT_WR)
open("hold").read()
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
peer.close()'
  await_line server.out '[0-9]'
  start_fed client sockctl connect 127.0.0.1 "$(<server.out)"
  feed client "sent before"
  await_line client.err '^eof'
  : >hold
  await_exit client
  assert_failure 8
  assert_regex "$(<client.err)" 'RST came after the FIN of the peer: .*, or it aborted'
}

@test "EPIPE of RST behind FIN: who only holds the connection has shut nothing down" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1]); print('ready')
signal.signal(signal.SIGUSR1, lambda *_: (a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\\1\\0\\0\\0\\0\\0\\0\\0'), a.close()))
a, _ = l.accept(); a.shutdown(socket.SHUT_WR); print('half')
while True: signal.pause()"
  start client sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line holder.out half
  kill -USR1 "${PID[holder]}"
  ends_with 8 client
  with EPIPE
  because reset-by-peer '.received == 0 and .sent == 0'
  not_because already-shut-down
}

@test "EINVAL of MSG_OOB: there is no urgent byte" {
  listener -k -d 127.0.0.1 0
  fails 8 sockctl connect -j --recv-flags MSG_OOB 127.0.0.1 "$PORT"
  with EINVAL
  because no-urgent-byte
  need ss
  start listener sockctl listen -U -d -Q unix.sock
  await path_listens unix.sock
  fails 8 sockctl connect -j -U --recv-flags MSG_OOB unix.sock
  with EINVAL
  because no-urgent-byte
}

@test "ETIMEDOUT in mid-stream: what was sent is not acknowledged" {
  need_iptables
  listener 127.0.0.1 0 --io sink
  start_fed client sockctl connect -j -o TCP_USER_TIMEOUT=300 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  feed client "lost"
  ends_with 8 client
  with ETIMEDOUT
  because data-unanswered
}

@test "ETIMEDOUT in mid-stream: the peer is there, but does not read" {
  need python3
  holder "
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048); l.bind(('127.0.0.1', 0)); l.listen()
print('port', l.getsockname()[1]); print('ready')
a, _ = l.accept()"
  fails 8 sockctl connect -j --io source -o TCP_USER_TIMEOUT=500 127.0.0.1 "$PORT"
  with ETIMEDOUT
  because window-closed '.last_ack < 0.7'
  not_because data-unanswered
}

@test "ECONNABORTED: the socket was destroyed on this host" {
  need_root
  need_netns
  listener 127.0.0.1 0 --io hold
  start client sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  ss -K dst 127.0.0.1 dport = "$PORT" >/dev/null 2>&1 || skip "ss cannot destroy sockets here"
  await_exit client
  cp client.err report
  with ECONNABORTED
  because socket-destroyed
}

@test "EMSGSIZE: the limit" {
  head -c 70000 /dev/zero >big
  run --separate-stderr sockctl connect -j -u --chunk 70000 127.0.0.1 9 <big
  printf '%s\n' "$stderr" >report
  with EMSGSIZE
  because message-too-long '.limit == 65507 and .length == 70000'
}

@test "EMSGSIZE: the path's MTU is the limit only if the packet may not be fragmented" {
  far_host
  head -c 70000 /dev/zero >big
  run --separate-stderr sockctl connect -j -u --chunk 70000 10.9.0.2 9 <big
  printf '%s\n' "$stderr" >report
  because message-too-long '.limit == 65507 and .length == 70000'
  head -c 3000 /dev/zero >small
  run --separate-stderr sockctl connect -j -u -o IP_MTU_DISCOVER=IP_PMTUDISC_DO 10.9.0.2 9 <small
  printf '%s\n' "$stderr" >report
  because message-too-long '.limit == 1472 and .length == 3000'
}

@test "not accepted: who leaves the connection in its queue, when -w, -q or a signal ends the waiting" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(5); print('port', l.getsockname()[1])
u = socket.socket(socket.AF_UNIX); u.bind('here'); u.listen(3)
q = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); q.bind('there'); q.listen(3)"
  fails 5 sockctl connect -j -w 0.1 --reset 127.0.0.1 "$PORT" <<<hello
  because not-accepted ".length == 1 and .limit == 5 and .pid == ${PID[holder]} and .held.port == $PORT"
  fails 5 sockctl connect -w 0.1 localhost "$PORT"
  assert_regex "$stderr" 'why +python3 \(pid [0-9]+.*\) has not accepted the connection to 127.0.0.1:[0-9]+: 2 waiting, limit 5'
  fails 5 sockctl connect -j -w 0.1 --io source 127.0.0.1 "$PORT"
  because not-accepted '.length == 3'
  not_because window-closed
  for unix in here "--seqpacket there"; do
    # shellcheck disable=SC2086 # words
    fails 5 sockctl connect -j -w 0.1 -U $unix <<<hello
    because not-accepted ".length == 1 and .limit == 3 and .pid == ${PID[holder]}"
  done
  run -0 --separate-stderr sockctl connect -j -q 0.1 127.0.0.1 "$PORT"
  printf '%s\n' "$stderr" >report
  assert_event report warning '.code == "not-accepted" and .length == 4'
  start client sockctl connect -j -U here
  await_line client.err '"shutdown"'
  stop client INT
  assert_event client.err warning ".code == \"not-accepted\" and .length == 2 and .pid == ${PID[holder]}"
  refute_event client.err why
}

@test "accepted and silent: nobody is said not to have accepted" {
  need python3
  holder "
l = socket.create_server(('127.0.0.1', 0)); print('port', l.getsockname()[1]); print('ready')
a = l.accept(); b = socket.create_connection(l.getsockname())"
  fails 5 sockctl connect -j -w 0.1 127.0.0.1 "$PORT"
  not_because not-accepted
  start client sockctl connect -j -d 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  stop client INT
  assert_event client.err warning '.code == "not-accepted"'
}

@test "a unix peer that accepted and has closed is not said to have accepted nothing" {
  need python3
  mkfifo go
  start peer python3 -uc "
import socket, signal
u = socket.socket(socket.AF_UNIX); u.bind('here'); u.listen(3); print('ready')
one = u.accept()[0]; open('go').read()
other = socket.socket(socket.AF_UNIX); other.connect('here'); one.close(); print('closed')
signal.pause()"
  await_line peer.out ready
  start client sockctl connect -j -d -U here
  await_line client.err '"connected"'
  kill -STOP "${PID[client]}"
  : >go
  await_line peer.out closed
  kill -INT "${PID[client]}"
  kill -CONT "${PID[client]}"
  await_exit client
  refute_event client.err warning
}
