#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Those who come from nc: its habits work, what is left out is refused with what to use instead.

load helpers

# listening ARGS...: sockctl listen ARGS listens, and where.
listening() {
  run -5 sockctl listen -w 0.05 "$@"
  assert_line --regexp '(^|  )listening '
}

@test "listen -l -p PORT, -l -s ADDR PORT, -l -p PORT ADDR, and the letters in one word" {
  need_netns
  listening -l -p 8080
  assert_line --partial ':8080 (all interfaces)'
  listening -l -s 127.0.0.1 8080
  assert_line --partial ' 127.0.0.1:8080 '
  listening -l -s 127.0.0.1 -p 8080
  assert_line --partial ' 127.0.0.1:8080 '
  listening -l -p 8080 127.0.0.1
  assert_line --partial ' 127.0.0.1:8080 '
  listening -lnp8080
  assert_line --partial ':8080 '
  listening -lvk4 -p 0
}

@test "an address or a port that is given twice is a mistake" {
  run -2 sockctl listen -s 127.0.0.1 127.0.0.2 80
  assert_output --partial "-s: the address is given twice"
  run -2 sockctl listen -p 80 127.0.0.1 81
  assert_output --partial "-p: the port is given twice"
  run -2 sockctl listen -p 70000 127.0.0.1
  assert_output --partial "70000"
  run -2 sockctl listen -s "" 80
  assert_output --partial empty
}

@test "HOST:PORT is one word, as it is printed" {
  need_ipv6
  listener 127.0.0.1:0 <<<four
  run -0 sockctl connect -Q "127.0.0.1:$PORT"
  assert_output four
  listener '[::1]:0' <<<six
  run -0 sockctl connect -Q "[::1]:$PORT"
  assert_output six
  listener ::1 0 <<<"six in two"
  run -0 sockctl connect -Q '[::1]' "$PORT"
  assert_output "six in two"
  listener localhost:0 <<<name
  run -0 sockctl connect -Q "localhost:$PORT"
  assert_output name
  run -2 sockctl connect ::1
  assert_output --partial "'::1' has no port"
  run -2 sockctl connect 127.0.0.1:
  run -2 sockctl connect :80
}

@test "-q -1 waits for the peer, -N is the default" {
  listener -k --io echo 127.0.0.1 0
  run -0 sockctl connect -Q -N -q -1 127.0.0.1 "$PORT" <<<hello
  assert_output hello
}

@test "-C sends CR LF for LF, and adds none to a CR that is there" {
  listener 127.0.0.1 0
  printf 'one\ntwo\r\n\nend' | sockctl connect -Q -C 127.0.0.1 "$PORT"
  await_exit server
  printf 'one\r\ntwo\r\n\r\nend' | cmp - server.out
}

@test "-C knows a CR at the end of one read and its LF at the start of the next" {
  listener 127.0.0.1 0
  printf 'a\r\nb\n' | sockctl connect -Q -C --chunk 1 127.0.0.1 "$PORT"
  await_exit server
  printf 'a\r\nb\r\n' | cmp - server.out
}

@test "-i leaves a gap between lines" {
  listener 127.0.0.1 0
  printf 'one\ntwo\nthree' | sockctl connect -jvv -i 0.1 127.0.0.1 "$PORT" 2>report
  await_exit server
  assert_equal "$(<server.out)" $'one\ntwo\nthree'
  run jq -s '[.[] | select(.event == "call" and .call == "send")] | length, (.[1].time - .[0].time >= 0.1), (.[2].time - .[1].time >= 0.1)' report
  assert_output $'3\ntrue\ntrue'
}

@test "-I, -O, -M, -m, -T set what nc sets by them" {
  listener -k 127.0.0.1 0
  run -0 --separate-stderr sockctl connect -j -I 10000 -O 20000 -M 9 -m 1 -T ef 127.0.0.1 "$PORT"
  echo "$stderr" >report
  run event report sockopt '"\(.name) \(.value)"'
  assert_line "SO_RCVBUF 20000"
  assert_line "SO_SNDBUF 40000"
  assert_line "IP_TTL 9"
  assert_line "IP_MINTTL 1"
  assert_line --regexp '^IP_TOS '
}

@test "a conversation with nc, either way round" {
  need nc
  need_netns
  listener 127.0.0.1 0 <<<"from sockctl"
  run -0 nc -N 127.0.0.1 "$PORT" <<<"from nc"
  assert_output "from sockctl"
  await_exit server
  assert_equal "$(<server.out)" "from nc"
  start server nc -N -l 127.0.0.1 9000 <<<"from nc"
  run -0 sockctl connect -Q --retry 5 --no-shutdown 127.0.0.1 9000 <<<"from sockctl"
  assert_output "from nc"
  await_exit server
  assert_output "from sockctl"
}

@test "letters that are left out are refused with what to use" {
  for letter in x X P t r S D F V Z e c; do
    for command in $(sockctl __options); do
      run -2 sockctl "$command" -$letter 127.0.0.1 80
      assert_line --index 0 --regexp "^sockctl $command: -$letter: .*(use|left out|no TLS|chooses)"
    done
  done
}
