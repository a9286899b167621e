#!/bin/bash
# demo.sh: what `./bootstrap demo` shows: a conversation between two sockets, reported by both ends as
# it happens; a refused connect and its cause; a resolution.
set -eu
cd "$(dirname "$0")/.."
# Out of tree, in a test, the program is elsewhere.
PATH=${SOCKCTL:+${SOCKCTL%/*}:}$PWD:$PATH
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

bold='' plain=''
declare -A colour=([listener]='' [client]='')
if [[ -t 1 && -z ${NO_COLOR-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
  colour=([listener]=$'\e[36m' [client]=$'\e[33m')
fi

title() {
  printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

shown() {
  printf '%s$ %s%s\n' "$bold" "$*" "$plain"
}

# Prints each line of stdin as it arrives, after the name of its end.
signed() {
  local line
  while IFS= read -r line; do
    printf '%s %s\n' "$1" "$line"
  done
}

title "Two sockets talk over loopback. What each end calls, and the TCP state after it:"
mkfifo "$directory/said"
exec {said}<>"$directory/said"
shown sockctl listen -vv 127.0.0.1 0
exec {to_listener}> >(sockctl listen -vv 127.0.0.1 0 2>&1 | signed listener >&"$said")
to_client='' port='' closed=0
while ((closed < 2)) && IFS= read -r -t 10 line <&"$said"; do
  name=${line%% *} line=${line#* }
  printf '%s%-10s%s%s\n' "${colour[$name]}" "$name" "$plain" "$line"
  case "$name $line" in
    listener*' listening '*)
      [[ $line =~ 127\.0\.0\.1:([0-9]+) ]] && port=${BASH_REMATCH[1]}
      shown sockctl connect -vv 127.0.0.1 "$port"
      exec {to_client}> >(
        exec {to_listener}>&-
        sockctl connect -vv 127.0.0.1 "$port" 2>&1 | signed client >&"$said"
      )
      ;;
    client*' connected '*) echo "hello from the client" >&"$to_client" ;;
    'listener hello from the client') echo "hello from the listener" >&"$to_listener" ;;
    'client hello from the listener') exec {to_client}>&- ;;
    listener*' eof '*) exec {to_listener}>&- ;;
    *' closed '*) closed=$((closed + 1)) ;;
  esac
done
((closed == 2)) || exit 1

title "Nobody listens there any more:"
shown sockctl connect 127.0.0.1 "$port"
status=0
sockctl connect 127.0.0.1 "$port" 2>&1 </dev/null || status=$?
echo "(exit status $status)"
((status == 4)) || exit 1

title "What the resolver says of a name and a service:"
# Without /etc/hosts, as in some containers, the name is unknown.
name=localhost
getent hosts "$name" >/dev/null || name=127.0.0.1
shown sockctl resolve -v "$name" 80
sockctl resolve -v "$name" 80
