#!/bin/sh
# SPDX-License-Identifier: ISC
# static.sh RELEASE DIR: from the tarball RELEASE, DIR/sockctl: one file that needs no library (make static).
#
# musl-gcc builds it, and the libraries in it, from Debian's source packages, which the apt of this machine brings
# and whose signatures it checks. A library whose source lies unpacked in DIR/NAME is not fetched. DIR stays, so
# that a second run builds only sockctl. Wants musl-tools, dpkg-dev, autoconf, automake and libtool, and libseccomp
# for the build, as bootstrap does.
set -eu
LC_ALL=C.UTF-8
export LC_ALL

# As they depend on each other; libbsd uses libmd.
libraries='libmd libbsd libmnl jansson'
# Bytes: one megabyte, as the text says.
limit=1000000

release=$(realpath "$1")
mkdir -p "$2"
dir=$(realpath "$2")
prefix=$dir/prefix
jobs=$(getconf _NPROCESSORS_ONLN)

die() {
  echo "static.sh: $*" >&2
  exit 1
}

# sources_find: lists the source packages of the suites that this machine has, in lists of their own.
sources_find() {
  mkdir -p "$dir/apt/parts" "$dir/apt/lists/partial"
  eval "$(apt-config shell parts Dir::Etc::sourceparts/d list Dir::Etc::sourcelist/f)"
  cat "$list" "$parts"/*.list 2>/dev/null | sed -n 's/^deb /deb-src /p' >"$dir/apt/list"
  for file in "$parts"/*.sources; do
    if [ -e "$file" ]; then sed 's/^Types:.*/Types: deb-src/' "$file" >"$dir/apt/parts/${file##*/}"; fi
  done
  apt get -q update >&2
}

# apt TOOL ARGUMENT...: apt-get or apt-cache with those lists; nothing of the machine's apt changes.
apt() {
  tool=$1
  shift
  "apt-$tool" -o Dir::Etc::sourcelist="$dir/apt/list" -o Dir::Etc::sourceparts="$dir/apt/parts" \
    -o Dir::State::lists="$dir/apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Sandbox::User= "$@"
}

# fetch NAME: Debian's source of it, with Debian's patches, as DIR/NAME.
fetch() {
  [ -d "$dir/apt" ] || sources_find
  (mkdir -p "$dir/fetch" && cd "$dir/fetch" && apt get -q source --download-only "$1" &&
    dpkg-source -x "$1"_*.dsc "$dir/$1.new") >"$dir/$1.log" 2>&1 ||
    die "no source of $1: $(grep -m 1 '^E:' "$dir/$1.log"); its log is $dir/$1.log"
  mv "$dir/$1.new" "$dir/$1"
}

# library NAME: fetched, built, and installed under the prefix.
library() {
  [ ! -e "$dir/$1.version" ] || return 0
  [ -d "$dir/$1" ] || fetch "$1"
  echo "building $1" >&2
  (cd "$dir/$1" && { [ -x configure ] || autoreconf -fi; } &&
    ./configure --prefix="$prefix" --disable-shared --enable-static CC=musl-gcc CPPFLAGS="$cppflags" \
      CFLAGS="$cflags -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables" LDFLAGS="-L$prefix/lib" &&
    make -j "$jobs" && make install) >"$dir/$1.log" 2>&1 || die "$1 is not built: see $dir/$1.log"
  version_of "$1" >"$dir/$1.version"
}

# version_of NAME: Debian's version where it is from Debian, or else the library's own.
version_of() {
  (cd "$dir/$1" && dpkg-parsechangelog -S Version) 2>/dev/null ||
    sed -n 's/^Version: *//p' "$prefix/lib/pkgconfig/$1.pc"
}

for tool in musl-gcc apt-get dpkg-source autoreconf libtoolize; do
  command -v "$tool" >/dev/null || die "there is no $tool; Debian has it in: musl-tools apt dpkg-dev autoconf libtool"
done

# The kernel's headers belong to no C library, but lie beside those of glibc.
mkdir -p "$prefix/include"
for headers in linux asm asm-generic mtd; do
  from=$(dirname "$(echo "#include <$headers/$([ $headers = mtd ] && echo mtd-abi || echo types).h>" | cc -E - |
    sed -n "s,^# 1 \"\(/[^\"]*/$headers/[^\"]*\)\".*,\1,p" | head -n 1)")
  ln -sfn "$from" "$prefix/include/$headers"
done
cppflags="-isystem $prefix/include" cflags="-Os -ffile-prefix-map=$dir=."

for library in $libraries; do library "$library"; done

echo "building sockctl" >&2
rm -rf "$dir/release" && mkdir "$dir/release"
tar -C "$dir/release" --strip-components=1 -xf "$release"
# libseccomp is of the build machine, and is not linked in.
(cd "$dir/release" &&
  PKG_CONFIG_PATH="$prefix/lib/pkgconfig:$(pkg-config --variable pc_path pkg-config)" ./configure -q \
    --enable-static-binary CC=musl-gcc CC_FOR_BUILD=cc AR=gcc-ar RANLIB=gcc-ranlib CPPFLAGS="$cppflags" \
    CFLAGS="$cflags -flto=$jobs" LDFLAGS="-L$prefix/lib" &&
  make -j "$jobs" sockctl) >"$dir/sockctl.log" 2>&1 || die "sockctl is not built: see $dir/sockctl.log"
strip -o "$dir/sockctl" "$dir/release/sockctl"

size=$(stat -c %s "$dir/sockctl")
[ "$size" -lt $limit ] || die "sockctl has $size bytes; $limit is the limit"
! readelf -l "$dir/sockctl" | grep -q INTERP || die "sockctl is not static"
echo "$dir/sockctl has $size bytes and needs no library; in it are:"
{
  for library in $libraries; do echo "$library $(cat "$dir/$library.version")"; done
  echo "musl $(dpkg-query -W -f '${Version}' musl-dev)"
} | tee "$dir/libraries"
