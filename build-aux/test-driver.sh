#!/bin/sh
# SPDX-License-Identifier: ISC
# test-driver.sh: runs one test file for make check by automake's TAP driver, whose line per test
# becomes a line per file: how many passed, and the time; a failure is printed once, with its output.
#
#   TEST_FILES   the files of this run
set -u
driver=$(dirname "$0")/tap-driver.sh
started=$(date +%s) name='' log='' trs='' previous=''
for argument; do
  case $previous in
  --test-name) name=$argument ;;
  --log-file) log=$argument ;;
  --trs-file) trs=$argument ;;
  esac
  [ "$argument" != -- ] || break
  previous=$argument
done

# Not $SHELL: where it is not set, bash takes the login shell, which for nobody is nologin.
said=$(sh "$driver" "$@" 2>&1)
status=$?
if [ ! -e "$trs" ]; then
  echo "$name: the TAP driver made no results (status $status): $said"
  exit 99
fi

# count RESULT: the lines of the results that match
count() {
  grep -cE "^:test-result: ($1)" "$trs"
}

total=0 done=0
for file in ${TEST_FILES-}; do
  total=$((total + 1))
  if [ -e "${file%.*}.trs" ]; then done=$((done + 1)); fi
done
passed=$(count 'PASS|XFAIL') skipped=$(count SKIP) failed=$(count 'FAIL|XPASS|ERROR')
line="[$done/$total] $name: $passed passed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
[ "$failed" -eq 0 ] || line="$line, $failed FAILED"
echo "$line, $(($(date +%s) - started)) s"
if [ "$failed" -gt 0 ]; then
  # A test's own words follow its line, as comments.
  sed -n '/^[A-Z]*: /d; /^not ok/,/^ok/{/^ok/!p;}; /^Bail out/p' "$log"
  printf '%s\n' "$said" | grep ERROR || :
fi
exit $status
