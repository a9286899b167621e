#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# listen -k: many connections at once, none at the cost of another.

load helpers

# clients COUNT BYTES: so many connections to PORT at once, held together; each sends bytes of its own and wants
# them back.
clients() {
  python3 - "$PORT" "$@" <<'END'
import selectors, socket, sys
port, count, size = map(int, sys.argv[1:])
select = selectors.DefaultSelector()
class Client:
    def __init__(self, number):
        self.want = (b"%06d " % number * (size // 7 + 1))[:size]
        self.sent, self.got = 0, b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setblocking(False)
clients = [Client(i) for i in range(count)]
print("all connected", flush=True)
for client in clients:
    select.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
left = count
while left:
    for key, events in select.select(20) or sys.exit(f"{left} are waiting"):
        client = key.data
        if events & selectors.EVENT_WRITE:
            client.sent += client.socket.send(client.want[client.sent:client.sent + 4096])
            if client.sent == size:
                client.socket.shutdown(socket.SHUT_WR)
                select.modify(client.socket, selectors.EVENT_READ, client)
        if events & selectors.EVENT_READ:
            data = client.socket.recv(65536)
            client.got += data
            if not data:
                assert client.got == client.want, (client.got[:50], client.want[:50])
                select.unregister(client.socket)
                client.socket.close()
                left -= 1
print("all the same")
END
}

@test "1000 connections at once get every byte back" {
  (($(ulimit -Hn) >= 1100)) || skip "the limit of open files is $(ulimit -Hn)"
  ulimit -Sn 1100
  start server sockctl listen -k -Q --io echo --accept-count 1000 --port-file port 127.0.0.1 0
  await test -s port
  PORT=$(cut -d' ' -f2 port)
  run -0 clients 1000 20000
  assert_output $'all connected\nall the same'
  await_exit server
  assert_success
}

@test "descriptors run out: those that are there are served, the others wait and cost nothing" {
  start server prlimit --nofile=24:24 sockctl listen -j -k --io echo --port-file port 127.0.0.1 0
  await test -s port
  PORT=$(cut -d' ' -f2 port)
  # More than there is room for stay connected, and say nothing.
  start_fed hold python3 -c '
import socket, sys
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(40)]
print("held", flush=True)
sys.stdin.readline()
for s in held[:30]:
    s.close()
held[-1].settimeout(10)
held[-1].send(b"served at last")
print(held[-1].recv(100), flush=True)' "$PORT"
  await_line hold.out held
  await_line server.err descriptors-exhausted
  await_rest "${PID[server]}"
  assert_event server.err warning '.code == "descriptors-exhausted" and .error.name == "EMFILE" and .active > 5'
  # Told once, however often it was tried.
  assert_equal "$(event server.err warning .code | wc -l)" 1
  feed hold $'go\n'
  await_exit hold
  assert_line "b'served at last'"
}

@test "no descriptor at all at first, and one later" {
  need_strace
  start server straced trace -e inject=accept4:error=EMFILE:when=1 sockctl listen -j -k --accept-count 1 --io echo --port-file port 127.0.0.1 0
  await test -s port
  PORT=$(cut -d' ' -f2 port)
  run -0 sockctl connect -Q -w 5 127.0.0.1 "$PORT" <<<patience
  assert_output patience
}

@test "accept errors that are about one connection change nothing for the next" {
  need_strace
  for error in ECONNABORTED EPROTO ENOPROTOOPT ENONET ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH EPERM; do
    rm -f port
    start server straced trace -e inject=accept4:error=$error:when=1 sockctl listen -j --io echo --port-file port 127.0.0.1 0
    await test -s port
    PORT=$(cut -d' ' -f2 port)
    run -0 sockctl connect -Q -w 5 127.0.0.1 "$PORT" <<<hello
    assert_output hello
    await_exit server
    assert_success
  done
}

@test "a listener that was destroyed ends, and does not turn" {
  need_root
  need_netns
  need ss
  listener -k 127.0.0.1 0
  ss -K state listening sport = ":$PORT" >/dev/null
  await_exit server
  assert_failure 1
  assert_event server.err failed '.call == "accept4" and .error.name == "EINVAL"'
}

@test "--max-conns serves so many at once, and the next when one has ended" {
  listener -k --io echo --max-conns 2 127.0.0.1 0
  for name in one two; do
    start_fed $name sockctl connect -Q 127.0.0.1 "$PORT"
    feed $name "$name"
    await_line $name.out $name
  done
  start_fed three sockctl connect 127.0.0.1 "$PORT"
  feed three three
  await_line three.err '^connected'
  await_rest "${PID[server]}" "${PID[three]}"
  assert_equal "$(event server.err accepted .conn | wc -l)" 2
  assert_equal "$(<three.out)" ""
  feed_end one
  await_line three.out three
}

@test "--accept-count takes so many, closes the listener, and ends when they have" {
  listener -k --io echo --accept-count 2 127.0.0.1 0
  start_fed one sockctl connect -Q 127.0.0.1 "$PORT"
  start_fed two sockctl connect -Q 127.0.0.1 "$PORT"
  await_count server.err '"accepted"' 2
  # Nobody is left waiting for a service that does not come.
  await _refused
  feed one still
  await_line one.out still
  feed_end one
  feed_end two
  await_exit server
  assert_success
}

_refused() {
  local status=0
  sockctl connect -Q 127.0.0.1 "$PORT" 2>/dev/null || status=$?
  ((status == 4))
}

@test "--accept-delay waits before each accept" {
  listener -k --accept-delay 0.2 --accept-count 2 127.0.0.1 0
  sockctl connect -Q -d 127.0.0.1 "$PORT" &
  sockctl connect -Q -d 127.0.0.1 "$PORT" &
  await_count server.err '"accepted"' 2
  run jq -s '[.[] | select(.event == "accepted").time] | .[0] >= 0.2 and .[1] - .[0] >= 0.2' server.err
  assert_output true
  stop server
  wait
  listener --accept-delay 0.2 127.0.0.1 0
  sockctl connect -Q 127.0.0.1 "$PORT"
  await_exit server
  assert_event server.err accepted '.time >= 0.2 and .state == "CLOSE_WAIT"'
}

@test "what all send goes to stdout as it comes" {
  listener -k 127.0.0.1 0
  start_fed one sockctl connect -Q 127.0.0.1 "$PORT"
  start_fed two sockctl connect -Q 127.0.0.1 "$PORT"
  feed one $'first\n'
  await_line server.out first
  feed two $'second\n'
  await_line server.out second
  feed one $'third\n'
  await_line server.out third
  assert_equal "$(<server.out)" $'first\nsecond\nthird'
}

@test "the failure of one connection is reported with its number, and changes nothing" {
  listener -k --io echo 127.0.0.1 0
  start_fed good sockctl connect -Q 127.0.0.1 "$PORT"
  feed good $'before\n'
  await_line good.out before
  start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" reset
  await_line server.err '"failed"'
  assert_event server.err failed '.conn == 2 and .error.name == "ECONNRESET"'
  assert_event server.err closed '.conn == 2'
  feed good $'after\n'
  await_line good.out after
}

@test "lines of text begin with the number of their connection" {
  start server sockctl listen -k --port-file port --accept-count 2 127.0.0.1 0
  await test -s port
  PORT=$(cut -d' ' -f2 port)
  sockctl connect -Q 127.0.0.1 "$PORT"
  sockctl connect -Q 127.0.0.1 "$PORT"
  await_exit server
  assert_line --regexp '^#1 +accepted '
  assert_line --regexp '^#2 +closed '
}

# busy_until REGEX [COUNT]: feeds the busy connection; whether so many lines of the server's report match.
busy_until() {
  feed busy $'x\n'
  _has_lines server.err "$1" "${2:-1}"
}

@test "an idle connection ends by --idle-timeout, one that is not goes on" {
  listener -k --io echo --idle-timeout 1 127.0.0.1 0
  start_fed before sockctl connect -Q 127.0.0.1 "$PORT"
  await_line server.err '"accepted".*"conn":1'
  start_fed busy sockctl connect -Q 127.0.0.1 "$PORT"
  await_line server.err '"accepted".*"conn":2'
  start_fed behind sockctl connect -Q 127.0.0.1 "$PORT"
  await busy_until '"failed"' 2
  run jq -r 'select(.event == "failed") | "\(.conn) \(.error.name)"' server.err
  assert_output $'1 ETIMEDOUT\n3 ETIMEDOUT'
}

@test "the time of accept begins anew when the last connection has ended" {
  # On a slow machine its client may need longer than that to come.
  local timeout later
  while read -r timeout later; do
    listener -vv -k --io echo --accept-timeout "$timeout" 127.0.0.1 0
    start_fed busy sockctl connect -Q 127.0.0.1 "$PORT"
    await_line server.err '"event":"(accepted|failed)"'
    if [[ $LINE == *'"accepted"'* ]]; then break; fi
    stop busy
  done <<'EOF'
0.5 0\.[6-9]|[1-9]
4 [5-9]|[1-9][0-9]
EOF
  # Until the server has been there for longer than that.
  await busy_until "\"time\":($later)[0-9.]*,\"call\":\"recv\""
  feed_end busy
  await_exit server
  assert_failure 5
  run jq -s "[.[] | select(.event == \"closed\" or .event == \"failed\").time] | .[1] - .[0] >= $timeout" server.err
  assert_output true
}

@test "one that takes all that the source has does not starve the others" {
  listener -k --io source 127.0.0.1 0
  (exec sockctl connect -Q -d --io sink 127.0.0.1 "$PORT") &
  greedy=$!
  await_line server.err '"accepted"'
  sockctl connect -Q -d -W 3 127.0.0.1 "$PORT" >modest
  assert test -s modest
  kill $greedy
}

@test "a client that sends and does not read does not delay the others" {
  listener -k --io echo 127.0.0.1 0
  start_fed deaf python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.setblocking(False)
sent = 0
try:
    while True: sent += s.send(b"x" * 65536)
except BlockingIOError: pass
print("full", flush=True)
sys.stdin.read()' "$PORT"
  await_line deaf.out full
  run -0 sockctl connect -Q -w 5 127.0.0.1 "$PORT" <<<hello
  assert_output hello
  await_rest "${PID[server]}"
}

@test "an idle connection holds no memory" {
  need prlimit
  # 300 buffers of 64 KiB would not fit.
  [[ $(ASAN_OPTIONS=help=1 sockctl --version 2>&1) != *AddressSanitizer* ]] || skip "a sanitizer needs more memory than that"
  start server prlimit --data=$((8 << 20)) sockctl listen -j -k --io echo --port-file port 127.0.0.1 0
  await test -s port
  run -0 python3 -c '
import socket, sys
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(300)]
for s in held: s.sendall(b"x")
print(sum(len(s.recv(1)) for s in held))' "$(cut -d" " -f2 port)"
  assert_output 300
  refute_event server.err failed
}

@test "a refused conn: option fails its connection alone" {
  listener -k --io echo -o conn:SO_BINDTODEVICE=nowhere0 127.0.0.1 0
  sockctl connect -Q -d 127.0.0.1 "$PORT" || :
  await_line server.err '"failed"'
  assert_event server.err failed '.call == "setsockopt" and .conn == 1'
  kill -0 "${PID[server]}"
}
