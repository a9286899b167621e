#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Who dropped it: what this host lost while an answer was waited for, by its counters and by its tracepoints.

load helpers
load helpers/why

setup() {
  common_setup
  need jq
  need_netns
}

# The cause must name a counter that moved by at least so much.
moved() {
  because counters-moved ".moves | any(.counter == \"$1\" and .count >= $2)"
}

# A SYN that comes out of the other end of a veth, with a wrong checksum if ERROR is not 0.
# syn DEVICE SOURCE DESTINATION PORT [ERROR]
syn() {
  python3 - "$@" "$(ip -o link show near | sed 's/.*ether \([^ ]*\).*/\1/')" <<'CODE' || fail "no packet could be sent"
import socket, struct, sys
device, source, destination, port = sys.argv[1:5]
error = int(sys.argv[5]) if len(sys.argv) > 6 else 0
mac = bytes.fromhex(sys.argv[-1].replace(':', ''))
def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
ends = socket.inet_aton(source) + socket.inet_aton(destination)
tcp = struct.pack('!HHIIBBHHH', 4000, int(port), 1, 0, 0x50, 2, 65535, 0, 0)
summed = checksum(ends + struct.pack('!HH', 6, len(tcp)) + tcp) ^ error
tcp = tcp[:16] + struct.pack('!H', summed) + tcp[18:]
ip = struct.pack('!BBHHHBBH', 0x45, 0, 40, 1, 0, 64, 6, 0) + ends
ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
packet.bind((device, 0x0800))
packet.send(mac + mac + b'\x08\x00' + ip + tcp)
CODE
}

@test "a filter that drops the SYN: what arrived and was not delivered, also for -z and a listener" {
  need_iptables
  iptables -A INPUT -p tcp --dport 81 -j DROP
  start probe sockctl connect -j -z -w 1.5 127.0.0.1 81
  start server sockctl listen -j -w 1.5 127.0.0.1 81
  fails 5 sockctl connect -j -w 1.5 127.0.0.1 81
  moved Ip.InReceives-InDelivers-ForwDatagrams 1
  because counters-moved '.text | test("by this or by other traffic: .*InReceives \\+[1-9] beyond InDelivers")'
  ends_with 5 probe
  moved Ip.InReceives-InDelivers-ForwDatagrams 1
  ends_with 5 server
  moved Ip.InReceives-InDelivers-ForwDatagrams 1
}

@test "a filter that drops what is sent: what was not handed to a device" {
  need_iptables
  grep -q '^Ip: .*OutTransmits' /proc/net/snmp || skip "this kernel has no OutTransmits"
  iptables -A OUTPUT -p tcp --dport 82 -j DROP
  fails 5 sockctl connect -j -w 1.3 127.0.0.1 82
  moved Ip.OutRequests-OutTransmits 1
}

@test "a full accept queue, TCP-MD5 and IPv6: the counters of TCP" {
  holder "
import struct
l = socket.socket(socket.AF_INET6); l.bind(('::1', 0)); l.listen(0)
c = socket.create_connection(('::1', l.getsockname()[1]))
m = socket.socket(); m.bind(('127.0.0.1', 87)); m.listen()
key = struct.pack('HH4s120x', socket.AF_INET, 0, socket.inet_aton('127.0.0.1')) + struct.pack('BBHi80s', 0, 0, 3, 0, b'key')
try: m.setsockopt(socket.IPPROTO_TCP, 14, key)
except OSError: print('no MD5')
print('port', l.getsockname()[1])"
  start full sockctl connect -j -w 1.3 ::1 "$PORT"
  fails 5 sockctl connect -j -w 1.3 127.0.0.1 87
  ! grep -q 'no MD5' holder.out || skip "no TCP_MD5SIG here"
  moved TcpExt.TCPMD5NotFound 1
  ends_with 5 full
  moved TcpExt.ListenOverflows 1
  moved TcpExt.ListenDrops 1
  because accept-queue-full
}

@test "datagrams: a full receive buffer and a port without a socket" {
  holder "
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
u.bind(('127.0.0.1', 0)); s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(50): s.sendto(b'x' * 1000, u.getsockname())
print('port', u.getsockname()[1])"
  fails 5 sockctl connect -j -z -u 127.0.0.1 "$PORT"
  moved Udp.RcvbufErrors 1
  start server sockctl listen -j -u -w 1 127.0.0.1 88
  await_line server.err '"event":"listening"'
  fails 4 sockctl connect -j -z -u 127.0.0.1 89
  not_because counters-moved
  ends_with 5 server
}

@test "rp_filter: a SYN that came by another way than its answer would go" {
  two_links
  echo 1 >/proc/sys/net/ipv4/conf/near/rp_filter
  start server sockctl listen -j -w 1 -v 10.9.0.1 90
  await_line server.err '"call":"poll"'
  syn far 10.8.0.2 10.9.0.1 90
  ends_with 5 server
  moved TcpExt.IPReversePathFilter 1
}

@test "a wrong checksum" {
  two_links
  start server sockctl listen -j -w 1 -v 10.9.0.1 92
  await_line server.err '"call":"poll"'
  syn far 10.9.0.2 10.9.0.1 92 1
  ends_with 5 server
  moved Tcp.InCsumErrors 1
}

@test "nothing moved, or an answer came: nothing is said, and -Q asks nothing" {
  far_host
  fails 5 sockctl connect -j -w 0.4 10.9.0.2 2
  not_because counters-moved
  fails 4 sockctl connect -j 127.0.0.1 91
  not_because counters-moved
  need_strace
  straced calls connect -Q -w 0.3 10.9.0.2 2 || :
  refute grep -E 'netstat|snmp|softnet' calls
}

# tracefs in a mount namespace of the file, and a kernel that says why.
need_drops() {
  need_tracing
  grep -q 'reason' /sys/kernel/tracing/events/skb/kfree_skb/format 2>/dev/null || skip "this kernel gives no reasons"
}

@test "--drops: a SYN that a filter of INPUT or OUTPUT drops is known for certain, by its memory, for IPv6 too" {
  need_drops
  need_iptables
  iptables -A INPUT -p tcp --dport 93 -j DROP
  iptables -A OUTPUT -p tcp --dport 94 -j DROP
  ip6tables -A INPUT -p tcp --dport 95 -j DROP || skip "no ip6tables here"
  start output sockctl connect -j --drops -w 1.4 127.0.0.1 94
  start six sockctl connect -j --drops -w 1.4 ::1 95
  fails 5 sockctl connect -j --drops -w 1.4 127.0.0.1 93
  because dropped-by-host '.reason == "NETFILTER_DROP" and .what == "SYN" and .times == 2'
  because dropped-by-host '.text | test("^this host dropped the SYN: NETFILTER_DROP in [a-z_0-9]+ .2 times.$")'
  because syn-unanswered 'has("guess") | not'
  because counters-moved
  assert_event report drop '.peer.port == 93 and .local.host == "127.0.0.1" and .certain and .packet == "IPv4"'
  assert_event report drop '(has("peer") | not) and .certain == false and (.note | contains("at the time"))'
  ends_with 5 output
  because dropped-by-host '.reason == "NETFILTER_DROP"'
  ends_with 5 six
  because dropped-by-host '.reason == "NETFILTER_DROP"'
  assert_event report drop '.peer.host == "::1" and .certain and .packet == "IPv6"'
  # With a single SYN it may have been another packet.
  fails 5 sockctl connect -j --drops -w 0.3 127.0.0.1 93
  because dropped-meanwhile '.reason == "NETFILTER_DROP" and (.text | contains("that one or another"))'
  not_because dropped-by-host
}

@test "--drops: a drop rule of nft" {
  need_drops
  need nft
  nft add table ip t && nft 'add chain ip t c { type filter hook input priority 0; }' || skip "no nft here"
  nft add rule ip t c tcp dport 96 drop
  run -5 --separate-stderr sockctl connect --drops -w 1.4 127.0.0.1 96
  nft delete table ip t
  assert_regex "$stderr" $'\nwhy +this host dropped the SYN: NETFILTER_DROP in '
  assert_regex "$stderr" $'\ndropped +an IPv4 packet from 127.0.0.1:[0-9]+ to 127.0.0.1:96: NETFILTER_DROP in '
}

@test "--drops: the RST of a closed port" {
  need_drops
  grep -q 'reason' /sys/kernel/tracing/events/tcp/tcp_send_reset/format || skip "this kernel gives no reasons"
  for host in 127.0.0.1 ::1; do
    fails 4 sockctl connect -j --drops "$host" 97
    because reset-by-host '.reason == "NO_SOCKET"'
    assert_event report reset-sent '.local.port == 97 and .peer.port > 0 and .reason == "NO_SOCKET"'
  done
  run -4 sockctl connect --drops 127.0.0.1 97
  assert_line --regexp '^why +this host sent the RST itself: NO_SOCKET$'
  assert_line --regexp '^reset +127.0.0.1:97 sent RST to 127.0.0.1:[0-9]+: NO_SOCKET$'
}

@test "--drops: TCP-MD5, and a datagram for a full receive buffer" {
  need_drops
  holder "
import struct
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
u.bind(('127.0.0.1', 0)); s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(50): s.sendto(b'x' * 1000, u.getsockname())
m = socket.socket(); m.bind(('127.0.0.1', 98)); m.listen()
key = struct.pack('HH4s120x', socket.AF_INET, 0, socket.inet_aton('127.0.0.1')) + struct.pack('BBHi80s', 0, 0, 3, 0, b'key')
try: m.setsockopt(socket.IPPROTO_TCP, 14, key)
except OSError: print('no MD5')
print('port', u.getsockname()[1])"
  start md5 sockctl connect -j --drops -w 1.4 127.0.0.1 98
  run -0 --separate-stderr sockctl connect -j -u --drops -q 0.1 127.0.0.1 "$PORT" <<<hello
  printf '%s\n' "$stderr" >report
  assert_event report drop '.reason == "SOCKET_RCVBUFF" and .certain == false'
  ! grep -q 'no MD5' holder.out || skip "no TCP_MD5SIG here"
  ends_with 5 md5
  because dropped-by-host '.reason == "TCP_MD5NOTFOUND"'
}

@test "listen --drops, peerinfo --drops: what arrives and is dropped, whose the kernel does not say" {
  need_drops
  two_links
  echo 1 >/proc/sys/net/ipv4/conf/near/rp_filter
  start host sockctl peerinfo -j --drops
  start server sockctl listen -j --drops 10.9.0.1 99
  await_line server.err '"event":"listening"'
  syn far 10.8.0.2 10.9.0.1 99
  await_line server.err '"reason":"IP_RPFILTER"'
  run -4 sockctl connect -Q 10.9.0.1 98
  await_line host.out '"event":"reset-sent".*"port":98'
  syn far 10.9.0.2 10.9.0.1 99 1
  await_line server.err '"reason":"TCP_CSUM"'
  await_line host.out '"reason":"TCP_CSUM"'
  # Every drop of the host, but only the RSTs of its port.
  assert_event server.err drop '.reason == "NO_SOCKET" and (has("certain") | not)'
  refute_event server.err reset-sent '.local.port == 98'
  assert_event host.out drop '.reason == "IP_RPFILTER" and (.location | startswith("ip_"))'
  start one sockctl peerinfo --drops --count 1
  # It may not trace yet when the first comes.
  one_more() { [[ ! -d /proc/${PID[one]} ]] || { syn far 10.9.0.2 10.9.0.1 99 1 && return 1; }; }
  await one_more
  await_exit one
  assert_equal "$status" 0
  assert_regex "$(<one.out)" '^(dropped +an IPv|reset )'
}

@test "--drops: nothing stays behind, also after a signal; the right that is missing is named: 9" {
  if [[ $SOCKCTL_RIGHTS == root ]]; then
    need_drops
    for signal in INT TERM; do
      start server sockctl listen -j --drops 127.0.0.1 0
      await_line server.err '"event":"listening"'
      compgen -G "/sys/kernel/tracing/instances/sockctl-${PID[server]}.*" >made
      stop server "$signal"
      [[ -s made && ! -e $(<made) ]]
    done
    run -9 as_nobody sockctl connect --drops 127.0.0.1 1
    assert_line --index 0 --regexp '^sockctl connect: --drops: /sys/kernel/tracing/instances: Permission denied; .* root '
    run -9 as_nobody sockctl peerinfo --drops
  else
    run -9 sockctl listen --drops 127.0.0.1 0
  fi
  assert_line --index 0 --regexp '^sockctl (peerinfo|listen): --drops: .* root '
  run -2 sockctl connect --drops -U path
  [[ $SOCKCTL_RIGHTS != root ]] || run -2 sockctl connect --drops -z 127.0.0.1 1
}

@test "where root can trace, an address that does not answer is traced without --drops, and a name is not" {
  need_drops
  need_iptables
  iptables -A INPUT -p tcp --dport 100 -j DROP
  start name sockctl connect -4 -j -w 1.5 localhost 100
  fails 5 sockctl connect -j -w 1.5 127.0.0.1 100
  because dropped-by-host '.reason == "NETFILTER_DROP"'
  refute_event report drop
  ends_with 5 name
  not_because dropped-by-host
  refute compgen -G '/sys/kernel/tracing/instances/sockctl-*'
}

@test "the permission for it ends when the connection is there" {
  need_drops
  grep -q '^#define HAVE_SANDBOX_FILTER 1' "$builddir/config.h" || skip "built without the sandbox"
  grep -q Seccomp_filters /proc/self/status || skip "this kernel does not count the filters"
  listener -k --io hold 127.0.0.1 0
  local before filters host
  before=$(awk '/^Seccomp_filters/ { print $2 }' /proc/self/status)
  for host in 127.0.0.1 localhost; do
    start client sockctl connect -j --io hold "$host" "$PORT"
    await_line client.err '"event":"connected"'
    await_rest "${PID[client]}"
    filters=$(awk '/^Seccomp_filters/ { print $2 }' "/proc/${PID[client]}/status")
    [[ $((filters - before)) == $([[ $host == localhost ]] && echo 1 || echo 2) ]] || fail "$host: $filters filters, $before before"
    stop client
  done
}
