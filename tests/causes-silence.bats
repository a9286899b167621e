#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# No answer: a queue that is full, a SYN that this host dropped, or one that never left it.

load helpers
load helpers/why

teardown() {
  [[ $SOCKCTL_NETNS != yes ]] || sysctl_set net/ipv4/tcp_syncookies 1
  common_teardown
}

sysctl_set() {
  echo "$2" >"/proc/sys/$1" || skip "$1 cannot be set"
}

@test "the queue of the listener that the kernel prefers is full, not that of the wildcard one" {
  holder "
a = socket.socket(); a.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); a.bind(('0.0.0.0', 0)); a.listen(5)
port = a.getsockname()[1]
b = socket.socket(); b.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); b.bind(('127.0.0.1', port)); b.listen(0)
c = socket.create_connection(('127.0.0.1', port)); print('port', port)"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because accept-queue-full '.held.host == "127.0.0.1" and .length == 1 and .limit == 0 and (has("sharing") | not)'
}

@test "the queue of a listener that is bound to the interface is full" {
  need_root
  holder "
a = socket.socket(); a.setsockopt(socket.SOL_SOCKET, 25, b'lo'); a.bind(('0.0.0.0', 0)); a.listen(0)
port = a.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); print('port', port)"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because accept-queue-full ".pid == ${PID[holder]}"
}

# full_group BACKLOGS: one listener of a SO_REUSEPORT group with each backlog, and clients that fill the queues of 0.
full_group() {
  holder "
ls = []
port = 0
for backlog in ($1):
    l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); l.bind(('127.0.0.1', port)); l.listen(backlog)
    port = l.getsockname()[1]; ls.append(l)
cs = []
for i in range(40):
    c = socket.socket(); c.setblocking(False)
    try: c.connect(('127.0.0.1', port))
    except BlockingIOError: pass
    cs.append(c)
print('port', port)"
}

@test "SO_REUSEPORT: all queues of the group are full" {
  full_group "0, 0"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because accept-queue-full
  because syn-unanswered 'has("guess") | not'
}

@test "SO_REUSEPORT: the queue of one of the group is full" {
  full_group "0, 1000"
  # The kernel chooses the listener by the client's port.
  for ((i = 0; i < 20; i++)); do
    fails 5 sockctl connect -j -w 0.2 127.0.0.1 "$PORT"
    ! grep -q accept-queue-full report || break
  done
  because accept-queue-full '.sharing == 2 and .sharers == 2 and .length == 1 and .limit == 0'
}

@test "the SYN queue is full, as SYN cookies are off" {
  need_netns
  sysctl_set net/ipv4/tcp_syncookies 0
  holder "
l = socket.socket(); l.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30); l.bind(('127.0.0.1', 0)); l.listen(1)
port = l.getsockname()[1]
cs = [socket.create_connection(('127.0.0.1', port)) for i in range(2)]; print('port', port)"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because syn-queue-full ".length == 2 and .limit == 1 and .pid == ${PID[holder]}"
  not_because dropped-despite-listener
  because syn-unanswered 'has("guess") | not'
}

@test "this host listens and has room: it dropped the SYN itself" {
  need_iptables
  for host in 127.0.0.1 ::1; do
    tables=iptables
    [[ $host != *:* ]] || { need_ipv6; tables=ip6tables; }
    listener "$host" 0 --io hold
    $tables -A INPUT -p tcp --dport "$PORT" -j DROP 2>/dev/null || skip "no $tables here"
    fails 5 sockctl connect -j -w 0.3 "$host" "$PORT"
    because dropped-despite-listener ".pid == ${PID[server]} and .length == 0"
    because syn-unanswered '.syns == 1 and (.text | contains("on the way") | not)'
    stop server
    fails 5 sockctl connect -j -w 0.3 "$host" "$PORT"
    because dropped-here
    because syn-unanswered 'has("guess") | not'
    $tables -F
  done
}

@test "the listener wants TCP-MD5: its counter is named" {
  need_netns
  holder "
import struct
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()
key = struct.pack('HH4s120x', socket.AF_INET, 0, socket.inet_aton('127.0.0.1')) + struct.pack('BBHi80s', 0, 0, 3, 0, b'key')
try: l.setsockopt(socket.IPPROTO_TCP, 14, key)
except OSError: print('no MD5')
print('port', l.getsockname()[1])"
  ! grep -q 'no MD5' holder.out || skip "no TCP_MD5SIG here"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because dropped-despite-listener '.counters | test("TCPMD5NotFound [1-9]")'
}

@test "ARP and NDP failed: nothing is said of the host that was never asked" {
  far_host
  for host in 10.9.0.77 fd09::77; do
    fails 5 sockctl connect -j -w 0.2 "$host" 80
    because neighbour-failed
    not_because syn-unanswered
  done
}

@test "the interface has no carrier, or is down" {
  need_netns
  two_links
  ip link set edis down
  echo 3 >/proc/sys/net/ipv4/neigh/side/mcast_solicit
  echo 1000 >/proc/sys/net/ipv4/neigh/side/retrans_time_ms
  fails 5 sockctl connect -j -w 0.2 10.8.0.9 80
  because interface-no-carrier '.interface == "side"'
  not_because syn-unanswered
  echo 1 >/proc/sys/net/ipv4/neigh/side/mcast_solicit
  echo 10 >/proc/sys/net/ipv4/neigh/side/retrans_time_ms
  fails 6 sockctl connect -j 10.8.0.10 80
  because interface-no-carrier '.interface == "side"'
  ip link set lo down
  fails 5 sockctl connect -j -w 0.2 127.0.0.1 80
  ip link set lo up
  because interface-down '.interface == "lo"'
  not_because syn-unanswered
  not_because dropped-here
  # In a namespace where it never was up there is no route either.
  fails 6 unshare -n sockctl connect -j 127.0.0.1 80
  because interface-down '.interface == "lo"'
  not_because no-route
}

@test "another host: dropped here, on the way, or there" {
  far_host
  fails 5 sockctl connect -j -w 0.3 10.9.0.2 2
  because syn-unanswered '.guess | contains("on the way")'
}

@test "an IPsec policy without a key: what the kernel counted is named, nothing is certain" {
  need_netns
  far_host
  ip xfrm policy add dir out dst 10.9.0.2/32 proto tcp tmpl proto esp mode transport 2>/dev/null ||
    skip "no IPsec here"
  fails 5 sockctl connect -j -w 0.5 10.9.0.2 80
  ip xfrm policy flush
  because syn-unanswered '(.counters | test("XfrmOutNoStates [1-9]")) and (.guess | contains("here"))'
}
