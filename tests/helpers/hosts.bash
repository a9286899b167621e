# SPDX-License-Identifier: ISC
# hosts.bash: another host, as a network namespace at the other end of a link. It ends with the test.
#
#   host_add NAME NEAR4 FAR4   the link NAME here has the address NEAR4, the link lan there FAR4 (with lengths)
#   on_host NAME CMD...        run it there
#   far_host MILLISECONDS [IO] one behind a wire that takes so long in each direction; it listens at 10.3.0.2:80, with
#                              --io sink or IO

# What comes by IPv6 is left to the test, so that no address has to be waited for.
host_add() {
  need_netns
  need nsenter
  start "host-$1" unshare --net sh -c 'ip link set lo up; echo up; exec sleep 600'
  await_line "host-$1.out" up
  # That of the test before goes with its namespace, but not at once.
  ip link del "$1" 2>/dev/null || :
  ip link add "$1" type veth peer name lan netns "/proc/${PID[host-$1]}/ns/net" || skip "no veth here"
  ip link set dev "$1" addrgenmode none
  on_host "$1" ip link set dev lan addrgenmode none
  ip addr add "$2" brd + dev "$1"
  on_host "$1" ip addr add "$3" brd + dev lan
  ip link set "$1" up
  on_host "$1" ip link set lan up
}

on_host() {
  local name=$1
  shift
  ${EXEC-} nsenter --net="/proc/${PID[host-$name]}/ns/net" "$@"
}

far_host() {
  need_netns
  start far unshare --net sh -c 'ip link set lo up; echo up; exec sleep 600'
  await_line far.out up
  # Those of the test before go with its namespace and processes, but not at once.
  ip link del near 2>/dev/null || :
  ip link del wire1 2>/dev/null || :
  ip link add near type veth peer name wire0 && ip link add wire1 type veth peer name lan netns "/proc/${PID[far]}/ns/net" ||
    skip "no veth here"
  PID[host-far]=${PID[far]}
  for device in near wire0 wire1; do ip link set dev $device addrgenmode none up; done
  ip addr add 10.3.0.1/24 dev near
  on_host far ip addr add 10.3.0.2/24 dev lan
  on_host far ip link set lan up
  unset 'PID[host-far]'
  start wire "$srcdir/tests/helpers/long-wire" wire0 wire1 "$1"
  await_line wire.out ready
  start server nsenter --net="/proc/${PID[far]}/ns/net" "$SOCKCTL" listen -k -j --io "${2-sink}" 10.3.0.2 80
  await_line server.err '"listening"'
}
