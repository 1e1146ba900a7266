# Completion of quarry in fish. What was typed is handed to quarry as words, and
# never run.
function __quarry_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l word (string unescape -- "$typed"; or string unescape -- "$typed'"; or string unescape -- "$typed\"")
    set -l program $words[1]
    type -q -- $program; or set program quarry
    set -e words[1]
    set -l answer (command $program __complete $words "$word" 2>/dev/null)
    test (count $answer) -gt 0; or return
    set -l directive (string sub -s 2 -- $answer[-1])
    set -e answer[-1]

    set -l flag (string match -r -- '^-[^=]*=' "$word")
    set -l found
    set -l pattern '^'(string escape --style=regex -- "$word")
    for line in $answer
        string match -qr -- $pattern "$flag$line"; and set -a found "$flag$line"
    end
    if test (count $found) -eq 0 -a (math "bitand($directive, 5)") -eq 0
        set found "$flag"(__fish_complete_path (string replace -- "$flag" '' "$word"))
    end
    printf '%s\n' $found
    if test (count $found) -eq 1 -a (math "bitand($directive, 2)") -ne 0
        # Two that begin alike get no blank behind them.
        set -l text (string split -m 1 -- \t $found)
        string match -qr -- '[@=/:.,-]$' $text[1]; or echo $text[1].
    end
end

complete -c quarry -e
complete -c quarry -f -a '(__quarry_complete)'
