#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The manual says what the program does: its options, events, causes and exit statuses are
# those of the tables, in both directions.

load helpers

manual=$srcdir/doc/sockctl.1
json=$srcdir/doc/sockctl-json.5

# The lines of a section (Sh) or subsection (Ss) of the manual, or of another page.
section() {
  awk -v macro=".$1" -v title="$2" '
    /^\.S[hs] / { inside = ($1 == macro && substr($0, 5) == title); next }
    inside' "${3-$manual}"
}

# The page of a command, or the subsection of options that several have.
options_text() {
  if [[ -e $srcdir/doc/sockctl-$1.1 ]]; then
    cat "$srcdir/doc/sockctl-$1.1"
  else
    section Ss "$1"
  fi
}

# The rows of a .def file, each on one line with its literals joined.
rows() {
  sed -zE 's/"\n[[:space:]]+"//g; s/,\n[[:space:]]+/, /g' "$srcdir/src/$1"
}

# The subsections that the page of a command refers to by its "The options are those below, and".
groups_of() {
  options_text "$1" | sed -n '/^The options are those below/,/^\.Bl/s/^\.Dq \([^.,]*[a-z]\).*/\1/p'
}

# The options of a subsection as letter, name and argument, which is how __options prints them.
items_of() {
  options_text "$1" | sed -n 's/^\.It Fl /Fl /p' |
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
  section Sh "$3" "$json" | sed -n '/^\.It Li /,$p' | grep -v '^\.\(El\|Pp\)' |
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

@test "every command has a page, which says what its help says, and the synopsis and the list have it" {
  for command in "${commands[@]}"; do
    page=$srcdir/doc/sockctl-$command.1
    [[ -s $page ]] || fail "no page $page"
    summary=$(sed -n 's/^\.Nd //p' "$page" | sed 's/^./\U&/').
    # Help breaks lines at 80 columns.
    assert_equal "$summary" "$(sockctl help | sed -zE 's/\n {4,}/ /g' | sed -n "s/^  $command  *//p")"
    run -0 sockctl help "$command"
    # Below the usage it opens with the words of the page.
    assert_equal "$(awk -v RS= 'NR == 2' <<<"$output" | paste -sd ' ')" "$summary"
    section Sh COMMANDS | grep -qx ".Xr sockctl-$command 1 ." || fail "$command is not in the list"
    section Sh SYNOPSIS "$page" | grep -qx ".Cm $command" || fail "$command is not in its synopsis"
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

@test "the version in which a page appeared is one of NEWS" {
  local version
  sed -n 's/^first appeared in version \(.*\)\.$/\1/p' "$srcdir"/doc/*.1 | sort -u >versions
  [[ -s versions ]]
  while read -r version; do
    grep -q "^## ${version//./\\.}\.[0-9]" "$srcdir/NEWS.md" || fail "NEWS.md has no version $version"
  done <versions
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
  section Sh EVENTS "$json" | sed -n 's/^\.It //p' | sed 's/Ic //g' | grep -oE '[a-z][a-z-]*' | sort >manual
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

@test "the manual and the README have every exit status, and no other" {
  sockctl help exit | sed -nE 's/^  ([0-9]\S*) .*/\1/p' | sort >program
  section Sh "EXIT STATUS" | sed -n 's/^\.It //p' | sort >manual
  assert_same
  sed -n '/^## Exit status/,/^## More/p' "$srcdir/README.md" | sed -nE 's/^\| ([0-9]\S*) .*/\1/p' | sort >manual
  assert_same
}

@test "the times of a socket option are those of the program" {
  run -0 sockctl connect -o help
  printf '%s\n' "${lines[@]}" | sed -n 's/^  \([a-z]*\)  *\(between\|once\|on each\).*/\1/p' | sort >program
  section Sh "SOCKET OPTIONS" | sed -n 's/^\.It Cm //p' | sort >manual
  assert_same
}

@test "every page has examples, history and where to report, and whatis finds it" {
  for page in "$srcdir"/doc/*.[15]; do
    for title in NAME DESCRIPTION EXAMPLES HISTORY BUGS "SEE ALSO"; do
      [[ $(section Sh "$title" "$page") ]] || fail "$page: no $title"
    done
  done
  need lexgrog
  for page in "$srcdir"/doc/*.[15]; do
    name=${page##*/}
    run -0 lexgrog "$page"
    assert_output --regexp "\"${name%.*} - [a-z]"
  done
}

# The commands of the examples of a page, one a line.
examples_of() {
  section Sh EXAMPLES "$1" | sed -n 's/^\.Dl \$ //p; s/^\$ //p' | sed 's/\\(dq/"/g; s/\\e/\\/g; s/\\-/-/g'
}

@test "the examples of every page are no mistakes" {
  need_netns
  need jq
  for page in "$srcdir"/doc/*.[15]; do
    [[ $(examples_of "$page") ]] || fail "$page: no example"
    while IFS= read -r example; do
      # What is needed may be missing here, and what waits for a peer is ended.
      echo >file
      run --separate-stderr timeout -s INT 0.3 bash -c "$example" </dev/null
      [[ $status != 2 && $status != 126 && $status != 127 ]] || fail "$page: $status: $example: $stderr"
      refute_regex "$stderr" "Try 'sockctl"
    done < <(examples_of "$page")
  done
}
