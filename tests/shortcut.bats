#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The fast ways of the relay, sendfile and splice: used where they serve, left where they
# do not, and no byte is lost either way.

load helpers

random_file() {
  head -c "$1" /dev/urandom >data
}

# A listener run by a shell line, in which $listen stands for the command.
shell_listener() {
  listen='sockctl listen -j 127.0.0.1 0' start server bash -c "$1"
  await_port server.err
}

# Sends the file to the listener; both must end well.
send_data() {
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <data
  await_exit server
  assert_equal "$status" 0
}

# The peer of a listener, given as lines of python; s is the socket.
python_peer() {
  /usr/bin/python3 -c "
import os, socket, struct, sys
s = socket.create_connection(('127.0.0.1', $PORT))
$1"
}

# What passed through a buffer of the program; netlink has nothing to do with it.
copied() {
  grep -hE '^(recvfrom|sendto)\(.*= +[1-9]' "$@" | grep -v nlmsg || :
}

@test "a file goes by sendfile and a pipe is filled by splice, whole" {
  need_strace
  random_file 8M
  shell_listener 'ASAN_OPTIONS=detect_leaks=0 strace -o received $listen | cat >copy'
  run -0 straced sent sockctl connect -Q 127.0.0.1 "$PORT" <data
  await_exit server
  cmp data copy
  grep -q '^sendfile(.*) *= [1-9]' sent
  grep -q '^splice(.*) *= [1-9]' received
  run -0 copied sent received
  assert_output ""
}

@test "a pipe goes by splice to a file, whole" {
  need_strace
  random_file 8M
  shell_listener '$listen >copy'
  run -0 bash -c "cat data | ASAN_OPTIONS=detect_leaks=0 strace -o sent sockctl connect -Q 127.0.0.1 $PORT"
  await_exit server
  cmp data copy
  grep -q '^splice(0, .*) *= [1-9]' sent
  # Only the first piece, which shows that there is much.
  run -0 copied sent
  assert [ "${#lines[@]}" -le 2 ]
}

@test "a file that others write to through the same descriptor loses nothing of either" {
  random_file 8M
  shell_listener '{ for i in {1..20000}; do echo; done & $listen; wait; } >copy'
  send_data
  assert_equal "$(wc -c <copy)" $((8 * 1024 * 1024 + 20000))
}

@test "a file opened for appending takes all" {
  random_file 3M
  echo before >copy
  shell_listener '$listen >>copy'
  send_data
  (echo before && cat data) | cmp - copy
}

@test "a file of /proc, which sendfile refuses, is still sent" {
  listener 127.0.0.1 0
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" </proc/cpuinfo
  await_exit server
  assert_equal "$(grep -c ^processor server.out)" "$(grep -c ^processor /proc/cpuinfo)"
}

@test "--chunk bounds what sendfile and splice move at once" {
  need_strace
  random_file 1M
  shell_listener 'ASAN_OPTIONS=detect_leaks=0 strace -o received $listen --chunk 10000 | cat >copy'
  run -0 straced sent sockctl connect -Q --chunk 10000 127.0.0.1 "$PORT" <data
  await_exit server
  cmp data copy
  run -0 awk '/^(sendfile|splice)\(/ && $NF + 0 > most { most = $NF } END { print most }' sent received
  assert_output 10000
}

@test "a record of a seqpacket socket stays a record" {
  start server sockctl listen -j -U --seqpacket records --hexdump
  await_line server.err '"listening"'
  run -0 bash -c "(head -c 6000 /dev/zero; head -c 5000 /dev/zero) >both; sockctl connect -Q --seqpacket -U records <both"
  await_exit server
  assert_equal "$(event server.err data .length | tr '\n' ' ')" "11000 "
}

@test "urgent data does not end a splice: with more behind it, and with the end behind it" {
  shell_listener '$listen | tee copy'
  python_peer "
s.sendall(b'one'); s.send(b'!', socket.MSG_OOB)
s.sendall(b'two'); s.send(b'!', socket.MSG_OOB)
s.sendall(b'three')
s.shutdown(socket.SHUT_WR)
s.recv(1)"
  await_exit server
  assert_equal "$(tr -d '!' <copy)" onetwothree
}

@test "urgent data while the reader waits is got over" {
  shell_listener '$listen | tee copy'
  python_peer "
import time
def heard(text):
    while open('copy').read().replace('!', '') != text:
        time.sleep(0.01)
s.sendall(b'one'); heard('one')
s.send(b'!', socket.MSG_OOB); s.sendall(b'two'); heard('onetwo')
s.send(b'!', socket.MSG_OOB); s.shutdown(socket.SHUT_WR)
s.recv(1)"
  await_exit server
  assert_equal "$(tr -d '!' <copy)" onetwo
}

@test "what came before an RST leaves the pipe before the failure is reported" {
  shell_listener '$listen | tee copy; exit "${PIPESTATUS[0]}"'
  python_peer "
s.sendall(b'last words')
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
s.close()"
  await_exit server
  assert_equal "$status" 8
  assert_equal "$(cat copy)" "last words"
  assert_event server.err failed '.error.name == "ECONNRESET"'
}

@test "a stdout that takes nothing is waited for without turning, and then gets everything" {
  need_strace
  random_file 8M
  mkfifo gate
  shell_listener 'ASAN_OPTIONS=detect_leaks=0 strace -o calls $listen | { read -r <gate; cat >copy; }'
  start client bash -c "exec sockctl connect -Q 127.0.0.1 $PORT <data"
  await grep -q 'splice(.*EAGAIN' calls
  before=$(wc -l <calls)
  for _ in {1..100}; do /bin/true; done
  after=$(wc -l <calls)
  echo go >gate
  await_exit server
  await_exit client
  cmp data copy
  # The last calls before it slept may come after the first count; one that turned would make thousands.
  assert [ "$((after - before))" -le 100 ]
}

@test "a stdout whose reader is gone ends it by SIGPIPE" {
  # More than the buffers of both ends hold, or the sender could be done before the reset.
  truncate -s 64M data
  shell_listener '$listen | head -c 1 >copy; exit "${PIPESTATUS[0]}"'
  run -8 sockctl connect -Q 127.0.0.1 "$PORT" <data
  await_exit server
  assert_equal "$status" $((128 + 13))
}

@test "a full disk is reported as a write error" {
  need_netns
  mkdir small
  mount -t tmpfs -o size=64k none small 2>/dev/null || skip "may not mount here"
  random_file 1M
  shell_listener '$listen >small/copy'
  run sockctl connect -Q 127.0.0.1 "$PORT" <data
  await_exit server
  umount small
  assert_equal "$status" 1
  assert_event server.err failed '.error.name == "ENOSPC" and .name == "stdout"'
}

@test "a pipe becomes larger, and one that is large already does not become smaller" {
  run -0 /usr/bin/python3 - "$SOCKCTL" <<'END'
import fcntl, os, subprocess, sys
SET, GET = 1031, 1032
def size_after(size):
    read, write = os.pipe()
    fcntl.fcntl(write, SET, size)
    listener = subprocess.Popen([sys.argv[1], "listen", "-j", "127.0.0.1", "0"], stdin=read,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    import json
    while (event := json.loads(listener.stderr.readline()))["event"] != "listening":
        pass
    peer = subprocess.Popen([sys.argv[1], "connect", "-Q", "127.0.0.1", str(event["local"]["port"])],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    os.write(write, b"x")
    peer.stdout.read(1)
    size = fcntl.fcntl(write, GET)
    os.close(write), os.close(read)
    listener.wait(), peer.wait()
    return size
print(size_after(65536), size_after(1 << 20))
END
  assert_output "524288 1048576"
}

@test "TCP_NODELAY is set before the first send, unless -o says otherwise" {
  listener 127.0.0.1 0
  echo x >data
  run -0 sockctl connect -v 127.0.0.1 "$PORT" <data
  assert_output --regexp 'setsockopt\([0-9]+, IPPROTO_TCP, TCP_NODELAY, \[1\], 4\) = 0'
  await_exit server
  rm server.*
  listener 127.0.0.1 0
  run -0 sockctl connect -v -o TCP_NODELAY=0 127.0.0.1 "$PORT" <data
  refute_output --partial 'TCP_NODELAY, [1]'
}

# System calls of a transfer for each MiB, of a whole process. A loop of poll, read, poll and write over
# 16 KiB makes 256. A receiver that keeps up with its sender finds little each time: the bounds are wide.
calls_per_mib() {
  awk -v size="$2" '/^[a-z_0-9]+\(/ { calls++ } END { print int((calls + size - 1) / size) }' "$1"
}

@test "few system calls move many bytes, and no memory grows with them" {
  need_strace
  truncate -s 64M data
  shell_listener 'ASAN_OPTIONS=detect_leaks=0 strace -o received $listen | cat >copy'
  run -0 straced sent sockctl connect -Q 127.0.0.1 "$PORT" <data
  await_exit server
  assert [ "$(calls_per_mib sent 64)" -le 16 ]
  assert [ "$(calls_per_mib received 64)" -le 64 ]
  rm server.*
  listener 127.0.0.1 0
  run -0 bash -c "cat data | ASAN_OPTIONS=detect_leaks=0 strace -o sent sockctl connect -Q 127.0.0.1 $PORT"
  await_exit server
  assert [ "$(calls_per_mib sent 64)" -le 64 ]
}
