#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What a command gives up before it reads a byte from outside, and what it may still do.

load helpers

setup() {
  common_setup
  forbidden=$builddir/tests/helpers/forbidden
  [[ -x $forbidden ]] || skip "tests/helpers/forbidden is not built"
  grep -q '^#define HAVE_SANDBOX_FILTER 1' "$builddir/config.h" || skip "built without the sandbox"
  touch forbidden.file
}

# What this build permits to all: the sanitizers start programs and trace threads, gcov writes files.
permitted() {
  (($(sed -n 's/^#define SANDBOX_ALWAYS //p' "$builddir/src/base/sandbox-filter.h") & $1))
}

words_of() {
  case $1 in
  resolve) echo localhost ;;
  reverse) echo 127.0.0.1 ;;
  peerinfo) echo --port 1 ;;
  draw) echo /dev/null ;;
  connect | oob-send) echo 127.0.0.1 1 ;;
  listen | oob-recv) echo 127.0.0.1 0 ;;
  *) fail "what are the words of $1?" ;;
  esac
}

# assert_forbidden ACTION COMMAND [WORD...]
assert_forbidden() {
  run "$forbidden" "$@"
  [[ $status == 159 ]] || fail "$*: status $status: $output"
}

assert_allowed() {
  run -0 --separate-stderr "$forbidden" "$@"
  [[ $output == "$1: "* ]] || fail "$*: $output"
}

@test "every command dies of SIGSYS when it tries what no command does" {
  actions=(mount chroot setns unshare init_module finit_module bpf io_uring add_key keyctl request_key)
  permitted 1 || actions+=(open-write open-rdwr open-create open-trunc creat chmod)
  permitted 2 || actions+=(rename unlink mkdir)
  permitted 4 || actions+=(getfd)
  permitted 8 || actions+=(fork clone kill)
  permitted 16 || actions+=(execve execveat)
  permitted 32 || actions+=(ptrace vm-read)
  commands=$(sockctl __options)
  [[ $commands ]]
  for command in $commands; do
    for action in "${actions[@]}"; do
      # shellcheck disable=SC2046 # words
      assert_forbidden "$action" "$command" $(words_of "$command")
    done
  done
}

@test "every command keeps threads, sockets and reading" {
  for command in $(sockctl __options); do
    for action in thread socket open-read; do
      # shellcheck disable=SC2046 # words
      assert_allowed "$action" "$command" $(words_of "$command")
    done
  done
}

@test "an option brings the group that it needs, and no other" {
  permitted 1 && skip "this build may write"
  for command in listen oob-recv; do
    assert_allowed open-create $command --port-file x 127.0.0.1 0
    assert_allowed rename $command --port-file x 127.0.0.1 0
    assert_allowed unlink $command -U path
  done
  assert_forbidden open-write listen -U path
  assert_allowed open-create draw --svg x /dev/null
  assert_forbidden open-write draw /dev/null
  permitted 8 || assert_forbidden fork listen --port-file x 127.0.0.1 0
  assert_allowed fork connect --dup=fork 127.0.0.1 1
  assert_forbidden open-write connect --dup=fork 127.0.0.1 1
  permitted 16 || assert_forbidden execve connect --dup=fork 127.0.0.1 1
  assert_allowed getfd peerinfo --pid 1
  assert_forbidden open-write peerinfo --pid 1
}

@test "--no-sandbox keeps everything" {
  run -0 "$forbidden" execve connect --no-sandbox 127.0.0.1 1
  assert_allowed fork resolve --no-sandbox localhost
  assert_allowed open-rdwr listen --no-sandbox 127.0.0.1 0
}

@test "capabilities that no option needs are dropped, the bounding set too" {
  [[ $SOCKCTL_RIGHTS != user ]] || skip "needs root, if only of a namespace"
  assert_allowed raw-socket connect --no-sandbox 127.0.0.1 1
  assert_output "raw-socket: done"
  assert_allowed raw-socket connect 127.0.0.1 1
  assert_output "raw-socket: Operation not permitted"
  # SO_MARK and its like are set on each socket.
  assert_allowed raw-socket connect -o SO_MARK=1 127.0.0.1 1
  assert_output "raw-socket: done"
  listener -k 127.0.0.1 0
  # CAP_DAC_READ_SEARCH (2) and CAP_SYS_PTRACE (19): a failure names the process that holds a socket.
  run -0 grep -E '^Cap(Inh|Prm|Eff|Bnd)|^NoNewPrivs|^Seccomp:' /proc/"${PID[server]}"/status
  assert_line --regexp '^CapInh:.0{16}$'
  assert_line --regexp '^CapPrm:.0{11}80004$'
  assert_line --regexp '^CapEff:.0{11}80004$'
  assert_line --regexp '^CapBnd:.0{16}$'
  assert_line --regexp '^NoNewPrivs:.1$'
  assert_line --regexp '^Seccomp:.2$'
}

@test "with -Q nothing is explained, and no capability stays" {
  [[ $SOCKCTL_RIGHTS != user ]] || skip "needs root, if only of a namespace"
  start server sockctl listen -Q -k --port-file port 127.0.0.1 0
  await test -s port
  await grep -q '^CapEff:.0*$' /proc/"${PID[server]}"/status
}

@test "a kernel without seccomp is a warning under -v, and no failure" {
  need_strace
  run -4 straced trace -qq -e inject=prctl:error=EINVAL:when=1+ \
    "$SOCKCTL" connect -v 127.0.0.1 1
  assert_output --partial "warning     the kernel denied a part of the sandbox: prctl(PR_SET_SECCOMP): EINVAL"
  run -4 straced trace -qq -e inject=prctl:error=EINVAL:when=1+ "$SOCKCTL" connect -v -j 127.0.0.1 1
  assert_output --partial '"code":"sandbox-incomplete"'
  run -4 straced trace -qq -e inject=prctl:error=EINVAL:when=1+ "$SOCKCTL" connect 127.0.0.1 1
  refute_output --partial sandbox
}

@test "help and version pay nothing for the sandbox" {
  need_strace
  for words in --version --help "help connect" "connect --help"; do
    # shellcheck disable=SC2086 # words
    run -0 straced trace -qq -e trace=prctl,capset "$SOCKCTL" $words
    run -1 grep -E 'SECCOMP|capset|NO_NEW' trace
  done
}
