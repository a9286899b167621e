#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --json: every line an object with the vocabulary that scripts rely on, and the same facts as the text.

load helpers

# Scenarios of both ends; each leaves its reports in *.json.
conversation() {
  sockctl listen "$@" --port-file port --accept-timeout 10 127.0.0.1 0 <<<"from the listener" >server.out 2>server.report &
  await test -s port
  PORT=$(cut -d' ' -f2 port)
  sockctl connect "$@" 127.0.0.1 "$PORT" <<<"from the client" >client.out 2>client.report
  wait $!
  rm port
}

# Fails with the first line that is not an object with an event and a time of six decimals.
assert_reports() {
  local file
  for file; do
    assert test -s "$file"
    jq -e . "$file" >/dev/null
    run grep -vE '^\{"event":"[a-z-]+","time":[0-9]+\.[0-9]{6}[,}]' "$file"
    assert_output ""
    run jq -se '.[0] | .event == "start" and (.wall | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$")) and (.version | type) == "string" and (.arguments | type) == "array"' "$file"
    assert_output true
    run jq -s '[.[].time] | . == sort' "$file"
    assert_output true
  done
}

# keys FILE EVENT KEY...: every event of the kind has these keys.
keys() {
  local file=$1 kind=$2
  shift 2
  run jq -s --arg kind "$kind" '[.[] | select(.event == $kind)] | length > 0 and all(.[]; . as $e | $ARGS.positional | all(. as $key | $e | has($key)))' "$file" --args "$@"
  [[ $output == true ]] || fail "$file: $kind without one of: $*"
}

@test "every line of every level parses, and begins with event and time" {
  for level in '' -v -vv '-vv --hexdump'; do
    # shellcheck disable=SC2086 # words
    conversation -j $level
    assert_reports server.report client.report
  done
}

@test "-Q leaves the failure alone" {
  conversation -j -Q
  assert test ! -s client.report
  assert test ! -s server.report
  run -4 sockctl connect -j -Q 127.0.0.1 "$PORT"
  assert_equal "${#lines[@]}" 1
  assert_regex "$output" '^\{"event":"failed",'
}

@test "the events of a conversation have the fields that scripts rely on" {
  conversation -j -vv
  keys client.report connecting peer conn
  keys client.report attempt peer elapsed conn
  keys client.report connected peer local state elapsed conn
  keys client.report call call args result elapsed
  keys client.report shutdown how peer state sent received duration conn
  keys client.report eof peer state sent received duration conn
  keys client.report closed peer state sent received duration conn
  keys server.report listening local state backlog limit
  keys server.report accepted peer local state mapped conn
  keys server.report closed peer state sent received duration conn
  assert_event client.report closed '.sent == 16 and .received == 18 and .conn == 1'
  assert_event server.report closed '.sent == 18 and .received == 16 and .conn == 1'
  assert_event server.report accepted '.mapped == false and .peer.family == "AF_INET" and (.peer.port | type) == "number"'
  assert_event client.report connected '.peer == {family: "AF_INET", host: "127.0.0.1", port: '"$PORT"'}'
  assert_event client.report call '.call == "getaddrinfo" and .library == true and (has("fd") | not)'
  assert_event client.report call '.call == "connect" and .fd >= 3'
}

@test "a failure has the call, the address, the error by number, name and text, and the time" {
  listener 127.0.0.1 0
  stop server
  run -4 sockctl connect -j 127.0.0.1 "$PORT"
  grep '^{' <<<"$output" >report
  keys report failed call address local error elapsed
  # From which port; of the attempt this is the end.
  assert_event report failed '.local.port > 0 and .local.family == "AF_INET"'
  jq -se 'map(select(.event == "attempt" or .event == "failed").elapsed) | length == 2 and .[0] == .[1]' report
  assert_event report failed '.call == "connect" and .error == {errno: 111, name: "ECONNREFUSED", text: "Connection refused"} and (.elapsed | type) == "number"'
  keys report why cause text
  run -3 sockctl connect -j -n nowhere 80
  grep '^{' <<<"$output" >report
  assert_event report failed '.call == "getaddrinfo" and .name == "nowhere" and .error.eai == -2 and .error.name == "EAI_NONAME"'
}

@test "the local end is reported at every level, if there is one" {
  listener 127.0.0.1 0
  stop server
  run --separate-stderr -4 sockctl connect -Qj 127.0.0.1 "$PORT"
  echo "$stderr" >report
  assert_event report failed '.local.port > 0'
  run --separate-stderr -7 sockctl connect -j -s 192.0.2.1 127.0.0.1 "$PORT"
  echo "$stderr" >report
  assert_event report failed '.call == "bind" and .address.host == "192.0.2.1" and (has("local") | not)'
  assert_event report attempt 'has("local") | not'
}

@test "an option of a connection has its number, whenever it is set" {
  listener -k -d 127.0.0.1 0
  run --separate-stderr -0 sockctl connect -j -o SO_RCVBUF=5000 -o bound:IP_TTL=9 -o conn:TCP_NODELAY=1 127.0.0.1 "$PORT"
  echo "$stderr" >report
  assert_equal "$(event report sockopt '"\(.name) \(.when) \(.conn)"')" $'SO_RCVBUF early 1\nIP_TTL bound 1\nTCP_NODELAY conn 1'
}

@test "the report is on stderr alone, and the data on stdout alone" {
  conversation -j -vv
  assert_equal "$(<client.out)" "from the listener"
  assert_equal "$(<server.out)" "from the client"
}

@test "an IPv6 address has a scope if there is one, a unix address has a path, and port 0 is a number" {
  need_netns
  need_ipv6
  ip -6 address add fe80::7/64 dev lo nodad
  listener -k fe80::7%lo 0
  assert_event server.err listening '.local.host == "fe80::7" and .local.scope == "lo"'
  run -0 sockctl connect -j "fe80::7%lo" "$PORT"
  grep '^{' <<<"$output" >report
  assert_event report connected '.peer.scope == "lo" and .peer.family == "AF_INET6"'
  run -5 sockctl listen -j -w 0.05 -U "@name"
  grep '^{' <<<"$output" >report
  assert_event report listening '.local == {family: "AF_UNIX", path: "@name"}'
}

@test "what is foreign never reaches a report raw: a path, an argument, the bytes of a peer" {
  path=$'./evil \e[31m\n"\\\x80'
  start server sockctl listen -j -vv -U "$path"
  await_line server.err '"listening"'
  printf 'bytes \033]0;title\007 \200\377 \342\200\256' | sockctl connect -Q -U "$path"
  await_exit server
  assert_success
  assert_reports server.err
  run grep -P '[\x00-\x08\x0b-\x1f\x7f-\xff]' server.err
  assert_output ""
  assert_event server.err closed '.received == 23'
}

@test "datagram, peer and warning events" {
  start server sockctl listen -j -vv -u -W 1 --chunk 3 127.0.0.1 0
  await_port server.err
  sockctl connect -Q -u -q 0 127.0.0.1 "$PORT" <<<hello
  await_exit server
  assert_reports server.err
  keys server.err datagram peer length real_length truncated bytes conn
  keys server.err peer peer conn
  keys server.err warning code text
  assert_event server.err datagram '.length == 3 and .real_length == 6 and .truncated == true and .bytes == "hel"'
}

# told: a JSON report in the words of the text, times and ports masked.
told() {
  jq -r '
    def where: if .family == "AF_INET6" then "[\(.host)]:PORT" elif .family == "AF_UNIX" then .path else "\(.host):PORT" end;
    def counted($word): "\(.) \($word)" + (if . == 1 then "" else "s" end);
    def state: if .state then "  \(.state)" else "" end;
    select(.event != "start" and .event != "attempt" and .event != "times" and .event != "why") |
    if .event == "connecting" then "connecting  \(.peer | where)"
    elif .event == "connected" then "connected   \(.peer | where) from \(.local | where)"
    elif .event == "listening" then "listening   \(.local | where)\(state)  backlog \(.backlog), limit \(.limit)"
    elif .event == "accepted" then "accepted    \(.peer | where) on \(.local | where)"
    elif .event == "shutdown" then "shutdown    \(.how)"
    elif .event == "eof" then "eof         \(.peer | where) has finished sending"
    elif .event == "closed" then "closed      \(.peer | where)  sent \(.sent), received \(.received | counted("byte"))"
    elif .event == "failed" then "failed      \(.call) \(.address | where): \(.error.name) (\(.error.text))"
    else .event end' "$1"
}

# masked: the text, without what differs from run to run: times, ports, states that are a race.
masked() {
  sed -E 's/ (after|in) [0-9.]+ (ms|s)\b//g; s/:[0-9]{1,5}\b/:PORT/g; s/^(closed +[^ ]+)  [A-Z_0-9]+/\1/
    s/^(connected .*)  [A-Z_0-9]+$/\1/; s/^(eof .* has finished sending)  .*/\1/
    s/^(shutdown +[A-Z_]+)  .*/\1/; s/^(accepted +[^ ]+ on [^ ]+)  .*/\1/; /^why/d' "$1"
}

@test "text and JSON report the same" {
  conversation -j
  told client.report | sort >client.json
  told server.report | sort >server.json
  conversation
  masked client.report | sort | diff client.json -
  masked server.report | sort | diff server.json -
  sockctl connect -j 127.0.0.1 "$PORT" 2>refused.report || :
  grep '^{' refused.report >refused.only
  told refused.only >refused.json
  sockctl connect 127.0.0.1 "$PORT" 2>refused.report || :
  masked refused.report | diff refused.json -
}

@test "a call on the socket of a connection says which, and one on a listener does not" {
  listener -vv -k --io echo 127.0.0.1 0
  for _ in 1 2; do
    run -0 --separate-stderr sockctl connect -jvv 127.0.0.1 "$PORT" <<<hello
  done
  echo "$stderr" >report
  await_count server.err '"event":"closed"' 2
  stop server
  assert_event report call '.call == "connect" and .conn == 1'
  assert_event report call '.call == "close" and .conn == 1'
  assert_event server.err call '.call == "close" and .conn == 2'
  assert_event server.err call '.call == "listen" and .conn == null'
  refute_event server.err call '(.call | test("recv|send|splice")) and .conn == null'
}
