#!/usr/bin/env bats
# HTTP by hand: a request to a real server, an answer to a real client.

load helpers

PORT=$((7100 + ${BATS_TEST_NUMBER:-0})) # each its own: TIME_WAIT keeps a port that another program had

listens() {
  ss -Hltn "sport = :$PORT" | grep -q .
}

@test "an HTTP request to a python server" {
  mkdir site
  echo 'a page' >site/page
  start server python3 -m http.server --bind 127.0.0.1 --directory site "$PORT"
  await listens
  run -0 sockctl connect -Q 127.0.0.1 "$PORT" <<<$'GET /page HTTP/1.0\r\n\r'
  assert_line --regexp '^HTTP/1.0 200 OK'
  assert_line 'a page'
}

@test "curl takes a canned answer, and all that the source has" {
  need curl
  start server sockctl listen -Q 127.0.0.1 "$PORT" <<<$'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok'
  await listens
  run -0 curl -sS "http://127.0.0.1:$PORT/"
  assert_output ok
  await_exit server
  start server sockctl listen -Q --io source:100000 127.0.0.1 "$PORT"
  await listens
  run -0 curl -sS --http0.9 -o body "http://127.0.0.1:$PORT/"
  assert_equal "$(wc -c <body)" 100000
}
