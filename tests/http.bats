#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# HTTP by hand: a request to a real server, an answer to a real client.

load helpers

@test "an HTTP request to a python server" {
  mkdir site
  echo 'a page' >site/page
  start server python3 -u -m http.server --bind 127.0.0.1 --directory site 0
  await_line server.out '^Serving HTTP on 127\.0\.0\.1 port [0-9]+ '
  PORT=$(grep -oE 'port [0-9]+' <<<"$LINE")
  run -0 sockctl connect -Q 127.0.0.1 "${PORT#port }" <<<$'GET /page HTTP/1.0\r\n\r'
  assert_line --regexp '^HTTP/1.0 200 OK'
  assert_line 'a page'
}

@test "curl takes a canned answer, and all that the source has" {
  need curl
  listener 127.0.0.1 0 <<<$'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok'
  run -0 curl -sS "http://127.0.0.1:$PORT/"
  assert_output ok
  await_exit server
  listener --io source:100000 127.0.0.1 0
  run -0 curl -sS --http0.9 -o body "http://127.0.0.1:$PORT/"
  assert_equal "$(wc -c <body)" 100000
}
