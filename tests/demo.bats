#!/usr/bin/env bats
# `./bootstrap demo` shows what it promises.

load helpers

@test "the demo shows both ends of a conversation, a refusal and a resolution" {
  run -0 bash "$srcdir/build-aux/demo.sh"
  assert_line --regexp '^listener .* listening +127\.0\.0\.1:[0-9]+ +LISTEN'
  assert_line --regexp '^client .* connect\(.* = -1 EINPROGRESS .* ESTABLISHED$'
  assert_line --regexp '^listener .* accepted '
  assert_line "listener  hello from the client"
  assert_line "client    hello from the listener"
  assert_line --regexp '^client .* shutdown\([0-9]+, SHUT_WR\) = 0 '
  assert_line --regexp '^listener .* eof .* CLOSE_WAIT +received 22 bytes$'
  assert_line --regexp '^listener .* closed .* sent 24, received 22 bytes '
  assert_line --regexp '^client .* closed .* sent 22, received 24 bytes '
  assert_line --regexp '^failed +connect 127\.0\.0\.1:[0-9]+: ECONNREFUSED \(Connection refused\)'
  assert_line "(exit status 4)"
  name=localhost
  getent hosts "$name" >/dev/null || name=127.0.0.1
  assert_line --partial "getaddrinfo(\"$name\", \"80\", "
  assert_line --partial 'ai_addr 127.0.0.1:80'
}
