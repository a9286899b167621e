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
export PS1='$ ' PATH
if first=$(inside) && [ -n "$first" ]; then
  user=
  [ "$(id -u)" -eq 0 ] || user='-U --preserve-credentials'
  # shellcheck disable=SC2086 # a list of words
  exec nsenter -t "$first" $user -n -p -m -r --wd="$note" bash --norc "$@"
fi
echo $$ >"$note/pid"
cd "$note"
# Without segments that are lost, the numbers of the guide are those of reno.
exec "$here/tests/in-netns" sh -c 'echo reno 2>/dev/null >/proc/sys/net/ipv4/tcp_congestion_control; exec bash --norc "$@"' sh "$@"
