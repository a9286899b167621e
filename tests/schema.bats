#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --schema: a JSON Schema (2020-12) of the events, made from the tables, which every line of a report satisfies.

load helpers

setup() {
  common_setup
  sockctl --schema >schema.json
}

need_validator() {
  python=$(schema_python) || skip "python3-jsonschema is not installed"
}

# A line of a report that is judged, by itself.
judged() {
  cat >line.json
  "$python" "$srcdir/tests/helpers/validate" schema.json line.json
}

@test "the schema is valid, always the same, and an error where it cannot be written" {
  need_validator
  run -0 "$python" -c 'import json, jsonschema; jsonschema.Draft202012Validator.check_schema(json.load(open("schema.json")))'
  assert_equal "$(jq -r '."$schema"' schema.json)" https://json-schema.org/draft/2020-12/schema
  sockctl --schema | diff - schema.json
  run -1 sh -c 'sockctl --schema >/dev/full'
  assert_output 'sockctl: stdout: No space left on device'
}

@test "every event, cause, finding and warning is in it, with its meaning" {
  sed -zE 's/"\n[[:space:]]+"//g; s/,\n[[:space:]]+/, /g' "$srcdir/src/report/events.def" |
    sed -n 's/^EVENT([A-Z_]*, *"\([^"]*\)".*/\1/p' | sort -u >events
  diff events <(jq -r '.properties.event.enum[]' schema.json | sort)
  for list in "why cause why/causes.def CAUSE" "finding code check/findings.def FINDING" "warning code report/warnings.def WARNING"; do
    read -r event key file macro <<<"$list"
    sed -zE 's/"\n[[:space:]]+"//g; s/,\n[[:space:]]+/, /g' "$srcdir/src/$file" |
      sed -n "s/^$macro([A-Z0-9_]*, \"\([^\"]*\)\", \"\([^\"]*\)\".*/\1: \2/p" | sort >codes
    [[ -s codes ]]
    jq -r --arg event "event-$event" --arg key "$key" \
      '."$defs"[$event].properties[$key].oneOf[] | "\(.const): \(.description)"' schema.json | sort >schema.codes
    # A warning may have the code of a cause.
    run comm -23 codes schema.codes
    assert_output ""
  done
}

@test "a number has a unit, unless it names something, is a code, or counts what its meaning says" {
  jq -r '."$defs" | to_entries[] | select(.key | startswith("field-")) | .key as $key |
    (.value.anyOf // [.value])[] | ([.type, .items.type?] | flatten) as $types |
    select(($types | any(. == "integer" or . == "number")) and ($types | all(. != "string"))) |
    select(has("x-unit") | not) | $key | ltrimstr("field-")' schema.json | sort -u >bare
  # Ports, processes, users, descriptors and other numbers that are names; codes; values of sysctls and rules.
  names='attempt|bound|conn|cookie|dport_high|dport_low|fd|format|held_uid|high|hop|icmp_code|icmp_type|index|info_code|inode|ip|low|mark'
  names+='|netns_cookie|other_pid|peer_pid|peer_port|pid|port|priority|probe|result|rule|s_port|sport_high|sport_low|start'
  names+='|tcp_abort_on_overflow|tcp_syncookies|thread|tos|tsval|tw_reuse|uid|uid_high|uid_low|window_scale'
  # What they count depends on what they stand beside.
  names+='|count|drops|failed|length|limit|open|queue|times'
  [[ -s bare ]]
  run grep -vxE "$names" bare
  assert_output ""
}

@test "every field that an event or a cause has is described, with type and example, and every description is used" {
  jq -r '[.. | objects | ."$ref"? // empty] | unique[]' schema.json | sed -n 's|^#/$defs/||p' | sort >wanted
  jq -r '."$defs" | keys[]' schema.json | sort >there
  assert_equal "$(comm -23 wanted there)" ""
  # By name or, of addresses and errors, by the whole.
  assert_equal "$(comm -13 wanted there | grep -v '^event-')" ""
  run jq -r '."$defs" | to_entries[] | select(.key | startswith("field-")) | .key as $key |
    (.value.anyOf // [.value])[] | select((has("type") or has("$ref") or $key == "field-value") and
      has("description") | not) | $key' schema.json
  assert_output ""
  run jq -r '."$defs" | to_entries[] | select(.key | startswith("field-")) | .key as $key |
    (.value.anyOf // [.value])[] | select(has("examples") or has("$ref") | not) | $key' schema.json
  assert_output ""
}

@test "the lines of a conversation, a failure, a list, a lookup and a probe are as the schema says" {
  need_validator
  # The end that closes last is not kept for a minute.
  start server sockctl listen -jvv --hexdump --follow --io echo 127.0.0.1 0
  await_port server.err
  sockctl connect -jvv --cmsg -o SO_RCVBUF=10000 127.0.0.1 "$PORT" <<<hello 2>client.json
  await_exit server
  cp server.err server.json
  sockctl connect -jvv 127.0.0.1 1 2>refused.json || :
  sockctl connect -jvv -n nowhere 1 2>unknown.json || :
  sockctl peerinfo -j --all >list.json
  sockctl peerinfo -j --check --interval 0.05 >check.json || :
  sockctl resolve -jv --with-source localhost 80 >resolve.json
  sockctl resolve -j --bytes 127.0.0.1 80 >bytes.json
  sockctl reverse -j 127.0.0.1 80 >reverse.json || :
  sockctl connect -jz 127.0.0.1 1-3 >ports.json 2>&1 || :
  run -0 assert_schema ./server.json client.json refused.json unknown.json list.json check.json resolve.json bytes.json reverse.json ports.json
  assert_output --regexp '^[0-9]{2,} lines of [0-9]{2,} shapes and [0-9]{2,} events, 0 wrong$'
}

@test "a line with a wrong kind of value, an unknown event, cause or field is not" {
  need_validator
  judged <<<'{"event":"why","time":0.1,"conn":1,"cause":"nobody-listens","text":"x","address":{"family":"AF_INET","host":"127.0.0.1","port":1}}'
  run ! judged <<<'{"event":"why","time":"0.1","cause":"nobody-listens","text":"x"}'
  run ! judged <<<'{"event":"why","time":0.1,"cause":"nobody-listen","text":"x"}'
  run ! judged <<<'{"event":"why","time":0.1,"cause":"nobody-listens","text":"x","syns":3}'
  run ! judged <<<'{"event":"why","time":0.1,"cause":"nobody-listens","text":"x","address":"127.0.0.1:1"}'
  run ! judged <<<'{"event":"whys","time":0.1}'
  run ! judged <<<'{"event":"eof","received":1}'
  run ! judged <<<'{"event":"eof","time":0.1,"received":1.5}'
  # What newer versions add does not trouble a reader of the schema.
  echo '{"event":"eof","time":0.1,"received":1,"news":true}' >line.json
  run -0 "$python" "$srcdir/tests/helpers/validate" --loose schema.json line.json
}

@test "a property has one type and one unit in all events and evidence, unless it is deprecated" {
  # A property by its name and its kind: type, or $ref; of a list the items; unit.
  kinds='def kinds($defs):
      if .deprecated? then empty
      elif has("anyOf") then .anyOf[] | kinds($defs)
      elif has("oneOf") then "string"
      elif has("$ref") then (."$ref" | ltrimstr("#/$defs/")) as $name |
        if $name | startswith("field-") then $defs[$name] | kinds($defs) else $name end
      elif .type == "null" then empty
      else [([.type] | flatten - ["null"])[], (.items | objects | .type | tostring), (."x-unit" | strings)] | join(" ") end;
    ."$defs" as $defs | [$defs | to_entries[] | select(.key | startswith("event-")) | .value |
      (.properties, .allOf[]?.then.properties) | to_entries[] | {key, kind: (.value | kinds($defs))}] |
    group_by(.key)[] | [.[0].key, (map(.kind) | unique[])] | select(length > 2) | join(": ")'
  run -0 jq -r "$kinds" schema.json
  assert_output ""
  # Without the marks all the older forms are found.
  jq 'del(.. | objects | select(.deprecated == true).deprecated)' schema.json >unmarked.json
  run -0 jq -r "$kinds" unmarked.json
  for name in code end from gone held hidden limit names options result send_buffer sharing since v6only; do
    assert_line --regexp "^$name: "
  done
  assert_line "unacknowledged: integer: number seconds"
}

@test "start has the format, and regular forms stand beside the older ones, which are deprecated" {
  run jq -r '."$defs" | to_entries[] | .key as $event | .value | .. | objects | to_entries[] |
    select((.value | type) == "object" and .value.deprecated? == true) | "\($event) \(.key) \(.value.description)"' schema.json
  for line in "event-verdict limit deprecated: see limited_by" "event-state from deprecated: see previous" \
    "event-icmp from deprecated: see sender" "event-port from deprecated: see sender" \
    "event-why from deprecated: see sender" "event-why address deprecated: see host" \
    "event-why unacknowledged deprecated: see unacked" "event-why unacknowledged deprecated: see waiting" \
    "event-finding since deprecated: see last_ack" "event-packet end deprecated: see seq_end" \
    "event-icmp code deprecated: see icmp_code" "event-gone gone deprecated: see event"; do
    assert_line "$line"
  done
  listener --follow 127.0.0.1 0 --io echo
  sockctl connect -j 127.0.0.1 "$PORT" <<<hello 2>client.json >/dev/null
  await_exit server
  assert_event client.json start '.format == 1'
  assert_event server.err state 'has("from") and .previous == .from'
  listener -k --io echo 127.0.0.1 0
  sockctl peerinfo -j --tcpinfo 127.0.0.1 "$PORT" >tcpinfo.json
  assert_event tcpinfo.json verdict '.limited_by == .limit'
  run -4 --separate-stderr bash -c 'echo | sockctl connect -juv --strict 127.0.0.1 1'
  echo "$stderr" >icmp.json
  assert_event icmp.json icmp '.sender.host == .from and .sender.family == "AF_INET"'
}
