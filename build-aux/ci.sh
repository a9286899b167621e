#!/bin/bash
# SPDX-License-Identifier: ISC
# ci.sh: what .ci/run does. `./bootstrap check` in the clone; then, from the release
# that `make dist` makes of it and as an ordinary user: the suite again built by clang
# with sanitizers, the fuzzers for ten seconds each, the Debian package with lintian, and `make distcheck`
# with a part of the suite. Each step prints its seconds, each suite its slowest files. The last line is
# "N passed, N failed, N skipped": every test of every run, and every step.
set -u
export CI=true LC_ALL=C.UTF-8
# The clone may belong to another user, whose repositories git does not read unasked.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$PWD
# A busy machine is not a failure: the most seconds that a test waits for what must happen.
export AWAIT=30

passed=0 failed=0 skipped=0
jobs=$(getconf _NPROCESSORS_ONLN)
# The tests for a build of the release without libpcap.
smoke='tests/libraries.bats tests/manual.bats tests/show-syn.bats tests/trace.bats tests/tree.bats tests/usage.bats'
smoke+=' tests/version.bats tests/wire.bats'
work=$(mktemp -d "${TMPDIR:-/tmp}/sockctl-ci.XXXXXX")
mkdir "$work/home" "$work/release" "$work/asan" "$work/fuzz" "$work/gcc"
# distcheck makes its sources read-only.
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# step NAME COMMAND...: runs it, counts it, reports it.
step() {
  local name=$1 status started=$SECONDS
  shift
  echo "=== $name"
  "$@"
  status=$?
  echo "=== $name: $((SECONDS - started)) s"
  if ((status == 0)); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "=== $name: FAILED ($status)"
  fi
  return $status
}

# slowest DIR: the ten slowest test files, from the times of their tests.
slowest() {
  find "$1/tests" -name '*.log' -exec awk '
    /^(not )?ok / && match($0, / in [0-9]+ms($| # skip)/) { sum[FILENAME] += substr($0, RSTART + 4) }
    END { for (file in sum) printf "%6.1f s  %s\n", sum[file] / 1000, file }' {} + | sort -rn | head
}

# failed_files DIR: the test files whose results in DIR are not all well, as TESTS of make.
failed_files() {
  (cd "$1" && find tests -name '*.trs' -exec grep -lE '^:test-result: *(FAIL|XPASS|ERROR)' {} + |
    sed -E 's/\.trs$//; /^tests\/unit\//!s/$/.bats/' | xargs)
}

# suite NAME DIR MAKE...: runs the tests by MAKE, whose results are in DIR, counts them, and names the skipped ones.
# A few files that fail while the others run beside them run again by themselves, and are named; only what fails
# then has failed.
suite() {
  local name=$1 dir=$2 status results again started=$SECONDS
  shift 2
  echo "=== $name"
  "$@" check
  status=$?
  again=$(failed_files "$dir")
  if ((status != 0)) && [[ $again ]] && (($(wc -w <<<"$again") <= 3)); then
    echo "=== $name: ran again: $again"
    "${@/#.\/bootstrap/make}" check TESTS="$again"
    status=$?
  fi
  echo "=== $name: $((SECONDS - started)) s; the slowest files:"
  slowest "$dir"
  results=$(find "$dir" -name '*.trs' -exec cat {} + | sed -n 's/^:test-result: *//p')
  passed=$((passed + $(grep -cE '^(PASS|XFAIL)' <<<"$results")))
  skipped=$((skipped + $(grep -c '^SKIP' <<<"$results")))
  failed=$((failed + $(grep -cE '^(FAIL|XPASS|ERROR)' <<<"$results")))
  (cd "$dir" && find tests -name '*.log' -exec grep -iE '^ok .*# skip' {} + | sed -E 's/^(.*)\.log:ok/skipped: \1/')
  # What failed, if no test did?
  if ((status != 0)) && ! grep -qE '^(FAIL|XPASS|ERROR)' <<<"$results"; then
    failed=$((failed + 1))
    echo "=== $name: FAILED ($status)"
  fi
}

ordinary_user() {
  if (($(id -u) == 0)); then
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home" TMPDIR="$work/home" "$@"
  else
    "$@"
  fi
}

# in_build DIR COMMAND...: as an ordinary user, in a build directory beside the release.
in_build() {
  local dir=$1
  shift
  ordinary_user sh -c 'cd "$1" && shift && exec "$@"' sh "$work/$dir" "$@"
}

release_is_complete() {
  diff <(git ls-files | grep -vE '^\.git(ignore|attributes)$' | sort) \
    <(git ls-files | (cd "$work/release" && xargs ls -d 2>/dev/null) | sort)
}

unpack_release() {
  make -s dist && tar -C "$work/release" --strip-components=1 -xf sockctl-*.tar.xz &&
    { (($(id -u) != 0)) || chown -R 65534:65534 "$work"; }
}

# The Debian package of the release. Its tests have run already.
debian_package() {
  DEB_BUILD_OPTIONS="nocheck parallel=$jobs" make -s deb >"$work/deb.log" 2>&1 || { tail -n 30 "$work/deb.log" && return 1; }
  lintian --allow-root --pedantic -I --fail-on error,warning build-deb/*.changes
}

find . -name '*.trs' -delete
suite "bootstrap check" . ./bootstrap
step "bootstrap ci" ./bootstrap ci
if [[ -d .git || -f .git ]]; then step "the messages of new commits" build-aux/commit-msg --new; fi
rm -f sockctl-*.tar.xz
if step "release" unpack_release; then
  if [[ -d .git || -f .git ]]; then step "the release has every file of the repository" release_is_complete; fi

  step "clang with sanitizers: configure" in_build asan ../release/configure -q CC=clang --enable-sanitizers --enable-werror &&
    step "clang with sanitizers: build" in_build asan make -s -j "$jobs" &&
    suite "clang with sanitizers: check" "$work/asan" in_build asan make -s -j "$((jobs + 1))"

  if grep -q '^	fuzz/' fuzz/fuzz.am; then
    step "fuzzers: configure" in_build fuzz ../release/configure -q CC=clang --enable-sanitizers --enable-fuzzers --enable-werror &&
      step "fuzzers: run" in_build fuzz make -s -j "$jobs" fuzz FUZZ_SECONDS=10
  fi

  if command -v dpkg-buildpackage >/dev/null; then step "Debian package and lintian" debian_package; fi

  step "gcc without libpcap: configure" in_build gcc ../release/configure -q --enable-werror --without-pcap &&
    step "gcc without libpcap: build" in_build gcc make -s -j "$jobs" &&
    step "distcheck" in_build gcc make -s -j "$jobs" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror \
        TESTS="$smoke"
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
