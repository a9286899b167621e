#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --draw: a command draws at its end what it saw itself, and the other end's states on this host.

load helpers

# serve OPTION...: starts `sockctl listen` with them; its address and port are in $where.
serve() {
  start server sockctl listen --port-file port "$@" 127.0.0.1 0
  await test -s port
  read -ra where <port
}

@test "connect draws its calls, its data and the states of the other end, after its report" {
  serve -d
  run -0 --separate-stderr sockctl connect --draw "${where[@]}" <<<hello
  assert_equal "$output" ""
  output=$stderr
  assert_output --regexp $'closed [^\n]*\n\n +sockctl connect \(pid [0-9]+\) +\(no report\)\n'
  assert_output --regexp 'send\([0-9]+\) = 6 │╌+ "hello\\n" 6 bytes ╌+►│'
  assert_output --regexp '│ +│ (ESTABLISHED|SYN_RECV)'
  assert_output --partial 'inferred from what the ends report'
  # Only the ladder has the calls.
  refute_output --regexp $'\n[0-9.]+  socket\('
  await_exit server
}

@test "listen draws what came, and nothing of its report with -Q" {
  serve -Q --draw
  run -0 sockctl connect -Q "${where[@]}" <<<hello
  await_exit server
  run -0 cat server.err
  assert_output --regexp '^ +\(no report\) +sockctl listen \(pid [0-9]+\)'
  assert_output --regexp '│╌+ "hello\\n" 6 bytes ╌+►│ recv\([0-9]+\) = 6'
}

@test "oob-send and oob-recv draw on stdout, with the urgent byte and the mark" {
  start server sockctl oob-recv --draw --port-file port 127.0.0.1 0
  await test -s port
  # shellcheck disable=SC2046 # two words
  run -0 --separate-stderr sockctl oob-send --draw $(<port) ab oob:cd ef
  assert_output --regexp '│═+ urgent "cd" 2 bytes ═+►│'
  assert_equal "$stderr" ""
  await_exit server
  run -0 cat server.out
  assert_output --regexp 'urgent "d" taken'
  assert_output --partial -- '-- the mark --'
}

@test "--draw=svg:FILE writes a picture in the place of an old one, with -j too" {
  serve -j --draw=svg:picture.svg
  printf '%9999s' stale >picture.svg
  run -0 sockctl connect -Q "${where[@]}" <<<hello
  await_exit server
  assert_event server.err closed '.received == 6'
  run -0 cat picture.svg
  assert_output --regexp '>(&quot;hello.n&quot; )?6 bytes<'
  refute_output --partial stale
  need xmllint
  xmllint --noout picture.svg
}

@test "a datagram socket, a unix stream, a splice and a limit are drawn" {
  start server sockctl listen --io echo --draw -U ./s
  await grep -q listening server.err
  run -0 --separate-stderr sockctl connect -U --draw ./s <<<hi
  # The bytes that splice moved come before the end.
  output=$(grep ◄╌ <<<"$stderr" | grep -oE '3 bytes|end of data' | xargs)
  assert_output "3 bytes end of data"
  await_exit server
  run -5 --separate-stderr sockctl listen --draw -w 0.1 127.0.0.1 0
  output=$stderr
  assert_output --regexp '\(no peer\)'
  assert_output --regexp 'failed: no client +│'
  start server sockctl listen -u -w 0.5 --draw --port-file udp 127.0.0.1 0
  await test -s udp
  # shellcheck disable=SC2046 # two words
  run -0 sockctl connect -Q -u --draw -q 0 $(<udp) <<<hi
  assert_line --regexp ' send\([0-9]+\) = 3 │╌+ "hi\\n" 3 bytes ╌+►│$'
  await_exit server 5
  run -0 cat server.err
  assert_line --regexp '│◄╌+ ("hi\\n" )?3 bytes ╌+│$'
}

@test "a failure and a signal are drawn too, and the exit status stays" {
  run -4 sockctl connect -Q --draw 127.0.0.1 1
  assert_output --regexp '│◄━+ refused ━+│'
  assert_line --partial 'why: '
  serve --draw
  kill -TERM "${PID[server]}"
  await_exit server 143
  run -0 cat server.err
  assert_line --regexp ' listening on │'
}

@test "of more than 2000 data calls the sum is drawn" {
  serve --io sink
  run -0 sockctl connect -Q --draw --chunk 1 --io source:3000 "${where[@]}"
  sends=$(grep -c ' 1 byte ' <<<"$output")
  ((sends >= 500 && sends <= 2000))
  assert_line --regexp "│╌+ $((3000 - sends)) bytes ╌+►│"
  await_exit server
}

@test "the text is not for JSON, a probe or many connections, and the file must open" {
  run -2 sockctl connect --draw -j 127.0.0.1 1
  assert_line --partial -- '--draw excludes -j; use --draw=svg:FILE'
  run -2 sockctl connect --draw -z 127.0.0.1 1
  assert_line --partial 'it excludes --draw'
  run -2 sockctl connect --draw --conns 2 127.0.0.1 1
  assert_line --partial -- '--conns moves no data: it excludes --draw'
  run -2 sockctl connect --draw=png:x 127.0.0.1 1
  assert_line --partial "--draw: 'png:x' is not svg:FILE"
  # What stdout is for is the data.
  run -2 sockctl connect --draw=svg:- 127.0.0.1 1
  assert_line --partial "--draw: 'svg:-' is not svg:FILE"
  run -1 sockctl connect --draw=svg:/nowhere/x 127.0.0.1 1
  assert_output 'sockctl connect: /nowhere/x: No such file or directory'
}
