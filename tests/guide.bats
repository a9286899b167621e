#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The guide shows what really happens: every command block of doc/topics.md is run and its
# output compared. `make guide` writes what it prints now.

load helpers

@test "every command block of the guide prints what the guide shows" {
  need python3
  need_netns
  run "$srcdir/tests/helpers/guide" "$srcdir/doc/topics.md"
  ((status == 0)) || fail "$output"
  # Blocks that differed at first, and blocks that this machine cannot run, are named.
  sed -n 's/^ran again/# &/p' <<<"$output" >&3
  left_out=$(grep '^left out:' <<<"$output") || return 0
  skip "all but these: $(tr '\n' ';' <<<"$left_out")"
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
