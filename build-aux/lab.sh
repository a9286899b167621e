#!/bin/sh
# SPDX-License-Identifier: ISC
# lab.sh: what `./bootstrap lab` starts: a shell on an empty machine, which is a network namespace with nothing but loopback,
# as the guide has it. Typed in another terminal it joins the machine of the first one, which ends with the first shell.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
# In a test the program is elsewhere.
PATH=${SOCKCTL:+${SOCKCTL%/*}:}$here:$PATH
note=${TMPDIR:-/tmp}/sockctl-lab-$(id -u)

# The first process on the machine, by its pid out here; nothing if there is no machine.
inside() {
  [ -O "$note/pid" ] && read -r outer <"$note/pid" && ps -o pid= --ppid "$outer" 2>/dev/null | tr -d ' '
}

[ -d "$note" ] || mkdir -m 700 "$note"
[ -O "$note" ] || { echo "lab: $note belongs to another user" >&2; exit 1; }
# say SENTENCE: only to a person, who would see nothing but a prompt.
say() {
  [ "$arguments" -gt 0 ] || echo "lab: $1; 'exit' leaves it" >&2
}
arguments=$#
export PS1='$ ' PATH
if first=$(inside) && [ -n "$first" ]; then
  user=
  [ "$(id -u)" -eq 0 ] || user='-U --preserve-credentials'
  say 'this is the machine of the first terminal'
  # shellcheck disable=SC2086 # a list of words
  exec nsenter -t "$first" $user -n -p -m -r --wd="$note" bash --norc "$@"
fi
echo $$ >"$note/pid"
cd "$note"
say 'an empty machine with nothing but loopback'
# Without segments that are lost, the numbers of the guide are those of reno.
exec "$here/tests/in-netns" sh -c 'echo reno 2>/dev/null >/proc/sys/net/ipv4/tcp_congestion_control; exec bash --norc "$@"' sh "$@"
