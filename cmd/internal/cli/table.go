package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newSave(e *env) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "save FILE",
		Short: "Save the table of entries as a patch file",
		Long: `Save the table of entries as a patch file for this program. load brings it back
in any later run of the program, and patch apply writes its values. Comments of
a file that was loaded stay where they are. A file that is there already is
replaced only when the table was loaded from it or saved to it, and it has not
been changed since. What is on the table can be saved when the process has ended.`,
		Annotations: done("label '&lives' lives -t i32"),
		Example:     `  save lives.toml --force`,
		GroupID:     groupEdit,
		Args:        arguments(1, 1, "a FILE"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			n, err := e.work.Save(args[0], force)
			if err != nil {
				return nil, err
			}
			return render.Saved{
				Done: "save", Title: fmt.Sprintf("%s to %s", render.Count(uint64(n), "entry", "entries"), args[0]),
				Overlap: e.work.Contradicting(ctx),
			}, nil
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace a file that is there already")
	return cmd
}

func newLoad(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "load FILE",
		Short: "Load a table of entries, which is a patch file",
		Long: `Add the edits of a patch file to the table of entries, in place of those of the
same name, or, without a name, at the same location. Nothing is written to the
process: patch apply FILE does that, and freeze NAME. What is frozen stays so, at
the value it has; what the file has elsewhere is let go, and named.

The title, the [target] and the comments at the head are those of the file that
was loaded first, which save may replace without --force.`,
		Annotations: done(""),
		Example:     `  load lives.toml`,
		GroupID:     groupEdit,
		Args:        arguments(1, 1, "a FILE"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			thawed, err := e.work.Load(args[0])
			if err != nil {
				return nil, err
			}
			entries, err := e.work.Entries(ctx)
			if err != nil {
				return nil, err
			}
			return e.entries(entries, thawed...)
		}),
	}
}
