#!/usr/bin/env bats
# Exit statuses, each from its real cause, as root and as an ordinary user.

load helpers

# everyone STATUS ARGS...: sockctl ends so for root and for nobody.
everyone() {
  run "-$1" sockctl "${@:2}"
  all=$output
  run "-$1" as_nobody sockctl "${@:2}"
  # What is told is the same, but for times and ports.
  assert_equal "$(grep -c failed <<<"$output")" "$(grep -c failed <<<"$all")"
}

# A port on which nobody listens: one that just was.
closed_port() {
  listener 127.0.0.1 0
  stop server
}

@test "0: a conversation that both have ended" {
  for as in env as_nobody; do
    listener 127.0.0.1 0
    run -0 $as sockctl connect -Q 127.0.0.1 "$PORT"
    await_exit server
    assert_success
  done
}

@test "1: no descriptor left" {
  need_strace
  run -1 straced trace -e inject=socket:error=EMFILE:when=1 sockctl connect 127.0.0.1 80
  assert_line --regexp 'failed +socket 127\.0\.0\.1:80: EMFILE .* after '
  listener 127.0.0.1 0
  stop server
  start server straced trace -e inject=accept4:error=EMFILE sockctl listen 127.0.0.1 "$PORT"
  await_line server.err listening
  sockctl connect -Q -d -w 5 127.0.0.1 "$PORT" || :
  await_exit server
  assert_failure 1
  assert_line --partial "accept4 127.0.0.1:$PORT: EMFILE"
}

@test "2: what is wrong in the arguments" {
  everyone 2 connect
  everyone 2 connect 127.0.0.1
  everyone 2 connect 127.0.0.1 70000
  everyone 2 connect 127.0.0.1 ""
  everyone 2 connect "" 80
  everyone 2 connect --no-such 127.0.0.1 80
  everyone 2 listen 127.0.0.1 99999
}

@test "3: a name that does not resolve, with its EAI name" {
  need_netns
  everyone 3 connect no.such.name.invalid 80
  everyone 3 connect 127.0.0.1 no-such-service
  assert_line --regexp 'failed +getaddrinfo no-such-service: EAI_SERVICE'
  everyone 3 connect -n localhost 80
  assert_line --regexp 'failed +getaddrinfo localhost: EAI_NONAME'
  everyone 3 connect -n 127.0.0.1 http
  assert_line --regexp 'failed +getaddrinfo http: EAI_NONAME'
  everyone 3 connect -4 ::1 80
  assert_line --partial EAI_ADDRFAMILY
  everyone 3 listen no.such.name.invalid 0
}

@test "3: descriptors exhausted inside getaddrinfo are told, not hidden behind EAI_NONAME" {
  need_strace
  run -3 straced trace -e inject=socket,openat:error=EMFILE:when=30+ sockctl connect localhost http
  # Where libc got along without, connect itself failed.
  [[ $status == 3 ]]
  assert_line --partial EMFILE
}

@test "4: nobody listens" {
  closed_port
  everyone 4 connect 127.0.0.1 "$PORT"
  assert_line --regexp "failed +connect 127\.0\.0\.1:$PORT: ECONNREFUSED \(Connection refused\) after [0-9.]+ ms"
  everyone 4 connect --blocking 127.0.0.1 "$PORT"
}

@test "4: a firewall that resets" {
  need_netns
  need iptables
  listener -k 127.0.0.1 0
  iptables -A INPUT -p tcp --dport "$PORT" -j REJECT --reject-with tcp-reset
  everyone 4 connect 127.0.0.1 "$PORT"
  iptables -F INPUT
}

@test "5: the time of connect is over" {
  need_netns
  need iptables
  iptables -A INPUT -p tcp --dport 81 -j DROP
  everyone 5 connect -w 0.2 127.0.0.1 81
  assert_line --regexp 'failed +connect 127\.0\.0\.1:81: ETIMEDOUT .* after 20[0-9.]+ ms \(the time of -w is over\)'
  everyone 5 connect --connect-timeout 0.2 --blocking 127.0.0.1 81
  # The kernel's own: it gives up at the first retransmission.
  run -5 sockctl connect -o TCP_USER_TIMEOUT=100 127.0.0.1 81
  refute_line --partial "the time of -w"
  iptables -F INPUT
}

@test "5: the time of accept is over" {
  everyone 5 listen -w 0.1 127.0.0.1 0
  everyone 5 listen --accept-timeout 0.1 127.0.0.1 0
  everyone 5 listen -k --accept-timeout 0.1 127.0.0.1 0
  assert_line --partial "nobody connected in time"
  # That of idling alone does not end the wait.
  start server sockctl listen --idle-timeout 0.05 127.0.0.1 0
  await_line server.err listening
  sleep 0.2
  kill -0 "${PID[server]}"
}

@test "6: no way there" {
  need_netns
  ip route add unreachable 192.0.2.0/28
  ip route add prohibit 192.0.2.16/28
  ip route add blackhole 192.0.2.32/28
  everyone 6 connect 203.0.113.1 80
  assert_line --partial ENETUNREACH
  everyone 6 connect 192.0.2.1 80
  assert_line --partial EHOSTUNREACH
  everyone 6 connect 192.0.2.17 80
  assert_line --partial EACCES
  everyone 6 connect 192.0.2.33 80
  assert_line --partial EINVAL
  for host in 203.0.113.1 192.0.2.1 192.0.2.17 192.0.2.33; do
    everyone 6 connect -u $host 80
  done
}

@test "6: a local filter" {
  need_netns
  need iptables
  iptables -A OUTPUT -p udp --dport 82 -j DROP
  run -6 sockctl connect -u 127.0.0.1 82 <<<hello
  assert_line --regexp 'failed +send 127\.0\.0\.1:82: EPERM'
  iptables -F OUTPUT
}

@test "7: bind fails: in use, not ours, not allowed" {
  listener -k 127.0.0.1 0
  everyone 7 listen 127.0.0.1 "$PORT"
  assert_line --partial "bind 127.0.0.1:$PORT: EADDRINUSE"
  everyone 7 connect -p "$PORT" -s 127.0.0.1 127.0.0.1 "$PORT"
  need_netns
  everyone 7 listen 192.0.2.99 0
  assert_line --partial EADDRNOTAVAIL
  everyone 7 connect -s 192.0.2.99 127.0.0.1 "$PORT"
  run -7 as_nobody sockctl listen 127.0.0.1 80
  assert_line --partial "bind 127.0.0.1:80: EACCES"
}

@test "7: no local port is left to connect from" {
  need_netns
  listener -k --io hold 127.0.0.1 0
  echo "32768 32768" >/proc/sys/net/ipv4/ip_local_port_range
  start client sockctl connect -d 127.0.0.1 "$PORT"
  await_line client.err connected
  run -7 sockctl connect 127.0.0.1 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  assert_line --partial EADDRNOTAVAIL
}

@test "7: a socket option that is refused" {
  listener -k 127.0.0.1 0
  everyone 7 connect -o SO_BINDTODEVICE=nowhere0 127.0.0.1 "$PORT"
  everyone 7 listen -o SO_BINDTODEVICE=nowhere0 127.0.0.1 0
  run -7 as_nobody sockctl connect -o SO_PRIORITY=99 127.0.0.1 "$PORT"
  assert_line --partial EPERM
}

@test "8: reset in mid-stream" {
  for as in env as_nobody; do
    start peer "$srcdir/tests/helpers/peer" listen 127.0.0.1:0 reset
    await_line peer.err '^listening '
    run -8 $as sockctl connect -d 127.0.0.1 "${LINE#listening }"
    assert_line --partial ECONNRESET
    await_exit peer
  done
}

@test "8: the connection was destroyed by the administrator" {
  need_root
  need_netns
  need ss
  listener -k 127.0.0.1 0
  start_fed client sockctl connect 127.0.0.1 "$PORT"
  await_line client.err connected
  ss -K dst 127.0.0.1 dport = "$PORT" >/dev/null
  await_exit client
  assert_failure 8
  assert_line --regexp 'failed .*(ECONNABORTED|EPIPE)'
}

@test "8: what was sent is never acknowledged" {
  need_netns
  need iptables
  listener -k 127.0.0.1 0
  start_fed client sockctl connect -o TCP_USER_TIMEOUT=200 127.0.0.1 "$PORT"
  await_line client.err connected
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  feed client lost
  await_exit client
  iptables -F INPUT
  assert_failure 8
  assert_line --partial ETIMEDOUT
}

# signalled NAME SIGNAL NUMBER: it sums up what there is, and dies by the signal itself.
signalled() {
  local pid=${PID[$1]}
  kill "-$2" "$pid"
  await_exit "$1"
  assert_failure $((128 + $3))
  refute_line --partial failed
}

@test "128+n: signals, after the summary, wherever they find it" {
  listener -k --io hold 127.0.0.1 0
  start_fed client sockctl connect 127.0.0.1 "$PORT"
  await_line client.err connected
  signalled client INT 2
  assert_line --regexp '^closed .*sent 0, received 0 bytes'
  start_fed client sockctl connect 127.0.0.1 "$PORT"
  await_line client.err connected
  signalled client HUP 1
  assert_line --regexp '^closed '
  signalled server TERM 15
  assert_equal "$(event server.err closed .conn | wc -l)" 2
  start server sockctl listen 127.0.0.1 0
  await_line server.err listening
  signalled server INT 2
  start server sockctl listen -u 127.0.0.1 0
  await_line server.err listening
  signalled server TERM 15
  assert_line --regexp '^closed '
}

@test "128+n: the shell sees the signal itself" {
  run python3 -c '
import signal, subprocess, sys
p = subprocess.Popen(["sockctl", "listen", "127.0.0.1", "0"], stderr=subprocess.PIPE)
p.stderr.readline()
p.send_signal(signal.SIGINT)
print(p.wait())'
  assert_output -- -2
}

@test "a signal ends a blocking connect, a retry and a stdout that is stuck" {
  need_netns
  need iptables
  iptables -A INPUT -p tcp --dport 81 -j DROP
  start client sockctl connect --blocking 127.0.0.1 81
  await_line client.err connecting
  signalled client INT 2
  iptables -F INPUT
  closed_port
  start client sockctl connect --retry 60 127.0.0.1 "$PORT"
  await_line client.err connecting
  signalled client TERM 15
  listener --io source 127.0.0.1 0
  mkfifo stuck
  exec {reader}<>stuck
  (exec sockctl connect -d 127.0.0.1 "$PORT" >stuck 2>client.err) &
  PID[client]=$!
  : >client.out
  await_line client.err connected
  # The pipe is full: nothing more is taken.
  sleep 0.1
  signalled client INT 2
  exec {reader}>&-
}

@test "a signal that was ignored when it began stays ignored, as nohup wants" {
  run python3 -c '
import signal, subprocess, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
p = subprocess.Popen(["sockctl", "listen", "-w", "0.3", "127.0.0.1", "0"], stderr=subprocess.PIPE)
p.stderr.readline()
p.send_signal(signal.SIGHUP)
print(p.wait())'
  assert_output 5
}
