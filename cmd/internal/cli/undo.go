package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newUndo(e *env) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "undo",
		Short: "Take back the last thing done: a search, a narrowing, a write, a reset",
		Long: `Take back the last thing done, whatever it was: a search, a narrowing, a write, a
reset. Of a write, the former bytes are put back where the written ones still
are; with --force, also where the program has written something else since.`,
		GroupID: groupEdit,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			step, err := e.work.Undo(ctx, force)
			return took("undo", step, err)
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "put former bytes back whatever is there now")
	return cmd
}

func newRedo(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "redo",
		Short:   "Do again what undo took back last",
		GroupID: groupEdit,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			step, err := e.work.Redo(ctx)
			return took("redo", step, err)
		}),
	}
}

// took returns what a step of the history did, as it is shown.
func took(verb string, step workspace.Step, err error) (render.Result, error) {
	if err != nil {
		return nil, err
	}
	return render.Done{Done: verb, Title: step.Title}, nil
}
