# SPDX-License-Identifier: ISC
# What the tests of peerinfo --check share: sick processes, and what is found.

setup() {
  common_setup
  need jq python3
  need_netns
}

# sick NAME SCENARIO [NUMBER...]: sets PORT.
sick() {
  local name=$1
  shift
  start_fed "$name" "$srcdir/tests/helpers/sick" "$@"
  await_line "$name.out" '^ready ([0-9]+)'
  # shellcheck disable=SC2034
  PORT=${BASH_REMATCH[1]}
}

# check ARGS...: the report of one check, as JSON, in "report"; sets status.
check() {
  status=0
  sockctl peerinfo --check -j "$@" >report 2>errors </dev/null || status=$?
}

_finds() {
  check "${@:2}"
  [[ $status == 1 ]] && jq -se --arg code "$1" 'any(.[]; .code == $code)' report >/dev/null
}

# await_finding CODE [ARGS...]: until a check finds it.
await_finding() {
  await _finds "$@" || {
    cat report errors
    return 1
  }
}

# The codes that the last check found, sorted.
codes() {
  jq -r 'select(.event == "finding") | .code' report | sort -u | xargs
}

# assert_finding CODE FILTER
assert_finding() {
  assert_event report finding ".code == \"$1\" and ($2) and ([.text, .evidence, .advice] | all(length > 0))"
  "$srcdir/tests/helpers/vocabulary" report
}

# assert_once CODE: the last check found it once.
assert_once() {
  assert_equal "$(jq -s --arg code "$1" 'map(select(.code == $code)) | length' report)" 1
}

# assert_healthy ARGS...: a check finds nothing.
assert_healthy() {
  check "$@"
  [[ $status == 0 ]] || {
    cat report errors
    return 1
  }
  assert_event report checked '.findings == 0 and .sockets > 0'
}
