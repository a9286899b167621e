#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The old functions: every member of struct hostent and struct servent, h_errno by name, static storage.

load helpers
load helpers/names

@test "gethostbyname: every member" {
  need_glibc
  run -0 sockctl resolve --api gethostbyname hosted.example
  assert_line --index 0 "h_name hosted.example  h_aliases (hosted server.example)  h_addrtype AF_INET  h_length 4  h_addr_list (192.0.2.10)"
  sockctl resolve -j --api gethostbyname hosted.example >report
  assert_event report host '.h_name == "hosted.example" and .h_aliases == ["hosted", "server.example"]
    and .h_addrtype == "AF_INET" and .h_length == 4 and .h_addr_list == ["192.0.2.10"]'
}

@test "gethostbyname: the alias of DNS" {
  need_glibc
  sockctl resolve -j --api gethostbyname alias.example >report
  assert_event report host '.h_name == "dual.example" and .h_aliases == ["alias.example"]'
}

@test "its result is static storage that the next call overwrites" {
  need_glibc
  run -0 sockctl resolve --api gethostbyname hosted.example
  assert_line --index 1 "storage     the next call, gethostbyname(\"192.0.2.1\"), returned the same pointer: yes; the first result's name now reads 192.0.2.1"
  sockctl resolve -j -v --api gethostbyname hosted.example >report
  assert_event report storage '.static and .first_now == "192.0.2.1"'
  assert_equal "$(event report call .result | sort -u | wc -l)" 1
}

@test "h_errno by name, from its real cause" {
  need_glibc
  while read -r code number name; do
    run -3 --separate-stderr sockctl resolve -j --api gethostbyname "$name"
    printf '%s\n' "$output" >report
    assert_event report failed ".error.name == \"$code\" and .error.h_errno == $number and .call == \"gethostbyname\""
    assert_regex "$stderr" "^failed      gethostbyname $name: $code "
  done <<'END'
HOST_NOT_FOUND 1 nosuch.example
HOST_NOT_FOUND 1 ::1
TRY_AGAIN 2 servfail.test
NO_RECOVERY 3 formerr.test
NO_DATA 4 nodata.test
END
}

@test "NETDB_INTERNAL: the resolver is set up for what is not there" {
  need_glibc
  echo "hosts: nosuchmodule" >nsswitch.conf
  run -3 unshare -m sh -c 'mount --bind nsswitch.conf /etc/nsswitch.conf && exec sockctl resolve --api gethostbyname v4only.example'
  assert_output --partial 'NETDB_INTERNAL (Resolver internal error)'
}

@test "getservbyname: every member, the port in both orders" {
  need_glibc
  [[ $(printf '\1\0' | od -An -tu2) -eq 1 ]] || skip "for little-endian machines"
  run -0 sockctl resolve --api getservbyname http tcp
  assert_line --index 0 "s_name http  s_aliases (www web)  s_port 20480 = htons(80), bytes 00 50  s_proto tcp"
  assert_line --index 1 "storage     the next call, getservbyname, returned the same pointer: yes"
  sockctl resolve -j --api getservbyname www >report
  assert_event report service '.s_name == "http" and .s_aliases == ["www", "web"] and .s_port == 20480 and .port == 80
    and .s_port_bytes == "0050" and .s_proto == "tcp"'
}

@test "getservbyname: without a protocol the first, with one only its own" {
  sockctl resolve -j --api getservbyname split >report
  assert_event report service '.s_proto == "tcp" and .port == 6001'
  sockctl resolve -j --api getservbyname split udp >report
  assert_event report service '.s_proto == "udp" and .port == 6002'
}

@test "getservbyname: a number is not a name, and NULL gives no reason" {
  run -3 sockctl resolve --api getservbyname 22
  assert_output --regexp '^failed      getservbyname 22: no such service( after [0-9.]+ ms)?$'
  run -3 sockctl resolve --api getservbyname http sctp
  assert_output --partial "getservbyname http sctp: no such service"
  sockctl resolve -j --api getservbyname http sctp >report 2>/dev/null || (($? == 3))
  assert_event report failed '.name == "http" and .protocol == "sctp" and (has("service") | not)'
}

@test "gethostbyaddr: IPv4 and IPv6" {
  need_glibc
  run -0 sockctl reverse --api gethostbyaddr 192.0.2.10
  assert_line --index 0 "h_name hosted.example  h_aliases (hosted server.example)  h_addrtype AF_INET  h_length 4  h_addr_list (192.0.2.10)"
  run -0 sockctl reverse --api gethostbyaddr 2001:db8::11
  assert_line --index 0 "h_name dual.example  h_aliases ()  h_addrtype AF_INET6  h_length 16  h_addr_list (2001:db8::11)"
  assert_line --index 1 "storage     the next call, gethostbyaddr, returned the same pointer: yes"
  run -3 sockctl reverse --api gethostbyaddr 198.51.100.5
  assert_output --partial "gethostbyaddr 198.51.100.5:0: HOST_NOT_FOUND"
}

@test "bytes that no terminal should see are escaped" {
  need_glibc
  run -0 sockctl reverse --api gethostbyaddr 192.0.2.66
  assert_line --index 0 --partial 'h_name evil\033[31m.example  h_aliases (other\033[0m)  '
  sockctl reverse -j --api gethostbyaddr 192.0.2.66 >report
  assert_event report host '.h_name == "evil\\033[31m.example" and .h_aliases == ["other\\033[0m"]'
}

@test "getservbyport: the protocol decides" {
  need_glibc
  run -0 sockctl reverse --api getservbyport 512 tcp
  assert_output --partial "s_name exec "
  run -0 sockctl reverse --api getservbyport 512 udp
  assert_output --partial "s_name biff  s_aliases (comsat) "
  run -3 sockctl reverse --api getservbyport 513
  run -2 sockctl reverse --api getservbyport 70000
}

@test "getent agrees" {
  need_glibc
  for name in five.example v4only.example printer; do
    sockctl resolve -j --api gethostbyname $name >report
    assert_equal "$(event report host '.h_addr_list + [.h_name] + .h_aliases | join(" ")')" \
      "$(getent hosts $name | xargs)"
  done
  for service in http/tcp ssh/tcp biff/udp split/udp; do
    sockctl resolve -j --api getservbyname "${service%/*}" "${service#*/}" >report
    assert_equal "$(event report service '[.s_name, "\(.port)/\(.s_proto)"] + .s_aliases | join(" ")')" \
      "$(getent services "$service" | xargs)"
  done
}
