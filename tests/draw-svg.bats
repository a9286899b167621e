#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# draw --svg writes one file that stands alone: well-formed, selectable, without scripts, and escaped.

load helpers

# assert_picture NAME: the picture of NAME-*.json is NAME.svg; UPDATE=1 writes it.
assert_picture() {
  run -0 sockctl draw --svg "$1.svg" "$srcdir/tests/draw/$1"-[cl].json
  assert_output ""
  [[ ${UPDATE-} ]] && cp "$1.svg" "$srcdir/tests/draw/$1.svg"
  diff -u "$srcdir/tests/draw/$1.svg" "$1.svg"
}

@test "the picture of every conversation is as it was looked at, and well-formed" {
  count=0
  for first in "$srcdir"/tests/draw/*-c.json; do
    name=${first##*/}
    assert_picture "${name%-c.json}"
    count=$((count + 1))
  done
  ((count >= 12))
  need xmllint
  xmllint --noout --nonet ./*.svg
}

@test "arrows have the class of what they carry" {
  cd "$srcdir/tests/draw"
  run -0 sockctl draw --svg - urgent-c.json urgent-l.json
  assert_line --partial 'class="wire urgent inferred"'
  run -0 sockctl draw --svg - reset-c.json reset-l.json
  assert_line --partial 'class="wire reset"'
  assert_line --partial 'class="head reset-head"'
  run -0 sockctl draw --svg - lost-c.json lost-l.json
  assert_line --partial 'Broken off by a cross'
  run -0 sockctl draw --svg - filtered-wire-c.json
  assert_line --partial '>1.02 s later<'
  assert_line --partial '>?</text>'
}

@test "a state, a failure and what is urgent have a colour of their own" {
  cd "$srcdir/tests/draw"
  run -0 sockctl draw --svg - urgent-wire-c.json urgent-wire-l.json
  assert_line --partial '>accepted  <tspan class="state">CLOSE_WAIT</tspan></text>'
  assert_line --partial 'class="mark">-- the mark --</text>'
  run -0 sockctl draw --svg - late-c.json late-l.json
  assert_line --partial 'class="bad">accepted, 1.00 s after the'
}

@test "the file stands alone: title, description, light and dark, nothing active and nothing fetched" {
  run -0 sockctl draw --svg - "$srcdir"/tests/draw/close-[cl].json
  assert_line --partial '<title>A conversation'
  assert_line --partial '<desc>'
  assert_line --partial 'prefers-color-scheme:dark'
  refute_output --partial '<script'
  refute_output --partial 'href'
  refute_output --partial 'url('
  refute_output --partial 'onload'
}

@test "a hostile report cannot add markup" {
  printf '%s\n' '{"event":"start","time":0,"arguments":["sockctl","<script>&\"\u0007\u202e"]}' \
    '{"event":"connecting","time":0.1,"conn":1,"peer":{"family":"AF_UNIX","path":"</text><script>alert(1)</script>"}}' \
    '{"event":"why","time":0.2,"conn":1,"text":"]]></style><img src=x>"}' \
    '{"event":"state","time":0.3,"conn":1,"state":"]]><img src=x>"}' \
    '{"event":"call","time":0.4,"conn":1,"call":"<!--","args":"&\u001b","result":1}' \
    '{"event":"packet","time":0.5,"conn":1,"direction":"out","flags":["<img>","\ufffe"],"seq":1,"length":1,"end":2}' \
    >hostile.json
  run -0 sockctl draw --level data --svg - hostile.json
  refute_output --partial '<script'
  refute_output --partial '<img'
  assert_output --partial '&lt;script&gt;&amp;&quot;\007\342\200\256'
  need xmllint
  xmllint --noout - <<<"$output"
}

@test "a picture that cannot be written is named, and a bad report leaves the old one" {
  run -1 sockctl draw --svg /nowhere/x.svg "$srcdir/tests/draw/close-c.json"
  assert_output "sockctl draw: /nowhere/x.svg: No such file or directory"
  run -1 sockctl draw --svg /dev/full "$srcdir/tests/draw/close-c.json"
  assert_output "sockctl draw: /dev/full: No space left on device"
  echo old >picture.svg
  run -1 sockctl draw --svg picture.svg /dev/null
  assert_equal "$(<picture.svg)" old
}
