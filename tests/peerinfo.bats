#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo shows what the kernel knows about a socket, as ss(8) and /proc do, and takes
# nothing away from the socket's owner.

load helpers

setup() {
  common_setup
  need jq python3
}

# Python keeps sockets as the code makes them until the test ends; it prints "ready" and what
# the code prints, of which "NAME VALUE" lines become variables.
holder() {
  start holder python3 -uc "
import socket, signal, os, sys, time
def show(**values):
    for name, value in values.items(): print('VAR', name, value)
$1
print('ready')
while True: signal.pause()"
  await_line holder.out ready
  local _ name value
  while read -r _ name value; do
    printf -v "$name" %s "$value"
  done < <(grep '^VAR ' holder.out)
}

# sockctl peerinfo -j ARGS..., which succeeds; its report is kept in "report".
info() {
  run -0 --separate-stderr sockctl peerinfo -j "$@"
  printf '%s\n' "$output" >report
}

shows() {
  assert_event report socket "$1"
}

@test "the socket on descriptor 0, as under inetd" {
  listener 127.0.0.1 0 --io hold
  run -0 "$srcdir/tests/helpers/with-socket" "$PORT" sockctl peerinfo -j -n
  printf '%s\n' "$output" >report
  shows ".family == \"AF_INET\" and .type == \"SOCK_STREAM\" and .protocol == \"IPPROTO_TCP\" and .state == \"ESTABLISHED\""
  shows ".peer.port == $PORT and .local.host == \"127.0.0.1\" and .fd == 0"
}

@test "the socket on any descriptor; a descriptor that is none" {
  listener 127.0.0.1 0 -k --io hold
  run -0 "$srcdir/tests/helpers/with-socket" "$PORT" 7 sockctl peerinfo -j -n --fd 7
  printf '%s\n' "$output" >report
  shows ".peer.port == $PORT and .fd == 7 and .flags == []"
  run -0 "$srcdir/tests/helpers/with-socket" "$PORT" 7 sockctl peerinfo -n --fd 7
  assert_line --regexp '^  flags +none$'
  run -1 sockctl peerinfo --fd 0 </dev/null
  assert_output --partial "ENOTSOCK"
  run -1 sockctl peerinfo --fd 99
  assert_output --partial "EBADF"
}

@test "a connection of its own, and who is at the other end on this host" {
  listener 127.0.0.1 0 --io hold
  info -n 127.0.0.1 "$PORT"
  shows ".peer.port == $PORT and .state == \"ESTABLISHED\" and (.flags | index(\"FD_CLOEXEC\"))"
  shows ".other_end.holders[0].pid == ${PID[server]} or .other_end.owner == \"not accepted yet\""
}

@test "a refused connection is reported and explained, with its exit status" {
  run -4 sockctl peerinfo 127.0.0.1 1
  assert_output --partial "ECONNREFUSED"
  assert_output --partial "nothing listens"
}

@test "every socket on a port: listening, connected, waiting, UDP, both families" {
  need_ipv6
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(3); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept()
w = socket.create_connection(('127.0.0.1', port))
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(('::1', port))
u.sendto(b'abc', ('::1', port))
show(port=port, listener=l.fileno(), accepted=a.fileno(), datagram=u.fileno())"
  info --port "$port"
  shows ".state == \"LISTEN\" and .queue == 1 and .limit == 3 and .holders == [{\"pid\": ${PID[holder]}, \"program\": \"python3\", \"fd\": $listener}]"
  shows ".state == \"ESTABLISHED\" and .holders[0].fd == $accepted and .uid == $(id -u) and .user == \"$(id -un)\""
  shows ".state == \"ESTABLISHED\" and .holders == [] and .owner == \"not accepted yet\" and (has(\"uid\") | not)"
  shows ".protocol == \"IPPROTO_UDP\" and .family == \"AF_INET6\" and .receive_queue > 3 and .queue_is_memory and .holders[0].fd == $datagram"
  refute_event report socket '.protocol == "IPPROTO_TCP" and has("queue_is_memory")'
  [[ $(event report socket .state | sort | uniq -c | tr -s ' \n' ' ') == *"4 ESTABLISHED"* ]]
}

@test "datagrams that wait: the memory that they take is called that, and the next has its length" {
  holder "
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))
for data in b'first', b'the second': u.sendto(data, u.getsockname())
show(fd=u.fileno())"
  info --pid "${PID[holder]}" --fd "$fd"
  shows '.receive_queue > 15 and .queue_is_memory == true and .next_datagram == 5'
  run sockctl peerinfo -n --pid "${PID[holder]}" --fd "$fd"
  assert_line --regexp '^  receive queue +[0-9]+ bytes, buffer [0-9]+ bytes, both including the overhead of memory; the next datagram is 5 bytes long$'
}

@test "the timer of a SYN that is sent again has its tries and the time that is left" {
  need_netns
  iptables -I INPUT -p tcp --dport 5001 -j DROP || skip "iptables does not work here"
  start client sockctl connect -n 127.0.0.1 5001
  again() {
    sockctl peerinfo -j -n --pid "${PID[client]}" >report
    assert_event report socket '.state == "SYN_SENT" and .timer == "retransmit" and .retransmits >= 1 and .expires > 0' 2>/dev/null
  }
  await again
  iptables -F INPUT
}

@test "a socket that is only bound is on the list" {
  holder "
b = socket.socket(); b.bind(('127.0.0.1', 0)); show(port=b.getsockname()[1])"
  run --separate-stderr sockctl peerinfo -j --port "$port"
  ((status == 0)) || skip "this kernel does not list sockets that are only bound (Linux 6.8 does)"
  printf '%s\n' "$output" >report
  shows ".state == \"CLOSE\" and .holders[0].pid == ${PID[holder]}"
}

@test "TIME_WAIT and a closed FIN_WAIT2 belong to the kernel, with the time that is left" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(3); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept()
a.close(); c.recv(1); c.close()
d = socket.create_connection(('127.0.0.1', port)); e, _ = l.accept()
e.close(); d.recv(1)
show(port=port)"
  info --port "$port"
  shows '.state == "TIME_WAIT" and .timer == "time-wait" and .expires > 50 and .expires <= 60 and .owner == "kernel, no owner" and (has("uid") | not)'
  shows '.state == "FIN_WAIT2" and .owner == "kernel, no owner" and .holders == []'
  run -0 sockctl peerinfo --port "$port"
  assert_output --partial "(kernel, no owner)"
}

@test "a socket that two processes hold has two holders" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()
if os.fork() == 0:
    signal.pause()
show(port=l.getsockname()[1])"
  info --port "$port"
  shows ".holders | length == 2 and any(.[]; .pid == ${PID[holder]})"
}

@test "a program's name cannot write to the terminal" {
  holder "
import ctypes
ctypes.CDLL(None).prctl(15, b'a\\x1b[31m\\nb', 0, 0, 0)
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); show(port=l.getsockname()[1])"
  run -0 sockctl peerinfo --port "$port"
  assert_output --partial 'program a\033[31m\nb fd'
}

@test "another user's holder is not visible without root, and that is said" {
  need_root
  listener 127.0.0.1 0 --io hold
  run -0 --separate-stderr as_nobody sockctl peerinfo -j --port "$PORT"
  printf '%s\n' "$output" >report
  shows '.holders == [] and .owner == "holder not visible without root" and .user == "root"'
  run -9 as_nobody sockctl peerinfo --pid "${PID[server]}"
  assert_output --partial "that needs root"
}

@test "the sockets of another process, or one of them" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept()
a.setblocking(False)
u = socket.socketpair()
show(port=port, accepted=a.fileno(), listener=l.fileno(), first=u[0].fileno(), second=u[1].fileno())"
  info -n --pid "${PID[holder]}"
  is_listed() { shows ".fd == $1 and .holders == [{\"pid\": ${PID[holder]}, \"program\": \"python3\", \"fd\": $1}]"; }
  is_listed "$listener"
  is_listed "$accepted"
  shows ".fd == $accepted and (.flags == [\"O_NONBLOCK\", \"FD_CLOEXEC\"])"
  shows ".fd == $first and .family == \"AF_UNIX\" and .other_end.holders[0].fd == $second"
  info -n --pid "${PID[holder]}" --fd "$accepted"
  shows ".local.port == $port and .fd == $accepted"
  run -1 sockctl peerinfo --pid "${PID[holder]}" --fd 99
  assert_output --partial "EBADF"
  run -1 sockctl peerinfo --pid "${PID[holder]}" --fd 1
  assert_output --partial "process ${PID[holder]} descriptor 1: ENOTSOCK"
}

@test "a socket that the kernel does not list: what it dropped" {
  need_netns
  holder "
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); r.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
for i in range(30): r.sendto(b'\\x08' + bytes(1000), ('127.0.0.1', 0))
show(fd=r.fileno())"
  info --pid "${PID[holder]}" --fd "$fd"
  shows '.type == "SOCK_RAW" and .protocol == "IPPROTO_ICMP" and .drops > 5'
}

@test "a socket that the kernel does not list: its user and holders" {
  holder "
n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); n.bind((123456, 0)); show(fd=n.fileno())
t = socket.socket(); show(unbound=t.fileno())"
  info --pid "${PID[holder]}" --fd "$unbound"
  shows ".state == \"CLOSE\" and .uid == $(id -u) and .user == \"$(id -un)\""
  run -0 sockctl peerinfo --pid "${PID[holder]}" --fd "$fd"
  assert_line --regexp '^  local +nl_pid 123456$'
  assert_line --regexp "^  uid +$(id -u)\$"
  info --pid "${PID[holder]}" --fd "$fd"
  shows ".family == \"AF_NETLINK\" and .local.nl_pid == 123456 and .holders == [{\"pid\": ${PID[holder]}, \"program\": \"python3\", \"fd\": $fd}]"
}

@test "the processes are looked through once, not once a socket" {
  need_strace
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(50)
kept = [(socket.create_connection(l.getsockname()), l.accept()) for i in range(30)]"
  run -0 straced trace -e trace=openat sockctl peerinfo -n --pid "${PID[holder]}"
  (($(grep -c '^socket ' <<<"$output") == 61)) || fail "$output"
  (($(grep -c '"/proc", ' trace) <= 2)) || fail "$(grep '"/proc", ' trace)"
}

@test "without /proc a socket is shown, and its holders are unknown" {
  need_netns
  listener -k --io hold 127.0.0.1 0
  without_proc() {
    leaks_unchecked unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"
  }
  without_proc true || skip "may not mount here"
  without_proc sockctl --version >/dev/null || skip "a sanitized build needs /proc"
  run -0 --separate-stderr without_proc sockctl peerinfo -j -n --port "$PORT"
  printf '%s\n' "$output" >report
  shows ".local.port == $PORT and .holders == [] and .owner == \"holder unknown: /proc cannot be read\""
  run -0 without_proc sockctl peerinfo -n 127.0.0.1 "$PORT"
  assert_line --regexp "^  peer +127\.0\.0\.1:$PORT\$"
  assert_line --regexp '^  owner +holder unknown: /proc cannot be read$'
  run -1 without_proc sockctl peerinfo --pid "${PID[server]}"
  assert_line --regexp "^failed +/proc process ${PID[server]}: ENOENT .*/proc would list its sockets; --fd N shows one"
  run -0 without_proc bash -c "exec 7<>/dev/tcp/127.0.0.1/$PORT; sockctl peerinfo -n --pid \$\$ --fd 7 & wait \$!"
  assert_line --regexp "^  peer +127\.0\.0\.1:$PORT\$"
  stop server
  run -1 without_proc sockctl peerinfo --pid 4194304
  assert_line --partial ESRCH
}

@test "where /proc cannot be opened at all it is the same" {
  need_strace
  listener -k --io hold 127.0.0.1 0
  run -0 --separate-stderr straced trace -P /proc -e inject=openat:error=ENOENT sockctl peerinfo -j -n --port "$PORT"
  printf '%s\n' "$output" >report
  shows ".local.port == $PORT and .holders == []"
  grep -q INJECTED trace
}

@test "--watch of a process ends with it" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); show(fd=l.fileno())"
  start watch sockctl peerinfo -j -n --watch 20ms --pid "${PID[holder]}" --fd "$fd"
  await_line watch.out '"event":"socket"'
  stop holder
  await_exit watch
  ((status == 0)) || fail "status $status"
  assert_event watch.out gone
}

@test "a protocol is named if it is one of the internet's" {
  holder "
n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4); show(fd=n.fileno())"
  info --pid "${PID[holder]}" --fd "$fd"
  shows '.family == "AF_NETLINK" and .protocol == 4'
}

@test "a socket that is bound to an interface says so" {
  holder "
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, 25, b'lo'); l.bind(('127.0.0.1', 0)); l.listen()
show(port=l.getsockname()[1])"
  run -0 sockctl peerinfo --port "$port"
  assert_output --partial "127.0.0.1:$port on lo  LISTEN"
}

@test "if borrowing a descriptor is denied, the kernel's list is used" {
  need_strace
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); show(port=l.getsockname()[1], listener=l.fileno())"
  run -0 --separate-stderr straced trace -qq -e inject=pidfd_getfd:error=EPERM sockctl peerinfo -j --pid "${PID[holder]}"
  printf '%s\n' "$output" >report
  shows ".fd == $listener and .state == \"LISTEN\" and .local.port == $port and .flags == [\"FD_CLOEXEC\"]"
}

@test "nothing is taken away from the owner: his error and his error queue stay" {
  holder "
closed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); closed.bind(('127.0.0.1', 0))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(socket.IPPROTO_IP, 11, 1)
u.connect(closed.getsockname()); closed.close(); u.send(b'x')
signal.signal(signal.SIGUSR1, lambda *_: print('error', u.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR),
                                               'queued', len(u.recvmsg(9, 512, socket.MSG_ERRQUEUE)[1])))
show(fd=u.fileno())"
  info -n --pid "${PID[holder]}" --fd "$fd" --sockopts
  assert_event report sockopt '.name == "SO_RCVBUF"'
  refute_event report sockopt '.name == "SO_ERROR"'
  kill -USR1 "${PID[holder]}"
  await_line holder.out '^error'
  run cat holder.out
  assert_line --partial "error 111 queued 1"
}

@test "unix sockets: who is at the other end, by credentials and by holder" {
  holder "
l = socket.socket(socket.AF_UNIX); l.bind('here'); l.listen()
c = socket.socket(socket.AF_UNIX); c.connect('here'); a, _ = l.accept()
show(client=c.fileno(), server=a.fileno())"
  info --pid "${PID[holder]}" --fd "$client"
  shows ".credentials.pid == ${PID[holder]} and .credentials.uid == $(id -u) and .peer.path == \"here\""
  shows ".other_end.holders[0].fd == $server"
  jq -e 'select(.event == "socket") | .credentials | has("pidfd")' report >/dev/null || skip "SO_PEERPIDFD is of Linux 6.5"
  shows ".credentials.pidfd == ${PID[holder]}"
}

@test "names of both ends, unless -n" {
  listener 127.0.0.1 0 --io hold
  info 127.0.0.1 "$PORT"
  shows '.peer_name | startswith("localhost:")'
  listener 127.0.0.1 0 --io hold
  info -n 127.0.0.1 "$PORT"
  shows 'has("peer_name") | not'
}

@test "--sockopts: every option of the table that the socket has, with its value" {
  listener 127.0.0.1 0 --io hold
  info -n --sockopts 127.0.0.1 "$PORT"
  assert_event report sockopt '.name == "SO_KEEPALIVE" and .value == false'
  assert_event report sockopt '.name == "TCP_NODELAY"'
  assert_event report sockopt '.name == "SO_TYPE"'
  refute_event report sockopt '.name == "IPV6_V6ONLY"'
  (($(event report sockopt .name | wc -l) > 30))
}

@test "--tcpinfo: every member that the kernel has, and what limits an idle connection" {
  listener 127.0.0.1 0 --io hold
  info -n --tcpinfo 127.0.0.1 "$PORT"
  assert_event report tcpinfo '.tcpi_state == "ESTABLISHED" and .tcpi_rto > 0.1 and .tcpi_rto < 2 and .tcpi_snd_ssthresh == null'
  assert_event report tcpinfo '.tcpi_options | index("TCPI_OPT_SACK")'
  assert_event report verdict '.limit == "idle" and .sent == 0'
  assert_event report connected '.conn == 1'
  (($(event report tcpinfo 'keys[] | select(startswith("tcpi_"))' | wc -l) >= 60))
}

@test "--tcpinfo: before there is a connection nothing limits it" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); show(fd=l.fileno())"
  info -n --tcpinfo --pid "${PID[holder]}" --fd "$fd"
  assert_event report tcpinfo '.tcpi_state == "LISTEN"'
  refute_event report verdict
}

@test "--tcpinfo: a receiver that does not read is what limits" {
  holder "
l = socket.socket(); l.setsockopt(1, 8, 4096); l.bind(('127.0.0.1', 0)); l.listen()
c = socket.create_connection(l.getsockname()); a, _ = l.accept(); c.setblocking(False)
try:
    while True: c.send(bytes(65536))
except BlockingIOError: pass
show(fd=c.fileno())"
  limited() {
    sockctl peerinfo -j -n --pid "${PID[holder]}" --fd "$fd" --tcpinfo >report
    assert_event report verdict '.limit == "receiver-window" and .busy >= .receiver_window and .receiver_window > 0' 2>/dev/null
  }
  await limited
}

@test "the text says the same facts as the JSON" {
  listener 127.0.0.1 0 --io hold
  run -0 sockctl peerinfo -n --tcpinfo 127.0.0.1 "$PORT"
  assert_line --regexp '^socket +descriptor [0-9]+ +AF_INET SOCK_STREAM IPPROTO_TCP +ESTABLISHED$'
  assert_line --regexp "^  peer +127.0.0.1:$PORT\$"
  assert_line --regexp '^  receive queue +0 bytes, buffer [0-9]+ bytes$'
  assert_line --regexp '^  tcpi_rto +[0-9.]+ ms$'
  assert_line --regexp '^verdict +idle: nothing has been sent so far$'
}

@test "--watch reports what changed, and only that" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept()
signal.signal(signal.SIGUSR1, lambda *_: c.shutdown(socket.SHUT_WR))
signal.signal(signal.SIGUSR2, lambda *_: (a.close(), c.close()))
show(port=port, accepted=a.fileno())"
  start watch sockctl peerinfo -j --watch 20ms --port "$port"
  await_count watch.out '"event":"socket"' 2
  kill -USR1 "${PID[holder]}"
  await_line watch.out '"state":"CLOSE_WAIT"'
  assert_event watch.out socket '.state == "CLOSE_WAIT" and has("cookie") and (has("inode") | not)'
  kill -USR2 "${PID[holder]}"
  await_line watch.out '"event":"gone"'
  stop watch
}

@test "--watch reports what a socket no longer has as null" {
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()
c = socket.create_connection(l.getsockname()); a, _ = l.accept()
signal.signal(signal.SIGUSR1, lambda *_: (c.send(b'x'), a.close()))
show(fd=c.fileno())"
  start watch sockctl peerinfo -j -n --watch 20ms --pid "${PID[holder]}" --fd "$fd"
  await_line watch.out '"event":"socket"'
  assert_event watch.out socket '.other_end.state == "ESTABLISHED" and .congestion != null'
  kill -USR1 "${PID[holder]}"
  await_line watch.out '"other_end":null'
  await_line watch.out '"state":"CLOSE"'
  assert_event watch.out socket 'has("congestion") and .congestion == null and (has("uid") | not)'
  stop watch
}

@test "--watch of a descriptor's tcp_info" {
  listener 127.0.0.1 0 --io sink
  holder "
c = socket.create_connection(('127.0.0.1', $PORT))
signal.signal(signal.SIGUSR1, lambda *_: c.send(b'hello'))
show(fd=c.fileno())"
  start watch sockctl peerinfo -j -n --watch 20ms --tcpinfo --pid "${PID[holder]}" --fd "$fd"
  await_line watch.out '"event":"tcpinfo"'
  kill -USR1 "${PID[holder]}"
  await_line watch.out '"tcpi_bytes_sent":5'
  assert_event watch.out tcpinfo '.tcpi_bytes_sent == 5 and (has("tcpi_state") | not)'
  stop watch
}

@test "nothing found is exit status 1; arguments that exclude each other are usage errors" {
  run -1 sockctl peerinfo --port 1
  assert_line "failed      port 1: no socket on this host has it"
  listener 127.0.0.1 0
  run -1 sockctl peerinfo -6 --port "$PORT"
  assert_line "failed      port $PORT: no IPv6 socket on this host has it"
  run -1 sockctl peerinfo -4 -u --port "$PORT"
  assert_line "failed      port $PORT: no IPv4 UDP socket on this host has it"
  run -1 sockctl peerinfo --pid 4194304
  assert_output --partial "ESRCH"
  run -2 sockctl peerinfo --port 1 127.0.0.1 1
  run -2 sockctl peerinfo --sockopts --port 1
  run -2 sockctl peerinfo justahost
  run -2 sockctl peerinfo --pid 1 --fd 0 -4
  run -2 sockctl peerinfo --fd 0 -u
  run -2 sockctl peerinfo --watch 0 --port 1
}

@test "it says what ss says of the same sockets" {
  need ss
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(7); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); c.send(b'hello')
w = socket.create_connection(('127.0.0.1', port))
d = socket.create_connection(('127.0.0.1', port))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', port))
# All is settled: the data has arrived, and both handshakes have ended at the listener too (tcpi_unacked, its queue).
a.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
while int.from_bytes(l.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)[24:28], sys.byteorder) < 2: time.sleep(0.01)
show(port=port)"
  info --port "$port"
  run -0 ss -HOtuaemni "sport = :$port or dport = :$port"
  local line count=0
  declare -A names=([ESTAB]=ESTABLISHED [LISTEN]=LISTEN [UNCONN]=CLOSE)
  for line in "${lines[@]}"; do
    read -r netid state recvq sendq _ <<<"$line"
    cookie=$((16#$(sed 's/.*sk:\([0-9a-f]*\).*/\1/' <<<"$line")))
    inode=$(sed -n 's/.*ino:\([0-9]*\).*/\1/p' <<<"$line")
    drops=$(sed -n 's/.*,d\([0-9]*\)).*/\1/p' <<<"$line")
    buffer=$(sed -n 's/.*,rb\([0-9]*\),.*/\1/p' <<<"$line")
    shows ".cookie == $cookie and .state == \"${names[$state]}\" and .inode == ${inode:-0} and .drops == $drops and .receive_buffer == $buffer"
    case $netid-$state in
    tcp-LISTEN) shows ".cookie == $cookie and .queue == $recvq and .limit == $sendq" ;;
    *) shows ".cookie == $cookie and .receive_queue == $recvq and .send_queue == $sendq" ;;
    esac
    count=$((count + 1))
  done
  ((count == 8)) || fail "$count sockets: $output"
  [[ $(event report socket .cookie | wc -l) == 8 ]]
}

@test "it says what ss says of tcp_info" {
  need ss
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept()
for i in range(9):
    c.send(bytes(1000)); a.recv(1000, socket.MSG_WAITALL)
show(port=port, fd=c.fileno())"
  info -n --tcpinfo --pid "${PID[holder]}" --fd "$fd"
  run -0 ss -HOtni "dport = :$port"
  of() { sed -n "s/.* $1:\([0-9]*\).*/\1/p" <<<"$output"; }
  assert_event report tcpinfo ".tcpi_bytes_sent == $(of bytes_sent) and .tcpi_bytes_acked == $(of bytes_acked) and .tcpi_segs_out == $(of segs_out)"
  assert_event report tcpinfo ".tcpi_snd_cwnd == $(of cwnd) and .tcpi_snd_mss == $(of mss) and .tcpi_pmtu == $(of pmtu) and .tcpi_advmss == $(of advmss)"
  assert_event report tcpinfo ".tcpi_bytes_sent == 9000 and .tcpi_rtt > 0"
}

@test "a FIN that waits to be read is not a byte" {
  listener --io hold 127.0.0.1 0
  run -0 sockctl connect -Q --no-shutdown -q 1ms 127.0.0.1 "$PORT"
  _half_closed() { sockctl peerinfo -j --port "$PORT" >report && assert_event report socket '.state == "CLOSE_WAIT"' 2>/dev/null; }
  await _half_closed
  assert_event report socket '.state == "CLOSE_WAIT" and (.receive_queue // 0) == 0'
}
