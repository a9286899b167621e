#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# stdin and stdout are one socket, as under inetd and systemd's Accept=yes, and the end of each direction is passed on.

load helpers

# end NAME WHERE STEP...: one end of the whole way; sets WHERE to where it listens.
end() {
  start "$1" "$builddir/tests/helpers/peer" listen "${@:2}"
  await_line "$1.err" '^listening '
  WHERE=${LINE#listening }
}

# The caller waits for the end of the answer and only then sends the rest; the server ends its side first.
caller() {
  end caller "$1" send:hello eof send:rest close
}

assert_passed_on() {
  await_exit caller
  assert_success
  await_exit server
  assert_success
  await_exit relay
  assert_success
  assert_equal "$(<caller.out)" answer
  assert_equal "$(<server.out)" hellorest
  assert_line --regexp 'shutdown\(1, SHUT_WR\) = 0'
}

@test "connect passes the peer's EOF on, TCP" {
  end server 127.0.0.1:0 recv:5 send:answer shut eof close
  to=$WHERE
  caller 127.0.0.1:0
  start relay "$srcdir/tests/helpers/with-socket" "$WHERE" 0,1 sockctl connect -v 127.0.0.1 "$to"
  assert_passed_on
}

@test "connect passes the peer's EOF on, unix" {
  end server ./server recv:5 send:answer shut eof close
  caller ./caller
  start relay "$srcdir/tests/helpers/with-socket" ./caller 0,1 sockctl connect -v -U ./server
  assert_passed_on
}

@test "listen passes the peer's EOF on, TCP and unix" {
  for kind in tcp unix; do
    rm -f where
    if [[ $kind == tcp ]]; then options=(127.0.0.1 0); else options=(-U ./path); fi
    caller 127.0.0.1:0
    start relay "$srcdir/tests/helpers/with-socket" "$WHERE" 0,1 sockctl listen -v --port-file where "${options[@]}"
    await test -s where
    to=$(tr ' ' : <where)
    start server "$builddir/tests/helpers/peer" connect "${to%$'\n'}" recv:5 send:answer shut eof close
    assert_passed_on
  done
}

@test "a half-closed stdout is at its end for its reader even if others hold the socket" {
  end server 127.0.0.1:0 send:answer shut eof close
  to=$WHERE
  end reader 127.0.0.1:0 eof close
  mkfifo stdin
  exec {hold}<>stdin
  # The shell has the socket too, until all is over.
  start relay "$srcdir/tests/helpers/with-socket" "$WHERE" 1 sh -c "sockctl connect -v 127.0.0.1 $to <stdin; exit \$?"
  await_exit reader
  assert_equal "$(<reader.out)" answer
  printf later >&"$hold"
  exec {hold}>&-
  await_exit relay
  assert_success
  await_exit server
  assert_equal "$(<server.out)" later
}

@test "the report on the same socket as the data does not stop the relay" {
  end server 127.0.0.1:0 recv:5 send:answer shut eof close
  to=$WHERE
  caller 127.0.0.1:0
  start relay "$srcdir/tests/helpers/with-socket" "$WHERE" 0,1,2 sockctl connect 127.0.0.1 "$to"
  for name in caller server relay; do
    await_exit $name
    assert_success
  done
  assert_regex "$(<caller.out)" $'connected .*\nanswer'
  assert_equal "$(<server.out)" hellorest
}
