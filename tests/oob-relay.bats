#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# connect and listen lose no urgent byte in silence, whatever way the data takes.

load helpers

# Sends parts, of which "!x" is urgent, with a pause between them.
send_parts() {
  python3 -c 'import socket, sys, time
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for part in sys.argv[2:]:
    peer.send(part.lstrip("!").encode(), socket.MSG_OOB if part[0] == "!" else 0)
    time.sleep(0.02)' "$PORT" "$@"
}

@test "an urgent byte is reported with its place, and the data goes on without it" {
  listener 127.0.0.1 0
  send_parts 123 '!abc' 123
  await_exit server
  assert_success
  assert_equal "$(<server.out)" 123ab123
  assert_event server.err oob '.bytes == "c" and .offset == 5 and .conn == 1'
}

@test "neither splice to a pipe nor to a file destroys it, nor the copy for a dump" {
  for how in pipe file dump; do
    rm -f ./*.err
    case $how in
      pipe) start server sh -c 'sockctl listen -j 127.0.0.1 0 | cat >data' ;;
      file) start server sh -c 'exec sockctl listen -j 127.0.0.1 0 >data' ;;
      dump) start server sh -c 'exec sockctl listen -j --hexdump 127.0.0.1 0 >data' ;;
    esac
    await_port server.err
    send_parts '!1' ab '!2' '!3' cd e '!4'
    await_exit server
    assert_equal "$(<data)" abcde
    assert_equal "$(event server.err oob .bytes | tr -d '\n')" 1234
    assert_equal "$(event server.err oob .offset | tr '\n' ' ')" "0 2 2 5 "
  done
}

@test "with the end right behind it, it is not lost either" {
  for how in '' '| cat'; do
    rm -f ./*.err
    start server sh -c "sockctl listen -j 127.0.0.1 0 >data $how"
    await_port server.err
    run -0 sockctl oob-send 127.0.0.1 "$PORT" 123 oob:abc 123
    await_exit server
    assert_event server.err oob '.bytes == "c" and .offset == 5'
  done
}

@test "a byte that TCP dropped before anybody could look is missed at the end" {
  listener --accept-delay 1s 127.0.0.1 0
  send_parts '!a' '!b' 123
  await_exit server
  assert_equal "$(<server.out)" 123
  assert_equal "$(event server.err oob .bytes)" b
  assert_equal "$(event server.err urgent-lost .reason)" dropped
}

@test "what was not lost is not missed: no urgent data, and a mark that was taken" {
  listener 127.0.0.1 0
  sockctl connect -Q --io source:1M 127.0.0.1 "$PORT"
  await_exit server
  assert_equal "$(event server.err urgent-lost .reason)" ""
  listener --accept-delay 1s 127.0.0.1 0
  send_parts 1 '!a' '!b' 123
  await_exit server
  assert_equal "$(<server.out)" 1a123
  assert_equal "$(event server.err urgent-lost .reason)" ""
}

@test "--oob inline leaves it in the stream" {
  listener --oob inline 127.0.0.1 0
  send_parts 123 '!abc' 123
  await_exit server
  assert_equal "$(<server.out)" 123abc123
  refute_event server.err oob
}

@test "--oob inline through splice" {
  start server sh -c 'sockctl listen -j --oob inline 127.0.0.1 0 | cat'
  await_port server.err
  send_parts 123 '!abc' 123 '!x' y
  await_exit server
  assert_equal "$(<server.out)" 123abc123xy
}

@test "--oob discard drops it without a word" {
  listener --oob discard 127.0.0.1 0
  send_parts 123 '!abc' 123
  await_exit server
  assert_success
  assert_equal "$(<server.out)" 123ab123
  refute_event server.err oob
}

@test "many connections at once report each its own" {
  listener -k --accept-count 2 127.0.0.1 0
  send_parts a '!1' &
  send_parts b '!2' c
  wait $!
  await_exit server
  assert_success
  assert_equal "$(event server.err oob .bytes | sort | tr -d '\n')" 12
  assert_equal "$(jq -s '[.[] | select(.event == "oob") | .conn] | unique | length' server.err)" 2
  assert_equal "$(fold -w 1 server.out | sort | tr -d '\n')" abc
}

@test "an echo returns the stream, and reports the urgent byte" {
  listener --io echo 127.0.0.1 0
  python3 -c 'import socket, sys, time
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for part in b"ab", b"!", b"cd":
    peer.send(part, socket.MSG_OOB if part == b"!" else 0)
    time.sleep(0.02)
peer.shutdown(socket.SHUT_WR)
got = b""
while chunk := peer.recv(100): got += chunk
print(got)' "$PORT" >echoed
  await_exit server
  assert_equal "$(<echoed)" "b'abcd'"
  assert_event server.err oob '.bytes == "!"'
}

@test "connect reports what a server sends urgently" {
  start server python3 -c 'import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer = listener.accept()[0]
peer.send(b"login: "); peer.send(b"!", socket.MSG_OOB); peer.close()'
  await_line server.out '^[0-9]+$'
  run --separate-stderr -0 sockctl connect -j 127.0.0.1 "$LINE"
  assert_output "login: "
  echo "$stderr" >client.err
  assert_event client.err oob '.bytes == "!" and .offset == 7'
}

@test "unix streams too" {
  start server sh -c 'sockctl listen -j -U sock | cat'
  await_line server.err '"event": ?"listening"'
  run -0 sockctl oob-send -i 20ms -U sock 123 oob:abc 123
  await_exit server
  assert_equal "$(<server.out)" 123ab123
  assert_event server.err oob '.bytes == "c"'
}
