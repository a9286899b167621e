#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The packages are about this version, need what configure needs, and pass their own smoke test.

load helpers

setup() {
  common_setup
  version=$(sed -n 's/^AC_INIT(\[sockctl\], \[\([^]]*\)\].*/\1/p' "$srcdir/configure.ac")
}

@test "the packages have the version of the program" {
  [[ $version ]]
  assert_equal "$(sed -n '1s/^sockctl (\(.*\)-[0-9]*) .*/\1/p' "$srcdir/debian/changelog")" "$version"
  assert_equal "$(sed -n 's/^Version: *//p' "$srcdir/packaging/sockctl.spec")" "$version"
  assert_equal "$(sed -n 's/^pkgver=//p' "$srcdir/packaging/APKBUILD")" "$version"
}

@test "the packages are built with every library that configure asks for" {
  modules=$(sed -n 's/.*PKG_CHECK_MODULES(\[[A-Z]*\], \[\([^] ]*\).*/\1/p' "$srcdir/configure.ac")
  [[ $(wc -w <<<"$modules") == 4 ]]
  for module in $modules libpcap; do
    name=${module%-overlay}
    # Debian's is libjansson-dev, the others' is jansson.
    grep -qE "^ +lib${name#lib}-dev\b" "$srcdir/debian/control" || fail "debian/control: $name"
    grep -qE "^BuildRequires: +(pkgconfig\($module\)|$name-devel)" "$srcdir/packaging/sockctl.spec" || fail "spec: $name"
    grep -qE "^makedepends=.*\b$name-dev\b" "$srcdir/packaging/APKBUILD" || fail "APKBUILD: $name"
  done
}

@test "the packages depend on the libraries that are loaded later" {
  grep -q '^Recommends: libmnl0$' "$srcdir/debian/control"
  grep -q '^Suggests: .*libpcap0\.8' "$srcdir/debian/control"
  grep -q '^Recommends: *libmnl$' "$srcdir/packaging/sockctl.spec"
  grep -q '^depends="libmnl"$' "$srcdir/packaging/APKBUILD"
  sh -n "$srcdir/packaging/APKBUILD"
}

@test "the smoke test of the package passes, and fails without the program" {
  run -0 sh "$srcdir/debian/tests/smoke"
  mkdir none
  printf '#!/bin/sh\nexit 0\n' >none/sockctl
  chmod +x none/sockctl
  PATH=$PWD/none:$PATH run ! timeout 3 sh "$srcdir/debian/tests/smoke"
}
