#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The manual says what the program does: its options, events, causes and exit statuses are
# those of the tables, in both directions.

load helpers

manual=$srcdir/doc/sockctl.1

# The lines of a section (Sh) or subsection (Ss) of the manual.
section() {
  awk -v macro=".$1" -v title="$2" '
    /^\.S[hs] / { inside = ($1 == macro && substr($0, 5) == title); next }
    inside' "$manual"
}

# The rows of a .def file, each on one line with its literals joined.
rows() {
  sed -zE 's/"\n[[:space:]]+"//g; s/,\n[[:space:]]+/, /g' "$srcdir/src/$1"
}

# The subsections that a subsection refers to by the command's "The options are those below, and".
groups_of() {
  section Ss "$1" | sed -n '/^The options are those below/,/^\.Bl/s/^\.Sx \([^.,]*[a-z]\).*/\1/p'
}

# The options of a subsection as letter, name and argument, which is how __options prints them.
items_of() {
  section Ss "$1" | sed -n 's/^\.It Fl /Fl /p' |
    sed -E 's/^Fl ([^F])( |$)/-\1 /; s/(^| , | )Fl Fl ([^ ]+)/\t--\2/; s/^(-.) ?/\1/; s/ Ar (.*)$/\t\1/' |
    awk -F '\t' '{ sub(/ +$/, "", $1); print $1 "\t" $2 "\t" $3 }'
}

options_of() {
  sockctl __options "$1" | grep -v $'\trefused$' | cut -f 1-3
}

# assert_same [DIFF-OPTION...]: the files manual and program are the same, and say something.
assert_same() {
  [[ -s program ]] || fail "nothing was found in the program's tables"
  diff -u "$@" manual program
}

# assert_meanings FILE MACRO SECTION: each row of the table has its name and its meaning in that section.
assert_meanings() {
  rows "$1" | sed -n 's/^'"$2"'([A-Z0-9_]*, "\([^"]*\)", "\([^"]*\)".*/\1: \2./p' | sort >program
  section Sh "$3" | sed -n '/^\.It Li /,$p' | grep -v '^\.\(El\|Pp\)' |
    awk '/^\.It Li / { if (line) print line; line = $3 ":"; next } { line = line " " $0 } END { print line }' |
    sed 's/\\-/-/g' | sort >manual
  # The manual's sentences begin with a capital.
  assert_same -i
}

setup() {
  common_setup
  run -0 sockctl __options
  commands=("${lines[@]}")
}

@test "every command has a subsection, and the synopsis has it" {
  for command in "${commands[@]}"; do
    [[ -n $(section Ss "$command") ]] || fail "no subsection $command"
    section Sh SYNOPSIS | grep -qx ".Cm $command" || fail "$command is not in the synopsis"
  done
}

@test "the manual has every option of every command with its argument, and no other" {
  for command in "${commands[@]}"; do
    {
      items_of "$command"
      groups_of "$command" | while read -r group; do items_of "$group"; done
    } | sort >manual
    options_of "$command" | sort >program
    assert_same --label "manual: $command" --label "program: $command"
  done
}

@test "every subsection of shared options belongs to a command" {
  for command in "${commands[@]}"; do groups_of "$command"; done | sort -u >used
  grep -x '\.Ss .* options' "$manual" | cut -c 5- | sort >there
  [[ -s there ]]
  diff -u used there
}

@test "the letters of nc that are refused are those in the manual" {
  for command in connect listen; do
    sockctl __options "$command" | sed -n 's/^-\(.\).*\trefused$/\1/p' | sort >program
    # Those of any command, and those behind the command's own name.
    section Ss "Letters of nc that are left out" | sed -n '/^These are refused/,$p' |
      awk -v command="$command" '$1 == ".Ic" { of = $2 } $1 == ".Fl" && (!of || of == command)' |
      sed 's/^\.Fl //' | tr -d ' .;' | tr ',' '\n' | grep . | sort >manual
    assert_same --label manual --label "program: $command"
  done
}

@test "the manual has every event, and no other" {
  rows report/events.def | sed -n 's/^EVENT([A-Z_]*, *"\([^"]*\)".*/\1/p' | sort -u >program
  section Sh "JSON EVENTS" | sed -n 's/^\.It //p' | sed 's/Ic //g' | grep -oE '[a-z][a-z-]*' | sort >manual
  assert_same
}

@test "the manual has every cause with its meaning, and no other" {
  assert_meanings why/causes.def CAUSE CAUSES
}

@test "the manual has every finding with its meaning, and no other" {
  assert_meanings check/findings.def FINDING FINDINGS
}

@test "the manual has every warning with its meaning, and no other" {
  assert_meanings report/warnings.def WARNING WARNINGS
}

@test "the manual has every exit status, and no other" {
  sockctl help exit | sed -nE 's/^  ([0-9]\S*) .*/\1/p' | sort >program
  section Sh "EXIT STATUS" | sed -n 's/^\.It //p' | sort >manual
  assert_same
}

@test "the times of a socket option are those of the program" {
  run -0 sockctl connect -o help
  printf '%s\n' "${lines[@]}" | sed -n 's/^  \([a-z]*\)  *\(between\|once\|on each\).*/\1/p' | sort >program
  section Sh "SOCKET OPTIONS" | sed -n 's/^\.It Cm //p' | sort >manual
  assert_same
}
