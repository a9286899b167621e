#!/bin/bash
# SPDX-License-Identifier: ISC
# demo.sh: what `./bootstrap demo` shows: a conversation as a ladder, a refused connect, a port that is taken, and
# eight clients at a backlog of five. Everything happens on 127.0.0.1, at ports that the kernel chooses. It begins in
# the directory of the program, or where SOCKCTL says.
set -eu
PATH=${SOCKCTL:+${SOCKCTL%/*}:}$PWD:$PATH
place=$(mktemp -d)
listener=
cleanup() {
  [[ -z $listener ]] || kill "$listener" 2>/dev/null || :
  rm -rf "$place"
}
trap cleanup EXIT

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

# shown COMMAND COMMENT: the line as it would be typed.
shown() {
  printf '%s$ %-52s# %s%s\n' "$bold" "$1" "$2" "$plain"
}

# listen_first OPTION...: a listener in the background, from when it listens; its port is in $port. It sends what
# stdin has.
listen_first() {
  rm -f "$place/port"
  mkfifo "$place/port"
  sockctl listen --port-file "$place/port" "$@" 127.0.0.1 0 <&0 >"$place/received" 2>"$place/listener" &
  listener=$!
  read -r _ port <"$place/port"
}

# wrapped: lines of a report as sockctl wraps them on a terminal of 80 columns.
wrapped() {
  local line
  while read -r line; do
    fold -s -w 68 <<<"${line:12}" | sed "1s/^/${line:0:12}/; 2,\$s/^/            /; s/ *$//"
  done
}

cd "$place"
# It answers late, so that the states after each end's shutdown are those of a textbook.
listen_first -j < <(sleep 0.2; echo good morning)
echo hello | sockctl connect -j 127.0.0.1 "$port" >/dev/null 2>client
wait "$listener"
# It listened for some time before the conversation.
grep -v '"event":"listening"' listener >server
shown "sockctl draw --level states client server" "both ends' reports"
sockctl draw --level states --width 80 client server

shown "sockctl connect 127.0.0.1 $port" "the listener has gone"
sockctl connect 127.0.0.1 "$port" 2>&1 </dev/null || [[ $? == 4 ]]

listen_first -d --backlog 5 --no-accept
shown "sockctl listen 127.0.0.1 $port" "the port is taken"
sockctl listen 127.0.0.1 "$port" 2>&1 </dev/null || [[ $? == 7 ]]

shown "sockctl connect --conns 8 127.0.0.1 $port" "it has a backlog of five"
echo …
sockctl connect --conns 8 -w 0.3 127.0.0.1 "$port" 2>&1 | sed -n '/^connections/,/^why/p; /^why/q' | wrapped

cat <<END

program     ./sockctl; after PATH=\$PWD:\$PATH it is found by its name, as above
guide       doc/topics.md, or make html: each topic as commands to type
manual      man -l doc/sockctl.1
install     sudo make install
END
