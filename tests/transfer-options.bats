#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The options of a transfer where they meet: other modes, other sockets, the other side, another host.

load helpers

peer() {
  start peer "$builddir/tests/helpers/peer" listen 127.0.0.1:0 "$@"
  await_line peer.err '^listening '
  PORT=${LINE#listening }
}

# Another host at the end of a cable: near and far are the two ends, FAR the words that run a command there.
far_host() {
  need_netns
  need nsenter
  unshare -n sh -c 'touch there; exec sleep 60' &
  PID[host]=$!
  touch host.out host.err
  await test -e there
  FAR=(nsenter -t "${PID[host]}" -n)
  ip link add near type veth peer name far netns "/proc/${PID[host]}/ns/net"
  ip address add 192.0.2.1/24 broadcast 192.0.2.255 dev near
  ip link set near up
  "${FAR[@]}" sh -c 'ip link set lo up
    ip address add 192.0.2.2/24 broadcast 192.0.2.255 dev far
    echo 0 >/proc/sys/net/ipv6/conf/far/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/far/accept_dad
    ip link set far up'
}

@test "-b reaches every host of the network, and without it the kernel says EACCES" {
  far_host
  start server "${FAR[@]}" sockctl listen -u -j -W 2 0.0.0.0 7000
  await_line server.err '"listening"'
  run -6 sockctl connect -u -q 0 192.0.2.255 7000 <<<quiet
  assert_line --partial EACCES
  run -0 sockctl connect -Q -u -b -q 0 192.0.2.255 7000 <<<"to all of the network"
  run -0 sockctl connect -Q -u -b -q 0 -o SO_BINDTODEVICE=near 255.255.255.255 7000 <<<"to all on the cable"
  await_exit server
  assert_equal "$(<server.out)" $'to all of the network\nto all on the cable'
  assert_event server.err peer '.peer.host == "192.0.2.1"'
}

@test "a link-local address needs its scope, by name or number, at either end" {
  far_host
  echo 0 >/proc/sys/net/ipv6/conf/near/disable_ipv6
  ip -6 address add fe80::a/64 dev near nodad
  "${FAR[@]}" ip -6 address add fe80::b/64 dev far nodad
  start server "${FAR[@]}" sockctl listen -k -j fe80::b%far 7000
  await_line server.err '"listening"'
  assert_event server.err listening '.local == {family: "AF_INET6", host: "fe80::b", port: 7000, scope: "far"}'
  run -0 --separate-stderr sockctl connect -j --retry 5 fe80::b%near 7000
  echo "$stderr" >report
  assert_event report connected '.peer.host == "fe80::b" and .peer.scope == "near" and .local.scope == "near"'
  run -0 sockctl connect -Q "fe80::b%$(ip -o link show near | cut -d: -f1)" 7000
  run -0 sockctl connect -Q '[fe80::b%near]:7000'
  run -0 --separate-stderr sockctl connect -j -s fe80::a%near fe80::b%near 7000
  echo "$stderr" >report
  assert_event report connected '.local.host == "fe80::a"'
  run -6 sockctl connect fe80::b 7000
  assert_line --partial EINVAL
  await_count server.err '"accepted".*"fe80::' 4
}

@test "-C makes CR LF of LF in datagrams, over unix sockets and in a listener; a CR that is there is enough" {
  # In one piece: the printf of bash writes line by line.
  printf 'a\nb\r\n\n' >input
  for how in "-u -q 0" -U "-U --seqpacket"; do
    rm -f s port
    # shellcheck disable=SC2086 # words
    if [[ $how == -U* ]]; then
      start server sockctl listen $how --port-file port ./s
      await test -s port
      sockctl connect -Q -C $how ./s <input
    else
      listener -u -W 1 127.0.0.1 0
      sockctl connect -Q -C $how 127.0.0.1 "$PORT" <input
    fi
    await_exit server
    printf 'a\r\nb\r\n\r\n' | cmp - server.out
  done
}

@test "-C: a CR at the very end of a read, and none before" {
  peer eof close
  start_fed client sockctl connect -Q -C 127.0.0.1 "$PORT"
  feed client $'one\r'
  await_line peer.out one
  feed client $'\ntwo\r'
  await_line peer.out two
  feed client $'x\n'
  feed_end client
  await_exit client
  await_exit peer
  printf 'one\r\ntwo\rx\r\n' | cmp - peer.out
}

@test "-i waits between lines; under -k it is refused" {
  listener --io sink 127.0.0.1 0
  printf 'a\nb\nc\n' | sockctl connect -j -i 0.2 127.0.0.1 "$PORT" 2>report
  assert_event report closed '.duration >= 0.4 and .sent == 6'
  run -2 sockctl listen -k -i 1 127.0.0.1 0
  assert_output --partial "-i is for one connection"
}

@test "-W under -k counts for each connection" {
  listener -k -W 1 --accept-count 2 --io sink 127.0.0.1 0
  for n in 1 2; do
    # It would wait for an end that only -W brings.
    start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" send:x ended
    await_exit peer
  done
  await_exit server
  assert_success
  assert_equal "$(event server.err closed .received | xargs)" "1 1"
}

@test "-d with each --io that sends by itself changes nothing of what that sends" {
  listener -k --io sink 127.0.0.1 0
  run -0 sockctl connect -j -d --io source:100 127.0.0.1 "$PORT"
  grep '^{' <<<"$output" >report
  assert_event report closed '.sent == 100'
}

@test "--chunk bounds datagrams, messages and the two directions" {
  for how in "-u -W 4" "-U --seqpacket"; do
    rm -f s port
    words=(--port-file port 127.0.0.1 0)
    [[ $how == -U* ]] && words=(--port-file port ./s)
    # shellcheck disable=SC2086 # words
    start server sockctl listen -j -vv $how "${words[@]}"
    await test -s port
    where=$(tr ' ' : <port)
    # shellcheck disable=SC2086
    printf '%035d' 0 | sockctl connect -Q --chunk 10 ${how/-W 4/-q 1ms} "$where"
    await_exit server
    assert_success
    run jq -rs '[.[] | select(.event == "call" and (.call | startswith("recv")) and .result > 0).result] | join(" ")' server.err
    assert_output "10 10 10 5"
  done
}

@test "--hexdump shows the same in text and JSON, for both directions, with offsets that go on" {
  listener -k --io echo 127.0.0.1 0
  # Each line is a send of its own.
  sockctl connect -j --hexdump -i 0 127.0.0.1 "$PORT" < <(printf 'one\n\0two\377') 2>report >data
  assert_event report data '.direction == "sent" and .offset == 0 and .length == 4 and .bytes == "6f6e650a"'
  assert_event report data '.direction == "sent" and .offset == 4 and .length == 5 and .bytes == "0074776fff"'
  assert_equal "$(event report data 'select(.direction == "received") | .bytes' | tr -d '\n')" 6f6e650a0074776fff
  sockctl connect --hexdump -i 0 127.0.0.1 "$PORT" < <(printf 'one\n\0two\377') 2>report >data
  grep -qFx '    00000000  6f 6e 65 0a                                      |one.|' report
  grep -qFx '    00000004  00 74 77 6f ff                                   |.two.|' report
}

@test "--linger 1 waits for what is not acknowledged, one second and no more" {
  need_iptables
  peer await:go
  start_fed client sockctl connect -jv --linger 1 -q 1ms 127.0.0.1 "$PORT"
  await_line client.err '"connected"'
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP
  feed client lost
  feed_end client
  await_exit client
  iptables -F INPUT
  assert_success
  assert_event client.err call '.call == "close" and .elapsed >= 0.9'
  assert_event client.err call '.call == "setsockopt" and (.args | contains("SO_LINGER, [{1, 1}]"))'
}

@test "--reset and --linger, --no-shutdown and --shutdown exclude each other" {
  run -2 sockctl connect --reset --linger 1 127.0.0.1 80
  assert_output --partial "--reset excludes --linger"
  run -2 sockctl listen --no-shutdown --shutdown rdwr 127.0.0.1 80
  assert_output --partial "--no-shutdown excludes --shutdown"
}

@test "--reset of a listener, and under -k, is an ECONNRESET of the client" {
  for how in "" "-k --accept-count 1"; do
    # shellcheck disable=SC2086 # words
    listener $how -d --reset --idle-timeout 0.1 127.0.0.1 0
    start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" ended
    await_line peer.err '^ended ECONNRESET'
    await_exit server
  done
}

@test "--blocking is about connect alone: TCP, UDP and unix move bytes as ever" {
  head -c 1000000 /dev/urandom >million
  listener --io echo 127.0.0.1 0
  sockctl connect -Q --blocking 127.0.0.1 "$PORT" <million >back
  cmp million back
  await_exit server
  start server sockctl listen -Q --io echo --port-file port -U ./s
  await test -s port
  sockctl connect -Q --blocking -U ./s <million >back
  cmp million back
  await_exit server
  listener -u --io echo 127.0.0.1 0
  run -0 sockctl connect -Q -u -W 1 --blocking 127.0.0.1 "$PORT" <<<hello
  assert_output hello
}

@test "-s PATH is the name of a unix client, which is removed at its end, also of a try that failed" {
  for how in "" --seqpacket; do
    # shellcheck disable=SC2086 # words
    start server sockctl listen -j $how -U ./s
    await_line server.err '"listening"'
    # shellcheck disable=SC2086 # words
    run -0 sockctl connect -Q $how -U -s ./c ./s
    await_exit server
    assert_event server.err accepted '.peer.path == "./c"'
    assert test ! -e c
  done
  run -6 sockctl connect -U -s ./c ./s
  assert test ! -e c
  start client sockctl connect -jv --retry 10 -U -s ./c ./s
  await_count client.err ENOENT 2
  start server sockctl listen -U ./s
  await_exit client
  assert_success
  assert test ! -e c
  # What is there already is not touched.
  echo file >c
  run -7 sockctl connect -U -s ./c ./s
  assert_equal "$(<c)" file
}

@test "--port-file into a fifo waits for its reader, and a signal ends the wait" {
  mkfifo fifo
  start server sockctl listen -Q --port-file fifo 127.0.0.1 0
  read -r host port <fifo
  run -0 sockctl connect -Q "$host" "$port" <<<hello
  await_exit server
  assert_line hello
  start server sockctl listen --port-file fifo 127.0.0.1 0
  await_line server.err ^listening
  stop server
  assert_failure 143
}

@test "the start event has the words as they were given" {
  run -4 --separate-stderr sockctl connect -j -d '127.0.0.1:1' --io=source:5
  head -n 1 <<<"$stderr" >report
  assert_event report start '.arguments[1:] == ["connect", "-j", "-d", "127.0.0.1:1", "--io=source:5"]'
  run -4 --separate-stderr sockctl connect -j '[127.0.0.1]' 1
  head -n 1 <<<"$stderr" >report
  assert_event report start '.arguments[3] == "[127.0.0.1]"'
}
