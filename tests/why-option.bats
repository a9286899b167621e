#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why a socket option, or a socket, was refused.

load helpers
load helpers/why

@test "a socket option is refused: no such interface, no interface for a group" {
  need_netns
  while read -r errno option want; do
    fails 7 sockctl listen -j -u -o "$option" 127.0.0.1 0
    with "$errno"
    because interface-missing ".interface == \"$want\" and (.interfaces | index(\"lo\"))"
  done <<'EOF'
ENODEV SO_BINDTODEVICE=none0 none0
ENODEV IP_ADD_MEMBERSHIP=224.0.0.77,192.0.2.9 192.0.2.9
EADDRNOTAVAIL IP_MULTICAST_IF=192.0.2.9 192.0.2.9
EADDRNOTAVAIL IP_UNICAST_IF=77 77
EOF
  local option
  for option in IP_ADD_MEMBERSHIP=224.0.0.77 IP_ADD_MEMBERSHIP=224.0.0.77,0.0.0.0 IP_ADD_SOURCE_MEMBERSHIP=232.0.0.77,192.0.2.9; do
    fails 7 sockctl listen -j -u -o "$option" 127.0.0.1 0
    with ENODEV
    because group-interface-unknown '.interfaces | index("lo")'
  done
}

@test "a socket option is refused: the right for it is missing" {
  need_netns
  while read -r errno option capability; do
    fails 7 as_nobody sockctl connect -j -o "$option" 127.0.0.1 9
    with "$errno"
    because option-right-missing ".option == \"${option%%=*}\" and .value == \"${option#*=}\" and
      (.capability | contains(\"$capability\")) and (.uid | type) == \"number\""
  done <<'EOF'
EPERM SO_MARK=1 CAP_NET_RAW
EPERM SO_PRIORITY=7 CAP_NET_ADMIN
EPERM IP_TRANSPARENT=1 CAP_NET_ADMIN
EPERM SO_RCVBUFFORCE=4096 CAP_NET_ADMIN
EPERM SO_BUSY_POLL_BUDGET=100 CAP_NET_ADMIN
EACCES SO_DEBUG=1 CAP_NET_ADMIN
EOF
}

@test "a socket option is refused: the privilege is there, but in the wrong namespace" {
  need_netns
  unshare -Urn true 2>/dev/null || skip "no user namespaces here"
  # It asks for the right in the first user namespace: that this one owns the network namespace does not help.
  fails 7 unshare -Urn "$SOCKCTL" connect -j -o SO_RCVBUFFORCE=4096 127.0.0.1 9
  with EPERM
  because option-right-namespace '.option == "SO_RCVBUFFORCE" and .uid == 0 and (.text | contains("where it counts"))'
  not_because option-right-missing
}

@test "a socket option is refused: it is one of another kind of socket, and which" {
  while read -r errno option kind family type args; do
    # shellcheck disable=SC2086 # a list of words
    fails 7 sockctl listen -j -w 10ms -o "$option" $args
    with "$errno"
    because option-of-other-socket ".option == \"${option%%=*}\" and .kind == \"$kind\" and .family == \"$family\" and .type == \"$type\""
    not_because option-not-supported
  done <<'EOF'
ENOPROTOOPT TCP_NODELAY=1 TCP AF_INET SOCK_DGRAM -u 127.0.0.1 0
ENOPROTOOPT UDP_GRO=1 UDP AF_INET SOCK_STREAM 127.0.0.1 0
ENOPROTOOPT IPV6_RECVTCLASS=1 IPv6 AF_INET SOCK_STREAM 127.0.0.1 0
EOPNOTSUPP TCP_USER_TIMEOUT=1 TCP AF_UNIX SOCK_STREAM -U @sockctl-why
EPROTO IP_ADD_MEMBERSHIP=224.0.0.77,127.0.0.1 datagram AF_INET SOCK_STREAM 127.0.0.1 0
EINVAL IP_MULTICAST_TTL=1 datagram AF_INET SOCK_STREAM 127.0.0.1 0
EOF
}

@test "a socket option is refused: the kernel does not have it, not this value, not this name" {
  fails 7 sockctl connect -j -o 6:9999=1 127.0.0.1 9
  with ENOPROTOOPT
  because option-not-supported '.option == "6:9999" and .family == "AF_INET" and .type == "SOCK_STREAM"'
  fails 7 sockctl connect -j -o IP_TTL=0 127.0.0.1 9
  with EINVAL
  because option-value-refused '.option == "IP_TTL" and .value == "0" and .takes == "1 to 255, or -1"'
  fails 7 sockctl connect -j -o TCP_MAXSEG=87 127.0.0.1 9
  with EINVAL
  because option-value-refused '.takes == "88 to 32767, or 0"'
  fails 7 sockctl listen -j -u -o IP_ADD_MEMBERSHIP=10.0.0.1 127.0.0.1 0
  with EINVAL
  because option-value-refused '.takes == "multicast addresses, 224.0.0.0/4"'
  fails 7 sockctl connect -j -o TCP_CONGESTION=none 127.0.0.1 9
  with ENOENT
  because congestion-control-unknown ".available == \"$(cat /proc/sys/net/ipv4/tcp_available_congestion_control)\""
  listener 127.0.0.1 0 --io hold
  fails 7 sockctl connect -j -o TCP_ULP=none 127.0.0.1 "$PORT"
  with ENOENT
  because upper-protocol-unknown
}

@test "a socket option is refused: not in this state of the socket" {
  need_ipv6
  fails 7 sockctl listen -j -o bound:IPV6_V6ONLY=1 ::1 0
  with EINVAL
  because option-before-bind '.option == "IPV6_V6ONLY"'
  fails 7 sockctl listen -j -u -o early:IPV6_ADDRFORM=AF_INET ::1 0
  with ENOTCONN
  because option-needs-connection '.option == "IPV6_ADDRFORM"'
}

@test "a socket option is refused: joined already, not joined, more groups than a socket may join" {
  need_netns
  local group=IP_ADD_MEMBERSHIP=239.0.0.1,127.0.0.1
  fails 7 sockctl listen -j -u -o "$group" -o "$group" 127.0.0.1 0
  with EADDRINUSE
  because group-already-joined '.value == "239.0.0.1,127.0.0.1"'
  fails 7 sockctl listen -j -u -o IP_DROP_MEMBERSHIP=239.0.0.1,127.0.0.1 127.0.0.1 0
  with EADDRNOTAVAIL
  because group-not-joined '.value == "239.0.0.1,127.0.0.1"'
  echo 1 >/proc/sys/net/ipv4/igmp_max_memberships
  fails 7 sockctl listen -j -u -o "$group" -o IP_ADD_MEMBERSHIP=239.0.0.2,127.0.0.1 127.0.0.1 0
  echo 20 >/proc/sys/net/ipv4/igmp_max_memberships
  with ENOBUFS
  because group-limit '.limits | index("net.ipv4.igmp_max_memberships=1") and (map(startswith("net.core.optmem_max=")) | any)'
  echo 1 >/proc/sys/net/ipv4/igmp_max_msf
  group=IP_ADD_SOURCE_MEMBERSHIP=232.0.0.77
  fails 7 sockctl listen -j -u -w 5 -o "$group,192.0.2.8,127.0.0.1" -o "$group,192.0.2.9,127.0.0.1" 127.0.0.1 0
  echo 10 >/proc/sys/net/ipv4/igmp_max_msf
  with ENOBUFS
  because group-limit '.limits | index("net.ipv4.igmp_max_msf=1")'
  not_because no-buffers
}

@test "a socket option is refused: the memory for it is above the limit" {
  need_netns
  need_ipv6
  local before
  before=$(cat /proc/sys/net/core/optmem_max 2>/dev/null) || skip "no net.core.optmem_max in a namespace (Linux 6.8 has it)"
  echo 1 2>/dev/null >/proc/sys/net/core/optmem_max || skip "net.core.optmem_max may not be changed here"
  fails 7 sockctl listen -j -u -o IPV6_ADD_MEMBERSHIP=ff02::77,lo ::1 0
  echo "$before" >/proc/sys/net/core/optmem_max
  with ENOMEM
  because option-memory '.limit == 1'
}

@test "EPROTONOSUPPORT of socket, ENOBUFS: what is known, and no more" {
  # musl tries again without SOCK_NONBLOCK and SOCK_CLOEXEC.
  fails 1 straced trace -e inject=socket:error=EPROTONOSUPPORT:when=1..2 sockctl connect -j -n 127.0.0.1 9
  with EPROTONOSUPPORT
  because protocol-not-supported '.family == "AF_INET"'
  fails 1 straced trace -e inject=connect:error=ENOBUFS:when=1 sockctl connect -j -n 127.0.0.1 9
  with ENOBUFS
  because no-buffers
}
