#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --netns: another network namespace, by its name or by a process; and the list over all of them.

load helpers

setup() {
  common_setup
  need_netns
  need ip jq unshare
  # Names of this file's own mount namespace alone.
  [[ $(stat -fc %T /run) == tmpfs && -e /run/names-of-netns.bats ]] ||
    { mount -t tmpfs none /run 2>/dev/null && touch /run/names-of-netns.bats; } || skip "/run cannot be hidden"
  ip netns add red 2>/dev/null || ip netns list | grep -q red || skip "no network namespace can be made here"
  ip -n red link set lo up
}

teardown() {
  common_teardown
  ip netns del red 2>/dev/null || :
}

# Nothing in descriptor 0 is a socket.
list() {
  run -0 --separate-stderr sockctl peerinfo -j "$@" </dev/null
  printf '%s\n' "$output" >report
}

@test "listen and connect in a namespace by its name, by a process in it, and by a path" {
  start server sockctl listen -j -k --io echo --netns red 127.0.0.1 0
  await_port server.err
  run -4 sockctl connect 127.0.0.1 "$PORT"
  for where in red "${PID[server]}" /run/netns/red "/proc/${PID[server]}/ns/net"; do
    run -0 sockctl connect -Q --netns "$where" 127.0.0.1 "$PORT" <<<hello
    assert_output hello
  done
  run -0 sockctl connect -z "--netns=red" 127.0.0.1 "$PORT"
  assert_output --partial open
}

@test "there may be more namespaces than the soft limit of descriptors" {
  local i
  for i in {1..20}; do ip netns add "many$i"; done
  (ulimit -Sn 16 && sockctl peerinfo -j --netns all) >report </dev/null || (($? == 1)) # there is no socket
  for i in {1..20}; do ip netns del "many$i"; done
  assert_event report listed '.namespaces >= 22'
}

@test "peerinfo lists, watches the ends and checks there; the sandbox is as tight as elsewhere" {
  start server sockctl listen -j -k --io echo --netns red 127.0.0.1 0
  await_port server.err
  list --netns red
  assert_event report socket ".local.port == $PORT and .program == \"sockctl\" and .pid == ${PID[server]} and .netns == null"
  list --pid "${PID[server]}" --netns red
  assert_event report socket ".local.port == $PORT and .queue == 0 and .netns_cookie == null"
  start watcher sockctl peerinfo --netns red --closed -j --count 1
  await_rest "${PID[watcher]}"
  run -0 sockctl connect -Q --netns red 127.0.0.1 "$PORT" <<<hello
  await_exit watcher
  assert_success
  assert_event watcher.out destroyed '.bytes_sent == 6'
  run -0 sockctl peerinfo --netns red --check --interval 1ms
  run -0 sockctl resolve --netns red --with-source localhost
  assert_line --regexp '^127\.0\.0\.1 .*from 127\.0\.0\.1'
  grep -q '^#define HAVE_SANDBOX_FILTER 1' "$builddir/config.h" || return 0
  assert_equal "$(awk '/^Seccomp:/ {print $2} /^NoNewPrivs:/ {print $2}' "/proc/${PID[server]}/status" | xargs)" "1 2"
}

@test "an interface is one of that namespace, in whichever order the options come" {
  ip -n red link add only-red type veth peer name other-red 2>/dev/null || skip "no veth interfaces here"
  ip -n red link set only-red up
  run -2 sockctl peerinfo --interface only-red
  assert_output --partial "'only-red' is not an interface here"
  run -1 sockctl peerinfo --interface only-red --netns red </dev/null
  assert_output "listed      0 sockets"
  if [[ $SOCKCTL_RIGHTS == root ]]; then
    start server sockctl listen -j -o SO_BINDTODEVICE=only-red --netns red 0
    await_port server.err
    list --interface only-red --netns red
    assert_event report socket ".local.port == $PORT and .interface == \"only-red\""
    # Its number means another interface here, or none.
    list --netns all --local-port "$PORT"
    assert_event report socket '.netns == "red" and .interface == null'
  fi
  run -0 sockctl __complete peerinfo --netns red --interface only
  assert_output only-red
}

@test "--netns all lists each namespace once, those without a name by their number" {
  start red sockctl listen -j --netns red 127.0.0.1 0
  await_port red.err
  red=$PORT
  start here sockctl listen -j 127.0.0.1 0
  await_port here.err
  here=$PORT
  start none unshare -n sh -c 'ip link set lo up; exec "$0" "$@"' "$SOCKCTL" listen -j 127.0.0.1 0
  await_port none.err
  none=$PORT
  inode=$(stat -Lc %i "/proc/${PID[none]}/ns/net")
  list --netns all
  assert_event report socket ".local.port == $red and .netns == \"red\" and .pid == ${PID[red]}"
  assert_event report socket ".local.port == $none and .netns == \"net:[$inode]\" and .pid == ${PID[none]}"
  assert_event report socket ".local.port == $here and .netns == null"
  assert_equal "$(event report socket .local.port | sort | uniq -d)" ""
  assert_event report listed '.namespaces >= 3'
  run -0 --separate-stderr sockctl peerinfo --netns all --program sockctl </dev/null
  assert_line --regexp "^tcp   127\.0\.0\.1:$red +LISTEN .*sockctl \(${PID[red]}\)  in red$"
  assert_regex "$stderr" '^listed      3 sockets of [0-9]+ namespaces$'
  run -0 --separate-stderr sockctl peerinfo --netns all --count-by state,program --program sockctl </dev/null
  assert_output "3        LISTEN  sockctl"
  # A process of another namespace, asked for from here.
  run -0 sockctl peerinfo -n --pid "${PID[none]}"
  assert_line --regexp '^  namespace +another network namespace, with cookie [0-9]+$'
  list --pid "${PID[here]}"
  refute_event report socket 'has("netns_cookie")'
}

@test "--watch follows all namespaces" {
  start watch sockctl peerinfo -j --netns all --watch 20ms
  await_line watch.out '"event":"listed"'
  start server sockctl listen -j --netns red 127.0.0.1 0
  await_port server.err
  await_line watch.out "\"event\":\"appeared\".*\"port\":$PORT.*\"netns\":\"red\""
  stop server
  await_line watch.out "\"event\":\"gone\".*\"port\":$PORT.*\"netns\":\"red\""
}

@test "an unfinished connection of another namespace says how often it was sent" {
  start holder unshare -n sh -c 'ip link set lo up; exec python3 -uc "
import signal, socket
l = socket.socket(); l.bind((\"127.0.0.1\", 0)); l.listen(0); c = socket.create_connection(l.getsockname())
x = socket.socket(); x.setblocking(False); x.connect_ex(l.getsockname())
print(\"ready\"); signal.pause()"'
  await_line holder.out '^ready'
  again() { sockctl peerinfo -j --netns all --state SYN_SENT </dev/null >report && assert_event report socket '.tries >= 2 and .unacknowledged >= 1' 2>/dev/null; }
  await again
}

@test "what is not a namespace, or must not be joined, is refused with the reason" {
  run -2 sockctl peerinfo --netns green
  assert_line "sockctl peerinfo: --netns: there is no namespace 'green' in /run/netns"
  run -2 sockctl connect --netns 1000000000 127.0.0.1 1
  assert_line "sockctl connect: --netns: there is no namespace '1000000000' in /run/netns, and no such process"
  run -2 sockctl peerinfo --netns /etc/passwd
  assert_line "sockctl peerinfo: --netns: '/etc/passwd' is not a network namespace"
  run -2 sockctl peerinfo --netns ../x
  run -2 sockctl peerinfo --netns ""
  run -2 sockctl listen --netns all 127.0.0.1 0
  run -2 sockctl peerinfo --netns all --check
  run -2 sockctl peerinfo --netns all --interface lo
  run -2 sockctl peerinfo --netns all 127.0.0.1 1
  run -2 sockctl peerinfo --netns red --events
  without_proc() { leaks_unchecked unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$SOCKCTL" "$@" </dev/null; }
  if without_proc --version >/dev/null; then
    run -9 without_proc peerinfo --netns all
    assert_line "sockctl peerinfo: --netns: all: /proc/self/ns/net: No such file or directory"
  fi
  # The value of another option is not an option.
  run -1 sockctl peerinfo --program --netns --user 4242 </dev/null
  for name in red all; do
    run -9 as_nobody "$SOCKCTL" peerinfo --netns "$name" </dev/null
    assert_line "sockctl peerinfo: --netns: $name: setns: Operation not permitted; joining another namespace needs CAP_SYS_ADMIN (root)"
  done
}

@test "completion offers the names" {
  run -0 sockctl __complete connect --netns ""
  assert_output red
  run -0 sockctl __complete peerinfo --netns ""
  assert_output $'all\nred'
  start server sockctl listen -j --netns red 127.0.0.1 0
  await_port server.err
  run -0 sockctl __complete peerinfo --netns red --port "$PORT"
  assert_output "$PORT"
}

@test "help is shown whatever namespace is named" {
  run -0 sockctl connect --netns nope --help
  assert_line --partial 'Usage: sockctl connect'
  run -2 sockctl connect --netns nope 127.0.0.1 9
  assert_output --partial "there is no namespace 'nope'"
}
