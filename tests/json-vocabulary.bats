#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every event of every kind of run keeps to the vocabulary that scripts rely on: its fields are there, and what they are.

load helpers

# both NAME SERVER-OPTIONS -- CLIENT-OPTIONS: a listener and a client at the most telling level, reports in NAME-*.json.
both() {
  local name=$1 server=()
  shift
  while [[ $1 != -- ]]; do
    server+=("$1")
    shift
  done
  shift
  rm -f port
  start server sockctl listen -jvv "${server[@]}" --port-file port
  await test -s port
  # The words of the file are operands. How it ends is not asked here.
  # shellcheck disable=SC2046
  sockctl connect -jvv "$@" $(<port) <<<"some words" >data 2>"$name-client.json" || :
  await_exit server
  cp server.err "$name-server.json"
}

# alone NAME STATUS ARGS...: one run that ends so.
alone() {
  run "-$2" --separate-stderr sockctl "${@:3}"
  cat <<<"$stderr" >"$1.json"
}

assert_vocabulary() {
  run "$srcdir/tests/helpers/vocabulary" ./*.json
  assert_success
  assert_output --regexp '^[1-9][0-9]* reports'
  run assert_schema ./*.json
  assert_success
}

kinds() {
  jq -r .event ./*.json | sort -u | xargs
}

@test "streams: a conversation, an echo, a source, urgent data aside, hexdumps, options, lingering" {
  both plain 127.0.0.1 0 --
  both echo --io echo --hexdump 127.0.0.1 0 -- --hexdump -o TCP_NODELAY -o SO_SNDBUF=10000
  both source --io source:100000 --show-syn 127.0.0.1 0 -- --linger 1
  both follow 127.0.0.1 0 -- --follow --reset --no-shutdown -q 1ms
  both again --backlog 5 127.0.0.1 0 -- --connect-again
  assert_vocabulary
  for kind in start call connecting attempt connected listening accepted syn eof shutdown closed sockopt data state again; do
    assert_regex " $(kinds) " " $kind "
  done
}

@test "the list of sockets, its counts and its changes" {
  start list sockctl peerinfo -j --all --watch 20ms
  start unix sockctl peerinfo -j -U --all --watch 20ms
  start counts sockctl peerinfo -j --count-by state,program,port,peer,peer-port,user --watch 20ms
  await_line list.out '"event":"listed"'
  await_line counts.out '"event":"listed"'
  await_line unix.out '"event":"listed"'
  start server sockctl listen -jvv 127.0.0.1 0 --io hold --port-file port
  start other sockctl listen -U ./path --io hold
  await test -s port
  # shellcheck disable=SC2046
  start client sockctl connect --io hold $(<port)
  sockctl peerinfo -j --all >once.json
  await_line list.out '"event":"(appeared|changed)".*ESTABLISHED'
  await_line unix.out '"event":"(appeared|changed)".*LISTEN'
  stop client
  await_line list.out '"event":"(gone|changed)"'
  stop server
  for name in list unix counts; do
    stop "$name"
    grep '}$' "$name.out" >"$name.json"
  done
  assert_vocabulary
  for kind in socket listed count appeared; do
    assert_regex " $(kinds) " " $kind "
  done
}

@test "IPv6, and an IPv4 client of an IPv6 socket" {
  need_ipv6
  both six ::1 0 --
  rm -f port
  start server sockctl listen -jvv --port-file port 0
  await test -s port
  sockctl connect -jvv 127.0.0.1 "$(cut -d' ' -f2 port)" 2>mapped-client.json
  await_exit server
  cp server.err mapped-server.json
  assert_vocabulary
  assert_event mapped-server.json accepted '.mapped == true and .peer.family == "AF_INET"'
}

@test "datagrams, whole and cut, and one without a receiver" {
  both udp -u -W 1 127.0.0.1 0 -- -u -q 0
  both cut -u -W 1 --chunk 3 127.0.0.1 0 -- -u -q 0
  run --separate-stderr -4 bash -c 'echo lost | sockctl connect -jvv -u --strict 127.0.0.1 1'
  echo "$stderr" >lost.json
  assert_vocabulary
  for kind in peer datagram warning icmp failed why closed; do
    assert_regex " $(kinds) " " $kind "
  done
}

@test "unix sockets of each type, a stale path, a name without a path" {
  both unix -U ./s -- -U
  both seqpacket -U --seqpacket ./s -- -U --seqpacket
  both datagram -U -u -W 1 ./s -- -U -u -q 0
  alone missing 6 connect -jvv -U ./nowhere
  alone nobody 4 connect -jvv -U @nobody
  assert_vocabulary
  assert_event missing.json failed '.address == {family: "AF_UNIX", path: "./nowhere"}'
  assert_event nobody.json failed '.address.path == "@nobody"'
}

@test "failures: usage aside, each class" {
  alone refused 4 connect -jvv 127.0.0.1 1
  alone retried 5 connect -jvv --retry 0.15 127.0.0.1 1
  alone unresolved 3 connect -jvv -n nowhere 1
  alone waited 5 listen -jvv -w 0.05 127.0.0.1 0
  alone kept 5 listen -jvv -k -w 0.05 127.0.0.1 0
  alone taken 7 connect -jvv -o SO_BINDTODEVICE=nowhere0 127.0.0.1 1
  alone full 1 listen -jvv --port-file no/where 127.0.0.1 0
  assert_vocabulary
  for report in refused retried unresolved waited kept taken full; do
    assert_equal "$(event $report.json failed .event)" failed
  done
  assert_event unresolved.json failed '.error.eai == -2 and .name == "nowhere" and (has("address") | not)'
  assert_event full.json failed '.error.name == "ENOENT" and .name == "no/where"'
}

@test "many connections, their failures, the queue and a probe" {
  start server sockctl listen -jvv -k --accept-count 3 --watch=0.05 --io echo --port-file port 127.0.0.1 0
  await test -s port
  run -0 --separate-stderr sockctl connect -jvv --conns 3 "$(tr ' ' : <port)"
  echo "$stderr" >conns.json
  await_exit server
  cp server.err many.json
  run --separate-stderr -4 sockctl connect -jvv --conns 3 127.0.0.1 1
  echo "$stderr" >refused.json
  assert_vocabulary
  assert_equal "$(event refused.json failed .conn | sort | xargs)" "1 2 3"
  for kind in queue accepted closed connections failed; do
    assert_regex " $(kinds) " " $kind "
  done
}
