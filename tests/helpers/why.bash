# SPDX-License-Identifier: ISC
# why.bash: for test files about causes, after helpers: to provoke a failure and to check its cause.

setup() {
  common_setup
  need jq
}

# sockctl ARGS... must end with that status; its JSON report is kept in "report".
fails() {
  local want=$1
  shift
  run "-$want" --separate-stderr "$@"
  printf '%s\n' "$stderr" >report
}

# The failure must have that errno, or EAI name.
with() {
  assert_event report failed ".error.name == \"$1\""
}

# That cause must explain it, with that evidence (a jq condition).
because() {
  assert_event report why ".cause == \"$1\" and (${2:-true})"
}

not_because() {
  refute_event report why ".cause == \"$1\""
}

# ends_with STATUS NAME: so the program ends; its report is kept in "report".
ends_with() {
  await_exit "$2"
  cp "$2.err" report
  ((status == $1)) || fail "$2 ended with $status"
}

# Python keeps sockets as the code makes them until the test ends; it prints "ready" and what
# the code prints, of which "port N" sets PORT.
holder() {
  start holder python3 -uc "
import socket, signal, os, sys
$1
print('ready')
signal.pause()"
  await_line holder.out ready
  if _has_lines holder.out '^port ([0-9]+)' 1; then PORT=${BASH_REMATCH[1]}; fi
}

# The sockets of the previous test.
links_remove() {
  local link
  for link in near side shut; do ip link del "$link" 2>/dev/null || :; done
}

# A host with scripted answers (tests/helpers/responder), at 10.9.0.2 and fd09::2.
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

# Two networks, near and side, without hosts at the other end; "shut" is down.
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

# Landlock (no privilege needed): COMMAND may not bind or connect TCP.
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
