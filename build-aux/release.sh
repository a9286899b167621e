#!/bin/bash
# SPDX-License-Identifier: ISC
# release.sh DIR: everything that a release consists of, in DIR (make release).
#
# The version is the first heading of NEWS.md, "## VERSION (DATE)". The tarball is made twice, from clones of HEAD in
# two folders, at two times, under two umasks and time zones, and the two must be the same, byte by byte. From it come
# the static binary and the Debian package, then the SBOM and SHA256SUMS. TAG=yes signs the tag at the end; otherwise
# the command is printed. TRY=yes goes on where NEWS.md has no date yet or the work tree has changes that are not in HEAD.
# STATIC_SOURCES=DIR has sources of libraries, for static.sh.
set -euo pipefail
here=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
mkdir -p "$1"
out=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/sockctl-release.XXXXXX")
trap 'rm -rf "$work"' EXIT

die() {
  echo "release.sh: $*" >&2
  exit 1
}

try() {
  [[ ${TRY-} == yes ]] || die "$* (TRY=yes goes on)"
  echo "release.sh: $*" >&2
}

heading=$(grep -m 1 '^## ' "$here/NEWS.md")
version=$(sed -nE 's/^## ([0-9]+\.[0-9]+\.[0-9]+) .*/\1/p' <<<"$heading")
[[ $version ]] || die "NEWS.md begins with no version: $heading"
[[ $heading =~ \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$ ]] || try "NEWS.md has no date: $heading"
[[ -z $(git -C "$here" status --porcelain) ]] || try "the work tree has changes"
of_configure=$(sed -n 's/^AC_INIT(\[sockctl\], \[\([^]]*\)\].*/\1/p' "$here/configure.ac")
[[ $of_configure == "$version" ]] || try "configure.ac has version $of_configure, NEWS.md $version"
version=$of_configure
tarball=sockctl-$version.tar.xz
# All files of the tarball have the time of the commit.
SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# tarball_make FOLDER: the tarball of HEAD, in a clone of its own.
tarball_make() (
  git clone -q "$here" "$work/$1"
  cd "$work/$1"
  { autoreconf -fi && ./configure -q && make -s dist; } >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
)

echo "== $tarball, twice" >&2
(umask 022 && tarball_make one)
(umask 077 && TZ=Pacific/Auckland tarball_make another/folder)
cmp "$work/one/$tarball" "$work/another/folder/$tarball" || die "the tarball is not reproducible"
rm -f "$out"/sockctl* "$out"/SHA256SUMS
install -m 644 "$work/one/$tarball" "$out/"

echo "== the static binary" >&2
static=sockctl-$version-linux-$(uname -m)
"$here/build-aux/static.sh" "$out/$tarball" "${STATIC_SOURCES:-$work/static}" >&2
install -m 755 "${STATIC_SOURCES:-$work/static}/sockctl" "$out/$static"

echo "== the Debian package" >&2
make -s -C "$work/one" deb >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2 && die "no Debian package"; }
install -m 644 "$work"/one/build-deb/sockctl_*.deb "$out/"

echo "== SBOM and checksums" >&2
"$here/build-aux/sbom.py" "$version" "$SOURCE_DATE_EPOCH" "$out/$tarball" "$out/$static" \
  "${STATIC_SOURCES:-$work/static}/libraries" "$out"/sockctl_*.deb >"$out/sockctl-$version.spdx.json"
"$here/build-aux/sbom.py" --check "$out/sockctl-$version.spdx.json"
(cd "$out" && sha256sum -- sockctl* >"$work/sums" && mv "$work/sums" SHA256SUMS && sha256sum --quiet -c SHA256SUMS)
ls -l "$out"

tag=(git -C "$here" tag -s "v$version" -m "sockctl $version")
if [[ ${TAG-} == yes ]]; then
  "${tag[@]}"
else
  echo "To tag it: ${tag[*]@Q}"
fi
