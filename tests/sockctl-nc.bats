#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# sockctl by the name of nc: the same bytes, lines and statuses as OpenBSD's nc, which runs beside it.

load helpers

# Two directories with a command of that name: nc itself, and the link.
setup() {
  common_setup
  need_netns
  mkdir link real
  ln -s "$SOCKCTL" link/nc
  ln -s "$SOCKCTL" link/sockctl-nc
}

need_nc() {
  need nc python3 timeout
  nc -h 2>&1 | grep -q OpenBSD || skip "nc is not OpenBSD's"
  ln -sf "$(readlink -f "$(command -v nc)")" real/nc
}

# Servers on ports that are well known: 80 greets and closes, 22 holds, 6379 answers each line until EOF, 99 resets, 8080
# answers once; of datagrams 54 answers, 53 does not.
servers() {
  start servers python3 - <<'PYTHON'
import socket, struct, threading

def serve(port, talk):
    listener = socket.create_server(("127.0.0.1", port), backlog=50)
    def accept():
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=talk, args=(conn,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()

held = []
def greet(conn):
    conn.sendall(b"hello\n")
    conn.shutdown(socket.SHUT_WR)
    conn.recv(100)
def pong(conn):
    while conn.recv(100):
        conn.sendall(b"+PONG\r\n")
    conn.shutdown(socket.SHUT_RDWR)
def page(conn):
    conn.recv(100)
    greet(conn)
def reset(conn):
    conn.recv(1)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()

for port, talk in (80, greet), (22, held.append), (6379, pong), (99, reset), (8080, page):
    serve(port, talk)
silent, answering = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
silent.bind(("127.0.0.1", 53))
answering.bind(("127.0.0.1", 54))
print("ready", flush=True)
while True:
    data, peer = answering.recvfrom(1000)
    answering.sendto(b"re:" + data, peer)
PYTHON
  await test -s servers.out
}

# done_by NC NUMBER LINE: what a line of a script does by one nc, in a directory of its own: status, stdout, stderr.
done_by() {
  mkdir "$1.$2"
  cd "$1.$2" || return
  PATH=$BATS_TEST_TMPDIR/$1:$PATH timeout 5 bash -c "$3" </dev/null >out 2>err && status=0 || status=$?
  { echo "status $status" && cat out err; } >all
}

# The lines on stdin, each by both, all at the same time: most of them wait.
both_do() {
  local lines pids=() number name
  mapfile -t lines
  for number in "${!lines[@]}"; do
    for name in real link; do
      (done_by "$name" "$number" "${lines[number]}") &
      pids+=($!)
    done
  done
  wait "${pids[@]}"
  for number in "${!lines[@]}"; do
    diff -u real."$number"/all link."$number"/all || fail "${lines[number]}"
  done
  ((${#pids[@]} > 0))
}

@test "-z and -v say what nc says, with its status" {
  need_nc
  servers
  both_do <<'LINES'
nc -zv 127.0.0.1 80
nc -zv localhost 80
nc -nzv 127.0.0.1 80
nc -z 127.0.0.1 81
nc -zv 127.0.0.1 81
nc -zv localhost 81
nc -zv 127.0.0.1 http 20 22-23
nc -zv 127.0.0.1 23-21
nc -z 127.0.0.1 81-82
nc -zvr 127.0.0.1 80
nc -zvw3 127.0.0.1 22 2>&1 | grep -q succeeded
nc 127.0.0.1 80 -zv
nc -zv 127.0.0.1 nosuch
nc -zv 127.0.0.1 0
nc -zv 127.0.0.1 70000
nc -zv 127.0.0.1 80-70000
nc -zv 127.0.0.1 http-80
nc -w1 240.0.0.1 80
nc -s 127.0.0.9 -zv 127.0.0.1 80
nc -T critical -bC -M 9 -m 1 -I 9000 -O 9000 -zv 127.0.0.1 80
LINES
}

@test "a failure is said in nc's words, and those of its C library" {
  need_glibc
  need_nc
  servers
  both_do <<'LINES'
nc -z nosuch.invalid 80
nc -zn localhost 80
nc -zv '' 80
nc -zv4 ::1 80
nc -zv6 127.0.0.1 80
nc -vw1 240.0.0.1 80
nc -s 10.9.9.9 -zv 127.0.0.1 22
nc -p 80 -s 127.0.0.1 -zv 127.0.0.1 22
LINES
}

@test "a client moves the bytes that nc moves, and ends as nc does" {
  need_nc
  servers
  echo hello >file
  both_do <<'LINES'
nc 127.0.0.1 80
nc -v 127.0.0.1 80
nc -v localhost 80
nc -d 127.0.0.1 80
nc 127.0.0.1 81
nc -v 127.0.0.1 81
nc -d 127.0.0.1 80-82
nc 127.0.0.1 80-81 80
printf 'GET / HTTP/1.0\r\n\r\n' | nc 127.0.0.1 8080 >page; cat page
echo ruok | nc -w1 localhost 6379
printf 'PING\r\n' | nc -q0 localhost 6379
printf 'PING\r\n' | nc -q 1 localhost 6379
printf 'PING\r\n' | nc -N localhost 6379
[ "$(echo ruok | nc -q 1 localhost 6379 | tr -d '\r')" = +PONG ]
nc -w1 127.0.0.1 22 <../file
echo x | nc 127.0.0.1 99
nc -d 127.0.0.1 80 | head -c 2
timeout 1 nc 127.0.0.1 22
nc -d 127.0.0.1 22 | true
nc -du 127.0.0.1 53 | true
LINES
}

@test "-q T quits T after stdin's end, and the status is 0" {
  servers
  run -0 timeout 5 bash -c "echo x | link/nc -q1 127.0.0.1 22"
  assert_output ""
  run -124 timeout 0.5 link/nc -q-1 127.0.0.1 22 <<<x
  # Without stdin there is no end that -N could pass on.
  run -124 timeout 0.5 link/nc -dN 127.0.0.1 6379
}

@test "datagrams: what is sent, what is waited for, and that silence is success" {
  need_nc
  servers
  both_do <<'LINES'
echo "my.counter:1|c" | nc -u -w1 127.0.0.1 53
echo "my.counter:1|c" | nc -u -w0 127.0.0.1 53
echo "my.counter:1|c" | nc -4u -q0 127.0.0.1 53
echo '<14>hello' | nc -u -w1 127.0.0.1 55
echo x | nc -u 127.0.0.1 55
echo x | nc -u -w1 127.0.0.1 54
nc -zvu 127.0.0.1 55
nc -vz -u -w1 127.0.0.1 domain 55
nc -vz -u -w1 127.0.0.1 55 53
echo x | timeout 1 nc -u 127.0.0.1 53
LINES
}

udp_sent() {
  awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp
}

@test "-z says and sends nothing without -v; -v tests a port of UDP without -z too" {
  servers
  before=$(udp_sent)
  for words in "127.0.0.1 80" "-w1 localhost 80" "-u 127.0.0.1 53" "-u 127.0.0.1 55"; do
    # shellcheck disable=SC2086 # words
    run -0 link/nc -z $words
    assert_output ""
  done
  assert_equal "$(udp_sent)" "$before"
  run --separate-stderr -0 timeout 5 bash -c "echo x | link/nc -vu -w1 127.0.0.1 54"
  assert_output "re:Xre:Xre:Xre:x"
  assert_equal "$stderr" "Connection to 127.0.0.1 54 port [udp/*] succeeded!"
  run -1 timeout 5 link/nc -vu -q0 127.0.0.1 55
  assert_output ""
}

# The nc of Debian 12. In Debian 13, nc 1.229 says without -v too that -z found a port open, and -z tests a port of UDP; -v
# alone does so only if stdin is a terminal.
@test "nc 1.219 does the same without -v, and with -vu" {
  need_nc
  servers
  [[ -z $(real/nc -z 127.0.0.1 80 2>&1) ]] || skip "this nc speaks without -v"
  run real/nc -vu -q0 127.0.0.1 55
  ((status == 1)) || skip "this nc tests no port of UDP with -v alone"
  both_do <<'LINES'
nc -z 127.0.0.1 80
nc -zw1 localhost 80
while ! nc -z localhost 80; do sleep 1; done
nc -zu 127.0.0.1 53
nc -zu 127.0.0.1 55
echo x | nc -vu -w1 127.0.0.1 54
LINES
}

@test "a mistake has nc's status, and nothing on stdout" {
  need_nc
  both_do <<'LINES'
nc 2>&-
nc 127.0.0.1
nc -l
nc -lk
nc -lU
nc -lz 80
nc -kz 127.0.0.1 80
nc -U a b
nc -U ./nosuch
nc -zvU ./nosuch
nc -lU /nosuch/s
for word in '-w x' '-w -1' '-w 1.5' '-W 0' '-i x' '-q x' '-M 256' '-m x' '-T foo' '-O x' -y --version; do nc $word 127.0.0.1 80 2>&-; echo $?; done
for letter in e c x X P V Z; do nc -$letter 1 127.0.0.1 80 2>&-; echo $?; done
nc -l 127.0.0.1 80 81 2>&-
nc -h 2>&-
LINES
}

listening() {
  ss -"${2:-t}"lnH "sport = :$1" | grep -q .
}

# both SCRIPT: run a function by both, one after the other; what it prints is the same.
both() {
  need_nc
  need ss
  local name
  cat >clients
  for name in real link; do
    mkdir "$name.dir"
    pushd "$name.dir" >/dev/null || return
    status=0
    PATH=$BATS_TEST_TMPDIR/$name:$PATH "$@" <../clients >out 2>err || status=$?
    echo "status $status" >>out
    popd >/dev/null || return
    # Numbers of ports that the kernel chose.
    sed -i -E 's/^(Connection received on .*) [0-9]+$/\1 PORT/' "$name.dir/out"
  done
  run diff -u real.dir/out link.dir/out
  assert_success
  rm -r real.dir link.dir
}

# One listener with the words given, on port 5000, and a client of each of the lines on stdin.
served() {
  local line protocol=t
  [[ $* != *-*u* ]] || protocol=u
  timeout 5 nc "$@" </dev/null >got 2>said &
  if [[ $* == *U* ]]; then await path_listens path; else await listening 5000 "$protocol"; fi
  while IFS= read -r line; do
    bash -c "$line" || echo "client $?"
  done
  status=0
  wait $! || status=$?
  echo "listener $status"
  cat got said
}

@test "a listener takes nc's words for its address" {
  for words in "-l 5000" "-l 127.0.0.1 5000" "-nlv 127.0.0.1 5000" "-lv localhost 5000" "-l -p 5000" "-lp5000" "-4l 5000" \
    "-l -s 127.0.0.1 -p 5000" "-nlvp 5000"; do
    # shellcheck disable=SC2086 # words
    both served $words <<<"echo text | nc -N 127.0.0.1 5000"
  done
}

@test "a listener of datagrams, of a unix socket, and one that keeps on" {
  both served -lunv -W1 127.0.0.1 5000 <<<"echo text | nc -u -q0 127.0.0.1 5000"
  both served -lu -w1 127.0.0.1 5000 <<<"echo text | nc -u -q0 127.0.0.1 5000"
  both served -lvU path <<<"echo text | nc -UN path"
  both served -lnvk 127.0.0.1 5000 <<'LINES'
for word in one two three; do echo $word | nc -N 127.0.0.1 5000; done
nc -zv 127.0.0.1 5000
kill -INT $(ss -tlnpH 'sport = :5000' | sed 's/.*pid=\([0-9]*\).*/\1/')
LINES
}

@test "a listener of unix datagrams ends well, which nc does not" {
  PATH=$PWD/link:$PATH
  run -0 served -lvUu -W1 path <<<"echo text | nc -Uu -q0 path"
  assert_output "listener 0
text
Bound on path
Connection received on path"
}

@test "a listener that is silent ends by -w after its peer has come, not before" {
  both served -lw1 127.0.0.1 5000 <<<"nc -d 127.0.0.1 5000"
}

files() {
  head -c 3000000 /dev/zero >file
  timeout 5 nc -l 5000 >got &
  await listening 5000
  nc -N 127.0.0.1 5000 <file
  wait $!
  cmp file got
  timeout 5 nc -lN 5001 <file &
  await listening 5001
  nc -d 127.0.0.1 5001 >copy
  wait $!
  cmp file copy
  mkdir tar
  timeout 5 nc -l -p 5002 >got.tar &
  await listening 5002
  tar cf - tar | nc -N localhost 5002
  wait $!
  tar tf got.tar
}

@test "files and archives arrive whole, either way" {
  both files
}

proxy() {
  mkfifo pipe
  timeout 5 nc -lN 127.0.0.1 5001 <<<page >request &
  local server=$!
  await listening 5001
  timeout 5 nc -lN 127.0.0.1 5000 <pipe | timeout 5 nc -N 127.0.0.1 5001 >pipe &
  await listening 5000
  printf 'GET /' | nc -N 127.0.0.1 5000
  wait $server
  cat request
}

@test "a proxy of two with a fifo" {
  both proxy
}

@test "nc as a ProxyCommand: stdin and stdout are one socket" {
  need_nc
  servers
  cat >ssh.py <<'PYTHON'
import socket, subprocess, sys
ours, theirs = socket.socketpair()
nc = subprocess.Popen(["nc", "127.0.0.1", "6379"], stdin=theirs, stdout=theirs)
theirs.close()
ours.sendall(b"PING\r\n")
print(ours.recv(100))
ours.close()
print(nc.wait(5))
PYTHON
  both_do <<<"python3 ../ssh.py"
}

@test "a unix socket that is held is open, without a word" {
  need_nc
  need ss
  start server nc -lkU path
  await path_listens path
  both_do <<'LINES'
nc -zU ../path
nc -zvU ../path
nc -vUN ../path
LINES
}

@test "what is left out is refused with a sentence and status 1, and nothing is sent" {
  for letter in c e F P S t V X x Z; do
    run --separate-stderr -1 link/nc -$letter 127.0.0.1 80
    assert_output ""
    assert_regex "$stderr" "^nc: -$letter: .*; use "
  done
  run --separate-stderr -1 link/sockctl-nc -e sh 127.0.0.1 80
  assert_regex "$stderr" "^sockctl-nc: -e: "
}

@test "stdin that cannot be read and stdout that cannot be written are said, where nc is silent" {
  listener -k --io sink 127.0.0.1 0
  run --separate-stderr -1 link/nc -N 127.0.0.1 "$PORT" </tmp
  assert_equal "$stderr" "nc: stdin: Is a directory"
  stop server
  listener -k --io source 127.0.0.1 0
  run --separate-stderr -1 bash -c "link/nc -d 127.0.0.1 $PORT >/dev/full"
  assert_equal "$stderr" "nc: stdout: No space left on device"
}

@test "each address of a name is tried in turn, and has its line" {
  need_nc
  need_ipv6
  printf '127.0.0.1 localhost\n::1 twin\n127.0.0.1 twin\n' >hosts
  mount --bind hosts /etc/hosts || skip "may not mount here"
  servers
  both_do <<'LINES'
nc -zv twin 80
nc -zv twin 81
nc -zv6 twin 80
nc -zv -i1 twin 81 80
nc twin 80
LINES
  umount /etc/hosts
}

@test "nc too gives up what it does not need" {
  grep -q '^#define HAVE_SANDBOX_FILTER 1' "$builddir/config.h" || skip "built without the sandbox"
  start server link/nc -l 127.0.0.1 5000
  await listening 5000
  await_rest "${PID[server]}"
  run cat "/proc/${PID[server]}/status"
  assert_line --regexp '^NoNewPrivs:\s1$'
  assert_line --regexp '^Seccomp:\s2$'
  assert_line --regexp '^CapEff:\s0+$'
}

@test "-r takes every port once, in another order" {
  servers
  run -0 link/nc -zvr 127.0.0.1 20-84
  assert_equal "$(wc -l <<<"$output")" 65
  mapfile -t ports < <(sed -E 's/.* ([0-9]+) (\(tcp\)|port \[).*/\1/' <<<"$output")
  assert_equal "$(printf '%s\n' "${ports[@]}" | sort -nu | wc -l)" 65
  refute [ "$(printf '%s\n' "${ports[@]}")" = "$(printf '%s\n' "${ports[@]}" | sort -n)" ]
}

@test "the page has every letter with its argument, and those that are refused" {
  PATH=$PWD/link:$PATH
  sockctl-nc __options | grep -v $'\trefused$' | cut -f 1,3 | sed 's/^-//' | sort >program
  sed -n 's/^\.It Fl //p' "$srcdir/doc/sockctl-nc.1" | sed 's/ Ar /\t/; t; s/$/\t/' | sort >manual
  [[ -s program ]]
  diff -u manual program
  sockctl-nc __options | sed -n 's/^-\(.\).*\trefused$/\1/p' | sort -f >program
  grep -A1 '^These letters of nc are refused' "$srcdir/doc/sockctl-nc.1" | sed -n 's/^\.Fl //p' | tr -d ' .' | tr ',' '\n' | sort -f >manual
  diff -u manual program
  # By nc's own names these are hosts like others.
  run -1 link/nc __options
  assert_output "nc: missing port number"
}

@test "every letter is in the help, which names the page" {
  run --separate-stderr -0 link/sockctl-nc -h
  assert_output ""
  for letter in $(link/sockctl-nc __options | grep -v $'\trefused$' | cut -c 2); do
    assert_regex "$stderr" "  -$letter "
  done
  assert_regex "$stderr" 'sockctl-nc\(1\)'
}
