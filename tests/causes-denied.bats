#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Denied by what the kernel does not name: seccomp, security modules, cgroup programs; and a peer that was replaced.

load helpers
load helpers/why

setup() {
  common_setup
  need jq python3
}

# seccomped CALL FIRST ERRNO COMMAND...: COMMAND with CALL (a number of x86_64 and its first argument, -1: any) denied.
seccomped() {
  [[ $(uname -m) == x86_64 ]] || skip "the filter is written for x86_64"
  python3 -c '
import ctypes, os, struct, sys
call, first, errno = map(int, sys.argv[1:4])
def bpf(code, jt, jf, k): return struct.pack("HBBI", code, jt, jf, k)
program = bpf(0x20, 0, 0, 0) + bpf(0x15, 0, 3, call)
program += bpf(0x20, 0, 0, 16) + (bpf(0x15, 0, 1, first) if first >= 0 else bpf(0x35, 0, 1, 0))
program += bpf(0x06, 0, 0, 0x00050000 | errno) + bpf(0x06, 0, 0, 0x7fff0000)
buffer = ctypes.create_string_buffer(program)
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, ctypes.c_char_p(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer)))) != 0:
    sys.exit(99)
os.execvp(sys.argv[4], sys.argv[4:])' "$@"
}

SYS_SOCKET=41 SYS_CONNECT=42 SYS_BIND=49 SYS_SETSOCKOPT=54

@test "socket: a filter denies a family that the kernel has" {
  need_ipv6
  run seccomped "$SYS_SOCKET" 10 97 true
  ((status != 99)) || skip "no seccomp here"
  fails 1 seccomped "$SYS_SOCKET" 10 97 sockctl connect -j ::1 1
  with EAFNOSUPPORT
  because family-denied '.family == "AF_INET6" and .seccomp == 1'
  not_because family-not-supported
  fails 1 seccomped "$SYS_SOCKET" 10 1 sockctl connect -j ::1 1
  with EPERM
  because call-denied-by-policy '.call == "socket" and .seccomp == 1'
}

@test "bind, connect, setsockopt: the filter is among what may have denied them" {
  run seccomped "$SYS_BIND" -1 1 true
  ((status != 99)) || skip "no seccomp here"
  fails 7 seccomped "$SYS_BIND" -1 1 sockctl listen -j 127.0.0.1 0
  because bind-denied-by-policy '.seccomp == 1'
  fails 6 seccomped "$SYS_CONNECT" -1 1 sockctl connect -j 127.0.0.1 1
  because connect-denied-by-policy '.seccomp == 1'
  fails 7 seccomped "$SYS_SETSOCKOPT" -1 1 sockctl connect -j -o SO_KEEPALIVE=1 127.0.0.1 1
  because call-denied-by-policy '.option == "SO_KEEPALIVE" and .seccomp == 1'
}

@test "without a filter of somebody else's, none is named" {
  run landlocked true
  ((status != 99)) || skip "no Landlock for networks here (Linux 6.7 has it)"
  fails 6 landlocked sockctl connect -j 127.0.0.1 8080
  because connect-denied-by-policy 'has("seccomp") | not'
}

@test "connected shows the peer that the kernel has, and what was asked" {
  need_loading
  need cc
  # As a cgroup program does for a service's address.
  cat >redirect.c <<'END'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    struct sockaddr_in other = *(const struct sockaddr_in *)address;
    if (other.sin_family != AF_INET || other.sin_addr.s_addr != htonl(0xc0000207))
        return next(fd, address, length);
    other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return next(fd, (struct sockaddr *)&other, sizeof(other));
}
END
  cc -shared -fPIC -o redirect.so redirect.c -ldl || skip "cannot build a library here"
  listener -k 127.0.0.1 0 --io hold
  export LD_PRELOAD=$PWD/redirect.so ASAN_OPTIONS=verify_asan_link_order=0
  run --separate-stderr sockctl connect -j -w 0.2 192.0.2.7 "$PORT"
  unset LD_PRELOAD
  printf '%s\n' "$stderr" >report
  assert_event report connected '.peer.host == "127.0.0.1" and .requested.host == "192.0.2.7"'
}
