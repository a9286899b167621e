#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# reverse is the reverse lookup: getnameinfo with its flags; --verify says whether the name leads back.

load helpers
load helpers/names

@test "the help begins by saying that it is the reverse lookup" {
  run -0 sockctl reverse --help
  assert_line --index 1 --partial "The reverse lookup"
}

@test "the name of an address, and with a port its service" {
  run -0 sockctl reverse 192.0.2.11
  assert_output dual.example
  run -0 sockctl reverse 2001:db8::11 80
  assert_output "dual.example http"
}

@test "address and port may be one word, as they are printed" {
  run -0 sockctl reverse 192.0.2.11:80
  assert_output "dual.example http"
  run -0 sockctl reverse "[2001:db8::11]:53"
  assert_output "dual.example domain"
  run -0 sockctl reverse "[2001:db8::11]"
  assert_output "dual.example"
  run -0 sockctl reverse "[2001:db8::11]" 53
  assert_output "dual.example domain"
}

@test "an address in the hosts file, with a scope, and IPv4 in IPv6" {
  need_glibc
  run -0 sockctl reverse 127.0.0.5
  assert_output five.example
  run -0 sockctl reverse fe80::1%lo
  assert_output link.example
  run -0 sockctl reverse fe80::2%lo
  assert_output fe80::2%lo
  run -0 sockctl reverse ::ffff:192.0.2.11
  assert_output dual.example
}

@test "no name: the number" {
  run -0 sockctl reverse 198.51.100.5 4444
  assert_output "198.51.100.5 4444"
}

@test "NI_NAMEREQD: no name is an error" {
  run -3 sockctl reverse 198.51.100.5 --flags NI_NAMEREQD
  assert_output --partial "getnameinfo 198.51.100.5:0: EAI_NONAME"
}

@test "a server that fails is an error without NI_NAMEREQD too" {
  need_glibc
  run -3 sockctl reverse 198.51.100.1
  assert_output --partial EAI_AGAIN
}

@test "NI_NUMERICHOST: the host as a number" {
  run -0 sockctl reverse 192.0.2.11 80 --flags NI_NUMERICHOST
  assert_output "192.0.2.11 http"
}

@test "NI_NUMERICSERV: the service as a number" {
  run -0 sockctl reverse 192.0.2.11 80 --flags NI_NUMERICSERV
  assert_output "dual.example 80"
}

@test "-n: both" {
  run -0 sockctl reverse 192.0.2.11 80 -n
  assert_output "192.0.2.11 80"
}

@test "NI_DGRAM: the service of UDP" {
  run -0 sockctl reverse 127.0.0.5 512
  assert_output "five.example exec"
  run -0 sockctl reverse 127.0.0.5 512 --flags NI_DGRAM
  assert_output "five.example biff"
  run -0 sockctl reverse 127.0.0.5 512 -u
  assert_output "five.example biff"
}

@test "NI_NOFQDN: the local domain is left out" {
  need_glibc
  run -0 unshare -u sh -c 'hostname here.corp.example && sockctl reverse 192.0.2.15 && sockctl reverse 192.0.2.15 --flags NOFQDN'
  assert_output "box.corp.example
box"
}

@test "NI_IDN: the characters of the user's locale, escaped when printed" {
  need_glibc
  need_idn
  LC_ALL=C.UTF-8 run -0 sockctl reverse 192.0.2.13
  assert_output xn--bcher-kva.example
  LC_ALL=C.UTF-8 run -0 sockctl reverse 192.0.2.13 --flags NI_IDN
  assert_output 'b\303\274cher.example'
}

@test "flags are taken by number; an unknown one is EAI_BADFLAGS" {
  need_glibc
  run -0 sockctl reverse 192.0.2.11 80 --flags 0x1,2
  assert_output "192.0.2.11 80"
  run -3 sockctl reverse 192.0.2.11 --flags 0x100
  assert_output --partial EAI_BADFLAGS
}

@test "another family than the address has is EAI_FAMILY" {
  run -3 sockctl reverse 127.0.0.1 --family 99
  assert_output --partial "getnameinfo (family 99): EAI_FAMILY"
  run -3 sockctl reverse 127.0.0.1 --family AF_INET6
  assert_output --partial "EAI_FAMILY"
}

@test "a buffer may be left out" {
  run -0 sockctl reverse 192.0.2.11 80 --hostlen 0
  assert_output "NULL http"
  run -0 sockctl reverse 192.0.2.11 80 --servlen 0
  assert_output dual.example
  run -0 sockctl reverse 192.0.2.11 --hostlen 13
  run -3 sockctl reverse 192.0.2.11 --hostlen 12
}

@test "a unix address is the host's name and the path" {
  need_glibc
  run -0 sockctl reverse -j -U /run/socket --servlen 40
  assert_equal "$(event <(echo "$output") name '[.host, .service] | join(" ")')" "$(uname -n) /run/socket"
}

@test "bytes that no terminal should see are escaped" {
  run -0 sockctl reverse 192.0.2.66
  assert_output 'evil\033[31m.example'
  sockctl reverse -j 192.0.2.66 >report
  assert_event report name '.host == "evil\\033[31m.example"'
}

@test "--verify: the name leads back" {
  need_glibc
  run -0 sockctl reverse --verify 192.0.2.11
  assert_output "dual.example  verified 2001:db8::11 192.0.2.11"
  run -0 sockctl reverse --verify fe80::1%lo
  run -0 sockctl reverse --verify ::ffff:192.0.2.11 80
  sockctl reverse -j --verify 2001:db8::11 >report
  assert_event report name '.verified and .host == "dual.example" and .address.host == "2001:db8::11"
    and .addresses == ["2001:db8::11", "192.0.2.11"]'
}

@test "--verify: the name leads elsewhere" {
  run -1 sockctl reverse --verify 192.0.2.40
  assert_output "liar.example  not verified: the name leads to 192.0.2.41"
}

@test "--verify: the name leads nowhere" {
  need_glibc
  run -1 sockctl reverse --verify 192.0.2.42
  assert_output "again.example  not verified: the name cannot be looked up: EAI_NONAME (-2: Name or service not known)"
  sockctl reverse -j --verify 192.0.2.42 >report || (($? == 1))
  assert_event report name '.verified == false and .error.name == "EAI_NONAME"'
}

@test "--verify: there is no name" {
  run -1 sockctl reverse --verify 198.51.100.5
  assert_output "198.51.100.5  not verified: it has no name but a number"
}

@test "--verify: a name that getaddrinfo reads as the address proves nothing" {
  run -0 sockctl reverse 192.0.2.67
  assert_output 3221226051
  run -0 sockctl resolve -n --type STREAM 3221226051
  assert_output --regexp '^192\.0\.2\.67 '
  run -1 sockctl reverse --verify 192.0.2.67
  assert_output "3221226051  not verified: it has no name but a number"
}

@test "-v shows the call" {
  need_glibc
  run -0 sockctl reverse -v 192.0.2.11 53 -u
  assert_line --index 0 --regexp '^[0-9.]+  getnameinfo\(192.0.2.11:53, 16, "dual.example", 1025, "domain", 32, NI_DGRAM\) = 0$'
}

@test "getent agrees" {
  for address in 192.0.2.10 2001:db8::10 127.0.0.5 192.0.2.12 2001:db8::12 192.0.2.40; do
    assert_equal "$(sockctl reverse $address)" "$(getent hosts $address | awk '{print $2}')"
  done
}

@test "wrong words are named, before anything is looked up" {
  run -2 sockctl reverse localhost
  assert_output --partial "'localhost' is not a numeric address"
  run -2 sockctl reverse 127.1
  run -2 sockctl reverse 127.0.0.1 70000
  assert_output --partial "port '70000' is too large"
  run -2 sockctl reverse 127.0.0.1:http
  run -2 sockctl reverse --verify -n 127.0.0.1
  run -2 sockctl reverse --api gethostbyaddr 127.0.0.1 80
  run -2 sockctl reverse --api getservbyport 80 --flags DGRAM
}
