#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# An error of stdin is not its end: it is named, and the status is 1. The data that was read before it is sent.

load helpers

# With a stdin whose read fails with EIO: page 0 of a process that lives is not mapped.
broken() {
  ${EXEC-} "$@" </proc/$$/mem
}

assert_read_failed() {
  assert_failure 1
  assert_line --regexp "failed +read stdin: $1 "
}

@test "TCP: EIO, EISDIR and EBADF of stdin are failures, status 1" {
  listener -k --io sink 127.0.0.1 0
  run broken sockctl connect 127.0.0.1 "$PORT"
  assert_read_failed EIO
  run sockctl connect 127.0.0.1 "$PORT" <.
  assert_read_failed EISDIR
  run sockctl connect 127.0.0.1 "$PORT" 0>written
  assert_read_failed EBADF
  run broken sockctl connect -j 127.0.0.1 "$PORT"
  grep '^{' <<<"$output" >report
  assert_event report failed '.call == "read" and .name == "stdin" and .error.name == "EIO"'
}

@test "UDP, unix streams, datagrams and sequenced packets: the same" {
  start udp sockctl listen -j -k -u 127.0.0.1 0
  await_line udp.err '"listening"'
  PORT=$(event udp.err listening .local.port)
  run broken sockctl connect -u 127.0.0.1 "$PORT"
  assert_read_failed EIO
  run sockctl connect -u 127.0.0.1 "$PORT" <.
  assert_read_failed EISDIR
  for type in -n -u --seqpacket; do
    start unix sockctl listen -j -U "$type" ./socket
    await_line unix.err '"listening"'
    run broken sockctl connect -U "$type" ./socket
    assert_read_failed EIO
    stop unix
  done
}

@test "a listener's stdin: the same, and with -C and -i" {
  for options in "" -C "-i 0.01"; do
    # shellcheck disable=SC2086 # words
    start server broken sockctl listen -j $options --port-file port 127.0.0.1 0
    await test -s port
    read -r _ PORT <port
    run sockctl connect -d 127.0.0.1 "$PORT"
    await_exit server
    assert_failure 1
    assert_event server.err failed '.call == "read" and .error.name == "EIO"'
    rm port
  done
}

@test "sendfile: an error of the file itself is named, and what was before it has arrived" {
  need_strace
  head -c 300000 /dev/zero >file
  listener 127.0.0.1 0
  run straced trace -e inject=sendfile:error=EIO:when=2 -e inject=read:error=EIO:when=100+ -P file sockctl connect 127.0.0.1 "$PORT" <file
  await_exit server
  # read() takes over where sendfile() fails.
  assert_equal "$(stat -c %s server.out)" 300000
}

@test "oob-send: an error of stdin is not the end of its lines" {
  start receiver sockctl oob-recv -k --port-file port 127.0.0.1 0
  await test -s port
  read -r _ PORT <port
  run sockctl oob-send 127.0.0.1 "$PORT" <.
  assert_read_failed EISDIR
  run broken sockctl oob-send 127.0.0.1 "$PORT"
  assert_read_failed EIO
}

@test "oob-send: a line with NULs, one without an end, a non-blocking stdin, a signal in the middle of a line" {
  start receiver sockctl oob-recv -j -k --port-file port 127.0.0.1 0
  await test -s port
  read -r _ PORT <port
  printf 'a\0b\nlast' | sockctl oob-send -Q -i 0.05 127.0.0.1 "$PORT"
  await_line receiver.out '"eof"'
  assert_equal "$(event receiver.out data .bytes | tr -d '\n')" 'a\0blast'
  start sender sockctl oob-send 127.0.0.1 "$PORT" < <(/usr/bin/python3 -c '
import os, sys, time
os.set_blocking(1, False)
sys.stdout.write("half ")
sys.stdout.flush()
time.sleep(0.1)
print("line")')
  await_exit sender
  assert_success
  assert_output --partial 'segment     "half line"'
  start_fed sender sockctl oob-send 127.0.0.1 "$PORT"
  feed sender 'no end'
  await_line sender.out '^connected'
  kill -INT "${PID[sender]}"
  await_exit sender
  assert_failure 130
}

@test "resolve --stdin: the same" {
  run sockctl resolve -n --stdin <.
  assert_failure 1
  assert_output --partial EISDIR
  run broken sockctl resolve -n --stdin
  assert_failure 1
  assert_output --partial EIO
}

@test "the EIO of a terminal that has hung up is an end" {
  listener --io sink 127.0.0.1 0
  run /usr/bin/python3 -c '
import os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=slave, stderr=subprocess.PIPE, text=True)
os.close(slave)
for line in child.stderr:
    if "connected" in line:
        os.close(master)
        break
sys.stdout.write(child.stderr.read())
sys.exit(child.wait())' sockctl connect 127.0.0.1 "$PORT"
  assert_success
  refute_output --partial failed
}
