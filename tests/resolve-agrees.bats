#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# resolve says what others say of the same names.

load helpers
load helpers/names

@test "python's getaddrinfo agrees on hundreds of combinations of name, family, type, protocol and flags" {
  need_glibc
  run -0 "$srcdir/tests/helpers/getaddrinfo-compare"
  assert_output --regexp '^[0-9]{3} compared, 0 different$'
}

@test "getent ahosts agrees" {
  need_glibc
  for name in localhost hosted.example dual.example alias.example v4only.example v6only.example ::1 127.1; do
    getent ahosts $name | awk '{print $1, "SOCK_" $2}' >theirs
    sockctl resolve -j --flags AI_V4MAPPED,AI_ADDRCONFIG,AI_CANONNAME $name >report
    event report address '[.host, .type] | join(" ")' >ours
    diff theirs ours
    assert_equal "$(event report address '.canonname // empty')" "$(getent ahosts $name | awk 'NR == 1 {print $3}')"
  done
}
