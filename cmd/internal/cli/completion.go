package cli

import "github.com/spf13/cobra"

// addCompletion adds cobra's verb completion to the tree of the shell, with
// examples.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	verb := subVerb(root, "completion")
	verb.Example = "  quarry completion bash"
	for _, shell := range verb.Commands() {
		shell.Example = "  quarry completion " + shell.Name()
	}
}
