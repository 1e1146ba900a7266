# Completion of quarry in bash. What was typed is handed to quarry as words, and
# never run.

# __quarry_split splits a line into words, without their quotes. open is the
# quote that the last word is in, and fixed how much of that word stands before
# what readline replaces.
__quarry_split()
{
    local line=$1 word="" begun="" i c next
    words=() open="" fixed=0
    for ((i = 0; i < ${#line}; i++)); do
        c=${line:i:1} next=${line:i+1:1}
        if [[ $open == "'" && $c != "'" ]]; then
            word+=$c
        elif [[ -n $open && $c == "$open" ]]; then
            open=""
        elif [[ $c == \\ && -z $open || $c == \\ && $next == [\"\\\$\`] ]]; then
            word+=$next begun=1
            ((i++))
        elif [[ -n $open ]]; then
            word+=$c
        elif [[ $c == [\"\'] ]]; then
            open=$c begun=1 fixed=${#word}
        elif [[ $c == [[:blank:]] ]]; then
            [[ -n $begun ]] && words+=("$word")
            word="" begun="" fixed=0
        else
            word+=$c begun=1
            [[ $COMP_WORDBREAKS == *"$c"* ]] && fixed=${#word}
        fi
    done
    words+=("$word")
}

__quarry()
{
    local words open fixed
    __quarry_split "${COMP_LINE:0:COMP_POINT}"
    local program=${words[0]/#\~\//$HOME/} word=${words[-1]} answer
    type -P -- "$program" >/dev/null || program=quarry
    mapfile -t answer < <("$program" __complete "${words[@]:1}" 2>/dev/null)
    COMPREPLY=()
    ((${#answer[@]})) || return
    local directive=${answer[-1]#:}
    unset 'answer[-1]'

    local flag="" line text texts=() helps=() widest=0
    local -A seen
    [[ $word == -*=* ]] && flag=${word%%=*}=
    for line in "${answer[@]}"; do
        text=$flag${line%%$'\t'*}
        [[ $text == "$word"* && -z ${seen["$text"]} ]] || continue
        seen["$text"]=1
        text=${text:fixed}
        if [[ -z $open && $text == *[^[:alnum:]_.,:=/+@%^-]* ]]; then
            printf -v text %q "$text"
        fi
        texts+=("$text")
        [[ $line == *$'\t'* ]] && helps+=("${line#*$'\t'}") || helps+=("")
        ((${#text} > widest)) && widest=${#text}
    done
    ((directive & 2)) && compopt -o nospace
    ((directive & 4)) && compopt +o default
    COMPREPLY=("${texts[@]}")
    if ((${#texts[@]} < 2 || COMP_TYPE == 37 || COMP_TYPE == 42)); then
        return # what is inserted has no help
    fi
    local i room=$((COLUMNS - widest - 5))
    for i in "${!texts[@]}"; do
        [[ -n ${helps[i]} && room -gt 10 ]] || continue
        ((${#helps[i]} > room)) && helps[i]=${helps[i]:0:room-1}…
        printf -v 'COMPREPLY[i]' '%-*s  (%s)' "$widest" "${texts[i]}" "${helps[i]}"
    done
}

complete -o default -F __quarry quarry
