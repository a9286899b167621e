#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# How a connection is shut down and closed: each HOW of shutdown(2), linger and reset, as both ends see it.

load helpers

# A python server that says what its one client does: what it receives, and how that ends.
peer() {
  start peer /usr/bin/python3 -uc '
import socket
s = socket.create_server(("127.0.0.1", 0))
print("port", s.getsockname()[1])
c, _ = s.accept()
try:
    while data := c.recv(100):
        print("data", data)
    print("eof")
    c.sendall(b"late")
    c.shutdown(socket.SHUT_WR)
    while c.recv(100): pass
except ConnectionError as error:
    print("error", error.errno)
'
  await_line peer.out '^port '
  PORT=${LINE#port }
}

setup() {
  common_setup
  need python3
}

@test "SHUT_WR sends FIN, and what the peer says after it still arrives" {
  peer
  run --separate-stderr -0 bash -c "echo hello | sockctl connect -j 127.0.0.1 $PORT"
  assert_output late
  echo "$stderr" >report
  assert_event report shutdown '.how == "SHUT_WR" and .state != "ESTABLISHED" and .sent == 6'
  assert_event report eof '.received == 4'
}

@test "SHUT_RDWR sends FIN too, and reads no more: no end of the peer is claimed" {
  peer
  run --separate-stderr bash -c "echo hello | sockctl connect -j --shutdown rdwr 127.0.0.1 $PORT"
  echo "$stderr" >report
  assert_event report shutdown '.how == "SHUT_RDWR" and .state != "ESTABLISHED"'
  refute_event report eof
  await_line peer.out "^data b'hello"
}

@test "SHUT_RD sends nothing: the state stays ESTABLISHED, and no end of the peer is claimed" {
  peer
  run --separate-stderr -0 bash -c "echo hello | sockctl connect -j --shutdown rd 127.0.0.1 $PORT"
  echo "$stderr" >report
  assert_event report shutdown '.how == "SHUT_RD" and .state == "ESTABLISHED"'
  refute_event report eof
  assert_event report closed '.state == "ESTABLISHED" and .sent == 6'
}

@test "--shutdown takes what is printed, and its short form" {
  for how in RD WR RDWR; do
    for word in "SHUT_$how" "shut_$how" "${how,,}"; do
      peer
      run --separate-stderr bash -c "echo hello | sockctl connect -j --shutdown $word 127.0.0.1 $PORT"
      echo "$stderr" >report
      assert_event report shutdown ".how == \"SHUT_$how\""
    done
  done
  run -0 sockctl __complete connect --shutdown SHUT_R
  assert_output $'SHUT_RD\nSHUT_RDWR'
}

@test "--reset ends the connection by RST" {
  peer
  # Nothing is sent, so the peer learns of the end only from the RST.
  run -5 sockctl connect -d --reset --idle-timeout 0.1 127.0.0.1 "$PORT"
  await_exit peer
  assert_line "error 104"
  refute_line eof
}

@test "without --reset the same client ends by FIN" {
  peer
  run -5 sockctl connect -d --idle-timeout 0.1 127.0.0.1 "$PORT"
  await_exit peer
  assert_line eof
}

@test "--no-shutdown keeps the connection whole after stdin has ended" {
  peer
  run --separate-stderr bash -c "echo hello | sockctl connect -j --no-shutdown -q 0.2 127.0.0.1 $PORT"
  echo "$stderr" >report
  refute_event report shutdown
  assert_event report closed '.state == "ESTABLISHED"'
}

@test "--linger sets SO_LINGER before the close" {
  peer
  run bash -c "echo hello | sockctl connect -v --linger 3 127.0.0.1 $PORT"
  assert_line --regexp 'setsockopt\([0-9]+, SOL_SOCKET, SO_LINGER, .*3'
}
