#compdef quarry
compdef _quarry quarry

# Completion of quarry in zsh. What was typed is handed to quarry as words, and
# never run.
_quarry()
{
    local -a typed answer found space
    local program line text help
    program=${${(Q)words[1]}/#\~\//$HOME/}
    [[ -n ${commands[$program]} || -x $program ]] || program=quarry
    (( CURRENT > 2 )) && typed=("${(@Q)words[2,CURRENT-1]}")
    answer=("${(@f)$("$program" __complete "${typed[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
    local directive=${answer[-1]#:}
    [[ $directive == <-> ]] || return 1
    answer[-1]=()

    for line in "${answer[@]}"; do
        [[ -n $line ]] || continue
        text=${line%%$'\t'*} help=${line#$text}
        text=${text//\\/\\\\}
        found+=("${text//:/\\:}${help/#$'\t'/:}")
    done
    (( directive & 2 )) && space=(-S '')
    [[ $PREFIX == -*=* ]] && compset -P '*='
    (( $#found )) && _describe quarry found "${space[@]}" && return
    (( directive & 5 )) || _files
}

# In a folder of $fpath, this file is the function at its first use.
[[ $funcstack[1] == _quarry ]] && _quarry "$@"
true
