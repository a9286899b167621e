#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The tree keeps its own rules: which room may include which, which may make socket calls,
# who may print, what is listed, how it is formatted.

load helpers

# Which rooms a room may use besides itself. The list goes from the top of the house to the bottom.
rooms='
cmd          check draw net/listen net/path net/dns net/connect net/data net/urgent net/socket net/watch why call kernel report base
net/listen   net/data net/urgent net/socket net/watch why call kernel report base
net/dns      net/watch why call kernel report base
net/path     net/connect net/socket net/watch why call kernel report base
net/connect  net/data net/urgent net/socket net/watch why call kernel report base
net/data     net/urgent net/socket net/watch why call kernel report base
net/urgent   net/socket net/watch why call kernel report base
net/socket   net/watch why call kernel report base
net/watch    why call kernel report base
check        kernel report base
why          kernel report base
call         report base
draw         base
kernel       base
report       base
base
'

# Every socket call goes through call/, so that -v shows it. Excepted, by object and
# name, is what only observes, tries out beside the socket in question, or reads the command line; libmnl makes the calls of
# kernel/'s questions itself.
observing=$(printf '%s\n' 'src/kernel/tcpinfo.o getsockopt' src/kernel/shares.o\ {socket,setsockopt,bind} \
  'src/cmd/options/operands.o getservbyname')
caller='src/call/(control|data|message|observe|urgent|lookup).o'
socket_calls='socket|socketpair|bind|listen|connect|accept|accept4|shutdown'
socket_calls+='|getsockname|getpeername|getsockopt|setsockopt|sockatmark|select'
socket_calls+='|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|splice|sendfile|sendfile64'
socket_calls+='|getaddrinfo|getnameinfo|gethostbyname|gethostbyname2|gethostbyaddr|getservbyname|getservbyport'

# What prints or ends the program.
output_calls='v?f?printf|puts|fputs|putchar|fputc|putc|fwrite|perror|v?errx?|v?errc|v?warnx?|v?warnc'
output_calls+='|exit|_exit|_Exit|quick_exit|abort|stdout|stderr'

# The undefined symbols of objects, as "OBJECT SYMBOL", fortified names made plain.
undefined() {
  (cd "$builddir" && find "$@" -name '*.o' -exec nm -A -u {} +) |
    sed -E 's/^([^:]*): +[A-Za-z] +(__(.*)_chk|__isoc99_(.*)|([^@]*)).*$/\1 \3\4\5/'
}

layer_files() {
  (cd "$srcdir" && find src -mindepth 2 -name '*.[ch]' ! -name sandbox-filter.h | sort)
}

c_files() {
  (cd "$srcdir" && find src tests/unit tests/helpers build-aux fuzz bench -name '*.[ch]' ! -name sandbox-filter.h | sort)
}

shell_files() {
  (
    cd "$srcdir" &&
      for file in bootstrap .ci/run build-aux/commit-msg build-aux/*.sh tests/in-netns tests/helpers/* tests/*.bash tests/*.bats completions/*.bash debian/tests/*; do
        # tap-driver.sh is automake's.
        if [[ -f $file && $file != */tap-driver.sh ]] && head -n 1 "$file" | grep -qE '^#( |!.*(sh|bats)$)'; then
          echo "$file"
        fi
      done
  )
}

# The words of a list variable in an .am file: as they stand there, and sorted.
words() {
  sed -n "/^$2 =/,/\$(NULL)/{s/^[[:space:]]*\([^[:space:]=]*\) *\\\\$/\1/p}" "$srcdir/$1"
}

listed() {
  words "$@" | sort
}

assert_nothing() {
  [[ -z $1 ]] && return
  echo "$2:"
  echo "$1"
  return 1
}

# Which file includes which, as "FILE FILE".
includes() {
  (cd "$srcdir" && layer_files | xargs grep -H '^ *# *include *"') |
    sed -E 's|^([^:]*):.*"(.*)".*|\1 src/\2|'
}

# The objects of the files that are listed; what else lies in the build directory is of another day.
objects() {
  listed src/sources.am libsockctl_a_SOURCES | sed -n 's/\.c$/.o/p' |
    while read -r object; do
      if [[ -f $builddir/$object ]]; then echo "$object"; fi
    done
}

# Which object needs a symbol of which other one, as "OBJECT OBJECT SYMBOL".
needs() {
  (cd "$builddir" && objects | xargs nm -A -g) | awk '
    { object = $1; sub(/:.*/, "", object); symbol = $NF; type = $(NF - 1) }
    type == "U" { user[++users] = object; wanted[users] = symbol; next }
    { owner[symbol] = object }
    END {
      for (i = 1; i <= users; i++)
        if (wanted[i] in owner && owner[wanted[i]] != user[i]) print user[i], owner[wanted[i]], wanted[i]
    }'
}

# Of lines that begin with two files, those whose arrow goes up, or from or to no room.
upward() {
  awk -v rooms="$rooms" '
    BEGIN {
      count = split(rooms, lines, "\n")
      for (i = 1; i <= count; i++) {
        words = split(lines[i], word, " ")
        for (j = 1; j <= words; j++) may[word[1], word[j]] = 1
      }
    }
    function room(file, part) {
      split(file, part, "/")
      return part[2] == "net" ? part[2] "/" part[3] : part[2]
    }
    !((room($1), room($2)) in may)'
}

# The members of each circle among pairs of files.
circles() {
  { cut -d " " -f 1,2 | tsort >/dev/null; } 2>&1
}

@test "includes point from cmd down to base, never back, and in no circle" {
  includes >found
  [[ -s found ]]
  assert_nothing "$(upward <found)" "wrong includes"
  assert_nothing "$(circles <found)" "files that include each other"
}

@test "objects need what stands below them, and no two need each other" {
  need nm
  needs >found
  [[ -s found ]] || fail "no objects in $builddir"
  assert_nothing "$(upward <found)" "symbols of a room above"
  assert_nothing "$(circles <found)" "objects that need each other"
}

@test "a circle and an arrow upward would be found" {
  assert_equal "$(printf '%s\n' 'src/net/watch/a.c src/cmd/b.h' 'src/cmd/b.c src/net/watch/a.h' | upward)" \
    'src/net/watch/a.c src/cmd/b.h'
  [[ $(printf '%s\n' 'a b' 'b c' 'c a' | circles) ]]
  [[ ! $(printf '%s\n' 'a b' 'b c' | circles) ]]
}

@test "a room is never crowded, and a file never long" {
  assert_nothing "$(layer_files | sed -n 's|/[^/]*\.c$||p' | sort | uniq -c | awk '$1 > 20')" "more than 20 files"
  assert_nothing "$(cd "$srcdir" && c_files | xargs wc -l | awk '$1 > 401 && $2 != "total"')" "more than 400 lines and the licence"
}

@test "socket calls are made in call/ alone" {
  need nm
  [[ -n $(undefined src) ]] || fail "no objects in $builddir"
  assert_nothing "$(undefined src | grep -E " ($socket_calls)$" | grep -Ev "^$caller " | grep -vxF "$observing")" "calls that -v would not show"
}

@test "net/, check/, why/, call/ and kernel/ neither print nor exit" {
  need nm
  layers=()
  for layer in net check why call kernel; do
    if [[ -d $builddir/src/$layer ]]; then layers+=("src/$layer"); fi
  done
  assert_nothing "$([[ ${#layers[@]} == 0 ]] || undefined "${layers[@]}" | grep -E " ($output_calls)$")" "output from below"
}

@test "every source file, test, unit test and fuzzer is listed once" {
  diff <(listed src/sources.am libsockctl_a_SOURCES) <(layer_files)
  diff <(listed tests/bats.am bats_tests) <(cd "$srcdir" && printf '%s\n' tests/*.bats | sort)
  diff <(listed tests/unit/unit.am unit_tests) <(cd "$srcdir" && find tests/unit -name '*.c' | sed 's/\.c$//' | sort)
  diff <(listed fuzz/fuzz.am fuzzers) <(cd "$srcdir" && find fuzz -name '*.c' | sed 's/\.c$//' | sort)
}

@test "a release has every file of the repository" {
  need git make
  [[ -e $srcdir/.git ]] || skip "this is no clone"
  make -s --no-print-directory -C "$builddir" list-distributed | sed "s|^$srcdir/||; s|^\./||" | sort -u >distributed
  git -C "$srcdir" -c safe.directory="$srcdir" ls-files | grep -vxE '\.git(ignore|attributes)' | sort >tracked
  [[ -s tracked ]]
  assert_nothing "$(comm -13 distributed tracked)" "not in build-aux/dist.am or another list"
}

@test "files are named in lower case with hyphens and begin by saying what they are for" {
  wrong=
  for file in $(c_files); do
    name=${file##*/}
    [[ $name =~ ^[a-z0-9]+(-[a-z0-9]+)*\.[ch]$ ]] || wrong+="$file: name"$'\n'
    [[ $(sed -n 2p "$srcdir/$file") =~ ^/\*($|\ ) ]] ||
      wrong+="$file: no comment at the top"$'\n'
  done
  assert_nothing "$wrong" "against the house rules"
}

@test "every source names its licence in its first lines, and no line is endless" {
  need git
  [[ -e $srcdir/.git ]] || skip "this is no clone"
  cd "$srcdir"
  licence=$(sed -n '1s/ License$//p' LICENSE)
  git -c safe.directory="$srcdir" ls-files | grep -vE '\.(md|json|svg|txt|seeds)$|^(LICENSE|\.[a-z-]+)$|commit-msg-base$|^debian/(.*control|changelog|copyright|watch|source/format|.*lintian-overrides)$' >"$BATS_TEST_TMPDIR/sources"
  [[ $(wc -l <"$BATS_TEST_TMPDIR/sources") -gt 400 ]]
  assert_nothing "$(while read -r file; do
    head -n 2 "$file" | grep -q "SPDX-License-Identifier: $licence\( \*/\)\?$" || echo "$file"
  done <"$BATS_TEST_TMPDIR/sources")" "without SPDX-License-Identifier: $licence"
  assert_nothing "$(git -c safe.directory="$srcdir" ls-files | xargs awk 'length > 500 { print FILENAME ":" FNR }')" \
    "beyond 500 characters"
}

@test "sources are formatted by clang-format" {
  need clang-format
  version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
  # Versions differ in details; one of them is the judge.
  [[ $version == 14 ]] || skip "clang-format 14 is the judge, this is $version"
  cd "$srcdir"
  c_files | xargs clang-format --dry-run -Werror
}

# What clang-format lets pass.
@test "declarations, comments and conditions have one style" {
  cd "$srcdir"
  assert_nothing "$( (c_files && find src -name '*.def') | LC_ALL=C.UTF-8 xargs grep -nE '^.{111,}')" "beyond column 110"
  # AttributeMacros keeps these beside their declaration.
  assert_nothing "$(c_files | xargs grep -nE '^[[:space:]]*cleanup_[a-z]+$')" "an attribute without its declaration"
  # A call has failed if it is below 0; -1 itself is compared only where it is a value like others.
  assert_nothing "$(c_files | xargs grep -nE '== -1\b' |
    grep -vE '\b(minimum|code|type|prefix_length|mark|timestamp) == -1')" "not < 0"
  assert_nothing "$(c_files | xargs awk '
    FNR == 1 { torn = opened = 0 }
    torn && /^ +\*?[a-z_0-9]+(\[.*\])?;/ { print FILENAME ":" FNR ": a name on the line after its type" }
    { torn = /^ +(const )?((struct|enum|union) )?[a-z_0-9]+( \*)?$/ }
    /\/\*/ && !/\*\// { opened = !/\/\*+$/ }
    opened && /^ *\*\/$/ { print FILENAME ":" FNR ": the end of a comment alone on its line" }
    /\*\// { opened = 0 }')" "torn lines"
}

@test "the lists of files are sorted" {
  for list in "src/sources.am libsockctl_a_SOURCES" "tests/unit/unit.am unit_tests" "fuzz/fuzz.am fuzzers" \
    "build-aux/dist.am EXTRA_DIST"; do
    read -r file variable <<<"$list"
    words "$file" "$variable" | LC_ALL=C sort -c || fail "$file is not sorted"
  done
}

# A key that no field has would leave its [group] out for ever, in silence.
@test "each key of a template is the key of a field" {
  cd "$srcdir/src"
  cat report/events.def why/causes.def check/findings.def | grep -oE '\{[a-z][a-z0-9_]*' | tr -d '{' | sort -u >"$BATS_TEST_TMPDIR/wanted"
  # A constructor of a field, or a row that names a sysctl and its key.
  find . -name '*.[ch]' -exec cat {} + | tr -s ' \n' ' ' |
    grep -oE '(F_[A-Z_]+\( ?|_field\( ?|field_[a-z]+\( ?|\.key = |\{"net\.[^"]*", )"[a-z][a-z0-9_]*"' |
    sed 's/.*"\(.*\)"/\1/' | sort -u >"$BATS_TEST_TMPDIR/emitted"
  [[ $(wc -l <"$BATS_TEST_TMPDIR/wanted") -gt 150 ]]
  assert_nothing "$(comm -23 "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/emitted")" "keys that nothing emits"
}

@test "comments and messages are in plain English" {
  cd "$srcdir"
  # Words that translate a phrase of another language.
  phrases='[^ ]+ (is|are|was|were) no [^ ]+|[Tt]old|[Tt]ells?|[Ww]hoever|[Nn]obody|[Ss]omebody|whom|be had|That (is|of|what|nothing)'
  allowed='[Tt]here (is|are|was|were) no |(is|are|was|were) no (longer|more|faster)'
  found=$(find src \( -name '*.[ch]' -o -name '*.def' \) ! -name sandbox-filter.h | sort |
    xargs awk -v phrases="(^|[ (])($phrases)[ ,.:;)\"]" '
      # In comments and strings alone.
      function judge(said) {
        while (match(said, phrases)) {
          print file ": " substr(said, RSTART - 20, RLENGTH + 40)
          said = substr(said, RSTART + RLENGTH)
        }
      }
      function flush() {
        while (match(text, /[/][*]([^*]|[*]+[^*/])*[*]+[/]|"([^"\\]|\\.)*"/)) {
          start = RSTART + RLENGTH
          judge(substr(text, RSTART, RLENGTH))
          text = substr(text, start)
        }
      }
      FNR == 1 { flush(); file = FILENAME; text = "" }
      { sub(/^ *[*]+ /, ""); sub(/^ +/, ""); text = text " " $0 }
      END { flush() }' | grep -vE "$allowed") || :
  assert_nothing "$found" "say it in plain English"
}

@test "a name says what a function does, and net/ changes no plan" {
  cd "$srcdir"
  calls() { grep -rnE --include='*.[ch]' "\\b$1\(" "${@:2}"; }
  assert_nothing "$(calls '([a-z_]+_tell|say_[a-z_]+)' src)" "an event is emitted"
  assert_nothing "$(calls '[a-z_]+_report' src/base src/report src/kernel src/call src/why src/net)" "not a command"
  plans=$(grep -rnE --include='*.[ch]' 'struct (spec|context|[a-z]+_plan) \*' src/net)
  [[ $(grep -c const <<<"$plans") -gt 50 ]]
  assert_nothing "$(grep -v const <<<"$plans")" "not constant"
  assert_nothing "$(grep -rn --include='*.c' '(struct failure){' src | grep -v '{.phase = PHASE_NONE}')" \
    "not made by failure_of()"
}

@test "a commit message names its area, and gives its reason in a body" {
  is_form() { printf "$@" >message && "$srcdir/build-aux/commit-msg" message; }
  is_form 'listen: drop a closed member\n\nIts number may be in use again.\n'
  is_form '# a comment\nnet/data, doc: say \302\253why\302\273\n\nIt was left out.\n'
  is_form 'listen: %s\n\nWhy.\n' "$(printf 'x%.0s' {1..64})"
  run ! is_form 'listen: %s\n\nWhy.\n' "$(printf 'x%.0s' {1..65})"
  run ! is_form 'Drop a closed member\n\nWhy.\n'
  run ! is_form 'listen: drop it.\n\nWhy.\n'
  run ! is_form 'listen: wip\n\nWhy.\n'
  run ! is_form 'listen: drop it\nWhy.\n'
  run ! is_form 'listen: drop it\n\n# Why.\n'
}

@test "shell scripts pass shellcheck" {
  need shellcheck
  cd "$srcdir"
  shell_files | xargs shellcheck --external-sources --severity=warning
}

@test "the files and macros that HACKING names exist" {
  cd "$srcdir"
  named=$(grep -oE '`[a-z-]+/[a-zA-Z0-9./_-]+`' doc/HACKING.md | tr -d '`' | grep -v NAME | sort -u)
  [[ $(wc -l <<<"$named") -gt 30 ]]
  assert_nothing "$(while read -r file; do [[ -e $file ]] || echo "$file"; done <<<"$named")" "not there"
  diff <(find src -name '*.[ch]' -exec sed -n 's/^#define \([a-z][a-z_]*\)(.*/\1/p' {} + | sort -u) \
    <(sed -n '/^Macros in lower case/,/^$/p' doc/HACKING.md | grep -oE '`[a-z_]+\(\)`' | tr -d '`()' | sort -u)
}

@test "the manual passes mandoc's lint" {
  need mandoc
  cd "$srcdir"
  # Which other manuals are installed here is not this one's fault.
  run bash -c 'mandoc -T lint -W style doc/*.[15] 2>&1 | grep -vE "outdated mandoc.db|referenced manual not found"'
  assert_output ""
}

# queue-watch.c is an observer: its times are its own.
@test "loops wait, and judge limits, through net/watch/ alone" {
  cd "$srcdir"
  files=$(find src/net src/cmd -name '*.c' ! -path 'src/net/watch/*' ! -name queue-watch.c)
  assert_nothing "$(grep -nE 'clock_left|clock_now\(\) *[<>]|[<>]=? *clock_now\(\)|(^|[^_])now [<>]=? .*clock_now' $files)" \
    "limits that time passed elsewhere would run out"
  assert_nothing "$(grep -nE 'call_(poll|epoll_wait|select)\(' $files | grep -v ', 0)')" "waits beside the watch"
}
