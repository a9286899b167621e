#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Who holds the port, and why the address cannot be bound.

load helpers
load helpers/why

@test "SO_REUSEPORT: the listener that does not share is blamed, not the one that does" {
  holder "
def listener(host, port, shares):
    l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shares)
    l.bind((host, port)); l.listen(); return l
first = listener('127.0.0.1', 0, 1); port = first.getsockname()[1]
second = listener('127.0.0.2', port, 0); third = listener('127.0.0.3', port, 1); print('port', port)"
  fails 7 sockctl listen -j -o SO_REUSEPORT=1 0.0.0.0 "$PORT"
  with EADDRINUSE
  because port-held-by-listener '.held.host == "127.0.0.2"'
  because reuse-port-one-sided
  refute_event report why '.held.host == "127.0.0.1" or .held.host == "127.0.0.3"'
}

@test "a UDP port of the kernel itself has no process" {
  need_netns
  ip link add vx type vxlan id 5 dstport 4789 local 127.0.0.1 dev lo 2>/dev/null || skip "no vxlan here"
  ip link set vx up
  fails 7 sockctl listen -j -u 0.0.0.0 4789
  ip link del vx
  because port-held-by-udp-socket '(has("pid") | not) and (.owner | contains("the kernel"))'
  refute_event report why '(.owner // "") | contains("not visible")'
}

@test "a socket that is in flight between processes has no process" {
  holder "
import array
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); print('port', u.getsockname()[1])
a, b = socket.socketpair(); a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [u.fileno()]))]); u.close()"
  need_root
  fails 7 sockctl listen -j -u 127.0.0.1 "$PORT"
  because port-held-by-udp-socket '.owner | contains("in flight")'
}

@test "without /proc it is not said that root would see more" {
  need_root
  need_netns
  listener 127.0.0.1 0 --io hold
  run -7 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh sockctl listen 127.0.0.1 "$PORT"
  assert_output --partial "already listens"
  refute_output --partial "without root"
  assert_output --partial "/proc"
}

@test "an IPv6 address whose duplicate detection failed, or has not ended" {
  need_ipv6
  need_netns
  links_remove
  ip link add near type veth peer name far || skip "no veth here"
  ip link set near up
  ip link set far up
  ip -6 addr add fd77::1/64 dev far nodad
  ip -6 addr add fd77::1/64 dev near
  await eval 'ip -6 addr show dev near | grep -q dadfailed'
  ip -6 addr del fd77::1/64 dev far
  fails 7 sockctl listen -j fd77::1 0
  because address-duplicate '.interface == "near"'
  not_because address-not-usable
  echo 100 >/proc/sys/net/ipv6/conf/near/dad_transmits
  ip -6 addr add fd77::5/64 dev near
  fails 7 sockctl listen -j fd77::5 0
  links_remove
  because address-not-usable '.interface == "near" and (.reason | contains("tentative"))'
}

@test "TCP cannot be bound to an IPv6 group" {
  need_ipv6
  fails 7 sockctl listen -j ff02::1%lo 0
  because not-unicast '.type == "multicast"'
}

@test "no local port: listeners, bound sockets and TIME_WAIT take some as well" {
  need_netns
  holder "
import time
t = socket.socket(); t.bind(('127.0.0.1', 0)); t.listen(); port = t.getsockname()[1]
open('/proc/sys/net/ipv4/ip_local_port_range', 'w').write('41000 41003')
l = socket.socket(); l.bind(('127.0.0.1', 41000)); l.listen()
b = socket.socket(); b.bind(('127.0.0.1', 41001))
open('/proc/sys/net/ipv4/tcp_tw_reuse', 'w').write('0')
c = socket.create_connection(('127.0.0.1', port)); s, _ = t.accept()
d = socket.create_connection(('127.0.0.1', port)); r, _ = t.accept(); d.close(); r.close()
print('port', port)"
  fails 7 sockctl connect -j 127.0.0.1 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  echo 2 >/proc/sys/net/ipv4/tcp_tw_reuse
  with EADDRNOTAVAIL
  because ports-exhausted '.taken == 4 and .count == 4 and .time_wait == 1 and .first_free > 30 and .tw_reuse == 0'
}
