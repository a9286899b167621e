#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every failure is explained by its real cause, with the evidence: each errno of each call is provoked
# in these files by what causes it, and the pairs that share an errno are told apart. Here: limits, names
# and the shape of what is said; why-bind, why-connect … have the rest, as src/why/ has.

load helpers
load helpers/why

@test "EMFILE, ENFILE: the limits" {
  need_strace
  fails 1 straced trace -qq -e inject=socket:error=EMFILE:when=1 sockctl connect -j -w 1 127.0.0.1 1
  with EMFILE
  because descriptor-limit '.soft > 0 and .open > 0'
  fails 1 straced trace -qq -e inject=socket:error=ENFILE:when=1 sockctl connect -j -w 1 127.0.0.1 1
  with ENFILE
  because system-descriptor-limit '.limit > 0'
}

@test "EMFILE of socket and of accept, at the real limit" {
  start client prlimit --nofile=4:4 "$SOCKCTL" connect -j -n 127.0.0.1 9
  ends_with 1 client
  with EMFILE
  because descriptor-limit '.open == 4 and .soft == 4 and .hard == 4'
  start server leaks_unchecked prlimit --nofile=5:5 "$SOCKCTL" listen -j 127.0.0.1 0
  await_port server.err
  start client sockctl connect -j -d 127.0.0.1 "$PORT"
  ends_with 1 server
  assert_event report failed '.call == "accept4" and .error.name == "EMFILE"'
  because descriptor-limit '.open == 5 and .soft == 5'
}

@test "EAFNOSUPPORT: this kernel has the family, so the call was denied" {
  need_strace
  fails 1 straced trace -qq -e inject=socket:error=EAFNOSUPPORT:when=1 sockctl connect -j -w 1 ::1 1
  because family-denied '.family == "AF_INET6"'
}

@test "EAI_AGAIN: which name servers were to be asked" {
  need_netns
  echo "nameserver 127.0.0.1" >resolv.conf
  echo "hosts: files dns" >nsswitch.conf
  mount --bind resolv.conf /etc/resolv.conf 2>/dev/null || skip "nothing may be mounted here"
  mount --bind nsswitch.conf /etc/nsswitch.conf
  fails 3 sockctl connect -j name.example 80
  : >resolv.conf
  cp report named
  fails 3 sockctl connect -j name.example 80
  umount /etc/resolv.conf /etc/nsswitch.conf
  with EAI_AGAIN
  because no-name-servers
  mv named report
  with EAI_AGAIN
  because name-servers '.servers == ["127.0.0.1"]'
}

@test "at most three lines explain a failure, and none with -Q" {
  need python3
  holder "
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); port = l.getsockname()[1]
c = socket.create_connection(('127.0.0.1', port)); a, _ = l.accept(); l.close()
d = socket.socket(); d.setsockopt(1, 2, 1)
a.close(); c.recv(1); c.close(); print('port', port)"
  run -7 sockctl listen 127.0.0.1 "$PORT"
  (($(grep -c '^why ' <<<"$output") <= 3)) || fail "$output"
  run -7 sockctl listen -Q 127.0.0.1 "$PORT"
  refute_output --partial "why "
}

@test "what explains costs nothing while nothing fails: no question is asked" {
  need_strace
  listener 127.0.0.1 0 --io sink
  run -0 straced trace -f sockctl connect -Q 127.0.0.1 "$PORT"
  run grep -cE 'AF_NETLINK|/proc/' trace
  asked=$output
  # What a sanitizer asks for itself it asks in every run.
  run -0 straced trace -f sockctl --version
  run grep -cE 'AF_NETLINK|/proc/' trace
  assert_output "$asked"
}

@test "netlink that takes no request is no evidence, and nothing waits for its answer" {
  need_strace
  fails 4 straced trace -qq -e inject=sendto:retval=0 timeout 5 sockctl connect -j 127.0.0.1 1
  with ECONNREFUSED
}
