#!/bin/bash
# SPDX-License-Identifier: ISC
# old-kernel.sh BINARY [PACKAGE]: runs the static BINARY (make static) on an older kernel, in a machine that
# qemu-system-x86_64 emulates. PACKAGE is Debian's kernel, by default the one of the running release for clouds:
# Linux 6.1 in Debian 12. By hand: it takes about two minutes, and downloads 30 MB by apt.
#
# The machine has an initramfs with BINARY, busybox and bash, and nothing else: no device, no network but loopback.
# Its output is what the scenes print, a line with the status of each, and at the end whether each was as expected.
set -euo pipefail
binary=$(realpath "$1")
package=${2-}
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d "${TMPDIR:-/tmp}/sockctl-old-kernel.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

for tool in qemu-system-x86_64 cpio dpkg-deb apt-get; do
  command -v "$tool" >/dev/null || { echo "old-kernel.sh: there is no $tool" >&2 && exit 1; }
done
if [[ -z $package ]]; then
  package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p')
fi

mkdir "$work/fetched" "$work/unpacked"
(cd "$work/fetched" && apt-get -q -o APT::Sandbox::User= download "$package" busybox-static bash-static) >&2
for file in "$work"/fetched/*.deb; do dpkg-deb -x "$file" "$work/unpacked"; done

mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc,modules}
cp "$binary" "$root/bin/sockctl"
cp "$(find "$work/unpacked" -path '*/bin/busybox')" "$root/bin/"
cp "$(find "$work/unpacked" -path '*/bin/bash-static')" "$root/bin/bash"
# The kernel's lists of sockets are modules. Those that the others need come first.
for module in inet_diag tcp_diag udp_diag raw_diag unix_diag; do
  find "$work/unpacked" -name "$module.ko" -exec cp {} "$root/modules/" \;
done
cp "$here/demo.sh" "$root/"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"

cat >"$root/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin HOME=/tmp TERM=dumb
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
for module in inet_diag tcp_diag udp_diag raw_diag unix_diag; do
  if [ -e /modules/$module.ko ]; then insmod /modules/$module.ko; fi
done
ip link set lo up

# scene NAME STATUS COMMAND...: the command, and whether its exit status is the one expected.
wrong=0
scene() {
  name=$1 expected=$2
  shift 2
  echo "=== $name"
  "$@"
  status=$?
  echo "=== $name: status $status, expected $expected"
  if [ $status != "$expected" ]; then wrong=$((wrong + 1)); fi
}

urgent() {
  mkfifo /tmp/port
  sockctl oob-recv --port-file /tmp/port 127.0.0.1 0 &
  read -r host port </tmp/port
  sockctl oob-send "$host" "$port" ab oob:! cd
  sent=$?
  wait $! && return $sent
}

scene version 0 sockctl --version -v
scene demo 0 bash /demo.sh
scene resolve 0 sockctl resolve localhost 80
scene reverse 0 sockctl reverse 127.0.0.1
scene urgent 0 urgent
sockctl listen -k 127.0.0.1 7007 </dev/null >/dev/null 2>&1 &
sleep 1
scene peerinfo 0 sockctl peerinfo --all
scene check 0 sockctl peerinfo --check
scene probe 0 sockctl connect -z 127.0.0.1 7007
scene refused 4 sockctl connect 127.0.0.1 9
echo "=== old kernel: $wrong wrong"
sync
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initramfs"

timeout 600 qemu-system-x86_64 -M pc -m 512 -accel tcg -nographic -no-reboot -nic none \
  -kernel "$(find "$work/unpacked" -name 'vmlinuz-*')" -initrd "$work/initramfs" \
  -append "console=ttyS0 quiet panic=-1" </dev/null | tr -d '\r' | tee "$work/said"
grep -q '^=== old kernel: 0 wrong' "$work/said"
