#!/usr/bin/env bats
# Every failure is explained by its real cause, with the evidence: each errno of each call is
# provoked here by what causes it, and the pairs that share an errno are told apart.

load helpers

setup() {
  common_setup
  need jq
}

# sockctl ARGS..., which is to end with that status; its report (JSON) is kept in "report".
fails() {
  local want=$1
  shift
  run "-$want" --separate-stderr "$@"
  printf '%s\n' "$stderr" >report
}

# The failure has that errno, or EAI name.
with() {
  assert_event report failed ".error.name == \"$1\""
}

# It is explained by that cause, with that evidence (a jq condition).
because() {
  assert_event report why ".cause == \"$1\" and (${2:-true})"
}

not_because() {
  refute_event report why ".cause == \"$1\""
}

# Python keeps sockets as the code makes them until the test ends; it prints "ready" and what
# the code prints.
holder() {
  start holder python3 -uc "
import socket, signal, os, sys
$1
print('ready')
signal.pause()"
  await_line holder.out ready
}

# Those of the test before.
links_remove() {
  local link
  for link in near side shut; do ip link del "$link" 2>/dev/null || :; done
}

# A host that answers as it is told (tests/helpers/responder), at 10.9.0.2 and fd09::2.
far_host() {
  need python3
  need_netns
  links_remove
  ip link add near type veth peer name far || skip "no veth here"
  ip addr add 10.9.0.1/24 dev near
  ip -6 addr add fd09::1/64 dev near nodad
  ip link set near up
  ip link set far up
  local mac
  mac=$(ip -o link show far | sed 's/.*ether \([^ ]*\).*/\1/')
  ip neigh add 10.9.0.2 lladdr "$mac" dev near
  ip -6 neigh add fd09::2 lladdr "$mac" dev near
  start responder "$srcdir/tests/helpers/responder" far
  await_line responder.out ready
}

# Two networks, at near and at side, neither with anybody at the other end; "shut" is down.
two_links() {
  need_netns
  local link
  links_remove
  ip link add near type veth peer name far || skip "no veth here"
  ip link add side type veth peer name edis
  ip link add shut type veth peer name tuhs
  for link in near far side edis; do ip link set "$link" up; done
  ip addr add 10.9.0.1/24 dev near
  ip addr add 10.8.0.1/24 dev side
  echo 1 >/proc/sys/net/ipv4/neigh/side/mcast_solicit
  echo 10 >/proc/sys/net/ipv4/neigh/side/retrans_time_ms
}

# --- bind and listen

@test "EADDRINUSE: a listener has the port, and who that is" {
  listener 127.0.0.1 0 --io hold
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  with EADDRINUSE
  because port-held-by-listener ".pid == ${PID[server]} and .program == \"sockctl\" and .held.port == $PORT and .uid == $(id -u)"
  not_because reuse-address-off
  not_because reuse-address-one-sided
  fails 7 sockctl listen -j -o SO_REUSEADDR=0 127.0.0.1 "$PORT"
  not_because reuse-address-off
}

@test "EADDRINUSE: the wildcard of both families has the port" {
  listener 0 --io hold
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-listener ".pid == ${PID[server]} and .held.host == \"::\""
}

@test "EADDRINUSE: the holder of another user is not visible without root, and said so" {
  need_root
  listener 127.0.0.1 0 --io hold
  fails 7 as_nobody sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-listener '.user == "root" and .owner == "its process is not visible without root" and (has("pid") | not)'
}

@test "EADDRINUSE: a UDP socket has the port" {
  start server sockctl listen -j -u 127.0.0.1 0
  await_port server.err
  fails 7 sockctl listen -j -u 127.0.0.1 "$PORT"
  because port-held-by-udp-socket ".pid == ${PID[server]}"
}

@test "EADDRINUSE: TIME_WAIT keeps the port, for how long, and what would have helped" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close()
a.close(); c.recv(1); c.close(); print('port', port)"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  with EADDRINUSE
  because port-in-time-wait ".expires > 50 and .expires <= 60 and .state == \"TIME_WAIT\""
  because reuse-address-one-sided
  not_because port-held-by-listener
  fails 7 sockctl listen -j -o SO_REUSEADDR=0 127.0.0.1 "$PORT"
  because reuse-address-off
}

@test "EADDRINUSE: a connection has the port" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close(); print('port', port)"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-connection ".state == \"ESTABLISHED\" and .pid == ${PID[holder]}"
}

@test "EADDRINUSE: a closed connection that has not ended has the port" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close()
a.close(); c.recv(1); print('port', port)"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  because port-held-by-closing-connection '.state == "FIN_WAIT2" and (has("uid") | not)'
}

@test "EADDRINUSE: a socket that is only bound has the port" {
  need python3
  holder "
b = socket.socket(); b.bind(('127.0.0.1', 0)); print('port', b.getsockname()[1])"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  if assert_event report why '.cause == "port-holder-unknown"' 2>/dev/null; then
    skip "this kernel does not list sockets that are only bound (Linux 6.8 does)"
  fi
  because port-held-by-bound-socket ".pid == ${PID[holder]}"
}

@test "EADDRINUSE of port 0: the ephemeral ports are exhausted, and the range" {
  need_netns
  need python3
  echo "41000 41000" >/proc/sys/net/ipv4/ip_local_port_range
  holder "
b = socket.socket(); b.bind(('127.0.0.1', 41000)); b.listen()"
  fails 7 sockctl listen -j 127.0.0.1 0
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  with EADDRINUSE
  because ports-exhausted '.low == 41000 and .high == 41000 and .taken == 1 and .count == 1'
}

# What has the port P of 127.0.0.1, by what the holder does with SO_REUSEADDR (R) and SO_REUSEPORT (T).
held() {
  local setup
  case $1 in
    listen) setup="s.listen()" ;;
    bound) setup="pass" ;;
    client) setup="l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); s.connect(l.getsockname())" ;;
    established) setup="s.listen(); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); s.close()" ;;
    fin_wait2) setup="s.listen(); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); s.close(); a.close(); c.recv(1)" ;;
    time_wait) setup="s.listen(); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); s.close(); a.close(); c.recv(1); c.close()" ;;
  esac
  holder "
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, $2)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, $3)
s.bind(('$4', 0)); port = s.getsockname()[1]
$setup
print('port', port)"
  PORT=$(sed -n 's/^port //p' holder.out)
}

# Each row: what holds the port, its two options, its address; whether the new one has them; the causes, of which "-"
# is none: then bind succeeds.
@test "EADDRINUSE: every pair of SO_REUSEADDR and SO_REUSEPORT by what holds the port, and what of them is missing" {
  need python3
  local what old_addr old_port host addr port first second
  while read -r what old_addr old_port host addr port first second; do
    held "$what" "$old_addr" "$old_port" "$host"
    if [[ $first == - ]]; then
      run -5 sockctl listen -Q -w 10ms -o SO_REUSEADDR="$addr" -o SO_REUSEPORT="$port" 127.0.0.1 "$PORT"
    else
      fails 7 sockctl listen -j -o SO_REUSEADDR="$addr" -o SO_REUSEPORT="$port" 127.0.0.1 "$PORT"
      with EADDRINUSE
      if [[ $what == bound ]] && assert_event report why '.cause == "port-holder-unknown"' 2>/dev/null; then
        stop holder # this kernel does not list sockets that are only bound (Linux 6.8 does)
        continue
      fi
      because "$first" ".held.port == $PORT" || fail "$what $old_addr $old_port $host, $addr $port"
      [[ $first != port-held-by-* || $first == *-closing-* ]] || because "$first" ".pid == ${PID[holder]}"
      assert_equal "$(event report why .cause | sed 1d | tr '\n' ' ')" "${second:+$second }" ||
        fail "$what $old_addr $old_port $host, $addr $port"
    fi
    stop holder
  done <<'EOF'
listen 0 0 127.0.0.1 0 0 port-held-by-listener
listen 0 0 127.0.0.1 1 0 port-held-by-listener
listen 1 0 127.0.0.1 1 0 port-held-by-listener
listen 1 0 0.0.0.0 1 0 port-held-by-listener
listen 0 0 127.0.0.1 0 1 port-held-by-listener reuse-port-one-sided
listen 0 1 127.0.0.1 0 0 port-held-by-listener
listen 0 1 127.0.0.1 0 1 -
bound 0 0 127.0.0.1 0 0 port-held-by-bound-socket reuse-address-off
bound 0 0 127.0.0.1 1 0 port-held-by-bound-socket reuse-address-one-sided
bound 1 0 127.0.0.1 0 0 port-held-by-bound-socket reuse-address-off
bound 1 0 127.0.0.1 1 0 -
client 0 0 127.0.0.1 1 0 port-held-by-connection reuse-address-one-sided
established 0 0 127.0.0.1 0 0 port-held-by-connection reuse-address-off
established 0 0 127.0.0.1 1 0 port-held-by-connection reuse-address-one-sided
established 1 0 127.0.0.1 0 0 port-held-by-connection reuse-address-off
established 1 0 127.0.0.1 1 0 -
fin_wait2 0 0 127.0.0.1 0 0 port-held-by-closing-connection reuse-address-off
fin_wait2 0 0 127.0.0.1 1 0 port-held-by-closing-connection reuse-address-one-sided
time_wait 0 0 127.0.0.1 0 0 port-in-time-wait reuse-address-off
time_wait 0 0 127.0.0.1 1 0 port-in-time-wait reuse-address-one-sided
time_wait 1 0 127.0.0.1 0 0 port-in-time-wait reuse-address-off
time_wait 1 0 127.0.0.1 1 0 -
time_wait 0 0 127.0.0.1 0 1 port-in-time-wait reuse-address-off
EOF
}

@test "EADDRINUSE of listen(2) itself: bind had allowed it" {
  need python3
  held bound 1 0 127.0.0.1
  # The kernel looks again when it is to listen, and the option is off by then.
  fails 7 sockctl listen -j -o bound:SO_REUSEADDR=0 -o early:SO_REUSEADDR=1 127.0.0.1 "$PORT"
  assert_event report failed '.call == "listen" and .error.name == "EADDRINUSE"'
  because port-held-by-bound-socket ".pid == ${PID[holder]}"
  because reuse-address-off
}

@test "EADDRNOTAVAIL of bind: an address that is tentative, or is another interface's" {
  need_ipv6
  two_links
  ip -6 addr add fd08::1/64 dev side nodad
  # With the other end down its address stays tentative for as long as that is.
  ip -6 addr add fd07::1/64 dev shut
  fails 7 sockctl listen -j fd07::1 0
  with EADDRNOTAVAIL
  because address-not-usable '.host == "fd07::1"'
  not_because address-not-local
  fails 7 sockctl listen -j 'fe80::1%side' 0
  because address-not-local '.host == "fe80::1%side"'
}

@test "EADDRINUSE: a socket that is bound to another interface is not what has the port" {
  need python3
  need_netns
  links_remove
  ip link add near type veth peer name far || skip "no veth here"
  ip link set near up
  local interface
  for interface in lo near; do
    start "on_$interface" python3 -uc "
import socket, signal
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'$interface')
s.bind(('', 7777))
s.listen()
print('ready')
signal.pause()"
    await_line "on_$interface.out" ready
  done
  for interface in lo near; do
    fails 7 sockctl listen -j -o "SO_BINDTODEVICE=$interface" 0.0.0.0 7777
    with EADDRINUSE
    because port-held-by-listener ".pid == ${PID["on_$interface"]}"
  done
}

@test "EADDRINUSE with SO_REUSEPORT: the other socket lacks it, or is another user's" {
  need_netns
  listener --io hold 127.0.0.1 0
  fails 7 sockctl listen -j -o SO_REUSEPORT=1 127.0.0.1 "$PORT"
  because reuse-port-one-sided '.reuse_port == true'
  fails 7 sockctl listen -j 127.0.0.1 "$PORT"
  not_because reuse-port-one-sided
  stop server
  listener -o SO_REUSEPORT=1 --io hold 127.0.0.1 0
  # Both have it: no failure but that nobody comes.
  run -5 sockctl listen -o SO_REUSEPORT=1 -w 50ms 127.0.0.1 "$PORT"
}

@test "EADDRINUSE with SO_REUSEPORT: a port is shared by the sockets of one user only" {
  need_root
  listener -o SO_REUSEPORT=1 --io hold 127.0.0.1 0
  fails 7 as_nobody sockctl listen -j -o SO_REUSEPORT=1 127.0.0.1 "$PORT"
  because reuse-port-other-user '.uid == 65534 and .held_uid == 0'
  not_because reuse-port-one-sided
}

@test "ENODEV of bind: no interface has that index, and those that there are" {
  need_netns
  fails 7 sockctl listen -j 'fe80::1%77' 0
  with ENODEV
  because interface-missing '.interface == "77" and (.interfaces | index("lo"))'
}

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

@test "a socket option is refused: the right for it is there, but not where it counts" {
  need_netns
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
  run -1 --separate-stderr straced trace -e inject=socket:error=EPROTONOSUPPORT:when=1 sockctl connect -j -n 127.0.0.1 9
  printf '%s\n' "$stderr" >report
  with EPROTONOSUPPORT
  because protocol-not-supported '.family == "AF_INET"'
  run -1 --separate-stderr straced trace -e inject=connect:error=ENOBUFS:when=1 sockctl connect -j -n 127.0.0.1 9
  printf '%s\n' "$stderr" >report
  with ENOBUFS
  because no-buffers
}

@test "EACCES of bind: the port is privileged, and what is missing" {
  fails 7 as_nobody sockctl listen -j 127.0.0.1 80
  with EACCES
  because port-privileged '.port == 80 and .start == 1024'
}

@test "EACCES of bind: the right is there, but another namespace is what it counts in" {
  need_netns
  as_nobody unshare -Ur true 2>/dev/null || skip "no user namespaces here"
  fails 7 as_nobody unshare -Ur "$SOCKCTL" listen -j 127.0.0.1 80
  with EACCES
  because port-privileged-namespace '.port == 80 and .start == 1024'
  not_because port-privileged
}

# Landlock (no privilege needed): COMMAND without the right to bind or connect TCP.
landlocked() {
  ${EXEC-} python3 -c '
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
rules = libc.syscall(444, struct.pack("QQ", 0, 3), 16, 0)
if rules < 0:
    sys.exit(99)
libc.prctl(38, 1, 0, 0, 0)
libc.syscall(446, rules, 0)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

@test "EACCES of bind: not the port, but a policy" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 7 landlocked sockctl listen -j 127.0.0.1 8080
  with EACCES
  because bind-denied-by-policy '.port == 8080'
}

@test "EACCES of bind to port 0: not the port, and no word of its limit" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 7 landlocked sockctl listen -j 127.0.0.1 0
  because bind-denied-by-policy '.port == 0 and (has("start") | not)'
}

@test "EPERM of bind: a policy, be the port as low as it may" {
  need_strace
  fails 7 straced trace -qq -e inject=bind:error=EPERM sockctl listen -j 127.0.0.1 80
  with EPERM
  because bind-denied-by-policy '.port == 80 and (has("start") | not)'
}

@test "EACCES of connect: not the route, but a policy" {
  need python3
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 6 landlocked sockctl connect -j 127.0.0.1 8080
  with EACCES
  because connect-denied-by-policy '.type == "local"'
}

@test "EADDRNOTAVAIL of bind: no address of this host, and those that it has" {
  fails 7 sockctl listen -j 192.0.2.1 0
  with EADDRNOTAVAIL
  because address-not-local '.host == "192.0.2.1" and (.addresses | index("127.0.0.1"))'
}

@test "EINVAL of bind: a link-local address needs its interface" {
  need_ipv6
  fails 7 sockctl listen -j fe80::1 0
  with EINVAL
  because scope-missing
}

# --- connect: refused

@test "ECONNREFUSED: nobody listens on this host" {
  fails 4 sockctl connect -j 127.0.0.1 1
  with ECONNREFUSED
  because nobody-listens '.address.port == 1'
  not_because listener-elsewhere
}

@test "ECONNREFUSED: somebody listens on another address, on another family" {
  need_ipv6
  listener ::1 0 --io hold
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because nobody-listens
  because listener-elsewhere ".held.host == \"::1\" and .pid == ${PID[server]}"
}

@test "ECONNREFUSED: the listener is for IPv6 only" {
  need_ipv6
  listener -6 -o IPV6_V6ONLY=1 :: 0 --io hold
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because listener-elsewhere '.v6only == "for IPv6 only"'
}

@test "ECONNREFUSED: the listener serves another interface" {
  far_host
  holder "
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, 25, b'near'); l.bind(('0.0.0.0', 0)); l.listen()
print('port', l.getsockname()[1])"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because nobody-listens
  because listener-elsewhere ".interface == \"near\" and .pid == ${PID[holder]}"
  not_because rejected-despite-listener
}

@test "ECONNREFUSED: another host answered with RST" {
  far_host
  fails 4 sockctl connect -j 10.9.0.2 1
  with ECONNREFUSED
  because reset-answer
  not_because icmp-error
}

@test "ECONNREFUSED: not RST but ICMP, and from whom" {
  far_host
  fails 4 sockctl connect -j 10.9.0.2 10303
  with ECONNREFUSED
  because icmp-error '.from == "10.9.0.254" and .type == 3 and .code == 3 and .icmp == "port unreachable"'
  not_because reset-answer
}

@test "ECONNREFUSED: somebody listens, so a packet filter rejected it" {
  need_netns
  need iptables
  listener 127.0.0.1 0 --io hold
  iptables -A INPUT -p tcp --dport "$PORT" -j REJECT --reject-with tcp-reset 2>/dev/null || skip "no iptables here"
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because rejected-despite-listener ".pid == ${PID[server]}"
}

@test "ECONNREFUSED of a datagram: ICMP from this host, no socket there" {
  fails 4 sockctl connect -j -u 127.0.0.1 9 <<<x
  with ECONNREFUSED
  because no-udp-socket
}

# --- connect: no answer

@test "ETIMEDOUT: SYNs sent, none answered" {
  far_host
  fails 5 sockctl connect -j -w 0.3 10.9.0.2 2
  because syn-unanswered '.syns == 1 and .elapsed > 0.2'
  not_because accept-queue-full
  not_because neighbour-failed
}

@test "ETIMEDOUT: the accept queue of a listener on this host is full" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(0); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); print('port', port)"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because accept-queue-full ".length == 1 and .limit == 0 and .pid == ${PID[holder]}"
  because syn-unanswered
}

@test "ETIMEDOUT: a listener on this host with room in its accept queue is not what is full" {
  need_netns
  need iptables
  listener 127.0.0.1 0 --io hold
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP 2>/dev/null || skip "no iptables here"
  fails 5 sockctl connect -j -w 0.3 127.0.0.1 "$PORT"
  because syn-unanswered '.syns == 1'
  not_because accept-queue-full
}

@test "ETIMEDOUT: the next hop does not answer ARP" {
  far_host
  fails 5 sockctl connect -j -w 0.2 10.9.0.77 80
  because neighbour-failed '.neighbour == "10.9.0.77" and .interface == "near" and .protocol == "ARP"'
}

# --- connect: unreachable

@test "EHOSTUNREACH: ARP failed on this host" {
  far_host
  echo 1 >/proc/sys/net/ipv4/neigh/near/mcast_solicit
  echo 10 >/proc/sys/net/ipv4/neigh/near/retrans_time_ms
  fails 6 sockctl connect -j 10.9.0.78 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "10.9.0.78" and .protocol == "ARP"'
  not_because icmp-error
}

@test "EHOSTUNREACH: a packet filter of this host said so, not the neighbour" {
  far_host
  need iptables
  iptables -A OUTPUT -p tcp -d 10.9.0.2 --dport 81 -j REJECT --reject-with icmp-host-unreachable 2>/dev/null ||
    skip "no iptables here"
  fails 6 sockctl connect -j -w 5 10.9.0.2 81
  with EHOSTUNREACH
  because icmp-error '.from == "10.9.0.1" and .whose == "this host itself" and .type == 3 and .code == 1'
  not_because neighbour-failed
}

@test "EHOSTUNREACH: a router said so" {
  far_host
  fails 6 sockctl connect -j 10.9.0.2 10301
  with EHOSTUNREACH
  because icmp-error '.from == "10.9.0.254" and .icmp == "host unreachable" and (has("whose") | not)'
  not_because neighbour-failed
}

@test "EHOSTUNREACH, ENETUNREACH, EPROTO, ENOPROTOOPT: each ICMP answer by its name" {
  far_host
  while read -r port errno type code name; do
    fails 6 sockctl connect -j 10.9.0.2 "$port"
    with "$errno"
    because icmp-error ".type == $type and .code == $code and .icmp == \"$name\""
  done <<'EOF'
10300 ENETUNREACH 3 0 net unreachable
10302 ENOPROTOOPT 3 2 protocol unreachable
10309 ENETUNREACH 3 9 network administratively prohibited
10310 EHOSTUNREACH 3 10 host administratively prohibited
10313 EHOSTUNREACH 3 13 communication administratively prohibited
11100 EHOSTUNREACH 11 0 time to live exceeded in transit
11200 EPROTO 12 0 parameter problem
EOF
}

@test "IPv6: each ICMPv6 answer by its name, which the kernel keeps on demand" {
  need_ipv6
  far_host
  while read -r port status errno type code name; do
    fails "$status" sockctl connect -j -o IPV6_RECVERR=1 fd09::2 "$port"
    with "$errno"
    because icmp-error ".protocol == \"ICMPv6\" and .type == $type and .code == $code and .icmp == \"$name\" and .from == \"fd09::fe\""
    fails "$status" sockctl connect -j fd09::2 "$port"
    with "$errno"
    because icmp-error-unseen '.option == "IPV6_RECVERR"'
  done <<'EOF'
10100 6 ENETUNREACH 1 0 no route to destination
10101 6 EACCES 1 1 communication administratively prohibited
10103 6 EHOSTUNREACH 1 3 address unreachable
10104 4 ECONNREFUSED 1 4 port unreachable
EOF
}

@test "IPv6: another host answered with RST; the next hop does not answer NDP" {
  need_ipv6
  far_host
  fails 4 sockctl connect -j fd09::2 1
  because reset-answer
  not_because icmp-error-unseen
  echo 1 >/proc/sys/net/ipv6/neigh/near/mcast_solicit
  echo 10 >/proc/sys/net/ipv6/neigh/near/retrans_time_ms
  fails 6 sockctl connect -j fd09::77 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "fd09::77" and .protocol == "NDP"'
}

@test "ENETUNREACH: there is no route" {
  need_netns
  fails 6 sockctl connect -j 192.0.2.1 80
  with ENETUNREACH
  because no-route '.host == "192.0.2.1"'
}

@test "EHOSTUNREACH, EACCES, EINVAL: the route is unreachable, prohibit, blackhole, and which entry that is" {
  need_netns
  while read -r type errno; do
    ip route add "$type" 198.51.100.0/24
    fails 6 sockctl connect -j 198.51.100.7 80
    ip route del "$type" 198.51.100.0/24
    with "$errno"
    because "route-$type" '.route == "198.51.100.0/24"'
  done <<'EOF'
unreachable EHOSTUNREACH
prohibit EACCES
blackhole EINVAL
EOF
}

@test "the same of IPv6" {
  need_netns
  need_ipv6
  while read -r type errno; do
    ip -6 route add "$type" 2001:db8:7::/48
    fails 6 sockctl connect -j 2001:db8:7::1 80
    ip -6 route del "$type" 2001:db8:7::/48
    with "$errno"
    because "route-$type" '.route == "2001:db8:7::/48"'
  done <<'EOF'
unreachable EHOSTUNREACH
prohibit EACCES
blackhole EINVAL
EOF
}

@test "a socket that is bound to an interface: the way by that one counts, not the routes of others" {
  two_links
  fails 6 sockctl connect -j -w 5 -o SO_BINDTODEVICE=side 10.9.0.2 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "10.9.0.2" and .interface == "side"'
  # Loopback addresses too: that side asks for them is not this host's own ICMP.
  fails 6 sockctl connect -j -w 5 -o SO_BINDTODEVICE=side 127.0.0.1 80
  with EHOSTUNREACH
  because neighbour-failed '.neighbour == "127.0.0.1" and .interface == "side"'
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=shut 10.9.0.2 80
  with ENETUNREACH
  because interface-down '.interface == "shut"'
  not_because no-route
}

@test "IPv6 of a socket that is bound to an interface; a scope that is no interface" {
  need_ipv6
  two_links
  ip -6 addr add fd08::1/64 dev side nodad
  fails 6 sockctl connect -j -o SO_BINDTODEVICE=near fd08::2 80
  with ENETUNREACH
  because no-route '.host == "fd08::2" and .interface == "near"'
  fails 6 sockctl connect -j 'fe80::99%77' 80
  with ENETUNREACH
  because interface-missing '.interface == "77" and (.interfaces | index("side"))'
  not_because no-route
  fails 6 sockctl connect -j 'fe80::99%shut' 80
  because interface-down '.interface == "shut"'
}

@test "ENODEV: the interface that the socket is bound to is not there" {
  need_netns
  fails 1 sockctl connect -j -o SO_BINDTOIFINDEX=77 192.0.2.1 80
  with ENODEV
  because interface-missing '.interface == "77" and (.interfaces | index("lo"))'
  need_ipv6
  fails 7 sockctl listen -j -o SO_BINDTOIFINDEX=77 ::1 0
  with ENODEV
  because interface-missing '.interface == "77"'
}

@test "EACCES: a rule about marks or ports prohibits it, so it is no other policy" {
  two_links
  ip rule add fwmark 7 prohibit
  fails 6 sockctl connect -j -o SO_MARK=7 10.9.0.2 80
  ip rule del fwmark 7
  with EACCES
  because route-prohibit '.host == "10.9.0.2"'
  not_because connect-denied-by-policy
  ip rule add ipproto tcp dport 25 prohibit || skip "no rules about ports here (Linux 4.17 has them)"
  fails 6 sockctl connect -j 10.9.0.2 25
  ip rule del ipproto tcp dport 25
  with EACCES
  because route-prohibit
  not_because connect-denied-by-policy
  ip rule add ipproto tcp sport 7777 prohibit
  fails 6 sockctl connect -j -p 7777 10.9.0.2 80
  ip rule del ipproto tcp sport 7777
  with EACCES
  because route-prohibit
  not_because connect-denied-by-policy
}

@test "EACCES: a rule about the TOS or the source address prohibits it" {
  two_links
  ip rule add tos 0x10 prohibit
  fails 6 sockctl connect -j -T 0x10 10.9.0.2 80
  ip rule del tos 0x10
  with EACCES
  because route-prohibit
  not_because connect-denied-by-policy
  ip rule add from 10.9.0.1 prohibit
  fails 6 sockctl connect -j -s 10.9.0.1 10.9.0.2 80
  ip rule del from 10.9.0.1
  with EACCES
  because route-prohibit '.host == "10.9.0.2"'
  not_because source-unusable
}

@test "ECONNREFUSED: TCP where a UDP socket is, UDP where a TCP listener is" {
  start server sockctl listen -j -u 127.0.0.1 0
  await_port server.err
  fails 4 sockctl connect -j 127.0.0.1 "$PORT"
  because nobody-listens
  because other-protocol ".held_protocol == \"UDP\" and .protocol == \"TCP\" and .pid == ${PID[server]}"
  stop server
  listener 127.0.0.1 0 --io hold
  fails 4 sockctl connect -j -u 127.0.0.1 "$PORT" <<<x
  because no-udp-socket
  because other-protocol ".held_protocol == \"TCP\" and .protocol == \"UDP\" and .pid == ${PID[server]}"
}

@test "EINVAL: a link-local peer needs its interface; from loopback there is no way out" {
  need_ipv6
  far_host
  fails 6 sockctl connect -j fe80::1 80
  with EINVAL
  because scope-missing
  fails 6 sockctl connect -j -s 127.0.0.1 10.9.0.2 1
  with EINVAL
  because source-unusable '.source == "127.0.0.1" and .usable == "10.9.0.1"'
}

@test "ENETUNREACH: a stream cannot go to a broadcast address" {
  far_host
  fails 6 sockctl connect -j 10.9.0.255 80
  because not-unicast '.type == "broadcast"'
}

@test "EACCES of a datagram: SO_BROADCAST is off" {
  far_host
  fails 6 sockctl connect -j -u 10.9.0.255 9 <<<x
  with EACCES
  because broadcast-off
}

@test "EPERM of a datagram: a policy of this host" {
  need_netns
  need iptables
  far_host
  iptables -A OUTPUT -p udp --dport 99 -j DROP 2>/dev/null || skip "no iptables here"
  fails 6 sockctl connect -j -u 10.9.0.2 99 <<<x
  with EPERM
  because connect-denied-by-policy
}

@test "ENETUNREACH of connect, EINVAL of bind: an IPv4 address on a socket for IPv6 only" {
  need_ipv6
  fails 6 sockctl connect -j -o IPV6_V6ONLY=1 ::ffff:127.0.0.1 80
  with ENETUNREACH
  because mapped-on-v6only
  not_because no-route
  fails 7 sockctl listen -j -o IPV6_V6ONLY=1 ::ffff:127.0.0.1 0
  with EINVAL
  because mapped-on-v6only '.host == "::ffff:127.0.0.1"'
}

@test "EAFNOSUPPORT of bind: the local address is of another family than the peer's" {
  need_ipv6
  fails 7 sockctl connect -j -s ::1 127.0.0.1 9
  with EAFNOSUPPORT
  because family-mismatch '.address.host == "::1" and .address_family == "AF_INET6" and .family == "AF_INET"'
}

@test "EADDRNOTAVAIL of connect: the ephemeral ports towards the peer are exhausted" {
  need_netns
  listener 127.0.0.1 0 -k --io hold
  echo "41000 41000" >/proc/sys/net/ipv4/ip_local_port_range
  start first sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line first.err '"event":"connected"'
  fails 7 sockctl connect -j 127.0.0.1 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  with EADDRNOTAVAIL
  because ports-exhausted ".taken == 1 and .count == 1 and .peer.port == $PORT"
}

@test "EADDRNOTAVAIL of connect: all ports that may be taken are not all that there are" {
  need_netns
  listener 127.0.0.1 0 -k --io hold
  echo "41000 41001" >/proc/sys/net/ipv4/ip_local_port_range
  echo 41001 >/proc/sys/net/ipv4/ip_local_reserved_ports
  start first sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line first.err '"event":"connected"'
  fails 7 sockctl connect -j 127.0.0.1 "$PORT"
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  echo >/proc/sys/net/ipv4/ip_local_reserved_ports
  because no-port-found ".taken == 1 and .count == 2 and .peer.port == $PORT"
  not_because ports-exhausted
}

@test "EAGAIN of connecting UDP: the ephemeral ports are exhausted" {
  need_netns
  need python3
  echo "41000 41000" >/proc/sys/net/ipv4/ip_local_port_range
  holder "
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 41000))"
  fails 7 sockctl connect -j -u -w 1 127.0.0.1 9 <<<x
  echo "32768 60999" >/proc/sys/net/ipv4/ip_local_port_range
  with EAGAIN
  because ports-exhausted '.taken == 1 and .count == 1'
}

fails_now() {
  local expected=$1
  shift
  run "$@"
  ((status == expected))
}

@test "EADDRNOTAVAIL of connect: no address of IPv6 to connect from" {
  need_ipv6
  far_host
  ip -6 addr del fd09::1/64 dev near
  ip -6 route add 2001:db8::/32 dev near
  echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
  # The addresses go at once, their routes a little later.
  await fails_now 7 sockctl connect -j ::1 80
  run -7 --separate-stderr sockctl connect -j ::1 80
  printf '%s\n' "$stderr" >loopback
  run -7 --separate-stderr sockctl connect -j 2001:db8::1 80
  printf '%s\n' "$stderr" >report
  echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
  with EADDRNOTAVAIL
  because no-source-address '.host == "2001:db8::1" and (has("note") | not)'
  not_because ports-exhausted
  mv loopback report
  because no-source-address '.host == "::1" and (.note | contains("lo.disable_ipv6"))'
}

@test "EADDRNOTAVAIL of connect: the same connection exists" {
  listener 127.0.0.1 0 -k --io hold
  start first sockctl connect -j -o SO_REUSEADDR=1 --io hold 127.0.0.1 "$PORT"
  await_line first.err '"event":"connected"'
  local port
  port=$(event first.err connected .local.port)
  fails 7 sockctl connect -j -o SO_REUSEADDR=1 -s 127.0.0.1 -p "$port" 127.0.0.1 "$PORT"
  if assert_event report failed '.error.name == "EADDRINUSE"' 2>/dev/null; then
    because port-held-by-connection ".pid == ${PID[first]}"
  else
    because connection-exists ".pid == ${PID[first]} and .state == \"ESTABLISHED\""
  fi
}

# --- what is worth knowing of a connection that did come about

@test "a connection to itself is noticed" {
  need_netns
  run -0 --separate-stderr sockctl connect -j -w 1 -s 127.0.0.1 -p 41234 127.0.0.1 41234
  printf '%s\n' "$stderr" >report
  assert_event report warning '.code == "self-connect"'
}

@test "a handshake that took a retransmission says so" {
  far_host
  run --separate-stderr sockctl connect -j -w 5 10.9.0.2 3
  printf '%s\n' "$stderr" >report
  assert_event report warning '.code == "syn-retransmitted" and .retransmits == 1'
}

# --- in mid-stream

@test "ECONNRESET: after how many bytes each way" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1]); print('ready')
a, _ = l.accept(); a.send(b'abc'); a.recv(1, socket.MSG_PEEK); a.close()"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 8 sockctl connect -j 127.0.0.1 "$PORT" <<<hello
  with ECONNRESET
  because reset-by-peer '.received == 3 and .sent == 6'
}

@test "ECONNRESET: the listener was closed before it accepted" {
  need python3
  start_fed owner python3 -uc "
import socket, sys
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1])
sys.stdin.readline(); l.close(); sys.stdin.readline()"
  await_line owner.out '^port '
  PORT=$(sed -n 's/^port //p' owner.out)
  start client sockctl connect -j -d 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  feed owner $'\n'
  await_exit client
  ((status == 8)) || fail "status $status"
  cp client.err report
  with ECONNRESET
  because reset-by-peer '.received == 0 and .unaccepted == "closed its listener before it accepted"'
}

@test "ECONNRESET of connect: RST came right after the handshake" {
  need_netns
  need iptables
  listener 127.0.0.1 0 -k --io hold
  # What the listener would do with a full accept queue and net.ipv4.tcp_abort_on_overflow: the last ACK is answered with RST.
  iptables -A INPUT -p tcp --dport "$PORT" --tcp-flags SYN,ACK ACK -j REJECT --reject-with tcp-reset 2>/dev/null ||
    skip "no iptables here"
  fails 8 sockctl connect -j 127.0.0.1 "$PORT"
  with ECONNRESET
  because reset-after-handshake ".address.port == $PORT"
  not_because reset-by-peer
}

@test "ECONNRESET, EPIPE of unix sockets: no RST is spoken of" {
  need python3
  holder "
l = socket.socket(socket.AF_UNIX); l.bind('here'); l.listen(); print('ready')
a, _ = l.accept(); a.send(b'abc'); a.recv(1, socket.MSG_PEEK); a.close()
a, _ = l.accept(); a.shutdown(socket.SHUT_RD); a.send(b'abc')"
  fails 8 sockctl connect -j -U here <<<hello
  with ECONNRESET
  because closed-unread '.received == 3 and .sent == 6'
  not_because reset-by-peer
  # What the client writes is refused, what it reads is not: it ends when its peer does.
  start_fed client sockctl connect -j -vv -U here
  await_line client.out abc
  feed client "lost"
  await_line client.err '"name":"EPIPE"'
  stop holder
  await_exit client
  cp client.err report
  ((status == 8)) || fail "status $status"
  with EPIPE
  because peer-takes-no-more
}

@test "EPIPE: the peer had closed, and answered with RST what came after" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1]); print('ready')
signal.signal(signal.SIGUSR1, lambda *_: (a.close(), print('closed')))
a, _ = l.accept(); l.close(); a.shutdown(socket.SHUT_WR)
while True: signal.pause()"
  PORT=$(sed -n 's/^port //p' holder.out)
  start client sockctl connect -j --io source 127.0.0.1 "$PORT"
  await_line client.err '"event":"eof"'
  kill -USR1 "${PID[holder]}"
  await_exit client
  cp client.err report
  ((status == 8)) || fail "status $status"
  with EPIPE
  because peer-closed
}

@test "EPIPE of RST behind FIN: who only holds the connection has shut nothing down" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); print('port', l.getsockname()[1]); print('ready')
signal.signal(signal.SIGUSR1, lambda *_: (a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\\1\\0\\0\\0\\0\\0\\0\\0'), a.close()))
a, _ = l.accept(); a.shutdown(socket.SHUT_WR); print('half')
while True: signal.pause()"
  PORT=$(sed -n 's/^port //p' holder.out)
  start client sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line holder.out half
  kill -USR1 "${PID[holder]}"
  await_exit client
  cp client.err report
  ((status == 8)) || fail "status $status"
  with EPIPE
  because reset-by-peer '.received == 0 and .sent == 0'
  not_because already-shut-down
}

@test "EINVAL of MSG_OOB: there is no urgent byte" {
  listener -k -d 127.0.0.1 0
  run --separate-stderr -8 sockctl connect -j --recv-flags MSG_OOB 127.0.0.1 "$PORT"
  echo "$stderr" >report
  with EINVAL
  because no-urgent-byte
  start listener sockctl listen -U -d -Q unix.sock
  await test -S unix.sock
  run --separate-stderr -8 sockctl connect -j -U --recv-flags MSG_OOB unix.sock
  echo "$stderr" >report
  with EINVAL
  because no-urgent-byte
}

@test "ETIMEDOUT in mid-stream: what was sent is not acknowledged" {
  need_netns
  need iptables
  listener 127.0.0.1 0 --io sink
  start_fed client sockctl connect -j -o TCP_USER_TIMEOUT=300 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  iptables -A INPUT -p tcp --dport "$PORT" -j DROP 2>/dev/null || skip "no iptables here"
  feed client "lost"
  await_exit client
  cp client.err report
  ((status == 8)) || fail "status $status"
  with ETIMEDOUT
  because data-unanswered
}

@test "ETIMEDOUT in mid-stream: the peer is there, but does not read" {
  need python3
  holder "
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048); l.bind(('127.0.0.1', 0)); l.listen()
print('port', l.getsockname()[1]); print('ready')
a, _ = l.accept()"
  PORT=$(sed -n 's/^port //p' holder.out)
  fails 8 sockctl connect -j --io source -o TCP_USER_TIMEOUT=500 127.0.0.1 "$PORT"
  with ETIMEDOUT
  because window-closed '.last_ack < 0.7'
  not_because data-unanswered
}

@test "ECONNABORTED: the socket was destroyed on this host" {
  need_root
  need_netns
  listener 127.0.0.1 0 --io hold
  start client sockctl connect -j --io hold 127.0.0.1 "$PORT"
  await_line client.err '"event":"connected"'
  ss -K dst 127.0.0.1 dport = "$PORT" >/dev/null 2>&1 || skip "ss cannot destroy sockets here"
  await_exit client
  cp client.err report
  with ECONNABORTED
  because socket-destroyed
}

@test "EMSGSIZE: the limit" {
  head -c 70000 /dev/zero >big
  run --separate-stderr sockctl connect -j -u --chunk 70000 127.0.0.1 9 <big
  printf '%s\n' "$stderr" >report
  with EMSGSIZE
  because message-too-long '.limit == 65507 and .length == 70000'
}

@test "EMSGSIZE: the path's MTU is the limit only where the packet may not be fragmented" {
  far_host
  head -c 70000 /dev/zero >big
  run --separate-stderr sockctl connect -j -u --chunk 70000 10.9.0.2 9 <big
  printf '%s\n' "$stderr" >report
  because message-too-long '.limit == 65507 and .length == 70000'
  head -c 3000 /dev/zero >small
  run --separate-stderr sockctl connect -j -u -o IP_MTU_DISCOVER=IP_PMTUDISC_DO 10.9.0.2 9 <small
  printf '%s\n' "$stderr" >report
  because message-too-long '.limit == 1472 and .length == 3000'
}

# --- limits

@test "EMFILE, ENFILE: the limits" {
  need_strace
  fails 1 straced trace -qq -e inject=socket:error=EMFILE:when=1 sockctl connect -j -w 1 127.0.0.1 1
  with EMFILE
  because descriptor-limit '.soft > 0 and .open > 0'
  fails 1 straced trace -qq -e inject=socket:error=ENFILE:when=1 sockctl connect -j -w 1 127.0.0.1 1
  with ENFILE
  because system-descriptor-limit '.limit > 0'
}

@test "EMFILE of socket and of accept, at the real limit" {
  start client prlimit --nofile=4:4 "$SOCKCTL" connect -j -n 127.0.0.1 9
  await_exit client
  ((status == 1)) || fail "status $status"
  cp client.err report
  with EMFILE
  because descriptor-limit '.open == 4 and .soft == 4 and .hard == 4'
  start server leaks_unchecked prlimit --nofile=5:5 "$SOCKCTL" listen -j 127.0.0.1 0
  await_port server.err
  start client sockctl connect -j -d 127.0.0.1 "$PORT"
  await_exit server
  ((status == 1)) || fail "status $status"
  cp server.err report
  assert_event report failed '.call == "accept4" and .error.name == "EMFILE"'
  because descriptor-limit '.open == 5 and .soft == 5'
}

@test "EAFNOSUPPORT: this kernel does not have the family" {
  need_strace
  fails 1 straced trace -qq -e inject=socket:error=EAFNOSUPPORT:when=1 sockctl connect -j -w 1 ::1 1
  because family-not-supported '.family == "AF_INET6"'
}

# --- unix sockets

@test "ENOENT: which part of the path is missing" {
  fails 6 sockctl connect -j -U there/is/none
  with ENOENT
  because path-missing '.component == "there"'
}

@test "ENOTDIR: which part of the path is no directory" {
  : >plain
  fails 6 sockctl connect -j -U plain/socket
  with ENOTDIR
  because path-not-directory '.component == "plain"'
  fails 7 sockctl listen -j -U plain/socket
  with ENOTDIR
  because path-not-directory '.component == "plain"'
}

@test "ECONNREFUSED: the file of a socket that is gone, a plain file, a socket that does not listen, a name of nobody" {
  need python3
  python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('stale')"
  fails 4 sockctl connect -j -U stale
  with ECONNREFUSED
  because path-stale
  : >plain
  fails 4 sockctl connect -j -U plain
  because path-not-a-socket
  holder "
u = socket.socket(socket.AF_UNIX); u.bind('bound')"
  fails 4 sockctl connect -j -U bound
  because path-held-by-socket ".pid == ${PID[holder]}"
  fails 4 sockctl connect -j -U @sockctl-nobody
  because abstract-name-unused
}

@test "EADDRINUSE of a path: a socket of another network namespace; a symbolic link that leads nowhere" {
  need_netns
  start server sockctl listen -j -k --io hold -U here
  await_line server.err '"event":"listening"'
  fails 7 unshare -n -- "$SOCKCTL" listen -j -U here
  with EADDRINUSE
  because path-holder-unknown '.component == "here"'
  not_because path-stale
  ln -s nowhere dangling
  fails 7 sockctl listen -j -U dangling
  because path-dangling
  fails 6 sockctl connect -j -U dangling
  with ENOENT
  because path-dangling
}

@test "EADDRINUSE of a path on an overlay: who listens on it" {
  need_netns
  mkdir lower upper merged
  mount -t tmpfs none upper 2>/dev/null || skip "nothing may be mounted here"
  mkdir upper/u upper/w
  mount -t overlay none -o lowerdir=lower,upperdir=upper/u,workdir=upper/w merged 2>/dev/null || skip "no overlay here"
  start server sockctl listen -j -k --io hold -U merged/here
  await_line server.err '"event":"listening"'
  fails 7 sockctl listen -j -U merged/here
  umount -l merged upper
  because path-held-by-listener ".pid == ${PID[server]}"
}

@test "EACCES: which directory denies" {
  mkdir -m 000 "$BATS_TEST_TMPDIR/closed" # which denies its owner too, unless that is root
  chmod 755 "$BATS_TEST_TMPDIR"
  fails 6 as_nobody sockctl connect -j -U closed/socket
  with EACCES
  because path-denied '.component == "closed" and .right == "search"'
  mkdir shut && cd shut
  chmod 666 .
  fails 7 as_nobody "$SOCKCTL" listen -j -U here
  chmod 755 .
  with EACCES
  because path-denied '.component == "." and .right == "search"'
}

@test "EACCES: the file or the directory may not be written" {
  chmod 755 "$BATS_TEST_TMPDIR"
  start server sockctl listen -j -k --io hold -U here
  await_line server.err '"event":"listening"'
  chmod 500 here
  mkdir -m 555 closed
  # They deny their owner too, unless that is root.
  fails 6 as_nobody sockctl connect -j -U here
  with EACCES
  because path-denied '.component == "here" and .right == "write"'
  fails 7 as_nobody sockctl listen -j -U closed/socket
  with EACCES
  because path-denied '.component == "closed" and .right == "write"'
}

@test "EROFS, ENOSPC of a path: read-only, no room" {
  need_netns
  mkdir small
  mount -t tmpfs -o nr_inodes=2 none small 2>/dev/null || skip "nothing may be mounted here"
  : >small/file
  fails 7 sockctl listen -j -U small/socket
  with ENOSPC
  because path-no-space '.component == "small" and .files == 0 and .blocks > 0'
  rm small/file
  mount -o remount,bind,ro small
  fails 7 sockctl listen -j -U small/socket
  with EROFS
  because path-read-only '.component == "small"'
  umount small
}

@test "EPERM of a path: the directory is immutable" {
  need_netns
  mkdir small
  mount -t tmpfs none small 2>/dev/null || skip "nothing may be mounted here"
  mkdir small/fixed
  chattr +i small/fixed 2>/dev/null || { umount small; skip "no file may be made immutable here"; }
  fails 7 sockctl listen -j -U small/fixed/socket
  chattr -i small/fixed
  umount small
  with EPERM
  because path-immutable '.component == "small/fixed"'
  not_because path-denied
}

@test "ELOOP and EADDRINUSE of a path: a symbolic link that leads in a circle" {
  ln -s round round
  fails 1 sockctl connect -j -U round
  with ELOOP
  because path-loop '.component == "round"'
  fails 7 sockctl listen -j -U round/socket
  with ELOOP
  because path-loop '.component == "round"'
  # To bind, the link itself is in the way.
  fails 7 sockctl listen -j -U round
  with EADDRINUSE
  because path-loop '.component == "round"'
  not_because path-holder-unknown
}

@test "a unix datagram socket: its peer was closed, or takes from another one only" {
  need python3
  holder "
u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind('gone')
print('ready'); u.recv(9); u.close(); os.unlink('gone'); print('closed')"
  start_fed client sockctl connect -j -u -U gone
  feed client $'first\n'
  await_line holder.out closed
  feed client $'second\n'
  await_exit client
  ((status == 4)) || fail "status $status"
  cp client.err report
  with ECONNREFUSED
  because peer-socket-closed '.held.path == "gone"'
  stop holder
  holder "
a = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); b = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
a.bind('here'); b.bind('there'); a.connect('there')"
  fails 6 sockctl connect -j -u -U here <<<x
  with EPERM
  because peer-connected-elsewhere ".held.path == \"here\" and .pid == ${PID[holder]}"
  not_because path-denied-by-policy
}

@test "EPERM of an abstract name: a policy, as it has no permissions" {
  need_strace
  fails 6 straced trace -qq -e inject=connect:error=EPERM sockctl connect -j -U @sockctl-nobody
  with EPERM
  because abstract-name-denied '.held.path == "@sockctl-nobody"'
  not_because path-denied
}

@test "ECONNREFUSED: the abstract name is one of another type" {
  need_netns
  start server sockctl listen -j -u -U @sockctl-typed
  await_line server.err '"event":"listening"'
  fails 4 sockctl connect -j -U @sockctl-typed
  with ECONNREFUSED
  because socket-type-mismatch ".type == \"SOCK_DGRAM\" and .own_type == \"SOCK_STREAM\" and .pid == ${PID[server]}"
  # Where its own type has the name too, that one counts.
  need python3
  holder "
s = socket.socket(socket.AF_UNIX); s.bind('\\0sockctl-typed')"
  fails 4 sockctl connect -j -U @sockctl-typed
  with ECONNREFUSED
  because path-held-by-socket ".pid == ${PID[holder]}"
  not_because socket-type-mismatch
}

@test "EPROTOTYPE: the socket at the path is of another type" {
  start server sockctl listen -j -u -U here
  await_line server.err '"event":"listening"'
  fails 1 sockctl connect -j -U here
  with EPROTOTYPE
  because socket-type-mismatch ".type == \"SOCK_DGRAM\" and .own_type == \"SOCK_STREAM\" and .pid == ${PID[server]}"
}

@test "a unix accept queue that stays full" {
  need python3
  holder "
u = socket.socket(socket.AF_UNIX); u.bind('here'); u.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect('here')"
  fails 5 sockctl connect -j -w 0.2 -U here
  because backlog-full ".length == 1 and .limit == 0 and .pid == ${PID[holder]}"
}

@test "EADDRINUSE of a path: who listens on it" {
  start server sockctl listen -j -k --io hold -U here
  await_line server.err '"event":"listening"'
  fails 7 sockctl listen -j -U here
  with EADDRINUSE
  because path-held-by-listener ".pid == ${PID[server]}"
  refute_event server.err accepted
}

# --- names

@test "EAI_AGAIN: which name servers were to be asked" {
  need_netns
  echo "nameserver 127.0.0.1" >resolv.conf
  echo "hosts: files dns" >nsswitch.conf
  mount --bind resolv.conf /etc/resolv.conf 2>/dev/null || skip "nothing may be mounted here"
  mount --bind nsswitch.conf /etc/nsswitch.conf
  fails 3 sockctl connect -j name.example 80
  : >resolv.conf
  cp report named
  fails 3 sockctl connect -j name.example 80
  umount /etc/resolv.conf /etc/nsswitch.conf
  with EAI_AGAIN
  because no-name-servers
  mv named report
  with EAI_AGAIN
  because name-servers '.servers == ["127.0.0.1"]'
}

# --- the shape

@test "at most three lines explain a failure, and none with -Q" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close()
d = socket.socket(); d.setsockopt(1, 2, 1)
a.close(); c.recv(1); c.close(); print('port', port)"
  PORT=$(sed -n 's/^port //p' holder.out)
  run -7 sockctl listen 127.0.0.1 "$PORT"
  (($(grep -c '^why ' <<<"$output") <= 3)) || fail "$output"
  run -7 sockctl listen -Q 127.0.0.1 "$PORT"
  refute_output --partial "why "
}

@test "what explains costs nothing while nothing fails: no question is asked" {
  need_strace
  listener 127.0.0.1 0 --io sink
  run -0 straced trace -f sockctl connect -Q 127.0.0.1 "$PORT"
  run grep -cE 'AF_NETLINK|/proc/' trace
  asked=$output
  # What a sanitizer asks for itself it asks in every run.
  run -0 straced trace -f sockctl --version
  run grep -cE 'AF_NETLINK|/proc/' trace
  assert_output "$asked"
}
