#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Exit statuses, each from its real cause, as root and as an ordinary user.

load helpers

failures() {
  grep -cE '^(#[0-9]+ +)?failed '
}

# everyone STATUS ARGS...: sockctl ends with STATUS for root and for the user nobody.
everyone() {
  run "-$1" sockctl "${@:2}"
  all=$output
  run "-$1" as_nobody sockctl "${@:2}"
  # What is reported is the same, but for times and ports, and for how many counts come between.
  assert_equal "$(failures <<<"$output")" "$(failures <<<"$all")"
}

# A port without a listener: one that was just in use.
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
  assert_line --regexp 'failed +socket 127\.0\.0\.1:80: EMFILE '
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
  need_glibc
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

@test "3: descriptors exhausted inside getaddrinfo are reported, not hidden behind EAI_NONAME" {
  need_glibc
  need_strace
  # The loader opens files too, more of them with one libc than with another: the first that getaddrinfo opens counts.
  straced trace -e trace=openat sockctl connect -z localhost http &>/dev/null || :
  first=$(grep openat trace | grep -nE '/etc/(nsswitch.conf|host.conf|resolv.conf|services|hosts)"' | sed 's/:.*//; q')
  [[ $first ]]
  run -3 straced trace -e "inject=openat:error=EMFILE:when=$first+" -e inject=socket:error=EMFILE sockctl connect localhost http
  assert_line --partial EMFILE
}

@test "4: nothing listens" {
  closed_port
  everyone 4 connect 127.0.0.1 "$PORT"
  assert_line --regexp "failed +connect 127\.0\.0\.1:$PORT: ECONNREFUSED \(Connection refused\)( after [0-9.]+ ms)?"
  everyone 4 connect --blocking 127.0.0.1 "$PORT"
}

@test "4: a firewall that resets" {
  need_iptables
  listener -k 127.0.0.1 0
  iptables -A INPUT -p tcp --dport "$PORT" -j REJECT --reject-with tcp-reset
  everyone 4 connect 127.0.0.1 "$PORT"
  iptables -F INPUT
}

@test "5: the time of connect is over" {
  need_iptables
  iptables -A INPUT -p tcp --dport 81 -j DROP
  everyone 5 connect -w 0.2 127.0.0.1 81
  assert_line --regexp 'failed +connect 127\.0\.0\.1:81: ETIMEDOUT .* after [0-9.]+ m?s \(the time limit has passed\)'
  everyone 5 connect --connect-timeout 0.2 --blocking 127.0.0.1 81
  # The kernel's own: it gives up at the first retransmission.
  run -5 sockctl connect -o TCP_USER_TIMEOUT=100 127.0.0.1 81
  refute_line --partial "the time limit"
  iptables -F INPUT
}

@test "5: the time of accept is over" {
  everyone 5 listen -w 0.1 127.0.0.1 0
  everyone 5 listen --accept-timeout 0.1 127.0.0.1 0
  everyone 5 listen -k --accept-timeout 0.1 127.0.0.1 0
  assert_line --partial "no client connected within"
  # That of idling alone does not end the wait, which has no time.
  start server sockctl listen -j -vv --idle-timeout 0.05 127.0.0.1 0
  await_line server.err '"listening"'
  stop server
  assert_event server.err call '.call == "poll" and (.args | endswith(", -1"))'
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
  need_iptables
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
    start peer "$builddir/tests/helpers/peer" listen 127.0.0.1:0 reset
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
  need_iptables
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

# What a signal does, 128+n, is in signals.bats; several addresses in race.bats, many ports in probe.bats.

@test "several targets: the first of 4, 5, 6, 7, 3, 1 that any had" {
  need_iptables
  cp /etc/hosts hosts.before
  {
    cat hosts.before
    printf '%s\n' "127.0.0.2 refused-and-far" "203.0.113.1 refused-and-far" "127.0.0.3 silent-and-far" "203.0.113.1 silent-and-far" \
      "203.0.113.1 far-and-none" "127.0.0.4 far-and-none"
  } >hosts
  mount --bind hosts /etc/hosts
  iptables -A INPUT -d 127.0.0.3 -j DROP
  everyone 4 connect refused-and-far 9
  everyone 5 connect -w 0.3 silent-and-far 9
  # No local port is left to reach 127.0.0.4 from.
  listener -k --io hold 127.0.0.4 0
  echo "32768 32768" >/proc/sys/net/ipv4/ip_local_port_range
  start holder sockctl connect -d 127.0.0.4 "$PORT"
  await_line holder.err ^connected
  everyone 6 connect far-and-none "$PORT"
  everyone 7 connect 127.0.0.4 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  # Of several ports, and of several connections, likewise.
  everyone 4 connect -z -w 0.3 127.0.0.1 1-3
  everyone 0 connect -z 127.0.0.4 "1-3,$PORT"
  everyone 5 connect --conns 2 -w 0.3 127.0.0.3 9
  iptables -F INPUT
  umount /etc/hosts
}

@test "-Q changes no status, and leaves one line; --json has the same call, address and error" {
  need_netns
  closed_port
  check() {
    local code=$1
    shift
    run "-$code" --separate-stderr sockctl "$@" -Q
    assert_regex "$stderr" '^failed +[^'$'\n'']*$'
    line=$stderr
    run "-$code" --separate-stderr sockctl "$@" -j
    echo "$stderr" >report
    said=$(event report failed 'def where: if .path then .path elif .family == "AF_INET6" then "[\(.host)]:\(.port)" else "\(.host):\(.port)" end;
      (if .address then .address | where else .name end) as $about |
      if .timeout then "failed      \($about): \(.text) within " else "failed      \(.call) \($about): \(.error.name) " end')
    [[ $line == "$said"* ]] || fail "'$line' is not '$said…'"
  }
  check 4 connect 127.0.0.1 "$PORT"
  check 4 connect -U @nobody
  check 3 connect -n nowhere 80
  check 6 connect 203.0.113.1 80
  check 6 connect -U ./missing
  check 7 listen 192.0.2.1 4321
  check 7 connect -s 192.0.2.1 127.0.0.1 "$PORT"
  check 1 listen --port-file no/such/file 127.0.0.1 4321
  check 5 listen -w 0.05 127.0.0.1 4321
  check 5 connect --retry 0.1 127.0.0.1 "$PORT"
}

@test "a stack of 64 KiB is enough for every command, with its causes" {
  [[ $(ASAN_OPTIONS=help=1 sockctl --version 2>&1) != *AddressSanitizer* ]] || skip "a sanitizer needs more"
  listener -k --io echo 127.0.0.1 0
  while IFS=' ' read -r -a words; do
    run -"${words[0]}" bash -c 'ulimit -s 64; exec "$@" </dev/null' bash timeout 10 "$SOCKCTL" "${words[@]:1}"
  done <<END
4 connect 127.0.0.1 9
4 connect -z -u 127.0.0.1 9
6 connect -U ./none
0 connect -vv --iov 1,2 localhost $PORT
0 connect --conns 3 127.0.0.1 $PORT
0 connect -z -v 127.0.0.1 $PORT,9
0 connect --path 127.0.0.1 $PORT
0 connect --draw 127.0.0.1 $PORT
7 listen 127.0.0.1 $PORT
5 listen -w 0.01 --watch --port-file port 127.0.0.1 0
5 oob-recv -w 0.01 127.0.0.1 0
0 oob-send 127.0.0.1 $PORT 1 oob:2
3 resolve sockctl.invalid
0 resolve --with-source --bytes 127.0.0.1
0 reverse -n 127.0.0.1 80
0 peerinfo -j
0 peerinfo --tcpinfo --sockopts 127.0.0.1 $PORT
END
  # Signals end these.
  for mode in --closed "--watch 0.1" "--watch 0.1 -j"; do
    # shellcheck disable=SC2086 # words
    run -124 bash -c 'ulimit -s 64; exec "$@"' bash timeout 0.2 "$SOCKCTL" peerinfo $mode
  done
}
