package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/patch"
)

func newUndo(e *env) *cobra.Command {
	return &cobra.Command{
		Use:         "undo",
		Example:     `  undo`,
		Annotations: done("find 100", "set 1 99"),
		Short:       "Take back the last thing done: a search, a narrowing, a write, a reset",
		Long: `Take back the last thing done, whatever it was: a search, a narrowing, a write, a
reset. Of a write, the former bytes are put back where the written ones still
are. What the program has changed since is left alone and named, with exit code 6.`,
		GroupID: groupEdit,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			step, err := e.work.Undo(ctx)
			return took("undo", step, err)
		}),
	}
}

func newRedo(e *env) *cobra.Command {
	return &cobra.Command{
		Use:         "redo",
		Example:     `  redo`,
		Annotations: done("find 100", "set 1 99", "undo"),
		Short:       "Do again what undo took back last",
		GroupID:     groupEdit,
		Args:        arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			step, err := e.work.Redo(ctx)
			return took("redo", step, err)
		}),
	}
}

// took returns what a step of the history did, as it is shown, also where it
// left something alone.
func took(verb string, step workspace.Step, err error) (render.Result, error) {
	if left := (*patch.LeftError)(nil); err != nil && !errors.As(err, &left) {
		return nil, err
	}
	return render.Done{Done: verb, Title: step.Title}, err
}
