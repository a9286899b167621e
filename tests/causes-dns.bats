#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Why a name failed: what each name server answers when it is asked again, and what each source of names said.

load helpers
load helpers/why

# Its own /etc: a file that a test writes again is a file of the namespace.
setup_file() {
  [[ $SOCKCTL_NETNS == yes ]] && command -v python3 >/dev/null || return 0
  local file responder=$srcdir/tests/helpers/dns-responder
  cd "$BATS_FILE_TMPDIR" || return
  for file in resolv.conf hosts nsswitch.conf; do
    : >"$file"
    mount --bind "$file" "/etc/$file" || return 0
  done
  ip -6 addr add fe80::53/64 dev lo nodad
  "$responder" 127.0.0.2 3>&- 4>&-
  "$responder" 127.0.0.3 silent 3>&- 4>&-
  "$responder" fe80::53%lo 3>&- 4>&-
  touch ready
}

teardown_file() {
  umount /etc/resolv.conf /etc/hosts /etc/nsswitch.conf 2>/dev/null || :
}

setup() {
  common_setup
  need jq python3
  need_netns
  [[ -e $BATS_FILE_TMPDIR/ready ]] || skip "no /etc of its own here"
  echo '127.0.0.1 localhost' >/etc/hosts
  sources files dns
  servers 127.0.0.2
}

sources() {
  echo "hosts: $*" >/etc/nsswitch.conf
}

# servers ADDRESS...: they, with the search list corp.test.
servers() {
  {
    printf 'nameserver %s\n' "$@"
    printf 'search corp.test\noptions timeout:1 attempts:1\n'
  } >/etc/resolv.conf
}

# Like fails, of resolve, whose report is stdout.
unknown() {
  run -3 --separate-stderr sockctl resolve -j "$@"
  printf '%s\n' "$output" >report
}

@test "SERVFAIL at one server and silence at the other are two lines" {
  need_glibc
  servers 127.0.0.2 127.0.0.3
  unknown servfail.test
  because name-servers '.servers == ["127.0.0.2", "127.0.0.3"] and .names == ["servfail.test", "servfail.test.corp.test"]'
  because name-server-answer '.server == "127.0.0.2" and .said == "SERVFAIL" and
    ([.answers[] | [.name, .type, .rcode] | join(" ")] == ["servfail.test A SERVFAIL", "servfail.test AAAA SERVFAIL",
      "servfail.test.corp.test A SERVFAIL", "servfail.test.corp.test AAAA SERVFAIL"])'
  because name-server-silent '.server == "127.0.0.3" and .elapsed >= 1 and .elapsed < 1.5'
  run -3 sockctl connect -4 servfail.test. 80
  assert_line 'why         name servers: 127.0.0.2 127.0.0.3 (/etc/resolv.conf); asked now for servfail.test.'
  assert_line --regexp '^why         127\.0\.0\.2 answers SERVFAIL( after [0-9.]+ ms)?$'
  assert_line --regexp '^why         127\.0\.0\.3 does not answer within 1\.[0-9]+ s$'
}

@test "each response code has its name" {
  need_glibc
  local rcode
  for rcode in SERVFAIL NOTIMP REFUSED FORMERR NXDOMAIN NODATA; do
    unknown "${rcode,,}.test."
    because name-server-answer ".said == \"$rcode\""
  done
  # Every command asks, and for an address too.
  fails 3 sockctl connect -j refused. 80
  because name-server-answer '.said == "REFUSED"'
  fails 3 sockctl listen -j refused. 80
  because name-server-answer '.said == "REFUSED"'
  run -3 sockctl oob-send -j refused. 80 a
  assert_output --partial '"said":"REFUSED"'
  run -3 sockctl resolve -j --api gethostbyname refused.
  assert_output --partial '"said":"REFUSED"'
  run -3 sockctl reverse -j 198.51.100.3
  assert_output --partial '"said":"REFUSED"'
  assert_output --partial '"names":["3.100.51.198.in-addr.arpa"]'
}

@test "an extended error has its meaning, and its text is escaped" {
  unknown ede.test.
  because name-server-answer '.info_code == 22 and .info == "No Reachable Authority" and .extra == "zone\\033[31m broken\\0"'
  run -3 sockctl resolve ede.test.
  assert_line --regexp '^why +127\.0\.0\.2 answers SERVFAIL after .*: EDE 22 \(No Reachable Authority\): zone\\033\[31m broken\\0$'
}

@test "answers that differ are named by name and type" {
  fails 3 sockctl connect -j -6 half.test. 80
  because name-server-answer '.said == "SERVFAIL"'
  fails 5 sockctl connect -j -w 0.3 noaaaa.test. 80
  because name-server-answer '.said | test("^1 A record for noaaaa\\.test\\. \\(A\\), nothing within [0-9.]+ ms for noaaaa\\.test\\. \\(AAAA\\)$")'
}

@test "truncated: whether TCP worked" {
  unknown -6 tc.test.
  because name-server-answer '.said == "NODATA" and .note == "truncated over UDP, whole over TCP" and .answers[0].truncated'
  fails 3 sockctl connect -j -4 tcpless.test. 80
  because name-server-answer '(.said | startswith("a truncated answer (E")) and .answers[0].error.name'
}

@test "a server that does not know EDNS is asked without it" {
  unknown -6 plain.test.
  because name-server-answer '.said == "NODATA"'
}

@test "what is not an answer is not taken for one" {
  need_glibc
  local label
  for label in wrongid wrongname garbage wrongport; do
    fails 5 sockctl connect -j -4 -w 0.2 "$label.test." 80
    because name-server-silent '.server == "127.0.0.2"'
    not_because name-server-answer
    [[ $label == wrongport ]] || because name-server-silent '.strays == 2'
  done
  for label in loop cut; do
    run --separate-stderr sockctl connect -j -4 -w 0.2 "$label.test." 80
    printf '%s\n' "$stderr" >report
    because name-server-answer '.said == "what cannot be read"'
  done
}

@test "a fourth server is not used" {
  servers 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.3
  unknown refused.
  because name-servers '(.servers | length) == 3 and .unused == 1 and (.text | contains("1 more there"))'
}

@test "IPv6 servers, with their scope" {
  servers fe80::53%lo
  unknown refused.
  because name-servers '.servers == ["fe80::53%lo"]'
  because name-server-answer '.server == "fe80::53%lo" and .said == "REFUSED"'
}

@test "a server that is rejected by ICMP" {
  need_iptables
  servers 127.0.0.3
  iptables -A INPUT -p udp -d 127.0.0.3 --dport 53 -j REJECT 2>/dev/null || skip "may not filter here"
  FILTERED=yes
  unknown any.test.
  because name-server-rejects '.server == "127.0.0.3"'
  not_because name-server-closed
}

@test "the names of the search list, in the order of ndots" {
  need_glibc
  unknown nxdomain
  because name-servers '.names == ["nxdomain.corp.test", "nxdomain"]'
  RES_OPTIONS=ndots:3 unknown nxdomain.a
  because name-servers '.names == ["nxdomain.a.corp.test", "nxdomain.a"]'
  unknown nxdomain.a.
  because name-servers '.names == ["nxdomain.a."]'
}

@test "what each source of names said" {
  need_glibc
  sources 'files nosuch [NOTFOUND=return] dns [!UNAVAIL=return] other'
  unknown nxdomain.
  because name-sources '.sources_said[0:3] == ["files (not in /etc/hosts)", "nosuch (libnss_nosuch.so.2 is missing)", "dns (asked)"]'
  sources 'files [NOTFOUND=return] dns'
  unknown nxdomain.
  because name-sources '.sources_said == ["files (not in /etc/hosts)", "dns (not reached)"]'
  not_because name-server-answer
}

@test "the servers are asked after a failure alone, and neither with -Q nor for a number" {
  need_strace
  asks() {
    straced trace -f -e trace=socket sockctl "$@" >/dev/null 2>&1 || :
    grep -c 'SOCK_DGRAM' trace || :
  }
  # The resolver of libc makes as many sockets each time; the last one is the kernel's and ours.
  quiet=$(asks resolve -Q -4 refused.)
  said=$(asks resolve -4 refused.)
  found=$(asks resolve -Q -4 any.test.)
  found_said=$(asks resolve -4 any.test.)
  ((said > quiet)) || fail "$said and $quiet"
  assert_equal "$found" "$found_said"
  run -0 asks connect -n nosuch.example 80
  assert_output 0
  assert_equal "$(asks resolve 2001:db8::1%lo)" "$(asks resolve -Q 2001:db8::1%lo)"
}

@test "a picture is of the conversation with the peer alone" {
  sockctl connect -v --draw servfail.test. 80 >picture 2>report || (($? == 3))
  grep -q 'socket(AF_INET, SOCK_DGRAM' report
  grep -q '^.*why .* answers SERVFAIL' report
  run ! grep -E 'socket\(\)|send\(' picture
}
