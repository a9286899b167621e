# SPDX-License-Identifier: ISC
# bash completion for sockctl, for bash-completion. It asks the program: a word and what it
# is a line, or ":path" where a file belongs.

_sockctl() {
  # The first two are set by _init_completion too.
  local cur words cword head
  # A word such as --flags=AI_ALL or after:SO_RCVBUF=1 is one word.
  _init_completion -n =: || return
  mapfile -t COMPREPLY < <("$1" __complete "${words[@]:1:cword}" 2>/dev/null)
  COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
  # readline replaces only what stands behind the last of its word breaks.
  head=
  if [[ $COMP_WORDBREAKS == *=* ]]; then head=${cur%"${cur##*=}"}; fi
  if [[ $COMP_WORDBREAKS == *:* && ${#head} -lt ${#cur} ]]; then head=${cur%"${cur##*[=:]}"}; fi
  if [[ ${COMPREPLY[0]-} == :path ]]; then
    COMPREPLY=()
    cur=${cur#--*=}
    _filedir
    return
  fi
  COMPREPLY=("${COMPREPLY[@]#"$head"}")
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:] ]]; then compopt -o nospace; fi
} &&
  complete -F _sockctl sockctl sockctl-nc
