package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/manual"
	"quarry/cmd/internal/outfile"
	"quarry/cmd/internal/render"
)

func newMan(e *env) *cobra.Command {
	var folder string
	var force bool
	var cmd *cobra.Command
	cmd = &cobra.Command{
		Use:   "man [VERB]...",
		Short: "Write the manual page of a verb, for man",
		Long: `Write the manual page of a verb to standard output, as man and groff read it, or
that of quarry itself. With --dir all pages are written to files: in a folder
named man1 below one that MANPATH names, man finds them.`,
		Example: `  quarry man find | man -l -
  quarry man patch apply
  quarry man --dir ./man1`,
		GroupID: groupLearn,
		Args:    cobra.ArbitraryArgs,
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			tree, given := Tree(), cmd.Flags().Changed("dir")
			if given && folder == "" {
				return nil, &usageError{"--dir needs the name of a FOLDER", ""}
			}
			if given {
				if len(args) > 0 {
					return nil, &usageError{"--dir writes all pages", "leave out " + args[0] + ", or --dir"}
				}
				return writeManuals(tree, folder, force)
			}
			of, err := e.verbOf(tree, args)
			if err != nil {
				return nil, err
			}
			page := manual.Of(of)
			return render.Manual{Name: page.Name, Roff: page.Roff()}, nil
		}),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return completeHelp(cmd, args, word)
			}
			var words []string
			for _, verb := range offered(cmd.Root()) {
				words = append(words, describe(verb.Name(), verb.Short))
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVar(&folder, "dir", "", "write all pages into this `FOLDER`, which is made")
	cmd.Flags().BoolVar(&force, "force", false, "replace files that are there already")
	return cmd
}

// writeManuals writes all pages into a folder.
func writeManuals(tree *cobra.Command, folder string, force bool) (render.Result, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	result := render.Manuals{Folder: folder, Files: []string{}}
	for _, page := range manual.All(tree) {
		path := filepath.Join(folder, page.Name+".1")
		if err := outfile.Write(path, []byte(page.Roff()), force); err != nil {
			return result, err
		}
		result.Files = append(result.Files, path)
	}
	return result, nil
}

// Tree returns the tree of verbs as it is documented: that of the shell, with
// the verbs that only the prompt has.
func Tree() *cobra.Command {
	root := newRoot(newEnv(Streams{}))
	atPrompt := newEnv(Streams{})
	atPrompt.prompt = &prompt{flags: atPrompt.flags}
	for _, verb := range newRoot(atPrompt).Commands() {
		of := subVerb(root, verb.Name())
		if of != nil {
			manual.SetPromptForm(of, verb)
			continue
		}
		verb.Parent().RemoveCommand(verb)
		if verb.Annotations == nil {
			verb.Annotations = done("")
		}
		root.AddCommand(verb)
		manual.SetPromptOnly(verb)
		pasteAll(verb, false)
	}
	return root
}
