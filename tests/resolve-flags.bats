#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Each AI_ flag changes what is found.

load helpers
load helpers/names

# The addresses that are found, on one line.
found() {
  sockctl resolve --type STREAM "$@" | awk '{printf "%s%s", sep, $1; sep = " "}'
}

@test "AI_PASSIVE: an address to listen on instead of one to connect to" {
  assert_equal "$(found - 80)" "[::1]:80 127.0.0.1:80"
  assert_equal "$(found - 80 --flags AI_PASSIVE)" "0.0.0.0:80 [::]:80"
}

@test "AI_CANONNAME: the name behind the alias, on the first node" {
  need_glibc
  run -0 sockctl resolve --type STREAM alias.example
  refute_output --partial canonname
  run -0 sockctl resolve --type STREAM alias.example --flags AI_CANONNAME
  assert_line --index 0 "2001:db8::11                SOCK_STREAM  canonname dual.example"
  assert_line --index 1 "192.0.2.11                  SOCK_STREAM"
}

@test "AI_NUMERICHOST (-n): a name is none" {
  assert_equal "$(found five.example)" 127.0.0.5
  run -3 sockctl resolve five.example --flags AI_NUMERICHOST
  run -3 sockctl resolve five.example -n
}

@test "AI_NUMERICSERV: a service's name is none" {
  assert_equal "$(found five.example http)" 127.0.0.5:80
  run -3 sockctl resolve five.example http --flags AI_NUMERICSERV
  assert_output --partial EAI_NONAME
}

@test "AI_V4MAPPED: IPv4 in IPv6 if there is no IPv6" {
  run -3 sockctl resolve -6 v4only.example
  assert_equal "$(found -6 v4only.example --flags AI_V4MAPPED)" ::ffff:192.0.2.12
  assert_equal "$(found -6 dual.example --flags AI_V4MAPPED)" 2001:db8::11
}

@test "AI_ALL: with AI_V4MAPPED, beside IPv6 too" {
  need_glibc
  assert_equal "$(found -6 dual.example --flags AI_V4MAPPED,AI_ALL)" "2001:db8::11 ::ffff:192.0.2.11"
  # An address that is listed twice is shown twice.
  run -0 sockctl resolve -6 localhost --flags AI_V4MAPPED,AI_ALL
  assert_output "::1                         SOCK_STREAM SOCK_DGRAM SOCK_RAW
::ffff:127.0.0.1            SOCK_STREAM SOCK_DGRAM SOCK_RAW
::ffff:127.0.0.1            SOCK_STREAM SOCK_DGRAM SOCK_RAW"
}

@test "AI_ADDRCONFIG: no address of a family that the host does not have" {
  need_glibc
  unshare -n sh -ec '
    ip link set lo up
    ip link add v4 type veth peer name other
    ip link set v4 addrgenmode none
    ip address add 198.18.0.1/24 dev v4
    ip link set v4 up
    sockctl resolve --type STREAM hosted.example
    echo --
    sockctl resolve --type STREAM hosted.example --flags AI_ADDRCONFIG' >out
  assert_equal "$(awk '{printf "%s ", $1}' out)" "2001:db8::10 192.0.2.10 -- 192.0.2.10 "
}

@test "AI_IDN: the characters of the user's locale" {
  need_glibc
  need_idn
  run -3 sockctl resolve $'b\303\274cher.example'
  assert_equal "$(LC_ALL=C.UTF-8 found --flags AI_IDN $'b\303\274cher.example')" 192.0.2.13
}

@test "AI_CANONIDN: and back, escaped when printed" {
  need_glibc
  need_idn
  LC_ALL=C.UTF-8 run -0 sockctl resolve --type STREAM --flags CANONNAME xn--bcher-kva.example
  assert_output --partial "canonname xn--bcher-kva.example"
  LC_ALL=C.UTF-8 run -0 sockctl resolve --type STREAM --flags CANONNAME,CANONIDN xn--bcher-kva.example
  assert_output --partial 'canonname b\303\274cher.example'
}

@test "flags are taken by number and without prefix too" {
  assert_equal "$(found -6 v4only.example --flags 0x8)" ::ffff:192.0.2.12
  assert_equal "$(found -6 dual.example --flags 'v4mapped|0x10')" "2001:db8::11 ::ffff:192.0.2.11"
}

@test "hints that are a null pointer stand for AI_V4MAPPED and AI_ADDRCONFIG" {
  need_glibc
  sockctl resolve -j --no-hints dual.example >report
  assert_event report lookup '.hints == null'
  assert_event report address '.flags == ["AI_V4MAPPED", "AI_ADDRCONFIG"]'
}

@test "the search list is searched" {
  assert_equal "$(found printer)" 192.0.2.14
}

@test "a port may differ by protocol: each its line" {
  need_glibc
  run -0 sockctl resolve five.example split
  assert_output "127.0.0.5:6001              SOCK_STREAM
127.0.0.5:6002              SOCK_DGRAM"
}

@test "--with-source shows the way to each address, or why there is none" {
  need_glibc
  run -0 sockctl resolve --type STREAM dual.example --with-source
  assert_output "2001:db8::11                SOCK_STREAM  no source: ENETUNREACH (Network is unreachable)
192.0.2.11                  SOCK_STREAM  no source: ENETUNREACH (Network is unreachable)"
  ip address add 192.0.2.1/24 dev lo
  run -0 sockctl resolve --type STREAM dual.example --with-source
  ip address del 192.0.2.1/24 dev lo
  assert_output "192.0.2.11                  SOCK_STREAM  from 192.0.2.1
2001:db8::11                SOCK_STREAM  no source: ENETUNREACH (Network is unreachable)"
}

@test "the order is RFC 6724's, and gai.conf changes its table" {
  need_glibc
  [[ -e /etc/gai.conf ]] || skip "there is no /etc/gai.conf to be replaced"
  assert_equal "$(found localhost)" "::1 127.0.0.1"
  echo "precedence ::ffff:0:0/96 100" >gai.conf
  run -0 unshare -m sh -c 'mount --bind gai.conf /etc/gai.conf && exec sockctl resolve --type STREAM localhost'
  assert_line --index 0 "127.0.0.1                   SOCK_STREAM"
}

@test "--with-source asks the kernel by a socket that sends nothing" {
  sockctl resolve -v -j -4 -u localhost 53 --with-source >report
  assert_event report address '.source == "127.0.0.1"'
  run -0 event report call '[.call, .library == true] | join(" ")'
  assert_output "getaddrinfo true
socket false
connect false
getsockname false
close false"
}
