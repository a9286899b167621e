#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --wire shows the segments of the connection, as tcpdump does.

load helpers

setup() {
  common_setup
  need_netns
  run sockctl connect --wire 127.0.0.1 9 </dev/null
  if ((status == 9)); then skip "$output"; fi
}

# Each segment as "PORT flags [seq] ack urg win length", the same from both. SYNs have no numbers: tcpdump shows
# theirs absolute.
segments_of() {
  jq -r 'select(.event == "packet") | [.direction, (.flags | sort | join(",")),
    (if (.flags | index("SYN")) then "-" else
      "\(if .length > 0 then "\(.seq):\(.end)" elif (.flags | index("FIN")) then .seq else "-" end) \(.ack // "-")" end),
    "urg \(.urg // "-") win \(.window) length \(.length)"] | join(" ")' "$1"
}

# tcpdump's lines in the same form; $2 is the port of the server, whose segments are "out".
tcpdump_of() {
  python3 - "$1" "$2" <<'END'
import re, sys
names = {"F": "FIN", "S": "SYN", "R": "RST", "P": "PSH", ".": "ACK", "U": "URG", "E": "ECE", "W": "CWR"}
for line in open(sys.argv[1]):
    m = re.search(r"\.(\d+) > \S+: Flags \[(.*?)\],(.*)", line)
    if not m: continue
    port, flags, rest = m.groups()
    def field(name, default="-"):
        found = re.search(r"(?:^|[ ,])%s ([0-9:]+)" % name, rest)
        return found.group(1) if found else default
    numbers = "-" if "S" in flags else "%s %s" % (field("seq"), field("ack"))
    print("out" if port == sys.argv[2] else "in", ",".join(sorted(names[f] for f in flags)), numbers,
        "urg", field("urg"), "win", field("win"), "length", field("length"))
END
}

@test "it agrees with tcpdump, segment by segment" {
  need tcpdump python3
  need_root # tcpdump gives its rights away, which a user namespace does not allow
  start receiver sockctl oob-recv -j --wire --late 127.0.0.1 0
  await_port receiver.out
  start dump tcpdump --immediate-mode -l -n -i lo tcp port "$PORT"
  await_line dump.err 'listening on'
  run -0 sockctl oob-send --cork -i 20ms 127.0.0.1 "$PORT" 123 oob:abc 123
  await_exit receiver
  segments_of receiver.out >ours
  (($(wc -l <ours) >= 9)) || fail "only $(wc -l <ours) segments"
  await_count dump.out 'Flags' "$(wc -l <ours)"
  stop dump INT
  tcpdump_of dump.out "$PORT" >theirs
  diff -u theirs ours
}

@test "the urgent pointer: 3 of the tutorial's segment" {
  start receiver sockctl oob-recv -j --wire 127.0.0.1 0
  await_port receiver.out
  run -0 sockctl oob-send -i 30ms 127.0.0.1 "$PORT" 123 oob:abc 123
  await_exit receiver
  assert_event receiver.out packet '.urg == 3 and .seq == 4 and .end == 7 and .seq_end == 7 and (.flags | sort) == ["ACK","PSH","URG"]'
}

@test "both ends show the same segments, one as out what the other has as in" {
  start receiver sockctl oob-recv -j --wire 127.0.0.1 0
  await_port receiver.out
  run --separate-stderr -0 sockctl oob-send -j --wire -i 20ms 127.0.0.1 "$PORT" 123 oob:abc 123
  echo "$output" >sender.out
  await_exit receiver
  diff -u <(segments_of receiver.out) <(segments_of sender.out | sed 's/^out /IN /; s/^in /out /; s/^IN /in /')
  assert_event sender.out packet '.flags == ["SYN"] and .direction == "out" and (.options | startswith("MSS ")) and .tcp_options == (.options / ", ")'
}

@test "each segment is shown once, though loopback carries it twice" {
  start server sockctl listen -j --wire -d 127.0.0.1 0
  await_port server.err
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" < <(printf hello)
  await_exit server
  assert_equal "$(event server.err packet 'select(.length == 5) | .seq')" 1
  refute_event server.err packet '.retransmission'
}

@test "a refused connect shows SYN and RST" {
  run --separate-stderr -4 sockctl connect -j --wire 127.0.0.1 9
  echo "$stderr" >client.err
  assert_event client.err packet '.direction == "out" and .flags == ["SYN"] and .conn == 1'
  assert_event client.err packet '.direction == "in" and (.flags | index("RST"))'
}

@test "a segment that is sent again is marked" {
  need_iptables
  listener -d 127.0.0.1 0
  rule=(INPUT -p tcp --dport "$PORT" --tcp-flags PSH PSH -j DROP)
  iptables -A "${rule[@]}" 2>/dev/null || skip "no iptables here"
  start client sh -c "printf hello | sockctl connect -j --wire 127.0.0.1 $PORT"
  await_line client.err '"length":5'
  iptables -D "${rule[@]}"
  await_exit client
  await_exit server
  assert_equal "$(<server.out)" hello
  assert_event client.err packet '.length == 5 and .retransmission == true'
  assert_event client.err packet '.length == 5 and (.retransmission | not)'
}

@test "IPv6 too, and many connections each under its number" {
  need_ipv6
  start server sockctl listen -j -k --accept-count 2 --wire ::1 0
  await_port server.err
  run -0 sockctl connect -Q ::1 "$PORT" < <(printf one)
  run -0 sockctl connect -Q ::1 "$PORT" < <(printf three)
  await_exit server
  assert_event server.err packet '.conn == 1 and .length == 3'
  assert_event server.err packet '.conn == 2 and .length == 5'
  refute_event server.err packet '.conn == 1 and .length == 5'
}

@test "an IPv4 client of a socket for both families is shown" {
  start server sockctl listen -j --wire 0
  await_port server.err
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" < <(printf one)
  await_exit server
  assert_event server.err packet '.length == 3 and .conn == 1'
}

@test "without the right it is found missing at once" {
  run --separate-stderr -9 as_nobody sockctl connect --wire 127.0.0.1 9
  assert_output ""
  assert_regex "$stderr" 'CAP_NET_RAW'
}

@test "without the library it is found missing at once, and nothing else misses it" {
  library=$(ldconfig -p | sed -n 's/.*libpcap\.so\.[01][^ ]* .*=> //p' | head -n 1)
  [[ $library ]] || skip "ldconfig knows no libpcap"
  mount --bind /dev/null "$(readlink -f "$library")" 2>/dev/null || skip "no mount here"
  run --separate-stderr sockctl connect --wire 127.0.0.1 9
  without=$status
  message=$stderr
  run sockctl connect 127.0.0.1 9
  umount "$(readlink -f "$library")"
  assert_equal "$status" 4
  assert_equal "$without" 9
  assert_regex "$message" 'libpcap is not installed'
}

@test "only TCP has segments" {
  run -2 sockctl connect -u --wire 127.0.0.1 9
  run -2 sockctl connect --wire -U sock
}

@test "connect --conns shows each connection under its number, and -z refuses" {
  listener -k --accept-count 2 -d 127.0.0.1 0
  run --separate-stderr -0 sockctl connect -j --wire --conns 2 127.0.0.1 "$PORT"
  echo "$stderr" >client.err
  assert_event client.err packet '.conn == 1 and .flags == ["SYN"]'
  assert_event client.err packet '.conn == 2 and .flags == ["SYN"]'
  run -2 sockctl connect -z --wire 127.0.0.1 9
}

@test "a capture that fails in between is reported once, and the connection goes on without it" {
  need cc
  # In front of the library one of its functions that fails, as when the capture's ring is gone.
  cat >broken.c <<'END'
int pcap_dispatch(void *capture, int count, void *callback, unsigned char *user)
{
    (void)capture, (void)count, (void)callback, (void)user;
    return -1;
}
END
  real=$(ldconfig -p | awk '/libpcap\.so\.(0\.8|1) /{print $NF; exit}')
  [[ $real ]] || skip "libpcap is not in the linker's cache"
  cc -shared -fPIC -o libpcap.so.1 broken.c -Wl,--no-as-needed "$real"
  start receiver env LD_LIBRARY_PATH="$PWD" sockctl oob-recv -j --wire 127.0.0.1 0
  await_port receiver.out
  run -0 sockctl oob-send 127.0.0.1 "$PORT" 123 oob:abc
  await_exit receiver
  assert_success
  assert_event receiver.out warning '.code == "capture-failed" and (.text | startswith("the capture failed"))'
  assert_equal "$(grep -c capture-failed receiver.out)" 1
  assert_event receiver.out eof '.received == 6'
  refute_event receiver.out packet
}
