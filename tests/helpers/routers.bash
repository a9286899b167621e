# SPDX-License-Identifier: ISC
# routers.bash: a chain of routers to another host, each a network namespace that ends with the test.
#
#   routers N          link K (from 0) is 10.7.K.0/24 and fd07:K::/64: .1 is nearer, .2 is farther. Here is 10.7.0.1, r1
#                      to rN are the routers, and "end" is the host behind them, 10.7.N.2
#   on_host NAME CMD...  as in hosts.bash: r1, ..., end

load helpers/hosts

namespace_add() {
  start "host-$1" unshare --net sh -c 'ip link set lo up; echo up; exec sleep 600'
  await_line "host-$1.out" up
  # Else a router says no more to one host than an answer a second.
  on_host "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \
    net.ipv6.icmp.ratelimit=0 || skip "may not set up routers here"
}

# link NEAR-NAME FAR-NAME K: NEAR-NAME "" is here.
link() {
  local near=() number=$3
  [[ ! $1 ]] || near=(on_host "$1")
  # That of the test before goes with its namespace, but not at once.
  "${near[@]}" ip link del "to$number" 2>/dev/null || :
  "${near[@]}" ip link add "to$number" type veth peer name "from$number" netns "/proc/${PID[host-$2]}/ns/net" ||
    skip "no veth here"
  "${near[@]}" ip link set dev "to$number" addrgenmode none
  on_host "$2" ip link set dev "from$number" addrgenmode none
  "${near[@]}" ip addr add "10.7.$number.1/24" dev "to$number"
  on_host "$2" ip addr add "10.7.$number.2/24" dev "from$number"
  "${near[@]}" ip addr add "fd07:$number::1/64" dev "to$number" nodad
  on_host "$2" ip addr add "fd07:$number::2/64" dev "from$number" nodad
  # A router asks for neighbours from its link-local address.
  "${near[@]}" ip addr add fe80::1/64 dev "to$number" nodad
  on_host "$2" ip addr add fe80::2/64 dev "from$number" nodad
  "${near[@]}" ip link set "to$number" up
  on_host "$2" ip link set "from$number" up
}

routers() {
  need_netns
  need nsenter
  local i j before="" name
  COUNT=$1
  for ((i = 0; i <= COUNT; i++)); do
    name=r$((i + 1))
    ((i < COUNT)) || name=end
    namespace_add "$name"
    link "$before" "$name" "$i"
    # Forward to all that is farther, back by default.
    on_host "$name" ip route add default via "10.7.$i.1"
    on_host "$name" ip -6 route add default via "fd07:$i::1"
    before=$name
  done
  ip route add 10.7.0.0/16 via 10.7.0.2
  ip -6 route add fd07::/16 via fd07:0::2
  for ((i = 1; i < COUNT; i++)); do
    on_host "r$i" ip route add 10.7.0.0/16 via "10.7.$i.2"
    on_host "r$i" ip -6 route add fd07::/16 via "fd07:$i::2"
  done
  # A default route the other way would send nearer links back and forth.
  for ((i = 2; i <= COUNT; i++)); do
    for ((j = 0; j < i - 1; j++)); do
      on_host "r$i" ip route add "10.7.$j.0/24" via "10.7.$((i - 1)).1"
      on_host "r$i" ip -6 route add "fd07:$j::/64" via "fd07:$((i - 1))::1"
    done
  done
}

# A listener at the end of the chain, on all its addresses.
end_listens() {
  start server nsenter --net="/proc/${PID[host-end]}/ns/net" "$SOCKCTL" listen -j -k --io sink 80
  await_line server.err '"listening"'
}
