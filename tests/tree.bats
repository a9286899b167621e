#!/usr/bin/env bats
# The tree keeps its own rules: who may include whom, who may make socket calls,
# who may print, what is listed, how it is formatted.

load helpers

# Includes point down this list only, from any layer to itself or to what stands later.
layers=(cmd net why call kernel report base)

# Every socket call goes through call/control.c, so that -v shows it. Excepted, by object and
# name, is what only observes; libmnl makes the calls of kernel/'s questions itself.
observing='src/kernel/tcpinfo.o getsockopt'
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
      for file in bootstrap .ci/run build-aux/*.sh tests/in-netns tests/helpers/* tests/*.bash tests/*.bats completions/*.bash; do
        # tap-driver.sh is automake's.
        if [[ -f $file && $file != */tap-driver.sh ]] && head -n 1 "$file" | grep -qE '^#( |!.*(sh|bats)$)'; then
          echo "$file"
        fi
      done
  )
}

# The words of a list variable in an .am file.
listed() {
  sed -n "/^$2 =/,/\$(NULL)/{s/^[[:space:]]*\([^[:space:]=]*\) *\\\\$/\1/p}" "$srcdir/$1" | sort
}

assert_nothing() {
  [[ -z $1 ]] && return
  echo "$2:"
  echo "$1"
  return 1
}

@test "includes point from cmd down to base, never back" {
  wrong=
  [[ $(layer_files) ]]
  for file in $(layer_files); do
    layer=${file#src/}
    layer=${layer%%/*}
    below=${layers[*]}
    [[ " $below " == *" $layer "* ]] || wrong+="$file: $layer is no layer"$'\n'
    below=" $layer${below#*"$layer"} "
    while read -r target; do
      [[ $target == */* && $below == *" ${target%%/*} "* ]] || wrong+="$file includes $target"$'\n'
    done < <(sed -n 's/^ *# *include *"\(.*\)".*/\1/p' "$srcdir/$file")
  done
  assert_nothing "$wrong" "wrong includes"
}

@test "socket calls are made in call/ alone" {
  need nm
  [[ -n $(undefined src) ]] || fail "no objects in $builddir"
  assert_nothing "$(undefined src | grep -E " ($socket_calls)$" | grep -Ev "^$caller " | grep -vxF "$observing")" "calls that -v would not show"
}

@test "net/, why/, call/ and kernel/ neither print nor exit" {
  need nm
  layers=()
  for layer in net why call kernel; do
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
    [[ $(head -n 1 "$srcdir/$file") =~ ^/\*($|\ ) ]] ||
      wrong+="$file: no comment at the top"$'\n'
  done
  assert_nothing "$wrong" "against the house rules"
}

@test "sources are formatted by clang-format" {
  need clang-format
  version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
  # Versions differ in details; one of them is the judge.
  [[ $version == 14 ]] || skip "clang-format 14 is the judge, this is $version"
  cd "$srcdir"
  c_files | xargs clang-format --dry-run -Werror
}

@test "shell scripts pass shellcheck" {
  need shellcheck
  cd "$srcdir"
  shell_files | xargs shellcheck --external-sources --severity=warning
}

@test "the manual passes mandoc's lint" {
  need mandoc
  [[ -f $srcdir/doc/sockctl.1 ]] || skip "there is no manual yet"
  cd "$srcdir"
  # Which other manuals are installed here is not this one's fault.
  run bash -c 'mandoc -T lint -W style doc/sockctl.1 2>&1 | grep -vE "outdated mandoc.db|referenced manual not found"'
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
