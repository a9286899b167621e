#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The program prints its version, what it may be used for, and what it finds here.

load helpers

@test "--version prints the version on stdout and exits 0" {
  run --separate-stderr sockctl --version
  assert_success
  assert_line --index 0 "sockctl $(sed -n 's/^AC_INIT(\[sockctl\], \[\([^]]*\)\].*/\1/p' "$srcdir/configure.ac")"
  assert_equal "$stderr" ""
  version=$output
  run -0 sockctl -V
  assert_output "$version"
  run -0 sockctl connect --version
  assert_output "$version"
}

@test "--version has copyright and licence, those of LICENSE" {
  run -0 sockctl --version
  assert_line --partial "$(sed -n 's/^Copyright (c) //p' "$srcdir/LICENSE")"
  assert_line --partial "$(sed -n '1s/ License$//p' "$srcdir/LICENSE") licence"
}

@test "--version -v has the libraries and the features of the kernel" {
  need_loading
  run -0 --separate-stderr sockctl --version -v
  assert_equal "$stderr" ""
  assert_line --regexp '^  jansson +[0-9.]+$'
  assert_line --regexp '^  libbsd +[0-9.]+$'
  assert_line --regexp '^  libmnl +yes: /.*/libmnl\.so\.0'
  assert_line --regexp "^Linux $(uname -r) on $(uname -m):\$"
  assert_line --regexp '^  sock_diag of TCP and UDP +yes$'
  assert_line --regexp '^  sock_diag of unix +yes$'
  assert_line --regexp '^  tracepoint of TCP states +(yes|no: .*tracefs)'
  (($(wc -L <<<"$output") <= 80)) || fail "a line of more than 80 columns"
  short=$output
  run -0 sockctl connect -v --version
  assert_output "$short"
}

@test "--version -v says which library is missing" {
  need_loading
  library=$(ldconfig -p | sed -n 's/.*libmnl\.so\.0 .*=> //p' | head -n 1)
  [[ $library ]] || skip "ldconfig knows no libmnl"
  mount --bind /dev/null "$(readlink -f "$library")" 2>/dev/null || skip "no mount here"
  run -0 sockctl --version -v
  umount "$(readlink -f "$library")"
  assert_line --regexp '^  libmnl +no: .*libmnl'
  assert_line --regexp '^  sock_diag of TCP and UDP +no: needs libmnl$'
}

@test "an ELF note names the libraries that are loaded later" {
  need_loading
  need readelf objcopy
  objcopy -O binary --only-section=.note.dlopen --set-section-flags .note.dlopen=alloc "$(type -P sockctl)" note
  tr '\0' '\n' <note | grep '"soname"' | sed 's/^[^[]*//' >notes
  run jq -es 'map(.[] | has("feature") and has("description") and has("priority")) | all' notes
  assert_success
  run jq -rs '[.[][].soname[]] | sort | join(" ")' notes
  assert_regex "$output" '^libmnl\.so\.0( libpcap\.so\.0\.8 libpcap\.so\.1)?$'
  # One that does not know the type says so by its status too.
  run readelf -n "$(type -P sockctl)"
  assert_line --regexp '^  FDO +0x[0-9a-f]+.*(407c0c0a|DLOPEN)'
}

@test "a full disk under --version is an error, not silence" {
  run sh -c 'sockctl --version >/dev/full'
  assert_failure 1
}
