#!/bin/bash
# SPDX-License-Identifier: ISC
# ports.sh DIR [PART...]: tries sockctl where the machine of a developer is not (make ports); by hand, as root.
#
#   suite        the whole suite, in a chroot of Debian 13
#   deb          build-deb/sockctl_*.deb (make deb) is installed in clean chroots of Debian 12 and 13, passes its smoke
#                test, and leaves nothing behind
#   i386         the unit tests and the smoke test, built by Debian's cross compiler (gcc-i686-linux-gnu)
#   arm64 s390x  the same by qemu-user-static, but for what asks the kernel by sock_diag, TCP_INFO or seccomp, which
#                qemu-user does not know
#
# All parts by default. DIR takes chroots, builds and logs. CHROOTS=FOLDER has clean chroots named bookworm and trixie,
# which are copied; otherwise debootstrap makes them. The last lines are a table.
set -uo pipefail
here=$(realpath "$(dirname "$0")/..")
mkdir -p "$1"
dir=$(realpath "$1")
shift
parts=${*:-suite deb i386 arm64 s390x}
table=()

die() {
  echo "ports.sh: $*" >&2
  exit 1
}

# The first archive of this machine's apt.
mirror() {
  # shellcheck disable=SC2016 # of apt's format
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1
}

# chroot_make NAME SUITE: DIR/NAME, a clean chroot of SUITE.
chroot_make() {
  rm -rf --one-file-system "${dir:?}/$1"
  if [[ -d ${CHROOTS-}/$2 ]]; then
    cp -a --reflink=auto "$CHROOTS/$2" "$dir/$1"
  else
    debootstrap --variant=minbase "$2" "$dir/$1" "$(mirror)" >"$dir/$1.debootstrap" 2>&1
  fi
  cp /etc/resolv.conf "$dir/$1/etc/"
}

# inside NAME COMMAND...: in that chroot, with mounts and processes of its own.
inside() {
  local root=$dir/$1
  shift
  # shellcheck disable=SC2016 # of the inner shell
  unshare -m -p --fork --kill-child bash -c '
    root=$1; shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs tmpfs "$root/dev"; mkdir "$root"/dev/{pts,shm}
    for device in null zero full random urandom tty; do
      touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
    done
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"
    ln -s /proc/self/fd/0 "$root/dev/stdin"; ln -s /proc/self/fd/1 "$root/dev/stdout"
    ln -s /proc/self/fd/2 "$root/dev/stderr"
    exec chroot "$root" env -i HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' bash "$root" "$@" </dev/null
}

part_suite() {
  chroot_make suite trixie
  git clone -q "$here" "$dir/suite/src"
  inside suite sh -c 'cd /src && ./bootstrap check'
}

# deb_try SUITE: the package goes in, works, and is purged; what the chroot then has that it had not fails.
deb_try() {
  chroot_make "deb-$1" "$1"
  cp "$here"/build-deb/sockctl_*.deb "$dir/deb-$1/sockctl.deb" || return
  cp "$here/debian/tests/smoke" "$dir/deb-$1/smoke"
  # shellcheck disable=SC2016 # of the inner shell
  inside "deb-$1" sh -euc '
    list() { find / -xdev \( -path /tmp -o -path "/var/*" -o -path /etc/ld.so.cache -o -path /smoke \) -prune -o -print | sort; }
    apt-get -q update && apt-get -q -y install --no-install-recommends jq
    list >/tmp/before
    apt-get -q -y install --no-install-recommends libmnl0 /sockctl.deb
    dpkg -L sockctl
    sh /smoke && echo "smoke test passed"
    apt-get -q -y purge --autoremove sockctl libmnl0
    list >/tmp/after
    diff /tmp/before /tmp/after && echo "nothing is left behind"'
}

part_deb() {
  deb_try bookworm && deb_try trixie
}

# emulated: what the smoke test begins with, and the bytes of an address.
emulated() (
  set -e
  cd "$(mktemp -d)"
  mkfifo port
  # shellcheck disable=SC2094 # a FIFO
  sockctl listen --port-file port 127.0.0.1 0 </dev/null >received &
  # shellcheck disable=SC2094 # a FIFO
  read -r host port <port
  echo hello | sockctl connect -v "$host" "$port"
  wait $!
  [[ $(<received) == hello ]]
  status=0
  sockctl connect "$host" "$port" </dev/null || status=$?
  [[ $status == 4 ]]
  sockctl resolve --bytes -n 1.2.3.4 258 | grep -E '^sockaddr +1\.2\.3\.4:258 +.. .. 01 02 01 02 03 04'
  echo "smoke test passed"
)

# Unit tests that ask the kernel what qemu-user does not pass on.
asking=(filter procfs sockdiag why why-unix)

# cross NAME COMPILER LIBRARIES RUNNER...: COMPILER is the triplet of gcc, LIBRARIES of the folder of libraries.
cross() {
  local name=$1 compiler=$2 libraries=$3 root=$dir/$1/root build=$dir/$1/build lists=$dir/$1/lists
  shift 3
  command -v "$compiler-gcc" >/dev/null || die "there is no $compiler-gcc; Debian has it in gcc-$compiler"
  rm -rf "${dir:?}/$name"
  mkdir -p "$root" "$build" "$lists/partial" "$dir/$name/fetched" "$dir/$name/bin"
  local apt=(apt-get -q -o "APT::Architecture=$name" -o "APT::Architectures=$name" -o "Dir::State::lists=$lists"
    -o Dir::State::status=/dev/null -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=)
  "${apt[@]}" update # an archive that fails may not be needed
  (cd "$dir/$name/fetched" && "${apt[@]}" download lib{bsd,md,mnl}{0,-dev} libjansson{4,-dev}) || return
  for file in "$dir/$name"/fetched/*.deb; do dpkg-deb -x "$file" "$root"; done

  local tests='$(unit_tests)'
  [[ $name == i386 ]] || tests="\$(filter-out $(printf 'tests/unit/%s ' "${asking[@]}"), \$(unit_tests))"
  # What runs the programs of that processor: sockctl for the smoke test, and the unit tests.
  for program in sockctl sockctl-nc; do
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$*" "$build/$program" >"$dir/$name/bin/$program"
  done
  ln -s sockctl "$build/sockctl-nc"
  printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$dir/$name/bin/run"
  chmod +x "$dir/$name"/bin/*
  { git clone -q "$here" "$dir/$name/source" && (cd "$dir/$name/source" && autoreconf -fi); } || return
  # libbsd.so of Debian is a script with a path from the root, so the archives are linked.
  (
    cd "$build" || exit
    PKG_CONFIG_LIBDIR=$root/usr/lib/$libraries/pkgconfig:$root/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
      SECCOMP_CFLAGS=' ' SECCOMP_LIBS=-lseccomp CC_FOR_BUILD=cc ../source/configure -q --host="$compiler" --without-pcap --with-static-libraries \
      CPPFLAGS="-isystem $root/usr/include -isystem $root/usr/include/$libraries" \
      LDFLAGS="-L$root/usr/lib/$libraries -Wl,-rpath-link,$root/usr/lib/$libraries" &&
      make -s -j "$(getconf _NPROCESSORS_ONLN)" check TESTS= &&
      make -s check TESTS="$tests" LOG_COMPILER="$dir/$name/bin/run"
  ) || return
  file "$build/sockctl"
  PATH=$dir/$name/bin:$PATH sockctl --version -v
  if [[ $name == i386 ]]; then
    PATH=$dir/$name/bin:$PATH sh "$here/debian/tests/smoke" && echo "smoke test passed"
  else
    PATH=$dir/$name/bin:$PATH emulated
  fi
}

part_i386() {
  cross i386 i686-linux-gnu i386-linux-gnu /usr/i686-linux-gnu/lib/ld-linux.so.2 --library-path \
    "/usr/i686-linux-gnu/lib:$dir/i386/root/usr/lib/i386-linux-gnu"
}

part_arm64() {
  cross arm64 aarch64-linux-gnu aarch64-linux-gnu qemu-aarch64-static -L /usr/aarch64-linux-gnu \
    -E "LD_LIBRARY_PATH=$dir/arm64/root/usr/lib/aarch64-linux-gnu"
}

part_s390x() {
  cross s390x s390x-linux-gnu s390x-linux-gnu qemu-s390x-static -L /usr/s390x-linux-gnu \
    -E "LD_LIBRARY_PATH=$dir/s390x/root/usr/lib/s390x-linux-gnu"
}

part() {
  case $1 in
  suite) part_suite ;;
  deb) part_deb ;;
  i386) part_i386 ;;
  arm64) part_arm64 ;;
  s390x) part_s390x ;;
  *) die "there is no part '$1'" ;;
  esac
}

failed=0
for part in $parts; do
  started=$SECONDS result=passed
  (part "$part") >"$dir/$part.log" 2>&1 || { result=FAILED failed=1 && tail -n 30 "$dir/$part.log" >&2; }
  tests=$(sed -n 's/^# \(PASS\|SKIP\|FAIL\|ERROR\): *\([0-9]*\)$/\2 \1/p' "$dir/$part.log" | xargs)
  table+=("$(printf '%-6s %-6s %5d s  %s' "$part" "$result" $((SECONDS - started)) "$tests")")
done
printf '%s\n' "${table[@]}"
exit $failed
