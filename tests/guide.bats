#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The guide and the front page show what really happens: every command block of doc/topics.md and README.md is run
# and its output compared. `make guide` writes what it prints now.

load helpers

# assert_shows FILE: what it shows is what happens.
assert_shows() {
  need python3
  need_netns
  run "$srcdir/tests/helpers/guide" "$srcdir/$1"
  ((status == 0)) || fail "$output"
  # Blocks that differed at first, and blocks that this machine cannot run, are named.
  sed -n 's/^ran again/# &/p' <<<"$output" >&3
  left_out=$(grep '^left out:' <<<"$output") || return 0
  skip "all but these: $(tr '\n' ';' <<<"$left_out")"
}

@test "every command block of the guide prints what the guide shows" {
  need_glibc
  assert_shows doc/topics.md
}

@test "every example of the front page prints what it shows, and its picture is what draw makes of it" {
  need_glibc
  assert_shows README.md
}

@test "a block whose output is another is found" {
  need python3
  need_netns
  printf '# A\n```console\n$ echo one; (exit 3)\none\n$ echo $?\n3\n```\n' >right.md
  run -0 "$srcdir/tests/helpers/guide" right.md
  sed 's/^one$/two/' right.md >wrong.md
  run -1 "$srcdir/tests/helpers/guide" wrong.md
  assert_line "-two"
  assert_line "+one"
  run -0 "$srcdir/tests/helpers/guide" --update wrong.md
  diff right.md wrong.md
}

@test "a block that does not end is found" {
  need python3
  need_netns
  printf '# A\n```console\n$ echo one; sleep 100\none\n```\n' >endless.md
  run -1 env LIMIT=1 "$srcdir/tests/helpers/guide" endless.md
  assert_line "+(it did not end)"
}

# The same as 'right.md' in a form that is to be found wrong.
assert_found() {
  sed "$1" right.md >wrong.md
  run -1 "$srcdir/tests/helpers/guide" wrong.md
  assert_output --partial "$2"
}

@test "what is typed comes in its turn, and what is left out may be anything" {
  need python3
  need_netns
  cat >right.md <<'END'
| cut | `echo three` | `three` |
*terminal 1*
```console
$ cat
listening⏎
listening
how are you⏎
how are you
^D
$ sh -c 'echo ready; exec sleep 100'
ready
^C
$ echo one; echo two
…
t…
$ echo three
three
```
*terminal 2*
```console with
$ echo A 40000 40001 40000
A 50000 50001 50000
```
END
  run -0 "$srcdir/tests/helpers/guide" right.md
  assert_found 's/^how are you$/so so/' '-so so'
  assert_found 's/^t…/x…/' '-x…'
  assert_found 's/50001/50000/' '-A 50000 50000 50000'
  assert_found 's/`three` |$/`four` |/' 'no block shows that echo three says: four'
  assert_found 's/terminal 2/terminal 3/' 'not under *terminal 2*'
}

@test "a picture that is missing, not shown or not what draw makes is found, and --update makes it" {
  need python3
  need_netns
  mkdir doc
  printf '%s\n' '![refused](ladders/x.svg)' '```console ladder=x:-4' '$ sockctl connect 127.0.0.1 9' '…' 'why…' '```' >doc/right.md
  run -1 "$srcdir/tests/helpers/guide" doc/right.md
  assert_line --partial "there is no doc/ladders/x.svg"
  run -0 "$srcdir/tests/helpers/guide" --update doc/right.md
  run -0 "$srcdir/tests/helpers/guide" doc/right.md
  run -0 sockctl draw --svg - doc/ladders/x.json
  assert_line --partial 'refused'
  assert_equal "$output" "$(<doc/ladders/x.svg)"
  sed -i s/refused/accepted/ doc/ladders/x.svg
  run -1 "$srcdir/tests/helpers/guide" doc/right.md
  assert_line --partial "doc/ladders/x.svg is not what sockctl draws"
  sed -i 1d doc/right.md
  run -1 "$srcdir/tests/helpers/guide" doc/right.md
  assert_line --partial "x.svg is not shown"
}

@test "every C fragment of the guide compiles, is short, and prints what stands beside it" {
  need cc
  need_netns
  topics=$(grep -c '^## [0-9]' "$srcdir/doc/topics.md")
  run -0 "$srcdir/tests/helpers/fragments" "$srcdir/doc/topics.md"
  assert_output "$topics fragments"
  sed 's|//> 5 123ab c|//> 5 123ab d|' "$srcdir/doc/topics.md" >wrong.md
  run -1 "$srcdir/tests/helpers/fragments" wrong.md
  assert_line "-5 123ab d"
  assert_line "fragment 08"
}

# Prints the topics that lack a part, or have it in another place; the parts are those of doc/HACKING.md.
incomplete_topics() {
  awk '
    function topic_end() { if (topic && (parts !~ /^QC.*L.*F$/ || parts !~ /D/)) print topic ": " parts }
    /^```/ { if (!code && /^```console/) parts = parts "C"; else if (!code && /^```c$/) parts = parts "F"; code = !code; next }
    code { next }
    /^## / { topic_end(); topic = /^## [0-9]/ ? $0 : ""; parts = "" }
    /^\*\*The question:\*\* .*\?$/ { parts = parts "Q" }
    /^\*\*Look at\*\*/ { parts = parts "L" }
    /^\*\*Differs from the books:\*\*/ { parts = parts "D" }
    topic && parts == "" && /^[^#]/ { parts = "?" }
    END { topic_end() }' "$1"
}

@test "each topic begins with its question, and has commands, what to look at, what the books say, and C" {
  run incomplete_topics "$srcdir/doc/topics.md"
  assert_output ""
  sed '/^\*\*The question:\*\* which byte/d' "$srcdir/doc/topics.md" >wrong.md
  run incomplete_topics wrong.md
  assert_line --partial "## 8. Urgent data"
  sed '/^\*\*Differs from the books:\*\* send succeeded/d' "$srcdir/doc/topics.md" >wrong.md
  run incomplete_topics wrong.md
  assert_output --partial "## 11. Datagrams"
}
