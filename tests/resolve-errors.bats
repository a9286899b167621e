#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every EAI_ code that can be provoked is, from its real cause; each is named, and exits 3.

load helpers
load helpers/names

# assert_fails CODE ARGS...: resolve fails with the code.
assert_fails() {
  local code=$1
  shift
  run -3 --separate-stderr sockctl resolve -j "$@"
  printf '%s\n' "$output" >report
  assert_equal "$(failed_with report)" "$code"
  assert_regex "$stderr" "^failed      getaddrinfo.* $code \\(-[0-9]+: .*\\)"
}

@test "EAI_NONAME: the name does not exist, and who was asked" {
  assert_fails EAI_NONAME nosuch.example
  assert_event report why '.cause == "name-unknown" and .name == "nosuch.example" and (.sources // "files dns") == "files dns"'
  assert_event report why '.cause == "name-servers" and (.servers | index("127.0.0.1"))'
  run -3 --separate-stderr sockctl connect -j nosuch.example 80
  printf '%s\n' "$stderr" >report
  assert_event report why '.cause == "name-unknown"'
}

@test "EAI_NONAME: names were not to be looked up; the interface of an address is not there" {
  assert_fails EAI_NONAME five.example --flags AI_NUMERICHOST
  assert_event report why '.cause == "name-not-numeric" and .name == "five.example"'
  refute_event report why '.cause == "name-unknown"'
  run -3 --separate-stderr sockctl connect -j -n 127.0.0.1 http
  printf '%s\n' "$stderr" >report
  assert_event report why '.cause == "name-not-numeric" and .name == "http"'
  assert_fails EAI_NONAME five.example http --flags AI_NUMERICSERV
  assert_event report why '.cause == "name-not-numeric" and .name == "http"'
  assert_fails EAI_NONAME nosuch.example 80 --flags AI_NUMERICSERV
  assert_event report why '.cause == "name-unknown" and .name == "nosuch.example"'
  assert_fails EAI_NONAME fe80::1%nosuch0
  assert_event report why '.cause == "interface-missing" and .interface == "nosuch0" and (.interfaces | index("lo"))'
  refute_event report why '.cause == "name-unknown"'
}

@test "EAI_NONAME: the limit of descriptors, which glibc shows in errno alone" {
  need_glibc
  start client prlimit --nofile=4:4 "$SOCKCTL" connect -j nosuch.example 80
  await_exit client
  ((status == 3)) || fail "status $status"
  assert_event client.err failed '.error.name == "EAI_NONAME" and .error.errno == 24'
  assert_event client.err why '.cause == "descriptor-limit" and .soft == 4'
  refute_event client.err why '.cause == "name-unknown"'
}

@test "EAI_NONAME: the server says FORMERR" {
  need_glibc
  assert_fails EAI_NONAME formerr.test
}

@test "EAI_NONAME: no name, an empty name, a malformed name" {
  assert_fails EAI_NONAME -
  assert_fails EAI_NONAME ""
  assert_fails EAI_NONAME a..b
  assert_fails EAI_NONAME "$(printf 'a%.0s' {1..64}).example"
}

@test "EAI_AGAIN: the server fails, refuses, does not implement, or sends garbage" {
  for name in servfail refused notimp garbage; do
    assert_fails EAI_AGAIN $name.test
  done
}

@test "EAI_AGAIN: the server is silent, and the time that took is reported" {
  assert_fails EAI_AGAIN silent.test
  assert_event report failed '.elapsed >= 1'
}

@test "EAI_AGAIN: nothing listens on the server's port" {
  echo "nameserver 127.0.0.9" >resolv.conf
  run -3 unshare -m sh -c 'mount --bind resolv.conf /etc/resolv.conf && exec sockctl resolve v4only.example'
  assert_output --partial EAI_AGAIN
}

@test "EAI_NODATA: the name has no address of the kind, or none at all" {
  need_glibc
  assert_fails EAI_NODATA -6 v4only.example
  assert_event report why '.cause == "name-without-address" and .name == "v4only.example" and .family == "AF_INET6"'
  assert_fails EAI_NODATA nodata.test
  assert_event report why '.cause == "name-without-address" and (has("family") | not) and (has("note") | not)'
  assert_fails EAI_NODATA nodata.test --flags AI_ADDRCONFIG
  assert_event report why '.cause == "name-without-address" and (.note | contains("AI_ADDRCONFIG"))'
}

@test "EAI_ADDRFAMILY: a numeric address of the other family" {
  need_glibc
  assert_fails EAI_ADDRFAMILY -6 127.0.0.1
  assert_event report why '.cause == "name-of-other-family" and .name_family == "AF_INET" and .family == "AF_INET6"'
  assert_fails EAI_ADDRFAMILY -4 ::1
}

@test "EAI_SERVICE: no such service, not for this type, or none for raw sockets" {
  need_glibc
  assert_fails EAI_SERVICE localhost nosuch
  assert_event report why '.cause == "service-unknown" and .service == "nosuch" and .sources == "files" and (has("type") | not)'
  assert_fails EAI_SERVICE localhost onlyudp --type STREAM
  assert_event report why '.cause == "service-unknown" and .type == "SOCK_STREAM"'
  assert_fails EAI_SERVICE localhost 80 --type RAW
  refute_event report why
  assert_fails EAI_SERVICE localhost nosuch --protocol UDP
  assert_event report why '.cause == "service-unknown" and .protocol == "IPPROTO_UDP"'
  # A number is known to every source: it is the protocol that has no ports.
  assert_fails EAI_SERVICE localhost 80 --protocol ICMP
  refute_event report why
}

@test "EAI_SOCKTYPE: no such type, or not of this protocol" {
  need_glibc
  assert_fails EAI_SOCKTYPE localhost --type 77
  assert_fails EAI_SOCKTYPE localhost --type SOCK_STREAM --protocol IPPROTO_UDP
}

@test "EAI_FAMILY: a family without names" {
  assert_fails EAI_FAMILY localhost --family 99
  assert_fails EAI_FAMILY localhost --family AF_UNIX
}

@test "EAI_BADFLAGS: an unknown flag, or a canonical name without a host" {
  need_glibc
  assert_fails EAI_BADFLAGS localhost --flags 0x2000
  assert_fails EAI_BADFLAGS - 80 --flags AI_CANONNAME
}

@test "EAI_IDN_ENCODE: a name that the locale cannot read" {
  need_glibc
  need_idn
  LC_ALL=C assert_fails EAI_IDN_ENCODE --flags AI_IDN $'b\303\274cher.example'
  LC_ALL=C.UTF-8 assert_fails EAI_IDN_ENCODE --flags AI_IDN $'b\374cher.example'
}

@test "name servers are reported only if dns is a source" {
  need_glibc
  echo "hosts: mdns4_minimal files" >nsswitch.conf
  run -3 unshare -m sh -c 'mount --bind nsswitch.conf /etc/nsswitch.conf && exec sockctl resolve -j nosuch.example'
  printf '%s\n' "$output" | grep '^{' >report
  assert_event report why '.cause == "name-unknown" and .sources == "mdns4_minimal files"'
  refute_event report why '.cause == "name-servers"'
}

@test "EAI_SYSTEM: with the errno of a resolver that is set up for what is not there" {
  need_glibc
  echo "hosts: nosuchmodule" >nsswitch.conf
  run -3 unshare -m sh -c 'mount --bind nsswitch.conf /etc/nsswitch.conf && exec sockctl resolve -j v4only.example'
  printf '%s\n' "$output" | grep '^{' >report
  assert_event report failed '.error.name == "EAI_SYSTEM" and .error.errno_name == "EBUSY"'
}

@test "without a free descriptor glibc says EAI_NONAME: the errno beside it is right" {
  need_glibc
  need prlimit
  start_fed resolve leaks_unchecked sockctl resolve --stdin --parallel 1
  feed resolve $'127.0.0.1\n'
  await_line resolve.out 127.0.0.1
  prlimit --pid "${PID[resolve]}" --nofile=3:
  feed resolve $'v4only.example\n'
  await_line resolve.err EMFILE
  # What a sanitizer says at the end needs one.
  prlimit --pid "${PID[resolve]}" --nofile=100:
  feed_end resolve
  await_exit resolve
  assert_failure 3
  assert_line --partial "EAI_NONAME (-2: Name or service not known), errno EMFILE (Too many open files)"
}

@test "EAI_OVERFLOW: no room for the name or the service" {
  run -3 sockctl reverse 127.0.0.1 --hostlen 4
  assert_output --partial EAI_OVERFLOW
  run -3 sockctl reverse 127.0.0.1 80 -n --servlen 1
  assert_output --partial EAI_OVERFLOW
}

@test "one family that fails does not hide the other" {
  need_glibc
  run -0 sockctl resolve half.test --type STREAM
  assert_output "192.0.2.52                  SOCK_STREAM"
}

@test "an answer too long for UDP comes by TCP" {
  need_glibc
  run -0 sockctl resolve tc.test --type STREAM
  assert_output "192.0.2.51                  SOCK_STREAM"
  run -0 sockctl resolve many.test --type STREAM
  assert_equal "${#lines[@]}" 40
}

@test "wrong words are named, before anything is looked up" {
  run -2 sockctl resolve localhost --flags AI_PASIVE
  assert_output --partial "'AI_PASIVE' is unknown; did you mean AI_PASSIVE?"
  run -2 sockctl resolve
  run -2 sockctl resolve a b c
  run -2 sockctl resolve localhost --no-hints -4
  run -2 sockctl resolve localhost --parallel 3
  run -2 sockctl resolve --api gethostbyname localhost -6
}
