#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Completion: what `sockctl __complete` offers, and that real shells take it, typed on a
# terminal and ended with a tab.

load helpers

# The words that are offered, without what they are.
complete() {
  run -0 --separate-stderr sockctl __complete "$@"
  assert_equal "$stderr" ""
  mapfile -t lines < <(cut -f 1 <<<"$output")
  output=$(cut -f 1 <<<"$output")
}

# Each shell makes the same line of what is typed.
typed() {
  local shell
  for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || continue
    [[ $shell != bash || -r /usr/share/bash-completion/bash_completion ]] || continue
    run -0 env SRCDIR="$srcdir" "$srcdir/tests/helpers/type-in-shell" "$shell" "$1"
    assert_equal "$shell: ${output%% }" "$shell: $2"
  done
}

@test "commands are completed" {
  complete res
  assert_output resolve
  complete ""
  assert_line resolve
  assert_line help
  complete help res
  assert_output resolve
}

@test "options are completed, long and short, and none that is refused" {
  complete resolve --verb
  assert_output --verbose
  complete resolve -
  assert_line -v
  refute_line -x
}

@test "what is offered is shown" {
  for words in "resol" "resolve --verb" "connect -o SO_RCVBUFF"; do
    # shellcheck disable=SC2086 # words
    run -0 sockctl __complete $words
    assert_output --regexp $'^[^\t]+\t[^\t]{10,}$'
  done
}

@test "C names are completed in any case, the last of a set too" {
  complete resolve --flags ai_num
  assert_line AI_NUMERICHOST
  complete resolve --flags=AI_ALL,AI_NUMERICS
  assert_output --flags=AI_ALL,AI_NUMERICSERV
  complete connect --io=ech
  assert_output --io=echo
  complete connect --option=after:ip_mtu_d
  assert_output --option=after:IP_MTU_DISCOVER=
  complete resolve --type raw
  assert_output ""
  complete resolve --type SOCK_R
  assert_output $'SOCK_RAW\nSOCK_RDM'
  complete resolve --protocol IPPROTO_UDPL
  assert_output IPPROTO_UDPLITE
  complete reverse --flags NI_D
  assert_output NI_DGRAM
  complete reverse --api getse
  assert_output getservbyport
}

@test "socket options are completed by their C names, with their time and their constants" {
  complete connect -o so_rcvbuff
  assert_output SO_RCVBUFFORCE=
  complete connect -o after:IP_MTU_D
  assert_output after:IP_MTU_DISCOVER=
  complete connect -o ""
  assert_line early:
  assert_line SO_TYPE
  complete connect -o IP_MTU_DISCOVER=
  assert_line IP_MTU_DISCOVER=IP_PMTUDISC_DO
  complete listen -o conn:SO_KEEPALIVE=
  assert_output $'conn:SO_KEEPALIVE=0\nconn:SO_KEEPALIVE=1'
  complete connect -o SO_BINDTODEVICE=l
  assert_line SO_BINDTODEVICE=lo
}

@test "operands are completed by hosts, services and paths" {
  need_glibc
  need getent
  getent services domain || skip "there is no service 'domain' here"
  getent hosts localhost || skip "there is no host 'localhost' here"
  complete connect localhos
  assert_line localhost
  complete connect localhost domai
  assert_line domain
  complete connect -w 3 localhost domai
  assert_line domain
  complete listen domai
  assert_line domain
  complete resolve localhost domai
  assert_line domain
  complete resolve --api getservbyname domai
  assert_line domain
  complete resolve --stdin localhos
  assert_output ""
  complete connect -U ""
  assert_output :path
  complete listen --port-file ""
  assert_output :path
}

@test "words that are wrong so far complete to nothing" {
  complete connect --nosuch x ""
  assert_output ""
  complete connect -o help ""
  assert_output ""
  complete nosuch ""
  assert_output ""
}

@test "no completion script names an option" {
  run sockctl __options
  for command in $output; do
    sockctl __options "$command"
  done | cut -f 1,2 | tr '\t' '\n' | grep -E '^--[a-z]' | sort -u >options
  [[ -s options ]]
  # The comments give an example.
  grep -hv '^ *#' "$srcdir"/completions/* >scripts
  run -1 grep -Fwf options scripts
}

@test "every shell completes a command" {
  need python3
  typed "sockctl resol" "sockctl resolve"
}

@test "every shell completes an option and its values" {
  need python3
  typed "sockctl resolve --fam" "sockctl resolve --family"
  typed "sockctl resolve --flags AI_ALL,AI_PASS" "sockctl resolve --flags AI_ALL,AI_PASSIVE"
  typed "sockctl resolve --api=gethostbyn" "sockctl resolve --api=gethostbyname"
  typed "sockctl connect --io=ech" "sockctl connect --io=echo"
}

@test "every shell completes the ports, processes, users, interfaces and unix sockets of this moment" {
  need python3
  need_netns
  listener 127.0.0.1 0
  start unix sockctl listen -kU @name-of-a-listener
  await_line unix.err listening
  typed "sockctl peerinfo --interface l" "sockctl peerinfo --interface lo"
  typed "sockctl peerinfo --port " "sockctl peerinfo --port $PORT"
  typed "sockctl peerinfo --port=1,${PORT:0:1}" "sockctl peerinfo --port=1,$PORT"
  typed "sockctl connect -U @name" "sockctl connect -U @name-of-a-listener"
  typed "sockctl-nc -U @name" "sockctl-nc -U @name-of-a-listener"
  stop unix
  typed "sockctl peerinfo --pid ${PID[server]:0:1}" "sockctl peerinfo --pid ${PID[server]}"
  [[ $(id -un) == root ]] || return 0
  typed "sockctl peerinfo --user ro" "sockctl peerinfo --user root"
}

@test "fish finds what make install puts into /usr/local" {
  need fish make
  [[ -d /etc/fish ]] || skip "no fish of a distribution"
  grep -qx 'prefix = /usr/local' "$builddir/Makefile" 2>/dev/null || skip "not configured for /usr/local"
  run -0 make -s -C "$builddir" install-fishcompletionDATA DESTDIR="$PWD/root"
  mount --bind root/etc/fish /etc/fish 2>/dev/null || skip "no mount here"
  run -0 env -i PATH="$PATH" HOME="$PWD" fish -c 'complete -C "sockctl resol"; complete -C "sockctl-nc -z"'
  umount /etc/fish
  assert_line --index 0 --regexp '^resolve'$'\t'
  assert_line --regexp '^-z'$'\t'
}

@test "zsh wraps no description" {
  need python3 zsh
  run -0 env SRCDIR="$srcdir" "$srcdir/tests/helpers/type-in-shell" --list 80 "--wire +show" zsh "sockctl connect --"
  assert_line --regexp '^--accept-timeout +limit for accept only *$'
  # Cut, where it would be wrapped.
  assert_line --regexp '^--conns +open N connections .*\.\.$'
  assert_equal "$(grep -c '^--' <<<"$output")" "$(sockctl __complete connect -- | grep -c '^--')"
  assert_equal "$(wc -L < <(grep '^--' <<<"$output"))" 79
}

@test "every shell completes by the name sockctl-nc: a letter's host, and a path" {
  need_glibc
  need python3 getent
  getent hosts localhost || skip "there is no host 'localhost' here"
  touch path-of-a-socket
  typed "sockctl-nc -zw 1 localhos" "sockctl-nc -zw 1 localhost"
  typed "sockctl-nc -U path-of" "sockctl-nc -U path-of-a-socket"
}

@test "every shell completes a socket option, whatever it takes for the end of a word" {
  need python3
  typed "sockctl connect -o SO_RCVBUFF" "sockctl connect -o SO_RCVBUFFORCE="
  typed "sockctl connect -o after:IP_MTU_D" "sockctl connect -o after:IP_MTU_DISCOVER="
  typed "sockctl connect -o after:IP_MTU_DISCOVER=IP_PMTUDISC_WA" "sockctl connect -o after:IP_MTU_DISCOVER=IP_PMTUDISC_WANT"
}

@test "every shell completes a file name if one is expected" {
  need python3
  touch "a file" another
  typed "sockctl listen --port-file anoth" "sockctl listen --port-file another"
  typed "sockctl listen --port-file=anoth" "sockctl listen --port-file=another"
  typed "sockctl connect -U ./anoth" "sockctl connect -U ./another"
}

@test "bash, zsh and fish are here to be tested" {
  need bash zsh fish
  [[ -r /usr/share/bash-completion/bash_completion ]] || skip "bash-completion is not installed"
}
