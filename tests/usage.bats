#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Usage: help goes to stdout and exits 0, mistakes are named on stderr and exit 2, for every command.

load helpers

setup() {
  common_setup
  mapfile -t commands < <(sockctl __options)
  ((${#commands[@]} > 0)) || fail "no commands"
  ESC=$'\033'
}

# The options of a command, as letter, name, argument and help; \037 because read joins tabs.
options_of() {
  sockctl __options "$1" | tr '\t' '\037'
}

@test "without a command the help is shown as a mistake: on stderr, exit 2" {
  run --separate-stderr -2 sockctl
  assert_output ""
  assert_regex "$stderr" '^Usage: sockctl COMMAND'
}

@test "help, --help and -h show the same, and every command" {
  run -0 sockctl help
  for command in "${commands[@]}"; do
    assert_line --regexp "^  $command +[A-Za-z]"
  done
  help=$output
  run -0 sockctl --help
  assert_output "$help"
  run -0 sockctl -h
  assert_output "$help"
}

@test "help topics is the index of the guide, and help exit the exit statuses" {
  run -0 sockctl help topics
  assert_equal "$(grep -E '^  ' <<<"$output")" "$(sed -n 's/^## /  /p' "$srcdir/doc/topics.md")"
  assert_line --partial "1. Create a socket"
  assert_output --regexp 'It is doc/topics\.md in the source, installed as\s/.*/topics\.md\.$'
  run -0 sockctl help exit
  assert_line "  0      done"
  assert_line --regexp '^  4      refused'
  assert_line --regexp '^  128\+n  '
  run -0 sockctl __complete help ""
  assert_line --partial "topics"
  assert_line --partial "exit"
}

@test "every page of help fits a terminal of 80 columns, and is wider only where it does not" {
  wide=$(sockctl help)
  for page in "" topics exit "${commands[@]}"; do
    # shellcheck disable=SC2086 # no word without a page
    run -0 script -qec "stty cols 80; exec sockctl help $page" /dev/null
    # The path of the installed guide may be longer than a line.
    output=$(tr -d '\r' <<<"$output" | grep -v '^/[^ ]*$')
    (($(wc -L <<<"$output") <= 80)) || fail "$output"
    if [[ ! $page ]]; then assert_equal "$(tr -s '\n ' ' ' <<<"$output")" "$(tr -s '\n ' ' ' <<<"$wide")"; fi
  done
  run -2 script -qec "stty cols 80; exec sockctl" /dev/null
  (($(wc -L <<<"${output//$'\r'/}") <= 80)) || fail "$output"
}

@test "the help of every command names every option that it takes" {
  for command in "${commands[@]}"; do
    run --separate-stderr -0 sockctl "$command" --help
    assert_equal "$stderr" ""
    assert_line --index 0 --regexp "^Usage: sockctl $command "
    help=$output
    run -0 sockctl help "$command"
    assert_output "$help"
    while IFS=$'\037' read -r letter name argument description; do
      [[ $description == refused ]] && continue
      output=$help
      assert_output --regexp "(^|[ ,])${name:-$letter}(${argument:+ }|\\[=|"$'[ \n])'
      if [[ $name && $letter ]]; then assert_output --partial "$letter, $name"; fi
    done < <(options_of "$command")
  done
}

# The examples of a help, one a line.
examples_of() {
  sockctl help ${1:+"$1"} | sed -n '/^Examples:$/,/^$/s/^  //p'
}

@test "help ends with two examples, the manual and the address for reports" {
  address=$(sed -n 's/^AC_INIT(.*\[\(.*@.*\)\])$/\1/p' "$srcdir/configure.ac")
  [[ $address ]]
  for command in "" "${commands[@]}"; do
    run -0 sockctl help ${command:+"$command"}
    assert_equal "${lines[-2]}" "The manual is sockctl${command:+-$command}(1)."
    assert_equal "${lines[-1]}" "Report bugs to <$address>."
    [[ $(examples_of "$command" | wc -l) == 2 ]] || fail "$command: not two examples"
    while read -r example; do
      [[ $example == *"sockctl $command"* ]] || fail "$command: $example"
    done < <(examples_of "$command")
  done
}

@test "the examples of the help are no mistakes" {
  need_netns
  touch names server.json client.json
  while IFS= read -r example; do
    # What waits for a peer is ended; a name may be unknown here.
    run --separate-stderr timeout -s INT 0.5 bash -c "$example" </dev/null
    ((status != 2 && status < 126)) || [[ $status == 13[07] || $status == 124 ]] || fail "$status: $example: $stderr"
    refute_regex "$stderr" "Try 'sockctl"
  done < <(for command in "" "${commands[@]}"; do examples_of "$command"; done)
}

@test "no command has two options of one letter or one name" {
  for command in "${commands[@]}"; do
    run sh -c 'sockctl __options "$1" | cut -f 1 | grep . | sort | uniq -d' sh "$command"
    assert_output ""
    run sh -c 'sockctl __options "$1" | cut -f 2 | grep . | sort | uniq -d' sh "$command"
    assert_output ""
  done
}

@test "one letter means one thing in every command" {
  for command in "${commands[@]}"; do
    sockctl __options "$command" | awk -F '\t' '$1 && $2 { print $1, $2 }'
  done | sort -u | cut -d ' ' -f 1 | uniq -d >twice
  run cat twice
  assert_output ""
}

@test "an unknown command is named, with the nearest" {
  run --separate-stderr -2 sockctl resovle localhost
  assert_output ""
  assert_regex "$stderr" "unknown command 'resovle'; did you mean resolve\?"
  run --separate-stderr -2 sockctl help nosuchcommand
  assert_regex "$stderr" "unknown command 'nosuchcommand'"
}

@test "an unknown option of any command is named" {
  for command in "${commands[@]}"; do
    run --separate-stderr -2 sockctl "$command" --nosuchoption
    assert_output ""
    assert_regex "$stderr" "^sockctl $command: unknown option '--nosuchoption'"
    assert_regex "$stderr" "Try 'sockctl $command --help'"
  done
}

@test "what is refused says in a sentence what to use instead" {
  refused=0
  for command in "${commands[@]}"; do
    while IFS=$'\037' read -r letter name _ description; do
      [[ $description == refused ]] || continue
      run --separate-stderr -2 sockctl "$command" "${letter:-$name}"
      assert_regex "$stderr" "^sockctl $command: ${letter:-$name}: .{10}"
      refused=$((refused + 1))
    done < <(options_of "$command")
  done
  ((refused > 0))
}

@test "an option that needs a value says so, with the name of the value" {
  needy=0
  for command in "${commands[@]}"; do
    while IFS=$'\037' read -r letter name argument description; do
      [[ $argument && $argument != "[="* && $description != refused ]] || continue
      run --separate-stderr -2 sockctl "$command" "${name:-$letter}"
      assert_equal "${stderr_lines[0]}" "sockctl $command: ${name:-$letter} needs a value ($argument)"
      needy=$((needy + 1))
    done < <(options_of "$command")
  done
  ((needy > 0))
}

@test "too many operands are a mistake of any command that has a limit" {
  limited=0
  for command in "${commands[@]}"; do
    run --separate-stderr sockctl "$command" 127.0.0.1 1 2 3 4 5 6 7 8 9 </dev/null
    # Some commands take any number: they then fail by what the words say, not by their count.
    ((status == 2)) || continue
    [[ $stderr == *"too many operands: "* || $stderr == *"'"* ]] || fail "$command: $stderr"
    limited=$((limited + 1))
  done
  ((limited > 0))
}

@test "help that cannot be written is an error, not silence" {
  run sh -c 'sockctl help >/dev/full'
  assert_failure 1
  run sh -c 'sockctl help >&-'
  assert_failure 1
}

@test "words from outside have no control over the terminal" {
  for words in "-w ${ESC}[31m" "-o ${ESC}]0;x" "--${ESC}[31m x" "1 2 ${ESC}[31m"; do
    # shellcheck disable=SC2086 # words
    run --separate-stderr -2 sockctl connect $words
    refute_regex "$stderr" "$ESC"
    assert_regex "$stderr" '\\033'
  done
  run --separate-stderr -2 sockctl $'a\nb\177'
  assert_regex "$stderr" "^sockctl: unknown command 'a\\\\012b\\\\177'"
}

@test "nc's habits without a command, and a URL, get the command that was meant" {
  while IFS='|' read -r words meant; do
    # shellcheck disable=SC2086 # words
    run -2 sockctl $words
    assert_line --index 0 --partial "did you mean: $meant"
  done <<'CASES'
-l 4444|sockctl listen 4444
nc -l 4444|sockctl listen 4444
nc -zv host 80|sockctl connect -zv host 80
-z host 20-30 80|sockctl connect -z host 20-30 80
-U path|sockctl connect -U path
-lvp 4444|sockctl listen -lvp 4444
-zv host 80|sockctl connect -zv host 80
host 80|sockctl connect host 80
host:80|sockctl connect host:80
http://127.0.0.1:8080/x|sockctl connect 127.0.0.1 8080
connect http://[::1]:8080/|sockctl connect ::1 8080
connect -z https://user@h/x|sockctl connect -z h 443
connect -v 8080 127.0.0.1 -n|sockctl connect -v 127.0.0.1 8080 -n
connect -z 80 ::1|sockctl connect -z ::1 80
listen http localhost|sockctl listen localhost http
oob-send 80 host oob:x|sockctl oob-send host 80 oob:x
oob-recv 0 ::|sockctl oob-recv :: 0
peerinfo 80 ::1|sockctl peerinfo ::1 80
peerinfo 80|sockctl peerinfo --port 80
reverse 80 127.0.0.1|sockctl reverse 127.0.0.1 80
listen http://127.0.0.1/|sockctl listen 127.0.0.1 80
oob-send gopher://h/|sockctl oob-send h PORT
peerinfo http://a/|sockctl peerinfo a 80
CASES
  run -2 sockctl nonsense
  assert_line --index 0 "sockctl: unknown command 'nonsense'"
  run -2 sockctl -v "host's" 80
  assert_line --index 0 "sockctl: no command given; did you mean: sockctl connect -v 'host'\\''s' 80"
}

@test "a command that is meant is a command that works, and what works in no command is not suggested" {
  need_netns
  while read -r words; do
    # shellcheck disable=SC2086 # words
    run -2 sockctl $words
    meant=${lines[0]#*; did you mean: }
    [[ $meant != "${lines[0]}" ]] || fail "$words: $output"
    # One that waits is ended.
    run timeout -s INT 0.2 bash -c "$meant" </dev/null
    ((status != 2)) || fail "$words: $meant: $output"
    refute_output --partial "Try '"
  done <<'CASES'
nc -l 80
-lvnp 8080
-lk 127.0.0.1 80
-zvn 127.0.0.1 1-3
127.0.0.1 80
127.0.0.1:80
telnet 127.0.0.1 80
http://127.0.0.1:8080/x
connect -v http://127.0.0.1:8080/
connect 8080 127.0.0.1
connect -n -z 80 ::1
listen -W 1 80 127.0.0.1
oob-send 80 127.0.0.1 oob:x
oob-recv 80 ::1
peerinfo 80 ::1
peerinfo 80
reverse -n 80 127.0.0.1
CASES
  while IFS='|' read -r words said; do
    # shellcheck disable=SC2086 # words
    run -2 sockctl $words
    assert_line --index 0 "sockctl: $said"
  done <<'CASES'
nc -x proxy:1 host 80|no command given, and connect does not take this: -x: proxies are left out; use ncat --proxy or ssh -W
-l 80 --nosuch|no command given, and listen does not take this: unknown option '--nosuch'
nc|unknown command 'nc'; did you mean connect or listen?
some thing|unknown command 'some'
some thing else|unknown command 'some'
host 20-30|unknown command 'host'
-v host|no command given
CASES
}

@test "on a terminal a mistake is wrapped at words, and a pipe gets it on one line" {
  said="sockctl connect: -V: routing tables are not chosen here; use ip vrf exec, or -o SO_BINDTODEVICE=NAME"
  run --separate-stderr -2 sockctl connect -V 1
  assert_equal "${stderr_lines[0]}" "$said"
  for width in 40 50 80; do
    run -0 at_width "$width" sockctl connect -V 1
    output=${output//$'\r'/}
    (($(wc -L <<<"$output") <= width)) || fail "$output"
    assert_line --index 1 --regexp '^  [^ ]'
    assert_equal "$(head -n -1 <<<"$output" | tr -s '\n ' ' ')" "$said "
  done
}

# at_width COLUMNS COMMAND...: on a terminal of that width.
at_width() {
  python3 - "$@" <<'PYTHON'
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
try:
    while data := os.read(fd, 4096):
        os.write(1, data)
except OSError:
    pass
os.waitpid(pid, 0)
PYTHON
}

@test "help fits the width of a terminal, and is the same bytes anywhere else" {
  for command in $(sockctl __options); do
    for width in 80 300; do
      run -0 at_width "$width" sockctl "$command" --help
      longest=$(printf '%s\n' "${lines[@]}" | tr -d '\r' | wc -L)
      ((longest <= (width < 100 ? width : 100))) || fail "$command at $width: $longest columns"
    done
    sockctl "$command" --help >pipe
    (($(wc -L <pipe) <= 80)) || fail "$command: a line of $(wc -L <pipe) columns"
  done
  (($(sockctl --version | wc -L) <= 80))
}

@test "on a terminal a cause and a warning stand out, with NO_COLOR and in a pipe nothing does" {
  export TERM=xterm
  run at_width 80 sockctl connect 127.0.0.1 1
  assert_output --partial $'\033[1;33mwhy '
  run env NO_COLOR=1 bash -c "$(declare -f at_width); at_width 80 sockctl connect 127.0.0.1 1"
  refute_output --partial $'\033'
  run -4 sockctl connect 127.0.0.1 1
  refute_output --partial $'\033'
}

@test "--color decides before NO_COLOR and the terminal, and TERM=dumb has no colour" {
  run -4 env NO_COLOR=1 sockctl connect --color=always 127.0.0.1 1
  assert_output --partial $'\033[1;33mwhy '
  run at_width 80 sockctl connect --color=never 127.0.0.1 1
  assert_output --partial 'why '
  refute_output --partial $'\033'
  run env TERM=dumb bash -c "$(declare -f at_width); at_width 80 sockctl connect 127.0.0.1 1"
  assert_output --partial 'why '
  refute_output --partial $'\033'
  run env TERM=dumb bash -c "$(declare -f at_width); at_width 80 sockctl connect --color auto 127.0.0.1 1"
  refute_output --partial $'\033'
  run --separate-stderr -2 sockctl connect --color=sometimes 127.0.0.1 1
  assert_regex "$stderr" "'sometimes'"
}

@test "on a dumb terminal a list that is watched is not drawn over" {
  listener 127.0.0.1 0
  run env TERM=dumb bash -c "$(declare -f at_width); at_width 80 timeout -s INT 1 sockctl peerinfo --watch 0.05"
  assert_output --partial 'listed'
  refute_output --partial $'\033'
  run env TERM=xterm bash -c "$(declare -f at_width); at_width 80 timeout -s INT 1 sockctl peerinfo --watch 0.05"
  assert_output --partial $'\033[H'
}

@test "an option without an effect is refused, not ignored" {
  while read -r line; do
    read -ra words <<<"$line"
    run -2 --separate-stderr timeout 5 "$SOCKCTL" "${words[@]}"
    assert_regex "$stderr" "^sockctl ${words[0]}: .*"
    assert_equal "$output" ""
  done <<'END'
connect -u --no-shutdown 127.0.0.1 9
connect -u --shutdown rd 127.0.0.1 9
connect -u --peer-eof end 127.0.0.1 9
connect -u --linger 1 127.0.0.1 9
connect -u --reset -U path
connect -u --oob inline 127.0.0.1 9
connect -u --strict -U path
connect --accept-timeout 1 127.0.0.1 9
connect --conns 2 -C 127.0.0.1 9
connect --conns 2 -q 1 127.0.0.1 9
connect --conns 2 -W 1 127.0.0.1 9
connect --conns 2 --hexdump 127.0.0.1 9
connect --conns 2 --chunk 3 127.0.0.1 9
connect --conns 2 --no-shutdown 127.0.0.1 9
listen -u --linger 1 127.0.0.1 0
listen -u --reset -U path
listen -u --backlog 3 127.0.0.1 0
listen -u --accept-delay 1 127.0.0.1 0
listen -u --accept-timeout 1 127.0.0.1 0
listen -u -k --max-conns 2 127.0.0.1 0
listen -u -k --accept-count 2 127.0.0.1 0
listen -k -q 1 127.0.0.1 0
listen -k -u -q 1 127.0.0.1 0
listen --connect-timeout 1 127.0.0.1 0
peerinfo -w 1 --port 9
peerinfo -w 1
END
  # What -w sets besides is not an option that was given.
  run -4 sockctl connect -w 1 --connect-timeout 2 127.0.0.1 9
  run -5 sockctl listen -w 1 --accept-timeout 0.01 127.0.0.1 0
}

@test "the sentence names the option without an effect and the one that leaves it none" {
  while IFS='#' read -r line names; do
    read -ra words <<<"$line"
    run -2 --separate-stderr timeout 5 "$SOCKCTL" "${words[@]}"
    assert_regex "$stderr" "^sockctl ${words[0]}: .*"
    for name in $names; do
      assert_regex "$stderr" "(^|[^a-z-])$name([^a-z-]|$)"
    done
    assert_equal "$output" ""
  done <<'END'
connect --reset -U path # --reset unix
connect --linger 1 --seqpacket -U path # --linger unix
connect --oob inline --seqpacket -U path # --oob SOCK_SEQPACKET
connect -d -C 127.0.0.1 9 # -C -d
connect -d -i 1 127.0.0.1 9 # -i -d
connect -d -q 1 127.0.0.1 9 # -q -d
connect -d --shutdown rd 127.0.0.1 9 # --shutdown -d
connect -d --send-flags MSG_MORE 127.0.0.1 9 # --send-flags -d
connect -d --send-fd 0 -U path # --send-fd -d
connect --io echo -C 127.0.0.1 9 # -C echo
connect --io echo -q 1 127.0.0.1 9 # -q echo
connect --io source -C 127.0.0.1 9 # -C source
connect --io sink --send-call write 127.0.0.1 9 # --send-call sink
connect --io sink -i 1 127.0.0.1 9 # -i sink
connect --io sink --shutdown rd 127.0.0.1 9 # --shutdown sink
connect --io hold -W 1 127.0.0.1 9 # -W hold
connect --io hold --hexdump 127.0.0.1 9 # --hexdump hold
connect --io hold --peer-eof end 127.0.0.1 9 # --peer-eof hold
connect --io hold --cmsg -u 127.0.0.1 9 # --cmsg hold
connect --io hold --timestamps 127.0.0.1 9 # --timestamps hold
connect --io hold --oob inline 127.0.0.1 9 # --oob hold
connect -z --idle-timeout 1 127.0.0.1 9 # --idle-timeout -z
connect -z -u --reset 127.0.0.1 9 # --reset -z
connect -z --trace-states 127.0.0.1 9 # -z --trace-states
connect -u --connect-timeout 1 -U path # --connect-timeout unix
connect --path --idle-timeout 1 127.0.0.1 9 # --idle-timeout --path
connect -4 -6 127.0.0.1 9 # -4 -6
connect -U -6 path # -6 -U
connect -u --seqpacket -U path # -u --seqpacket
listen --no-accept --io echo 127.0.0.1 0 # --io --no-accept
listen --no-accept --linger 1 127.0.0.1 0 # --linger --no-accept
listen --no-accept --follow 127.0.0.1 0 # --follow --no-accept
listen --no-accept --show-syn 127.0.0.1 0 # --show-syn --no-accept
listen --no-accept -W 1 127.0.0.1 0 # -W --no-accept
listen --no-accept --cmsg 127.0.0.1 0 # --cmsg --no-accept
listen --no-accept --idle-timeout 1 127.0.0.1 0 # --idle-timeout --no-accept
listen -k -C 127.0.0.1 0 # -C -k
listen -k --send-flags MSG_MORE 127.0.0.1 0 # --send-flags -k
listen --reset -U path # --reset unix
oob-send --cork -U path a # --cork unix
oob-send --accept-timeout 1 127.0.0.1 9 a # --accept-timeout oob-send
oob-send --idle-timeout 1 127.0.0.1 9 a # --idle-timeout oob-send
oob-recv --connect-timeout 1 127.0.0.1 0 # --connect-timeout oob-recv
resolve -4 -6 localhost # -4 -6
peerinfo --closed -U # --closed unix
peerinfo --closed --state TIME_WAIT # --closed --state
peerinfo --closed --listening # --closed --listening
peerinfo --closed --count-by state # --closed --count-by
peerinfo --closed --sort queue # --closed --sort
peerinfo -4 -6 # -4 -6
peerinfo -U --port 9 # -U port
peerinfo -U --local 127.0.0.1 # -U address
peerinfo -4 -U # -U address
peerinfo -u --tcpinfo 127.0.0.1 9 # -u --tcpinfo
draw --svg /dev/null --width 80 # --svg --width
draw --svg /dev/null --ascii # --svg --ascii
END
  # What only asks for what happens anyway is not refused.
  for options in "-d --no-shutdown" "-d --peer-eof end" "-d -N -n" "--io sink --no-shutdown" "-4 -4"; do
    # shellcheck disable=SC2086 # words
    run -4 sockctl connect $options 127.0.0.1 9
  done
  run -4 sockctl connect -w 1 --connect-timeout 2 --idle-timeout 3 127.0.0.1 9
}
