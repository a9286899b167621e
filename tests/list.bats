#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# peerinfo lists the sockets of the host: the same that ss(8) lists, selected by filters, counted, watched.

load helpers

setup() {
  common_setup
  need jq python3
}

# Python keeps sockets as the code makes them until the test ends, prints "ready", and does on SIGUSR1 what later() does.
holder() {
  start holder python3 -uc "
import ctypes, socket, signal, os, sys
later = lambda: None
def tcp(address='127.0.0.1', backlog=50, family=socket.AF_INET):
    l = socket.socket(family); l.bind((address, 0)); l.listen(backlog); return l
def pair(l):
    c = socket.create_connection(l.getsockname()[:2]); return c, l.accept()[0]
def fork():
    if os.fork(): return False
    ctypes.CDLL(None).prctl(1, signal.SIGKILL); return True  # PR_SET_PDEATHSIG
$1
signal.signal(signal.SIGUSR1, lambda *_: later())
print('ready')
while True: signal.pause()"
  await_line holder.out '^ready'
}

# list ARGS...: the list as JSON, in "report". Nothing in descriptor 0 is a socket.
list() {
  run -0 --separate-stderr sockctl peerinfo -j "$@" </dev/null
  printf '%s\n' "$output" >report
}

# What both know of each socket: kind, state, queues, cookie, and the processes with their descriptors.
of_ss() {
  ss -HOapne "$@" | python3 -c '
import re, sys
states = {"ESTAB": "ESTABLISHED", "UNCONN": "CLOSE", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
          "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
          "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK"}
for line in sys.stdin:
    words = line.split()
    if not words[1].isalpha() and "-" not in words[1]: words.insert(0, "tcp")  # of one kind alone ss does not name it
    kind, state, received, sent = words[:4]
    cookie = int(re.search(r"sk:([0-9a-f]+)", line)[1], 16)
    holders = sorted(re.findall(r"pid=(\d+),fd=(\d+)", line))
    state = states.get(state, state)
    if state in ("CLOSE_WAIT", "LAST_ACK", "CLOSING") and int(received): received = int(received) - 1  # the FIN
    if state in ("FIN_WAIT1", "LAST_ACK", "CLOSING", "SYN_SENT") and int(sent): sent = int(sent) - 1  # and that, or the SYN
    print(kind, state, received, sent, cookie, *("%s/%s" % holder for holder in holders))' | sort
}

of_list() {
  jq -r 'select(.event == "socket") | [.kind, .state, .queue // .receive_queue, .limit // .send_queue, .cookie] +
    ([.holders[] | "\(.pid)/\(.fd)"] | sort) | map(tostring) | join(" ")' "$@" | sort
}

several='
l = tcp(backlog=3); c, a = pair(l); c.send(b"hello")
m = tcp(); d, e = pair(m); d.shutdown(socket.SHUT_WR); e.close()
f, g = pair(m); g.send(b"xy"); g.shutdown(socket.SHUT_WR)
w = socket.create_connection(l.getsockname())
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0))
v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); v.connect(u.getsockname()); v.send(b"abc")
if fork():
    while True: signal.pause()
'

# The FIN was acknowledged, which may take 40 ms.
settled() {
  ! sockctl peerinfo --state FIN_WAIT1 </dev/null
}

@test "what listens, in lines of 80 columns, and nothing else" {
  need_netns
  holder "$several
print('VAR', l.getsockname()[1])"
  run -0 --separate-stderr sockctl peerinfo </dev/null
  assert_line --regexp "^tcp   127.0.0.1:$(sed -n 's/^VAR //p' holder.out) +LISTEN  1 of 3 +$(id -un) +python3 \\(${PID[holder]}\\) ×2$"
  assert_equal "$(cut -c 1-5 <<<"$output" | sort | uniq -c | xargs)" "2 tcp 1 udp"
  (($(wc -L <<<"$output") <= 80)) || fail "$output"
  assert_equal "$stderr" "listed      3 sockets"
}

@test "--all lists the same sockets as ss, with the same states, queues and holders" {
  need ss
  need_netns
  need_ipv6
  holder "$several
six = tcp('::1', 9, socket.AF_INET6); p, q = pair(six)"
  await settled
  list --all
  diff <(of_ss -tu) <(of_list report)
  (($(of_list report | wc -l) >= 14)) || fail "$(of_list report)"
}

@test "for another user the list has the same sockets, without processes, and says why" {
  need ss
  need_netns
  need_root
  holder "$several"
  await settled
  run -0 --separate-stderr as_nobody sockctl peerinfo -j --all </dev/null
  printf '%s\n' "$output" >report
  diff <(of_ss -tu | cut -d ' ' -f 1-5) <(of_list report)
  assert_event report listed '.hidden > 3 and .hidden_sockets == .hidden and .note == "holder not visible without root"'
  assert_event report socket '.hidden and .user == "root" and .holders == []'
  run -0 as_nobody sockctl peerinfo </dev/null
  assert_line --regexp '^tcp .* root +\(not visible\)$'
  assert_line 'listed      3 sockets, 3 without a visible process:'
  assert_line '            holder not visible without root'
  (($(wc -L <<<"$output") <= 80)) || fail "$output"
}

@test "each filter selects what ss selects, and they can be combined" {
  need ss
  need_netns
  need_ipv6
  holder "
l = tcp(); c, a = pair(l); six = tcp('::1', 9, socket.AF_INET6); p, q = pair(six)
far = tcp('127.0.1.1'); x, y = pair(far)
print('VAR', l.getsockname()[1], six.getsockname()[1])"
  read -r _ port other < <(grep VAR holder.out)
  # check SS-EXPRESSION FILTERS...
  check() {
    # shellcheck disable=SC2086 # words
    of_ss -t $1 >wanted
    [[ -s wanted ]] || fail "nothing is selected by $1"
    sockctl peerinfo -j --tcp "${@:2}" </dev/null >report
    diff wanted <(of_list report) || fail "${*:2}"
  }
  check "sport = :$port or dport = :$port" --port "$port" --all
  check "sport = :$port or dport = :$port or sport = :$other or dport = :$other" --port "$port,$other-$other" --all
  check "sport = :$port" --local-port "$port" --all
  check "dport = :$port" --peer-port "$port"
  check "dst 127.0.0.0/8" --peer 127.0.0.0/8
  check "dst 127.0.1.0/24 or dst [::1]" --peer 127.0.1.0/24,::1
  check "src 127.0.1.1" --local 127.0.1.1 --all
  check "state established state syn-sent" --state ESTABLISHED
  check "state listening state syn-sent" --state listen
  check "state established state syn-sent dst 127.0.1.1" --state connected --peer 127.0.1.1
  check "-6" -6 --all
  check "-4 state listening state syn-sent" -4 --listening
  check "state established state listening" --all --program python3
  check "state established state listening" --all --pid "${PID[holder]}" --user "$(id -un)"
  check "state established state syn-sent dport = :$port" --state synchronized --peer-port "$port" --pid "${PID[holder]}" -4
  for none in "--pid 1" "--user 4242" "--program nothing" "--interface lo" "--peer 127.0.1.1 --listening" "--state SYN_RECV"; do
    # shellcheck disable=SC2086 # words
    run -1 sockctl peerinfo --all $none </dev/null
    assert_output "listed      0 sockets"
  done
}

@test "the kernel sends only what the filter wants" {
  need_strace
  need_netns
  holder "
l = tcp(backlog=200); kept = [pair(l) for i in range(100)]
x = socket.socket(); x.connect(l.getsockname())
print('VAR', x.getsockname()[1])"
  read -r _ port < <(grep VAR holder.out)
  received() { straced trace -e trace=recvfrom,recvmsg sockctl peerinfo -4 --tcp "$@" </dev/null >/dev/null && grep -oE '= [0-9]+$' trace | awk '{ sum += $2 } END { print sum }'; }
  all=$(received --all)
  ((all > 100 * 72)) || fail "$all"
  for filter in "--peer-port $port" "--local-port $port --all" "--state TIME_WAIT,LISTEN" "--local 127.0.0.0/30 --listening"; do
    # shellcheck disable=SC2086 # words
    some=$(received $filter)
    ((some * 10 < all)) || fail "$filter: $some of $all bytes"
  done
}

@test "a user, an interface and a state that there are not, and a port alone, are refused with a hint" {
  run -2 sockctl peerinfo 8080
  assert_line "sockctl peerinfo: '8080' is only a port; did you mean: sockctl peerinfo --port 8080"
  run -2 sockctl peerinfo --user no-such-user
  assert_output --partial "'no-such-user' is not a user of this host"
  run -2 sockctl peerinfo --interface no-such
  assert_output --partial "'no-such' is not an interface here"
  run -2 sockctl peerinfo --state ESTABLISHD
  assert_output --partial "did you mean ESTABLISHED"
  run -2 sockctl peerinfo --peer 10.0.0.0/33
  assert_output --partial "'/33' is too large (0 to 32 bits)"
  run -2 sockctl peerinfo --peer host
  assert_output --partial "'host' is not a numeric address"
  run -2 sockctl peerinfo --port http
  assert_output --partial "'http' is not a list of ports"
  run -2 sockctl peerinfo --count-by state --sort port
  run -2 sockctl peerinfo --sort color
  assert_output --partial "port, local, peer"
  run -2 sockctl peerinfo --all --fd 0
  run -2 sockctl peerinfo --all --tcpinfo
  run -2 sockctl peerinfo --listening 127.0.0.1 1
}

@test "a full accept queue and a SYN without an answer say so" {
  need_netns
  holder "
l = tcp(backlog=1); kept = [socket.create_connection(l.getsockname()) for i in range(2)]
x = socket.socket(); x.setblocking(False); x.connect_ex(l.getsockname())"
  run -0 --separate-stderr sockctl peerinfo </dev/null
  assert_line --regexp '^tcp .*LISTEN  full: 2 waiting, limit 1 '
  again() { sockctl peerinfo -j --state SYN_SENT </dev/null >report && assert_event report socket '.tries >= 2 and .unacknowledged >= 1' 2>/dev/null; }
  await again
  run -0 --separate-stderr sockctl peerinfo --state SYN_SENT </dev/null
  assert_line --regexp 'SYN_SENT  unacknowledged [0-9.]+ s, [0-9]+ tries'
  run -0 sockctl peerinfo --port "$(jq -r 'select(.event == "socket") | .peer.port' report)" </dev/null
  assert_line --regexp 'LISTEN  full: 2 waiting, limit 1 '
}

@test "unix sockets: path, type, and the process at the other end; hostile names are escaped" {
  need_netns
  holder "
ctypes.CDLL(None).prctl(15, b'a\\x1b[31m\\nb', 0, 0, 0)
l = socket.socket(socket.AF_UNIX); l.bind(b'a\\n\\x1b[1m'); l.listen(4)
c = socket.socket(socket.AF_UNIX); c.connect(b'a\\n\\x1b[1m')
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind(b'\\0' + b'\\xff' * 100)"
  run -0 --separate-stderr sockctl peerinfo -U --all --pid "${PID[holder]}" </dev/null
  assert_line --regexp '^unix-stream  a\\n\\033\[1m +LISTEN  1 of 4 .*a\\033\[31m\\nb \([0-9]+\)$'
  assert_line --regexp '^unix-dgram  @(\\377){100}  CLOSE '
  assert_line --regexp '^unix-stream  \(unnamed\) +ESTABLISHED '
  list -U --all --pid "${PID[holder]}"
  assert_event report socket '.kind == "unix-stream" and .state == "LISTEN" and .limit == 4 and .program == "a\\033[31m\\nb"'
  holder2=${PID[holder]}
  list -U --all --program nothing || :
  run -0 --separate-stderr sockctl peerinfo -U --listening --pid "$holder2" </dev/null
  assert_equal "$(wc -l <<<"$output")" 2
}

@test "without /proc there is a list without processes" {
  need_netns
  need unshare
  holder "l = tcp()"
  without_proc() {
    leaks_unchecked unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$SOCKCTL" "$@" </dev/null
  }
  without_proc --version >/dev/null || skip "a sanitized build needs /proc"
  run -0 --separate-stderr without_proc peerinfo -j
  printf '%s\n' "$output" >report
  assert_event report socket '.state == "LISTEN" and .hidden and .holders == []'
  assert_event report listed '.hidden == 1 and (.note | contains("/proc"))'
}

@test "where /proc hides processes (hidepid) there is a list without those of others" {
  need_netns
  need_root
  need unshare
  holder "l = tcp()"
  hiding() {
    run "$1" --separate-stderr unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc || exit 77; exec "$@"' sh \
      setpriv --reuid=65534 --regid=65534 --clear-groups "$SOCKCTL" "${@:2}" </dev/null
  }
  hiding '!' --no-such-command
  [[ $status != 77 ]] || skip "no /proc with hidepid here"
  hiding -0 peerinfo
  assert_output --regexp '^tcp .* LISTEN .* root +\(not visible\)$'
  assert_equal "$stderr" "listed      1 socket, 1 without a visible process:
            holder not visible without root"
  hiding -9 peerinfo --pid "${PID[holder]}"
  assert_regex "$output$stderr" "process ${PID[holder]}: EACCES .*needs root"
}

@test "--count-by counts what ss would, the largest first" {
  need_netns
  holder "
l = tcp(); kept = [pair(l) for i in range(5)]; m = tcp('127.0.1.1'); more = pair(m)
print('VAR', l.getsockname()[1])"
  read -r _ port < <(grep VAR holder.out)
  run -0 --separate-stderr sockctl peerinfo --count-by state --state ESTABLISHED,LISTEN </dev/null
  assert_line --index 0 "12       ESTABLISHED"
  assert_line --index 1 "2        LISTEN"
  list --count-by peer,peer-port --state ESTABLISHED
  assert_equal "$(jq -c 'select(.event == "count") | [.count, .host, .peer_port]' report | head -n 1)" "[5,\"127.0.0.1\",$port]"
  list --count-by program,user --state ESTABLISHED,LISTEN
  assert_event report count ".count == 14 and .program == \"python3\" and .user == \"$(id -un)\""
  assert_event report listed '.sockets == 14'
}

@test "--sort orders the list" {
  need_netns
  holder "
ls = [tcp() for i in range(9)]; c, a = pair(ls[4]); c.send(b'some bytes')
w = [socket.create_connection(ls[7].getsockname()) for i in range(12)]"
  list
  diff <(event report socket .local.port) <(event report socket .local.port | sort -n)
  list --all --sort queue
  assert_equal "$(event report socket '.queue // .receive_queue' | head -n 2 | xargs)" "12 10"
  list --all --sort state
  assert_equal "$(event report socket .state | uniq | sort | uniq -d)" ""
}

@test "--watch on a pipe: first the list, then what appeared, changed and is gone, with the time of day" {
  need_netns
  holder "
l = tcp()
def later():
    global c, a, later
    c, a = pair(l)
    def later():
        global later
        c.send(b'hello')
        def later(): l.close()"
  start watch sockctl peerinfo -j --all --watch 20ms
  await_line watch.out '"event":"listed"'
  kill -USR1 "${PID[holder]}"
  await_count watch.out '"event":"appeared"' 2
  kill -USR1 "${PID[holder]}"
  await_line watch.out '"event":"changed".*"receive_queue":5'
  kill -USR1 "${PID[holder]}"
  await_line watch.out '"event":"gone"'
  stop watch
  assert_event watch.out appeared '.state == "ESTABLISHED" and .program == "python3" and (.wall | test("^20[0-9-]+T[0-9:.]+Z$"))'
  assert_event watch.out gone '.state == "LISTEN" and .program == "python3" and (.local | has("port"))'
  assert_event watch.out socket '.state == "LISTEN"'
}

@test "--watch of counts reports those that changed" {
  need_netns
  holder "
l = tcp()
def later():
    global kept
    kept = pair(l)"
  start watch sockctl peerinfo -j --count-by state --watch 20ms
  await_line watch.out '"event":"listed"'
  kill -USR1 "${PID[holder]}"
  await_line watch.out '"wall":"[^"]*","count":2,"state":"ESTABLISHED"'
  stop watch
}

# at_size ROWS COLUMNS COMMAND...: its output on a terminal of that size, for at most half a second.
at_size() {
  TERM=xterm python3 - "$@" <<'PYTHON'
import fcntl, os, pty, signal, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", int(sys.argv[1]), int(sys.argv[2]), 0, 0))
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.execvp(sys.argv[3], sys.argv[3:])
said = b""
try:
    while data := os.read(fd, 4096):
        said += data
        if said.count(b"\033[H") > 2:
            os.kill(pid, signal.SIGTERM)
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(said.replace(b"\r\n", b"\n"))
PYTHON
}

@test "on a terminal a line that is too long is continued, and --watch draws the list again" {
  need_netns
  need_ipv6
  holder "six = tcp('::1', 9, socket.AF_INET6); kept = [pair(six) for i in range(20)]"
  for width in 80 200; do
    run -0 at_size 24 "$width" sockctl peerinfo --state ESTABLISHED,LISTEN
    (($(wc -L <<<"$output") <= width)) || fail "$output"
    assert_line --index 0 --regexp 'kind  local -> peer +state, queue +user +program \(pid\)'
    assert_equal "$(grep -c "python3 (${PID[holder]})" <<<"$output")" 41
  done
  assert_equal "$(grep -c '^tcp' <<<"$output")" 41
  run at_size 10 40 sockctl peerinfo --state ESTABLISHED,LISTEN --watch 10ms
  first=$(sed -n $'1,/\033\\[H/p' <<<"${output#*$'\033[H\033[J'}" | head -n 7)
  assert_equal "$(grep -c '^tcp' <<<"$first")" 6
  (($(wc -L <<<"$first") <= 40)) || fail "$first"
  assert_line "listed      41 sockets"
}

@test "findings and the sockets of a port fit the terminal too" {
  need_netns
  holder "
l = tcp(backlog=1); kept = [socket.create_connection(l.getsockname()) for i in range(2)]
print('VAR', l.getsockname()[1])"
  read -r _ port < <(grep VAR holder.out)
  for width in 40 80 200; do
    for view in "--check --interval 10ms" "--port $port"; do
      # shellcheck disable=SC2086 # words
      run at_size 24 "$width" sockctl peerinfo $view
      (($(wc -L < <(sed 's/\x1b\[[0-9;]*m//g' <<<"$output" | grep -v '^\(checked\|listed\)')) <= width)) || fail "$view: $output"
    done
  done
  run at_size 24 80 sockctl peerinfo --check --interval 10ms
  assert_line --regexp '^    it does not accept fast enough, or its backlog is too small$'
  assert_line --regexp '^        \(net\.core\.somaxconn is [0-9]+\)'
}

@test "a reader that has gone ends the list at once" {
  need_netns
  holder "
l = tcp(); kept = [pair(l) for i in range(2000)]"
  run -0 bash -c 'set -o pipefail; { "$0" peerinfo --all </dev/null; echo "status $?" >status; } | head -n 1' "$SOCKCTL"
  assert_line --regexp '^tcp '
  assert_equal "$(<status)" "status 141"
}

@test "sockets that come and go meanwhile do no harm" {
  need_netns
  # The list stays short.
  echo 500 >/proc/sys/net/ipv4/tcp_max_tw_buckets || :
  holder "
l = tcp()
if fork():
    while True:
        for end in pair(l): end.close()"
  for _ in 1 2 3 4 5; do
    list --all
    assert_event report listed '.sockets >= 1'
    run -0 sockctl peerinfo --count-by state,program </dev/null
  done
}

@test "completion offers the ports, processes, programs, states and users of this moment" {
  need_netns
  holder "
l = tcp(); print('VAR', l.getsockname()[1])"
  read -r _ port < <(grep VAR holder.out)
  run -0 sockctl __complete peerinfo --port ""
  assert_line "$port"
  run -0 sockctl __complete peerinfo --port "1,${port:0:2}"
  assert_line "1,$port"
  run -0 sockctl __complete peerinfo --pid ""
  assert_line "${PID[holder]}"$'\tpython3'
  run -0 sockctl __complete peerinfo --program py
  assert_output python3
  run -0 sockctl __complete peerinfo --state "LISTEN,cl"
  assert_output $'LISTEN,CLOSE\nLISTEN,CLOSE_WAIT\nLISTEN,CLOSING\nLISTEN,closing\tone end or both have sent FIN'
  run -0 sockctl __complete peerinfo --user ""
  assert_line "$(id -un)"
  run -0 sockctl __complete peerinfo --interface l
  assert_output lo
  run -0 sockctl __complete peerinfo --count-by state,p
  assert_line state,program
}
