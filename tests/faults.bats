#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Calls that fail: tests/faults/run in its quick form; `make faults` is the whole.

load helpers

@test "whatever call fails, a run ends in time, names what failed, and says 0 of whole data only" {
  need_loading
  need python3
  need_strace
  need_netns
  [[ $(ASAN_OPTIONS=help=1 sockctl --version 2>&1) != *AddressSanitizer* ]] || skip "a sanitizer makes calls of its own that must not fail"
  PYTHONDONTWRITEBYTECODE=1 run "$srcdir/tests/faults/run" --quick
  assert_success
}
