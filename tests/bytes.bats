#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# No byte is lost, added or moved: both ways at once against every peer, in front of a reset, into slow, closed and full
# outputs, over interrupted and short calls, past 4 GiB.

load helpers

setup_file() {
  head -c $((64 * 1024 * 1024)) /dev/urandom >"$BATS_FILE_TMPDIR/random"
  head -c 1000000 /dev/urandom >"$BATS_FILE_TMPDIR/million"
}

setup() {
  common_setup
  RANDOM_BYTES=$BATS_FILE_TMPDIR/random
  MILLION=$BATS_FILE_TMPDIR/million
}

# peer STEP...: tests/helpers/peer listening; sets PORT.
peer() {
  start peer "$builddir/tests/helpers/peer" listen 127.0.0.1:0 "$@"
  await_line peer.err '^listening '
  PORT=${LINE#listening }
}

# Both files are what was sent, all of it.
assert_both() {
  cmp "$RANDOM_BYTES" "$1"
  cmp "$RANDOM_BYTES" "$2"
  # 64 MiB each are no help when this fails.
  rm -f "$1" "$2"
}

# client_against PORT SOCKCTL-OPTION... -- SERVER...: 64 MiB both ways at once.
client_against() {
  local port=$1 options=()
  shift
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  start server "$@" <"$RANDOM_BYTES"
  sockctl connect -j --retry 10 "${options[@]}" 127.0.0.1 "$port" <"$RANDOM_BYTES" >client.out 2>client.err
  AWAIT=20 await _gone "${PID[server]}"
  assert_both client.out server.out
  assert_event client.err closed ".sent == $((64 * 1024 * 1024)) and .received == .sent"
}

# server_against SOCKCTL-OPTION... -- CLIENT...: PORT in the client's words is the port.
server_against() {
  local options=()
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  listener "${options[@]}" 127.0.0.1 0 <"$RANDOM_BYTES"
  "${@/PORT/$PORT}" <"$RANDOM_BYTES" >client.out
  AWAIT=20 await _gone "${PID[server]}"
  assert_event server.err closed ".sent == $((64 * 1024 * 1024)) and .received == .sent"
  assert_both client.out server.out
  _collect server
  assert_success
}

# nc -l and ncat drop what they have yet to send when the other end half-closes: there sockctl says no FIN of its own.

@test "64 MiB both ways at once, client of nc" {
  need nc
  need_netns
  client_against 5001 --no-shutdown -- nc -N -l 127.0.0.1 5001
}

@test "64 MiB both ways at once, client of ncat" {
  need ncat
  need_netns
  client_against 5002 --no-shutdown -- ncat -l 127.0.0.1 5002
}

@test "64 MiB both ways at once, client of socat" {
  need socat
  need_netns
  client_against 5003 -- socat -t 30 STDIO TCP-LISTEN:5003,bind=127.0.0.1
}

@test "64 MiB both ways at once, client of a Python socket" {
  need_netns
  client_against 5004 -- "$builddir/tests/helpers/peer" listen 127.0.0.1:5004 both
}

@test "64 MiB both ways at once, server of nc" {
  need nc
  server_against -- nc -N 127.0.0.1 PORT
}

@test "64 MiB both ways at once, server of ncat" {
  need ncat
  server_against --no-shutdown -- ncat 127.0.0.1 PORT
}

@test "64 MiB both ways at once, server of socat" {
  need socat
  server_against -- socat -t 30 STDIO TCP:127.0.0.1:PORT
}

@test "64 MiB both ways at once, server of a Python socket" {
  server_against -- "$builddir/tests/helpers/peer" connect 127.0.0.1:PORT both
}

@test "64 MiB both ways at once between two sockctl, over IPv6, through pipes" {
  need_ipv6
  listener ::1 0 < <(cat "$RANDOM_BYTES")
  cat "$RANDOM_BYTES" | sockctl connect -Q ::1 "$PORT" | cat >client.out
  AWAIT=20 await _gone "${PID[server]}"
  assert_both client.out server.out
}

@test "more than 4 GiB arrive, and are counted" {
  listener --io sink 127.0.0.1 0
  sockctl connect -j --io source:4097M 127.0.0.1 "$PORT" 2>client.err
  await_exit server
  assert_success
  assert_event client.err closed '.sent == 4097 * 1024 * 1024'
  assert_event server.err closed '.received == 4097 * 1024 * 1024'
}

@test "a file is sent across its byte 4294967296" {
  truncate -s $((4294967296 - 500000)) sparse
  cat "$MILLION" >>sparse
  listener 127.0.0.1 0
  (
    # The position that stdin has is where it begins.
    python3 -c 'import os; os.lseek(0, 4294967296 - 500000, os.SEEK_SET)'
    exec sockctl connect -Q 127.0.0.1 "$PORT"
  ) <sparse
  await _gone "${PID[server]}"
  cmp "$MILLION" server.out
}

@test "what came before a reset is delivered before the client reports ECONNRESET" {
  peer zeros:30000 acked await:go reset
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_line peer.err '^did acked'
  # Else the reset is the answer to connect.
  await_line client.err '"event":"connected"'
  # Data and reset are there before the next look.
  kill -STOP "${PID[client]}"
  touch go
  await_line peer.err '^did reset'
  kill -CONT "${PID[client]}"
  await_exit client
  assert_failure 8
  assert_equal "$(wc -c <client.out)" 30000
  assert_event client.err failed '.error.name == "ECONNRESET"'
  assert_event client.err closed '.received == 30000'
}

@test "what came before a reset is delivered before the server, with stdin to send, reports ECONNRESET" {
  mkfifo endless
  exec {hold}<>endless
  listener 127.0.0.1 0 <endless
  kill -STOP "${PID[server]}"
  start peer "$builddir/tests/helpers/peer" connect "127.0.0.1:$PORT" zeros:30000 acked reset
  await_line peer.err '^did reset'
  echo "to nobody" >&"$hold"
  kill -CONT "${PID[server]}"
  await_exit server
  assert_failure 8
  assert_equal "$(tr -d '\0' <server.out | wc -c)" 30000
  assert_event server.err failed '.error.name == "ECONNRESET" or .error.name == "EPIPE"'
  exec {hold}>&-
}

@test "a reader of stdout that is slow gets all, also after a reset, and costs no time meanwhile" {
  mkfifo pipe
  peer zeros:30000 acked await:go reset
  # The pipe is as large as sockctl would make it, and full.
  exec {reader}<>pipe
  python3 -c 'import fcntl, os; fcntl.fcntl(1, 1031, 524288); os.write(1, b"x" * 524288)' >&"$reader"
  (exec sockctl connect -j -d 127.0.0.1 "$PORT" </dev/null >pipe 2>slow.err) &
  slow=$!
  await_line slow.err '"connected"'
  touch go
  await_line peer.err '^did reset'
  # A full pipe, a dead peer: nothing happens, and nothing is to be done about it.
  await_rest $slow
  head -c 524288 <&"$reader" >filler
  head -c 30000 <&"$reader" >bytes
  status=0
  wait $slow || status=$?
  exec {reader}>&-
  assert_equal "$status" 8
  run -0 head -c 20 bytes
  assert_output 01234567890123456789
  assert_equal "$(wc -c <bytes)" 30000
}

@test "a closed stdout fails with exit status 1 and the write's errno" {
  peer send:data await:never
  run -1 bash -c 'sockctl connect -d 127.0.0.1 "$1" >&-' bash "$PORT"
  assert_output --regexp 'failed +write stdout: E'
}

@test "a full stdout fails with exit status 1 and ENOSPC" {
  peer send:data await:never
  run -1 bash -c 'sockctl connect -d 127.0.0.1 "$1" >/dev/full' bash "$PORT"
  assert_output --regexp 'failed +write stdout: ENOSPC'
}

@test "a stdout whose reader has gone ends by SIGPIPE, as cat does" {
  peer send:one await:go send:two await:never
  mkfifo pipe
  (exec sockctl connect -d 127.0.0.1 "$PORT" >pipe 2>client.err) &
  exec {reader}<pipe
  read -r -N 3 word <&"$reader"
  exec {reader}>&-
  touch go
  status=0
  wait $! || status=$?
  assert_equal "$word $status" "one 141"
  assert_regex "$(<client.err)" 'closed .* received 6 bytes'
}

@test "an output that takes a little at a time gets all" {
  listener 127.0.0.1 0 <"$MILLION"
  cat >little.py <<'END'
import fcntl, hashlib, os, subprocess, sys
read_end, write_end = os.pipe()
fcntl.fcntl(write_end, 1031, 4096)  # F_SETPIPE_SZ
os.set_blocking(write_end, False)
program = subprocess.Popen(["sockctl", "connect", "-Q", "127.0.0.1", sys.argv[1]], stdin=subprocess.DEVNULL, stdout=write_end)
os.close(write_end)
digest, size = hashlib.sha256(), 1
while data := os.read(read_end, size):
    digest.update(data)
    size = size * 7 % 4093 + 1
print(digest.hexdigest(), program.wait())
END
  run -0 python3 little.py "$PORT"
  assert_output "$(sha256sum "$MILLION" | cut -d' ' -f1) 0"
}

# Passes a million bytes through an echo and back, with a call of the client interrupted now and again.
interrupted() {
  local call=$1
  shift
  straced trace -e trace="$call" -e inject="$call":error=EINTR:when=30+3 \
    sockctl connect -Q "$@" --chunk 4K 127.0.0.1 "$PORT"
}

@test "interrupted calls lose nothing" {
  need_strace
  for call in recvfrom sendto poll read write splice sendfile; do
    listener --io echo 127.0.0.1 0
    # -W has the bytes go through our buffer; splice is for pipes. The first reads are the loader's.
    case $call in
      splice) interrupted splice < <(cat "$MILLION") | cat >echo.out ;;
      sendfile) interrupted sendfile <"$MILLION" >echo.out ;;
      *) interrupted "$call" -W 1G <"$MILLION" >echo.out ;;
    esac
    cmp "$MILLION" echo.out
    await_exit server
    assert_success
    grep -q INJECTED trace || fail "no $call was interrupted"
  done
}

@test "NUL bytes, every byte value, and a last line without its end pass as they are" {
  python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 3 + b"\0\0end")' >bytes
  listener 127.0.0.1 0
  sockctl connect -Q 127.0.0.1 "$PORT" <bytes
  await_exit server
  cmp bytes server.out
}

@test "a closed stdin is an empty one" {
  peer send:all eof close
  run -0 bash -c 'sockctl connect -Q 127.0.0.1 "$1" <&-' bash "$PORT"
  assert_output all
}

@test "a stdin that cannot be read is reported after the peer's data, exit status 1" {
  peer eof send:bye close
  run --separate-stderr -1 sockctl connect 127.0.0.1 "$PORT" </
  assert_output bye
  assert_regex "$stderr" 'failed +read stdin: EISDIR'
}

@test "a peer that half-closes first still gets all that stdin has" {
  peer shut eof close
  start_fed client sockctl connect -j 127.0.0.1 "$PORT"
  await_line client.err '"eof"'
  feed client "after your end"
  feed_end client
  await_exit client
  assert_success
  await_exit peer
  assert_equal "$(<peer.out)" "after your end"
}

@test "a peer that goes on sending after our end is heard to its own" {
  peer eof zeros:100000 close
  run -0 --separate-stderr sockctl connect 127.0.0.1 "$PORT" <<<question
  assert_equal "${#output}" 100000
  await_exit peer
  assert_equal "$(<peer.out)" question
}
