#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# listen: where it listens, what it says of it, and --port-file.

load helpers

# listening ARGS...: the address that the event names.
listening() {
  run -5 sockctl listen -j -w 0.05 "$@"
  grep '^{' <<<"$output" >report
  event report listening '"\(.local.host):\(.local.port) \(.note // "")"'
}

reached_by() {
  sockctl connect -Q -w 5 "$1" "$PORT"
}

@test "without an address one socket serves both families, and says all interfaces" {
  need_ipv6
  listener -k 0
  assert_event server.err listening '.local.host == "::" and .note == "all interfaces" and .local.port > 0'
  reached_by 127.0.0.1
  reached_by ::1
  await_count server.err '"accepted"' 2
  assert_event server.err accepted '.peer.family == "AF_INET" and .mapped == true and .local.host == "127.0.0.1"'
  assert_event server.err accepted '.peer.family == "AF_INET6" and .mapped == false'
}

@test "-4 and -6 serve their family alone" {
  need_ipv6
  listener -k -4 0
  assert_event server.err listening '.local.host == "0.0.0.0"'
  reached_by 127.0.0.1
  run -4 reached_by ::1
  stop server
  listener -k -6 0
  assert_event server.err listening '.local.host == "::"'
  reached_by ::1
  run -4 reached_by 127.0.0.1
  # So the port is free for the other family.
  run -5 sockctl listen -4 -w 0.05 "$PORT"
}

@test "a stream that listens to a group hears that no client can connect" {
  need_netns
  run -5 sockctl listen -w 0.01 224.0.0.1 0
  assert_line --regexp '^warning +a multicast address has no connections: no client can connect$'
  run -5 sockctl listen -j -w 0.01 255.255.255.255 0
  printf '%s\n' "$output" >report
  assert_event report warning '.code == "listening-to-group" and .address.host == "255.255.255.255"'
  run -5 sockctl listen -u -w 0.01 224.0.0.1 0
  refute_output --partial warning
}

@test "without IPv6 it listens on 0.0.0.0" {
  need_strace
  # The resolver opens sockets too: which one is ours?
  run straced trace -e trace=socket sockctl listen -w 0.05 0
  ours=$(grep -n 'socket(AF_INET6, SOCK_STREAM' trace | cut -d: -f1)
  run straced trace -e trace=socket -e "inject=socket:error=EAFNOSUPPORT:when=$ours" sockctl listen -w 0.05 0
  assert_line --regexp '^listening +0\.0\.0\.0:[0-9]+ \(all interfaces\)'
}

@test "a name, a service by name, a scope" {
  need_netns
  need_ipv6
  assert_equal "$(listening -4 localhost 0 | cut -d: -f1)" 127.0.0.1
  grep -qs '^http[[:space:]]*80/tcp' /etc/services || skip "there is no /etc/services"
  assert_equal "$(listening 127.0.0.1 http)" "127.0.0.1:80 "
  ip -6 address add fe80::9/64 dev lo nodad
  run listening fe80::9%lo 0
  assert_output --partial fe80::9
}

@test "of a name's addresses the first that is one of this host's" {
  need_netns
  need_ipv6
  printf '%s here\n' 2001:db8::99 127.0.0.5 >hosts
  mount --bind hosts /etc/hosts
  # getaddrinfo puts last what cannot be reached.
  ip -6 address add 2001:db8::1/64 dev lo nodad
  run -5 sockctl listen -v -w 0.05 here 0
  ip -6 address del 2001:db8::1/64 dev lo
  assert_line --regexp 'bind\([0-9]+, \[2001:db8::99\]:0, 28\) = -1 EADDRNOTAVAIL'
  assert_line --regexp 'listening +127\.0\.0\.5:'
  # An address in use is different: the next one would not help.
  printf '%s here\n' 127.0.0.6 127.0.0.5 >hosts
  listener 127.0.0.6 0
  run -7 sockctl listen -4 here "$PORT"
  umount /etc/hosts
  assert_line --partial "bind 127.0.0.6:$PORT: EADDRINUSE"
}

@test "the limit is what the kernel took of the backlog" {
  need_netns
  cat /proc/sys/net/core/somaxconn >somaxconn
  echo 7 >/proc/sys/net/core/somaxconn
  run -5 sockctl listen -j -w 0.05 --backlog 100 127.0.0.1 0
  cat somaxconn >/proc/sys/net/core/somaxconn
  grep '^{' <<<"$output" >report
  assert_event report listening '.backlog == 100 and .limit == 7 and .state == "LISTEN"'
}

@test "what overflows as soon as it listens is counted" {
  need_netns
  need_strace
  # It stops between the report that it listens and its first look at the queue.
  start server straced trace -f -e trace=epoll_create1 -e inject=epoll_create1:signal=SIGSTOP:when=1 \
    sockctl listen -j --no-accept --backlog 0 --port-file port 127.0.0.1 0
  await_port server.err
  await grep -q 'stopped by SIGSTOP' trace
  run -5 sockctl connect --conns 3 -w 0.2 127.0.0.1 "$PORT"
  listener=$(ps -o pid= --ppid "${PID[server]}" | tr -d " ")
  kill -CONT "$listener"
  await_line server.err '"queue"'
  assert_event server.err queue '.overflows >= 2 and .drops >= 2'
  # strace itself would wait for it.
  kill "$listener"
  await_exit server
}

@test "a port is free again at once after a listener that closed first" {
  listener 127.0.0.1 0
  start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" eof close
  await_exit peer
  await_exit server
  # Its connection is in TIME_WAIT now.
  run -5 sockctl listen -w 0.05 127.0.0.1 "$PORT"
}

@test "only the first is served, the rest are refused at once" {
  listener 127.0.0.1 0
  start_fed one sockctl connect 127.0.0.1 "$PORT"
  await_line server.err accepted
  run -4 reached_by 127.0.0.1
}

@test "--port-file has address and port once it listens, in one piece" {
  start server sockctl listen -Q --port-file file 127.0.0.1 0
  # Whoever sees the file sees all of it.
  await test -e file
  assert_regex "$(<file)" '^127\.0\.0\.1 [0-9]+$'
  # The words are operands.
  # shellcheck disable=SC2046 # two words
  sockctl connect -Q $(<file)
  await_exit server
  assert_success
  assert_equal "$(ls)" $'file\nserver.err\nserver.out'
}

@test "--port-file of IPv6 with a scope, of a unix path" {
  need_netns
  need_ipv6
  ip -6 address add fe80::8/64 dev lo nodad
  run -5 sockctl listen -Q -w 0.05 --port-file file fe80::8%lo 4321
  assert_equal "$(<file)" "fe80::8%lo 4321"
  run -5 sockctl listen -Q -w 0.05 --port-file file -U ./s
  assert_equal "$(<file)" "./s"
}

@test "--port-file replaces a file, keeps to the umask, and writes into a pipe" {
  echo old >file
  chmod 600 file
  (umask 027 && exec sockctl listen -Q -w 0.05 --port-file file 127.0.0.1 0) || :
  assert_regex "$(<file)" '^127'
  assert_equal "$(stat -c %a file)" 640
  run -5 sockctl listen -Q -w 0.05 --port-file /dev/stdout 127.0.0.1 0
  assert_line --regexp '^127\.0\.0\.1 [0-9]+$'
}

@test "--port-file that cannot be written fails before anybody is served" {
  run -1 sockctl listen --port-file no/such/dir/file 127.0.0.1 0
  assert_line --regexp 'failed +open no/such/dir/file: ENOENT'
}

@test "-d, -W, --chunk, -C and --hexdump act on the listener's side too" {
  listener -W 1 -d --hexdump 127.0.0.1 0
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<hello
  await_exit server
  assert_success
  assert_event server.err data '.direction == "received" and .length == 6 and .offset == 0 and .bytes == "68656c6c6f0a"'
  listener -C 127.0.0.1 0 < <(printf 'a\nb')
  sockctl connect -Q 127.0.0.1 "$PORT" >client.out
  printf 'a\r\nb' | cmp - client.out
}

@test "a mistake in the arguments is found before anything is opened" {
  run -2 sockctl listen --port-file file 127.0.0.1 65536
  assert_output --partial "'65536' is too large"
  assert test ! -e file
  run -2 sockctl listen
  assert_output --partial "no port given"
  run -2 sockctl listen --max-conns 3 80
  assert_output --partial "--max-conns needs -k"
  run -2 sockctl listen -u --io source 80
  run -2 sockctl listen --seqpacket 80
}
