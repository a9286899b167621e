#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Scripts written for nc (OpenBSD's, with Debian's -q) run unchanged with sockctl under that name.

load helpers

# Two commands of that name: nc itself, and sockctl, which listens with -l. Neither may wait for ever.
setup() {
  common_setup
  mkdir nc-is-nc nc-is-sockctl
  cat >nc-is-nc/nc <<END
#!/bin/sh
exec timeout 10 "$(command -v nc)" "\$@"
END
  cat >nc-is-sockctl/nc <<'END'
#!/bin/sh
for word; do
  case $word in
    -[!-]*l* | -l*) exec timeout 10 sockctl listen "$@" ;;
  esac
done
exec timeout 10 sockctl connect "$@"
END
  chmod +x nc-is-*/nc
}

listening() {
  ss -"${2:-t}"lnH "sport = :$1" | grep -q .
}

# both SCRIPT...: run a script with nc and with sockctl for nc, in empty directories: the same on stdout, and success or not.
both() {
  need nc
  need ss
  need_netns
  local name
  OWN_PORT=5010
  for name in nc sockctl; do
    # What the first one used may be in TIME_WAIT.
    OWN_PORT=$((OWN_PORT + 1))
    mkdir "$name"
    pushd "$name" >/dev/null || return
    status=0
    PATH=$BATS_TEST_TMPDIR/nc-is-$name:$PATH "$@" >out 2>err || status=1
    echo "status $status" >>out
    popd >/dev/null || return
  done
  run diff nc/out sockctl/out
  assert_success
  cat sockctl/out
}

transfer() {
  seq 100000 >file
  nc -l "${@:1:2}" 5001 >got &
  await listening 5001
  nc -N 127.0.0.1 5001 <file
  wait $!
  cmp file got && wc -c <got
}

@test "a file is sent, with nc -l PORT, nc -l ADDR PORT, nc -l -p PORT" {
  both transfer 127.0.0.1
  rm -r nc sockctl
  both transfer -4
  rm -r nc sockctl
  both transfer -n -p
}

backwards() {
  echo served | nc -lN 127.0.0.1 5001 &
  await listening 5001
  nc -d 127.0.0.1 5001
  wait $!
}

@test "a listener serves what is on its stdin to nc -d" {
  both backwards
}

scan() {
  nc -lk 127.0.0.1 5001 >got &
  await listening 5001
  # The open ports, which sockctl prints besides, are no part of this.
  nc -z 127.0.0.1 5001 >ports && echo open
  nc -zw1 127.0.0.1 5001 >ports && echo open
  nc -z 127.0.0.1 5002 >ports || echo closed
  nc -znv 127.0.0.1 5001 >ports 2>&1 && echo open
  kill $!
  wait $! || :
}

@test "the status of nc -z says whether a port is open" {
  both scan
}

keep() {
  nc -lk 127.0.0.1 5001 >got &
  await listening 5001
  for word in one two three; do
    nc -N 127.0.0.1 5001 <<<$word
    await grep -q $word got
  done
  kill $!
  wait $! || :
  cat got
}

@test "nc -lk serves one after another" {
  both keep
}

datagram() {
  nc -lu -W 1 127.0.0.1 5001 >got &
  await listening 5001 u
  echo text | nc -u -w1 -q0 127.0.0.1 5001
  wait $!
  cat got
}

@test "nc -u sends a datagram" {
  both datagram
}

unix() {
  nc -lU path >got &
  await path_listens path
  echo text | nc -UN path
  wait $!
  cat got
}

@test "nc -U speaks over a path" {
  both unix
}

request() {
  printf 'HTTP/1.0 200 OK\r\n\r\nbody\n' | nc -lN 127.0.0.1 5001 >request &
  await listening 5001
  printf 'GET / HTTP/1.0\n\n' | nc -CN 127.0.0.1 5001
  wait $!
  od -c request
}

@test "an HTTP request by printf and nc -C" {
  both request
}

local_end() {
  nc -lv -n 127.0.0.1 5001 >got 2>report &
  await listening 5001
  echo text | nc -N -s 127.0.0.2 -p "$OWN_PORT" 127.0.0.1 5001
  wait $!
  cat got
  grep -qE "127.0.0.2[ :]$OWN_PORT" report
}

@test "nc -s ADDR -p PORT choose the local end" {
  both local_end
}

@test "a service out of a fifo and a pipe: the peer's EOF goes through it, while nc waits for ever" {
  mkfifo loop
  start server bash -c 'sockctl listen --port-file port 127.0.0.1 0 <loop | sort >loop'
  await test -s port
  # sort says nothing before it has seen the end.
  run -0 sockctl connect -Q "$(tr ' ' : <port)" < <(printf '%s\n' c a b)
  assert_output $'a\nb\nc'
  await_exit server
  assert_success
}

@test "a letter that is left out is refused wherever it stands, one of the other command with its name" {
  for words in -nvx "-x proxy:1080 127.0.0.1 80" "127.0.0.1 80 -x"; do
    # shellcheck disable=SC2086 # words
    run --separate-stderr -2 sockctl connect $words
    assert_output ""
    assert_regex "${stderr_lines[0]}" "^sockctl connect: -x: .*use "
  done
  run --separate-stderr -2 sockctl connect -l 80
  assert_regex "${stderr_lines[0]}" "^sockctl connect: -l: .*sockctl listen"
  run --separate-stderr -2 sockctl connect -k 127.0.0.1 80
  assert_regex "${stderr_lines[0]}" "^sockctl connect: -k: .*sockctl listen -k"
  run --separate-stderr -2 sockctl listen -z 80
  assert_regex "${stderr_lines[0]}" "^sockctl listen: -z: .*sockctl connect -z"
}

@test "every letter of nc is taken or refused: none is unknown" {
  # The letters of nc(1) of OpenBSD, and Debian's -q; -h and -v among them.
  for letter in 4 6 b C D d F h I i k l M m N n O P p q r S s T t U u V v W w X x Z z; do
    run sockctl connect -$letter
    refute_output --partial "unknown option"
    run sockctl listen -w 0 -$letter
    refute_output --partial "unknown option"
  done
}

@test "one word that does not separate host and port is a mistake" {
  for word in ::1:80 2001:db8::1 a:b:c "[::1:80" "[::1]80" ::1 127.0.0.1 /tmp/path; do
    run -2 sockctl connect "$word"
    assert_output --partial "'$word' has no port"
  done
  run -2 sockctl connect 127.0.0.1:
  assert_output --partial "the port is empty"
  run -2 sockctl connect :80
  assert_output --partial "the host is empty"
  run -2 sockctl connect -s '' 127.0.0.1 9
  assert_output --partial "the address is empty"
  run -2 sockctl connect 127.0.0.1:65536
  assert_output --partial "port '65536' is too large"
}

@test "options may stand behind the operands, and -- ends them" {
  listener 127.0.0.1 0
  stop server
  run -4 sockctl connect 127.0.0.1 "$PORT" -Q
  run -4 sockctl connect -Q -- 127.0.0.1 "$PORT"
  run -2 sockctl connect -Q -- 127.0.0.1 "$PORT" -v
}

@test "no report changes stdout" {
  for words in -Q "" -v -vv -j -vvj --hexdump; do
    listener 127.0.0.1 0 <<<served
    # shellcheck disable=SC2086 # words
    run --separate-stderr -0 sockctl connect $words 127.0.0.1 "$PORT" <<<asked
    assert_equal "$output" served
    [[ $words == -Q || $stderr ]] || fail "$words: no report"
    [[ $words != -Q || ! $stderr ]] || fail "$words: $stderr"
    await_exit server
    assert_equal "$(<server.out)" asked
  done
}
