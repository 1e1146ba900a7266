package cli

import (
	"context"
	"embed"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

// completionScripts are what shells load. They are not those that cobra makes,
// which run what was typed to find its words: quarry find '> 5' at Tab would
// make a file.
//
//go:embed completion
var completionScripts embed.FS

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
		code, err := completionScripts.ReadFile("completion/quarry." + filepath.Base(args[0]))
		if err != nil {
			return nil, &usageError{fmt.Sprintf("no completion for %q", args[0]), "there is one for bash, zsh and fish"}
		}
		return render.Script{Shell: args[0], Code: string(code)}, nil
	})
	return cmd
}
