#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# resolve prints what getaddrinfo said: short for a pipe, whole with -v, every node in JSON.

load helpers

@test "one line an address, whose types it lists" {
  need_glibc
  run -0 sockctl resolve 127.0.0.1
  assert_output "127.0.0.1                   SOCK_STREAM SOCK_DGRAM SOCK_RAW"
}

@test "with a service the address has the port and is taken by connect as it stands" {
  need_glibc
  run -0 sockctl resolve ::1 80 --type STREAM
  assert_output "[::1]:80                    SOCK_STREAM"
}

@test "-v shows the call, the hints and every member of every node" {
  need_glibc
  run -0 sockctl resolve -v -n -u 127.0.0.1 53
  assert_line --index 0 --regexp '^[0-9.]+  getaddrinfo\("127.0.0.1", "53", \{AI_NUMERICHOST, AF_UNSPEC, SOCK_DGRAM, 0\}\) = 0$'
  assert_line --index 1 --regexp '^lookup      127.0.0.1 53  hints flags AI_NUMERICHOST family AF_UNSPEC type SOCK_DGRAM protocol 0: count 1( after [0-9.]+ ms)?$'
  assert_line --index 2 "address     ai_flags AI_NUMERICHOST  ai_family AF_INET  ai_socktype SOCK_DGRAM  ai_protocol IPPROTO_UDP  ai_addrlen 16  ai_addr 127.0.0.1:53  ai_canonname NULL"
  assert_equal "${#lines[@]}" 3
}

@test "JSON has every node" {
  need_glibc
  sockctl resolve -j 127.0.0.1 80 >report
  run -0 event report address '[.family, .type, .protocol, .addrlen, .host, .port] | join(" ")'
  assert_output "AF_INET SOCK_STREAM IPPROTO_TCP 16 127.0.0.1 80
AF_INET SOCK_DGRAM IPPROTO_UDP 16 127.0.0.1 80
AF_INET SOCK_RAW IPPROTO_IP 16 127.0.0.1 80"
  run -0 event <(sockctl resolve -j ::1 80 -u) address '[.family, .type, .protocol, .addrlen, .host, .port] | join(" ")'
  assert_output "AF_INET6 SOCK_DGRAM IPPROTO_UDP 28 ::1 80"
  assert_event report lookup '.name == "127.0.0.1" and .service == "80" and .count == 3 and .elapsed > 0
    and .hints == {"flags": [], "family": "AF_UNSPEC", "type": 0, "protocol": 0}'
}

@test "a port too large becomes another, with a warning" {
  need_glibc
  run --separate-stderr -0 sockctl resolve 127.0.0.1 70000 --type STREAM
  assert_output "127.0.0.1:4464              SOCK_STREAM"
  assert_equal "$stderr" "warning     port 70000 became 4464: getaddrinfo does not check that it is at most 65535"
  run --separate-stderr -0 sockctl resolve 127.0.0.1 65536 --type STREAM
  assert_equal "$stderr" "warning     port 65536 became 0: getaddrinfo does not check that it is at most 65535"
  run --separate-stderr -0 sockctl resolve 127.0.0.1 65535 --type STREAM
  assert_output "127.0.0.1:65535             SOCK_STREAM"
  assert_equal "$stderr" ""
}

@test "-Q leaves the exit status, and the failure" {
  run -0 sockctl resolve -Q 127.0.0.1
  assert_output ""
  run --separate-stderr -3 sockctl resolve -Q -n localhost
  assert_regex "$stderr" '^failed      getaddrinfo localhost: EAI_NONAME '
}

@test "a lookup that fails says so on stderr and exits 3" {
  need_glibc
  run --separate-stderr -3 sockctl resolve -n localhost
  assert_output ""
  assert_regex "${stderr_lines[0]}" '^failed      getaddrinfo localhost: EAI_NONAME \(-2: Name or service not known\)( after [0-9.]+ ms)?$'
  assert_equal "${stderr_lines[1]}" "why         localhost is not numeric, and names were not to be looked up"
  assert_equal "${#stderr_lines[@]}" 2
}

@test "an address is taken as it is printed" {
  need_glibc
  run -0 sockctl resolve --type SOCK_STREAM 127.0.0.1:80
  assert_output --regexp '^127\.0\.0\.1:80 +SOCK_STREAM$'
  run -0 sockctl resolve --type SOCK_STREAM '[::1]:80'
  assert_output --regexp '^\[::1\]:80 +SOCK_STREAM$'
  run -0 sockctl resolve -v --type SOCK_STREAM '[::1]'
  assert_line --partial 'getaddrinfo("::1", NULL, '
  run -0 sockctl resolve -n ::1
  # What the conversion functions make of a text is seen with the text as it is.
  run -3 sockctl resolve --bytes 127.0.0.1:80
  assert_line --regexp '^inet_pton\(AF_INET, "127\.0\.0\.1:80"\) = 0 +refused'
  run -3 sockctl resolve -n :80
  assert_output --partial "getaddrinfo :80: EAI_NONAME"
}
