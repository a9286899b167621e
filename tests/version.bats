#!/usr/bin/env bats
# The program prints its version.

load helpers

@test "--version prints the version on stdout and exits 0" {
  run --separate-stderr sockctl --version
  assert_success
  assert_output "sockctl $(sed -n 's/^AC_INIT(\[sockctl\], \[\(.*\)\])$/\1/p' "$srcdir/configure.ac")"
  assert_equal "$stderr" ""
}

@test "a full disk under --version is an error, not silence" {
  run sh -c 'sockctl --version >/dev/full'
  assert_failure 1
}
