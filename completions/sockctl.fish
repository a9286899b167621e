# SPDX-License-Identifier: ISC
# fish completion for sockctl. It asks the program: a word and what it is a line, or ":path"
# where a file belongs.

function __sockctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l replies ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test "$replies" = :path
        set -l option (string match -r -- '^--[^=]*=' $words[-1])
        printf "$option%s\n" (__fish_complete_path (string replace -- "$option" '' $words[-1]))
    else
        string join \n -- $replies
    end
end

complete -c sockctl -f -a '(__sockctl_complete)'
complete -c sockctl-nc -f -a '(__sockctl_complete)'
