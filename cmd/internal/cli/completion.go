package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

// bashWords does for the script of bash what the package bash-completion does,
// where that is not installed: it splits the line, at blanks alone.
const bashWords = `
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref()
    {
        local line="${COMP_LINE:0:COMP_POINT}"
        read -ra words <<<"$line"
        [[ $line == *[[:blank:]] ]] && words+=("")
        cword=$((${#words[@]} - 1))
        cur=${words[cword]}
        prev=${words[cword - 1]}
    }
fi
`

// newCompletion is the verb completion, in place of cobra's, which takes any
// mistake for success and offers what Linux has not.
func newCompletion(e *env) *cobra.Command {
	if e.prompt != nil {
		return nil // Tab is at hand
	}
	cmd := &cobra.Command{
		Use:   "completion {bash | zsh | fish}",
		Short: "Write what lets a shell complete quarry's verbs",
		Long: `Write a script that lets a shell complete verbs, flags, types, scopes, processes,
modules and symbols at Tab, as the prompt does. In the file that a shell reads
when it starts, it is loaded by one of
  source <(quarry completion bash)      ~/.bashrc
  source <(quarry completion zsh)       ~/.zshrc, below compinit
  quarry completion fish | source       ~/.config/fish/config.fish`,
		Example: `  quarry completion bash
  quarry completion zsh
  quarry completion fish`,
		GroupID:   groupLearn,
		Args:      arguments(1, 1, "the name of a shell: bash, zsh or fish"),
		ValidArgs: []string{"bash", "zsh", "fish"},
	}
	cmd.RunE = e.verb(func(_ context.Context, args []string) (render.Result, error) {
		var code bytes.Buffer
		var err error
		switch root := cmd.Root(); args[0] {
		case "bash":
			err = root.GenBashCompletionV2(&code, true)
			code.WriteString(bashWords)
		case "zsh":
			err = root.GenZshCompletion(&code)
		case "fish":
			err = root.GenFishCompletion(&code, true)
		default:
			return nil, &usageError{fmt.Sprintf("no completion for %q", args[0]), "there is one for bash, zsh and fish"}
		}
		return render.Script{Shell: args[0], Code: code.String()}, err
	})
	return cmd
}
