# SPDX-License-Identifier: ISC
# helpers.bash: what every test file loads (`load helpers`). Each test starts in an
# empty directory of its own, with stdin at /dev/null and `sockctl` in PATH; programs that it
# started end with it.
#
#   start NAME CMD...        run in the background; output in NAME.out and NAME.err
#   start_fed NAME CMD...    the same, with a pipe for stdin that stays open:
#   feed NAME TEXT           write to it
#   feed_end NAME            close it
#   listener ARGS...         start "server": sockctl listen; sets PORT once it listens
#   await_port FILE          until the JSON report there says that it listens; sets PORT (a unix path has none)
#   await_line FILE REGEX    until FILE has a line that matches; sets LINE to the first
#   await_count FILE REGEX N until N lines match
#   await_exit NAME          until it has ended; sets status and output (as run does)
#   await CMD...             until CMD succeeds
#   stop NAME [SIGNAL]       end it; sets status and output
#   await_rest PID...        until all of them sleep at the same time; a busy loop never does
#   event FILE KIND [JQ]     the events of a kind from a JSON report, through a jq filter
#   assert_event FILE KIND [JQ]   at least one of them for which the jq condition holds
#   refute_event FILE KIND [JQ]   none, in a report that has others
#   assert_schema FILE...    the lines of the reports are as --schema says, if python3-jsonschema is there
#   need CMD...  need_root  need_netns  need_ipv6  need_strace    or skip with the reason
#   need_iptables            the same; the rules of the test are removed when it ends
#   need_glibc  need_loading a glibc; a program that can load a library
#   need_tracing             tracefs with the tracepoint of TCP states
#   as_nobody CMD...         as a user without any privilege
#   straced FILE ARGS...     strace -o FILE ARGS... of a sanitized build too
#   leaks_unchecked CMD...   if LeakSanitizer cannot work, as under a limit of descriptors
#
# Tests wait only with these functions, and never longer than AWAIT seconds.

bats_require_minimum_version 1.5.0
# Some regular expressions have characters beyond ASCII, whatever locale the caller has.
export LC_ALL=C.UTF-8
# The pseudo-terminals here can do what the ones of people can, whatever the caller runs on.
export TERM=xterm
# What a test makes is open to the user nobody, whatever umask the caller has.
umask 022
AWAIT=${AWAIT:-10}

# As load.bash, without its fifteen processes per test.
_find_library() {
  local dir file
  for dir in ${BATS_LIB_PATH//:/ } /usr/lib/bats /usr/share/bats /usr/lib/node_modules /usr/local/lib; do
    [[ -r $dir/$1/load.bash ]] || continue
    for file in "$dir/$1"/src/*.bash; do
      # shellcheck disable=SC1090 # found here
      source "$file" || return
    done
    return
  done
  echo "$1 is not installed (./bootstrap check installs what the tests need)" >&2
  return 1
}
_find_library bats-support
_find_library bats-assert

srcdir=${BATS_TEST_DIRNAME%/*}
SOCKCTL=${SOCKCTL:-$srcdir/sockctl}
builddir=${SOCKCTL%/*}
export SOCKCTL
[[ -x $SOCKCTL ]] || { echo "there is no $SOCKCTL: run make first" >&2; return 1; }
PATH=$builddir:$PATH:/usr/sbin:/sbin
# Run by hand, without tests/in-netns, nothing is known about the namespace.
if [[ ! ${SOCKCTL_RIGHTS-} ]]; then
  SOCKCTL_NETNS=no
  if ((EUID == 0)); then SOCKCTL_RIGHTS=root; else SOCKCTL_RIGHTS=user; fi
fi
export SOCKCTL_NETNS SOCKCTL_RIGHTS
NEVER=$BATS_RUN_TMPDIR/never # a FIFO without a writer: reading from it waits, without a process
declare -gA PID=() FEED=()
declare -ga EARLIER=() # pids of programs whose names were reused

setup() {
  common_setup
}
teardown() {
  common_teardown
}

common_setup() {
  cd "$BATS_TEST_TMPDIR" || return
  exec </dev/null
  # Sanitizers report to a file, so that no expected exit status can hide a report.
  export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=99:log_path=$BATS_TEST_TMPDIR/sanitizer
}

common_teardown() {
  local name file pid
  for name in "${!PID[@]}"; do
    _kill "$name" TERM || :
    _reap "$name"
  done
  for pid in "${EARLIER[@]}"; do
    kill "$pid" 2>/dev/null || :
  done
  if [[ ${JSON_LINES-} ]]; then _keep_lines; fi
  if [[ ${FILTERED-} ]]; then _filters_remove; fi
  if compgen -G 'sanitizer.*' >/dev/null; then
    cat sanitizer.*
    return 1
  fi
  [[ -n ${BATS_TEST_COMPLETED-} ]] && return
  for file in *.out *.err; do
    [[ -s $file ]] || continue
    echo "--- $file"
    if grep -qI . "$file"; then head -c 4000 "$file" | cat -v; else echo "($(stat -c %s "$file") bytes, not text)"; fi
    echo
  done
}

# Debian's python3 has the package.
schema_python() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

assert_schema() {
  local python
  python=$(schema_python) || return 0
  sockctl --schema >"$BATS_TEST_TMPDIR/.schema"
  "$python" "$srcdir/tests/helpers/validate" "$BATS_TEST_TMPDIR/.schema" "$@"
}

# Adds the lines of JSON reports that the test has made to the file JSON_LINES, for make check-schema.
_keep_lines() {
  {
    find . -type f -size -4M -exec awk 1 {} + # ends a line that is being written
    printf '%s\n' "${output-}" "${stderr-}"
  } | grep -aE '^\{"event":"[a-z-]+","time":[0-9]+\.[0-9]{6}[,}].*\}$' >>"$JSON_LINES" || :
}

# Bats leaves descriptors open that would keep its pipes alive.
_close_inherited() {
  local fd
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    if ((fd > 2)); then exec {fd}>&-; fi
  done
}

# Becomes a command, or one of the functions here that run one, so that the pid is the
# program's own.
_exec() {
  if [[ $(type -t "$1") == function ]]; then
    EXEC="exec" "$@"
  else
    exec "$@"
  fi
}

# The output of an earlier program of that name is removed at once, so that it cannot be taken for the new one's.
start() {
  local name=$1
  shift
  if [[ ${PID[$name]-} ]]; then EARLIER+=("${PID[$name]}"); fi
  : >"$name.out"
  : >"$name.err"
  (
    _close_inherited
    _exec "$@"
  ) <&0 >"$name.out" 2>"$name.err" &
  PID[$name]=$!
}

start_fed() {
  local fd
  if [[ ${PID[$1]-} ]]; then EARLIER+=("${PID[$1]}"); fi
  : >"$1.out"
  : >"$1.err"
  if [[ -e $1.in ]]; then rm "$1.in"; fi
  mkfifo "$1.in"
  (
    exec <"$1.in"
    shift
    _close_inherited
    _exec "$@"
  ) >"$1.out" 2>"$1.err" &
  PID[$1]=$!
  exec {fd}>"$1.in"
  FEED[$1]=$fd
}

feed() {
  printf %s "$2" >&"${FEED[$1]}"
}

feed_end() {
  local fd=${FEED[$1]}
  unset "FEED[$1]"
  exec {fd}>&-
}

# The only place where a test waits.
await() {
  local deadline=$((SECONDS + AWAIT))
  [[ -p $NEVER ]] || mkfifo "$NEVER"
  until "$@"; do
    if ((SECONDS > deadline)); then
      echo "not within $AWAIT s: $*" >&2
      return 1
    fi
    read -rt 0.01 <>"$NEVER" || :
  done
}

# Whether a unix socket takes what is sent to PATH: its name is there a moment before it listens.
path_listens() {
  ss -xaH | awk -v path="$1" '$5 == path && ($2 == "LISTEN" || $1 == "u_dgr") { found = 1 } END { exit !found }'
}

# Sets LINE to the first line that matches.
_has_lines() {
  local all line count=0
  [[ -s $1 ]] || return
  mapfile -t all 2>/dev/null <"$1"
  for line in "${all[@]}"; do
    [[ $line =~ $2 ]] || continue
    ((count++)) || LINE=$line
    if ((count == $3)); then return; fi
  done
  return 1
}

await_count() {
  await _has_lines "$@"
}

await_line() {
  await _has_lines "$1" "$2" 1
}

# A zombie is dead too: without a PID namespace an orphan may never be waited for.
_gone() {
  local stat
  kill -0 "$1" 2>/dev/null || return 0
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  [[ ${stat##*) } == [ZX]* ]]
}

await_exit() {
  local pid=${PID[$1]}
  await _gone "$pid" || return
  _collect "$1"
}

# Sets status; the pid is forgotten.
_reap() {
  local pid=${PID[$1]}
  unset "PID[$1]"
  if [[ -n ${FEED[$1]-} ]]; then feed_end "$1"; fi
  status=0
  wait "$pid" || status=$?
}

_collect() {
  _reap "$1"
  # NULs, of which bash warns, cannot be in a variable.
  { output=$(cat "$1.out" "$1.err"); } 2>/dev/null || :
  mapfile -t lines <<<"$output"
}

_kill() {
  local pid=${PID[$1]}
  kill -"$2" "$pid" 2>/dev/null || :
  await _gone "$pid" || kill -KILL "$pid"
}

stop() {
  _kill "$1" "${2:-TERM}"
  _collect "$1"
}

await_port() {
  await_line "$1" '"event": ?"listening"(.*"port": ?([0-9]+))?|"event": ?"failed"' || return
  PORT=${BASH_REMATCH[2]}
  [[ $LINE != *'"failed"'* ]] || { cat "$1"; return 1; }
}

listener() {
  start server sockctl listen -j "$@"
  await_port server.err
}

event() {
  jq -r --arg kind "$2" "select(.event == \$kind) | ${3:-.}" "$1"
}

assert_event() {
  jq -se --arg kind "$2" "any(.[]; .event == \$kind and (${3:-true}))" "$1" >/dev/null && return
  echo "no event \"$2\" with ${3:-anything} in $1:" >&2
  tail -n 50 "$1" >&2
  return 1
}

refute_event() {
  jq -se --arg kind "$2" "length > 0 and all(.[]; (.event == \$kind and (${3:-true})) | not)" "$1" >/dev/null && return
  echo "an event \"$2\" with ${3:-anything} in $1, or no report:" >&2
  tail -n 50 "$1" >&2
  return 1
}

# For each process its state and the nanoseconds that it ever ran; fails where one is not asleep, or not there.
_run_times() {
  local pid stat
  for pid; do
    stat=$(<"/proc/$pid/stat") || return
    # The state is behind the name, which may hold blanks.
    [[ ${stat##*) } == S* ]] || return
    read -r stat _ <"/proc/$pid/schedstat" || return
    echo "$stat"
  done
} 2>/dev/null

# Ten programs or more begin and end between the two looks, for 50 ms or more: whatever turns or wakes every few
# milliseconds runs meanwhile, or is about to, even where a host stops the machine for a while. What wakes once a second
# need not.
_rests() {
  local before after i end
  before=$(_run_times "$@") || return
  for ((i = 0, end = ${EPOCHREALTIME/[.,]/} + 50000; i < 10 || ${EPOCHREALTIME/[.,]/} < end; i++)); do /bin/true; done
  after=$(_run_times "$@") && [[ $after == "$before" ]]
}

await_rest() {
  await _rests "$@"
}

need() {
  local cmd
  for cmd; do
    command -v "$cmd" >/dev/null || skip "$cmd is not installed"
  done
}

# Where names are found by musl, the texts of errors, the order of addresses and many answers are others.
need_glibc() {
  sockctl --version -v | grep -q '^  glibc ' || skip "needs glibc"
}

# A static binary loads no library and cannot be preloaded.
need_loading() {
  ! sockctl --version -v | grep -q 'linked in$' || skip "this is a static binary"
}

need_root() {
  [[ $SOCKCTL_RIGHTS == root ]] || skip "needs root"
}

need_netns() {
  [[ $SOCKCTL_NETNS == yes ]] || skip "needs a network namespace (tests/in-netns bats FILE)"
}

# tracefs in this file's own mount namespace.
need_tracing() {
  need_netns
  need_root
  [[ -d /sys/kernel/tracing/instances ]] || mount -t tracefs nodev /sys/kernel/tracing 2>/dev/null ||
    skip "tracefs cannot be mounted"
  [[ -d /sys/kernel/tracing/events/sock/inet_sock_set_state ]] || skip "this kernel has no such tracepoint"
}

# Who is root in a user namespace only may not write to /run.
need_iptables() {
  need_netns
  need iptables
  export XTABLES_LOCKFILE=$BATS_RUN_TMPDIR/xtables.lock
  iptables -L >/dev/null 2>&1 || skip "may not filter here"
  FILTERED=yes
}

_filters_remove() {
  iptables -F || :
  iptables -t nat -F || :
  ip6tables -F || :
} 2>/dev/null

need_ipv6() {
  local all
  mapfile -t all 2>/dev/null </proc/net/if_inet6
  [[ ${all[*]-} == *' lo'* ]] || skip "there is no IPv6 here"
}

need_strace() {
  need strace
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
}

# The user nobody cannot reach a tree in root's home.
_sockctl_for_nobody() {
  setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$SOCKCTL" && return
  chmod a+x "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  install -D -m 755 "$SOCKCTL" "$BATS_TEST_TMPDIR/bin/sockctl"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

as_nobody() {
  case $SOCKCTL_RIGHTS in
    root)
      _sockctl_for_nobody
      ${EXEC-} setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
      ;;
    netns) ${EXEC-} setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@" ;;
    user) ${EXEC-} "$@" ;;
  esac
}

# LeakSanitizer can neither be traced nor do without a descriptor to spare.
leaks_unchecked() {
  ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 ${EXEC-} "$@"
}

straced() {
  local file=$1
  shift
  leaks_unchecked strace -o "$file" "$@"
}
