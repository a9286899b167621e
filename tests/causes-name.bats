#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Names: who was asked and who was not, what is in /etc/hosts, and the functions other than getaddrinfo.

load helpers
load helpers/why

setup() {
  common_setup
  need jq
  need_netns
}

# etc FILE TEXT: /etc/FILE has that text for this test.
etc() {
  mkdir -p etc
  printf "$2" >"etc/$1"
  mount --bind "etc/$1" "/etc/$1" || skip "/etc/$1 cannot be replaced here"
}

teardown() {
  local file
  for file in resolv.conf hosts nsswitch.conf; do
    while umount "/etc/$file" 2>/dev/null; do :; done
  done
  common_teardown
}

names() {
  etc resolv.conf "${2-nameserver 127.0.0.53\noptions timeout:1 attempts:1\n}"
  etc hosts "127.0.0.1 localhost\n192.0.2.4 four\n2001:db8::6 six\n"
  etc nsswitch.conf "hosts: $1\nservices: files\n"
}

# Like fails, of a command whose report is stdout.
resolves_not() {
  run -3 --separate-stderr "$@"
  printf '%s\n' "$output" >report
}

@test "servers are named only if they were asked: [NOTFOUND=return] comes before dns" {
  need_glibc
  names 'files [NOTFOUND=return] dns'
  fails 3 sockctl connect -j nosuch.example 80
  because name-unknown
  not_because name-servers
  not_because name-server-closed
}

@test "an action that lets the name through, and mDNS for names that are not its own" {
  names 'mdns4_minimal [NOTFOUND=return] files [UNAVAIL=return] dns'
  fails 3 sockctl connect -j nosuch.example 80
  because name-servers '.servers == ["127.0.0.53"]'
}

@test "the name server is this host, and no socket has its port" {
  names 'files dns'
  fails 3 sockctl connect -j nosuch.example 80
  because name-servers
  because name-server-closed '.server == "127.0.0.53"'
  resolves_not sockctl reverse -j 192.0.2.1 --flags NI_NAMEREQD
  because name-server-closed
}

@test "no route leads to the name server" {
  names 'files dns' 'nameserver 198.51.100.1\noptions timeout:1 attempts:1\n'
  fails 3 sockctl connect -j nosuch.example 80
  because name-server-unreachable '.server == "198.51.100.1"'
}

@test "no resolv.conf is not an empty one, and what is not an address is no server" {
  names 'files dns' '# nothing\nnameserver dns.example\n'
  fails 3 sockctl connect -j nosuch.example 80
  because no-name-servers '(.text | contains("names no server")) and (has("missing") | not)'
  because name-server-closed '.server == "127.0.0.1"'
  umount /etc/resolv.conf
  mkdir -p empty
  cp etc/hosts etc/nsswitch.conf empty/
  fails 3 unshare -m sh -c 'mount --bind empty /etc && exec "$@"' sh sockctl connect -j nosuch.example 80
  because no-name-servers '.missing and (.text | contains("there is no /etc/resolv.conf"))'
}

@test "a name that DNS cannot have is not asked for" {
  names 'files dns'
  fails 3 sockctl connect -j "$(printf 'a%.0s' {1..64}).example" 80
  because name-malformed '.reason | contains("63")'
  not_because name-servers
  fails 3 sockctl connect -j "$(printf 'abcdefgh.%.0s' {1..30})example" 80
  because name-malformed '.reason | contains("253")'
  fails 3 sockctl connect -j a..b 80
  because name-malformed '.reason | contains("empty")'
}

@test "/etc/hosts has the name for the other family" {
  names files
  fails 3 sockctl connect -j -6 four 80
  because name-in-hosts-other-family '.address == "192.0.2.4" and .family == "AF_INET6"'
  not_because name-unknown
  fails 3 sockctl connect -j -4 six 80
  because name-in-hosts-other-family '.address == "2001:db8::6" and .family == "AF_INET"'
  resolves_not sockctl resolve -j six --api gethostbyname
  because name-in-hosts-other-family '.address == "2001:db8::6"'
}

@test "a scope of an address that is not link-local" {
  names files
  fails 3 sockctl connect -j 2001:db8::1%lo 80
  because scope-unexpected '.scope == "lo"'
  not_because name-unknown
  not_because interface-missing
}

@test "gethostbyname, gethostbyaddr, getnameinfo, getservbyname, getservbyport: each has a why" {
  need_glibc
  names files
  resolves_not sockctl resolve -j nosuch.example --api gethostbyname
  because name-unknown '.name == "nosuch.example" and .sources == "files"'
  resolves_not sockctl reverse -j 192.0.2.99 --api gethostbyaddr
  because address-without-name '.host == "192.0.2.99" and .sources == "files"'
  resolves_not sockctl reverse -j 192.0.2.99 --flags NI_NAMEREQD
  because address-without-name '.host == "192.0.2.99"'
  resolves_not sockctl resolve -j nosuch --api getservbyname
  because service-unknown '.service == "nosuch" and .sources == "files"'
  resolves_not sockctl reverse -j --api getservbyport 9 nosuch
  because port-without-name '.service == "9"'
}

@test "EAI_SOCKTYPE names type and protocol; AI_ADDRCONFIG hid a family" {
  need_glibc
  names files
  resolves_not sockctl resolve -j four --type SOCK_STREAM --protocol IPPROTO_UDP
  with EAI_SOCKTYPE
  because socket-type-unknown '.type == "SOCK_STREAM" and .protocol == "IPPROTO_UDP"'
  ip link add near type veth peer name far || skip "no veth here"
  ip link set near up
  ip addr add 10.9.0.1/24 dev near
  echo 1 >/proc/sys/net/ipv6/conf/near/disable_ipv6
  resolves_not sockctl resolve -j ::1 --flags AI_ADDRCONFIG
  links_remove
  with EAI_ADDRFAMILY
  because name-of-other-family '.note | contains("AI_ADDRCONFIG")'
}
