#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# resolve --stdin: many names at a time, reported in the order of the input.

load helpers
load helpers/names

# musl gives each address its canonical name, whether it is asked for or not.
assert_addresses() {
  assert_equal "$(sed 's/  canonname .*//' <<<"$output")" "$1"
}

@test "results come in the order of the input" {
  seq -f 'n%.0f.bulk.example' 200 >names
  sockctl resolve --stdin --type STREAM <names >out
  diff <(sed 's/$/  192.0.2.99/' names) <(awk '{print $1 "  " $2}' out)
}

# The name server answers held.X.test when it has been asked for release.X.test, and is waited for so long.
patient() {
  RES_OPTIONS=timeout:20 "$@"
}

@test "a slow name holds back the report, not the work" {
  { echo held.work.test && seq -f 'n%.0f.bulk.example' 300 && echo release.work.test; } >names
  # It is the work behind it that releases it.
  patient sockctl resolve --stdin --parallel 2 -j <names >report
  assert_equal "$(event report lookup .name)" "$(<names)"
  assert_event report address '.host == "192.0.2.50"'
  assert_event report summary '.names == 302 and .lookups == 302 and .failed == 0'
}

@test "a failing name is reported, and the exit status says so" {
  run --separate-stderr -3 sockctl resolve --stdin --type STREAM <<<$'five.example\nnosuch.example\nv4only.example'
  assert_addresses "five.example  127.0.0.5     SOCK_STREAM
v4only.example  192.0.2.12  SOCK_STREAM"
  assert_regex "$stderr" '^failed      getaddrinfo nosuch.example: EAI_NONAME '
}

@test "each name is answered as soon as it is read" {
  start_fed resolve sockctl resolve --stdin
  feed resolve $'five.example\n'
  await_line resolve.out five.example
  feed resolve $'v4only.example\n'
  await_line resolve.out v4only.example
  feed_end resolve
  await_exit resolve
  assert_success
}

@test "empty lines are left out, lines of DOS are taken, the last needs no end" {
  run -0 sockctl resolve --stdin --type STREAM 80 <<<$'five.example\r\n\n\nv4only.example'
  assert_addresses "five.example  127.0.0.5:80  SOCK_STREAM
v4only.example  192.0.2.12:80  SOCK_STREAM"
}

@test "a line with a NUL is not a name" {
  run -3 sockctl resolve --stdin < <(printf 'five.example\0x\n')
  assert_output --regexp '^failed      getaddrinfo five.example: EAI_NONAME \(.*\): not asked: a NUL follows in the line$'
  # Nothing is shown as a call that was none.
  sockctl resolve --stdin -j -v < <(printf 'five.example\0x\n') >report 2>/dev/null || (($? == 3))
  assert_event report failed '.error.name == "EAI_NONAME"'
  refute_event report call
}

@test "a line that is too long is not a name, and neither is its end" {
  { printf 'x%.0s' {1..200000} && printf '\nfive.example\n'; } >names
  run --separate-stderr -3 sockctl resolve --stdin --type STREAM <names
  assert_addresses "five.example  127.0.0.5     SOCK_STREAM"
  assert_equal "${#stderr_lines[@]}" 1
  assert_regex "$stderr" ': not asked: the line has 64 KiB or more$'
  # A name at the end of it is none either.
  { printf 'x%.0s' {1..65536} && printf 'five.example'; } >names
  run --separate-stderr -3 sockctl resolve --stdin --type STREAM <names
  assert_output ""
}

@test "a port that is too large is reported once" {
  need_glibc
  run --separate-stderr -0 sockctl resolve --stdin --type STREAM 70000 <<<$'five.example\nv4only.example'
  assert_output "five.example  127.0.0.5:4464  SOCK_STREAM
v4only.example  192.0.2.12:4464  SOCK_STREAM"
  assert_equal "$stderr" "warning     port 70000 became 4464: getaddrinfo does not check that it is at most 65535"
}

@test "a few names cost a few threads" {
  need_strace
  for count in 1 3; do
    seq -f 'n%.0f.bulk.example' "$count" >names
    run -0 straced trace -f -e trace=clone,clone3 sh -c 'exec sockctl resolve --stdin --type STREAM <names'
    # The sandbox leaves clone3 out, so that each is tried twice.
    started=$(grep -E 'clone3?\(' trace | grep -vc ENOSYS) || :
    ((started <= count)) || fail "$started threads for $count names"
  done
}

@test "no input, no answer, no failure" {
  run -0 sockctl resolve --stdin </dev/null
  assert_output ""
}

@test "an input that cannot be read is a failure" {
  run -1 sockctl resolve --stdin </
  assert_output "failed      read stdin: EISDIR (Is a directory)"
}

@test "answers that cannot be written end it" {
  mkfifo names
  start writer sh -c 'echo five.example >names; exec sleep 60'
  run -1 sh -c 'exec 3<>names; exec sockctl resolve --stdin <&3 3<&- >/dev/full'
  assert_output --partial "No space left on device"
}

@test "-v shows each call as the library call that it was" {
  sockctl resolve --stdin -j -v <<<$'five.example\nnosuch.example' >report 2>/dev/null || (($? == 3))
  run -0 event report call '[.call, .library, .result] | join(" ")'
  assert_output "getaddrinfo true 0
getaddrinfo true -2"
}

@test "on a terminal the progress is shown, unless the answers are" {
  need script
  printf 'nosuch.example\nfive.example\n' >names
  run script -qec "sockctl resolve --stdin <names >out" /dev/null
  # Both may be there at the first look.
  assert_output --regexp '[12] looked up, [01] failed'
  run script -qec "sockctl resolve --stdin <names" /dev/null
  refute_output --partial "looked up"
  run script -qec "sockctl resolve --stdin -Q <names >out" /dev/null
  refute_output --partial "looked up"
}

@test "the progress is that of the work: one slow name does not hold it back" {
  printf 'held.for-ever.test\nfive.example\n' >names
  # The answer to the second waits for the first; the terminal shows at once that it is there.
  patient run -0 "$srcdir/tests/helpers/on-terminal" '1 looked up, 0 failed' \
    sh -c 'exec sockctl resolve --stdin --parallel 2 <names >out'
  assert_equal "$(<out)" ""
}

@test "very many answers can wait behind a slow one" {
  { echo silent.test && seq -f '127.%.0f' 1 120000; } >names
  sockctl resolve --stdin --type STREAM --parallel 4 <names >out 2>err || (($? == 3))
  assert_equal "$(wc -l <out)" 120000
  output=$(tail -n 1 out)
  assert_addresses "127.120000  127.1.212.192   SOCK_STREAM"
}
