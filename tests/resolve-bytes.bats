#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# resolve --bytes: byte order, and what each conversion function makes of a text.

load helpers

# made FUNCTION [FAMILY]: what a conversion made of the text: its bytes, or what it says of the refusal.
made() {
  event report conversion "select(.function == \"$1\" and (.args | startswith(\"${2-}\"))) | .bytes // .note"
}

# assert_made TEXT INET_PTON4 INET_PTON6 INET_ATON INET_ADDR GETADDRINFO
assert_made() {
  sockctl resolve -n --bytes -j "$1" >report 2>/dev/null || (($? == 3))
  assert_equal "$1 $(made inet_pton AF_INET,)" "$1 $2"
  assert_equal "$1 $(made inet_pton AF_INET6,)" "$1 $3"
  assert_equal "$1 $(made inet_aton)" "$1 $4"
  assert_equal "$1 $(made inet_addr)" "$1 $5"
  assert_equal "$1 $(made getaddrinfo)" "$1 $6"
}

@test "each function reads what it reads" {
  need_glibc
  no=refused
  none="refused: EAI_NONAME"
  mapped=00000000000000000000ffff01020304
  assert_made 127.0.0.1 7f000001 $no 7f000001 7f000001 7f000001
  assert_made 127.1 $no $no 7f000001 7f000001 7f000001
  assert_made 0x7f.1 $no $no 7f000001 7f000001 7f000001
  assert_made 2130706433 $no $no 7f000001 7f000001 7f000001
  assert_made 010.0.0.1 $no $no 08000001 08000001 08000001
  assert_made 1.2.65535 $no $no 0102ffff 0102ffff 0102ffff
  assert_made "1.2.3.4 x" $no $no 01020304 01020304 "$none"
  assert_made 256.1.1.1 $no $no $no $no "$none"
  assert_made 08.1.1.1 $no $no $no $no "$none"
  assert_made " 1.2.3.4" $no $no $no $no "$none"
  assert_made ::ffff:1.2.3.4 $no $mapped $no $no $mapped
  assert_made fe80::1%1 $no $no $no $no fe800000000000000000000000000001
  assert_made ::1%lo $no $no $no $no "$none"
  assert_made "[::1]" $no $no $no $no "$none"
  assert_made localhost $no $no $no $no "$none"
  assert_made "" $no $no $no $no "$none"
}

@test "inet_addr cannot distinguish 255.255.255.255 from a refusal" {
  sockctl resolve -n --bytes -j 255.255.255.255 >report
  assert_event report conversion '.function == "inet_aton" and .accepted and .bytes == "ffffffff"'
  assert_event report conversion '.function == "inet_addr" and (.accepted | not) and .result == "INADDR_NONE" and .result_text == .result
    and .note == "INADDR_NONE: the address itself, or a refusal"'
}

@test "bytes go back to text by inet_ntop and inet_ntoa, whose buffer is static" {
  run -0 sockctl resolve -n --bytes 10.1
  assert_line 'inet_ntop(AF_INET, {0a 00 00 01}) = 10.0.0.1'
  assert_line 'inet_ntoa({0a 00 00 01}) = 10.0.0.1'
  assert_line 'inet_ntoa({f5 ff ff fe}) = 245.255.255.254        the same buffer: the first result now reads 245.255.255.254'
  run -0 sockctl resolve -n --bytes ::ffff:0:0
  assert_line --partial ') = ::ffff:0.0.0.0'
  run -0 sockctl resolve -n --bytes 64:ff9b::1.2.3.4
  assert_line --partial ') = 64:ff9b::102:304'
}

@test "the port and the address in network order beside the host's integer" {
  [[ $(printf '\1\0' | od -An -tu2) -eq 1 ]] || skip "for little-endian machines"
  run -0 sockctl resolve -n --bytes -u 1.2.3.4 8080
  assert_line 'sockaddr    1.2.3.4:8080  02 00 1f 90 01 02 03 04 00 00 00 00 00 00 00 00'
  assert_line 'htons(8080) = 36895                               1f 90  0x1f90 becomes 0x901f'
  assert_line 'ntohs(36895) = 8080'
  assert_line 'htonl(16909060) = 67305985                        01 02 03 04  0x01020304 becomes 0x04030201'
  assert_line 'ntohl(67305985) = 16909060'
}

@test "an IPv6 sockaddr has port, flow, address and scope" {
  # The family and the scope are in the order of the host.
  local family=000a scope=00000001
  [[ $(printf '\1\0' | od -An -tu2) -ne 1 ]] || family=0a00 scope=01000000
  sockctl resolve -j -n --bytes -u fe80::1%1 80 >report
  assert_event report sockaddr ".length == 28 and
    .bytes == \"$family\" + \"0050\" + \"00000000\" + \"fe800000000000000000000000000001\" + \"$scope\""
}

@test "each sockaddr is shown once, whatever the number of its nodes" {
  need_glibc
  sockctl resolve -j -n --bytes 127.0.0.1 80 >report
  assert_equal "$(event report address .type | wc -l) $(event report sockaddr .length)" "3 16"
}

@test "it works for names too" {
  run -0 sockctl resolve --bytes -4 --type STREAM localhost 80
  assert_line --index 0 --regexp '^inet_pton\(AF_INET, "localhost"\) = 0 +refused$'
  assert_line --regexp '^sockaddr    127.0.0.1:80  .*7f 00 00 01'
}
