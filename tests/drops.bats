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
  need_root
  two_links
  echo 1 >/proc/sys/net/ipv4/conf/near/rp_filter
  start server sockctl listen -j -w 1 -v 10.9.0.1 90
  await_line server.err '"call":"poll"'
  syn far 10.8.0.2 10.9.0.1 90
  ends_with 5 server
  moved TcpExt.IPReversePathFilter 1
}

@test "a wrong checksum" {
  need_root
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
