# SPDX-License-Identifier: ISC
# names.bash: for test files about names, after helpers: the file's namespace gets the
# names that stand at the top of names-env, and each test needs them.

setup_file() {
  # Where it cannot be, each test says so.
  [[ $SOCKCTL_NETNS == yes ]] && command -v dnsmasq >/dev/null || return 0
  "$srcdir/tests/helpers/names-env" --here
}

setup() {
  common_setup
  need_netns
  need dnsmasq python3
}

# glibc loads libidn2 only for an international name.
need_idn() {
  python3 -c 'import ctypes; ctypes.CDLL("libidn2.so.0")' 2>/dev/null || skip "libidn2 is not installed"
}

# The names of the errors in the failed events of a JSON report.
failed_with() {
  event "$1" failed '.error.name'
}
