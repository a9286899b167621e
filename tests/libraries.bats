#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A library that a command does not use is not loaded; one that is missing is named.

load helpers

libmnl() {
  ldconfig -p | sed -n 's/.*libmnl\.so\.0 .*=> //p' | head -n 1
}

@test "libmnl and libpcap are loaded by what asks them, and by nothing else" {
  need_loading
  need_strace
  run straced trace -f -e trace=openat sockctl resolve localhost
  assert_success
  run ! grep -E 'libmnl|libpcap' trace
  # The same trace would have shown it.
  run straced trace -f -e trace=openat sockctl peerinfo --port 1
  grep -q libmnl trace
}

@test "without libmnl peerinfo says so, and what needs it only to explain does without" {
  need_loading
  library=$(libmnl)
  [[ $library ]] || skip "ldconfig knows no libmnl"
  mount --bind /dev/null "$(readlink -f "$library")" 2>/dev/null || skip "no mount here"
  run --separate-stderr sockctl peerinfo --port 9
  without=$status
  message=$stderr
  run --separate-stderr sockctl listen --watch -w 0.01 127.0.0.1 0
  watch=$status:$stderr
  run --separate-stderr sockctl listen -w 0.01 -U ./sock
  unix=$status:$stderr
  run sockctl connect 127.0.0.1 9
  umount "$(readlink -f "$library")"
  assert_equal "$status" 4
  assert_line --regexp '^why +RST answered the SYN to 127\.0\.0\.1:9'
  assert_equal "$without" 9
  assert_regex "$message" 'libmnl cannot be loaded'
  assert_regex "$watch" '^9:.*failed +watch .*libmnl cannot be loaded'
  # It listens; only what the kernel took is not known.
  assert_regex "$unix" '^5:listening +\./sock  backlog 4096
'
}

@test "a libmnl that cannot be loaded, or a netlink socket that cannot be had, costs evidence and nothing else" {
  need_loading
  need_strace
  local fault library
  library=$(libmnl)
  [[ $library ]] || skip "ldconfig knows no libmnl"
  for fault in read:error=EIO mmap:error=ENOMEM close:error=EIO; do
    straced trace -P "$library" -e inject="$fault":when=1 sockctl connect 127.0.0.1 1 2>err && status=0 || status=$?
    assert_equal "$fault $status" "$fault 4"
    grep INJECTED trace || { echo "$fault"; return 1; }
  done
  for fault in socket bind getsockname sendto recvmsg; do
    # The socket that connects comes first.
    straced trace -e inject="$fault":error=ENOMEM:when="$([[ $fault == socket ]] && echo 2 || echo 1)" \
      sockctl connect 127.0.0.1 1 2>err && status=0 || status=$?
    assert_equal "$fault $status" "$fault 4"
    grep INJECTED trace || { echo "$fault"; return 1; }
  done
}
