package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newUndo(e *env) *cobra.Command {
	return historyVerb(e, "undo", "Take back the last thing done: a narrowing, a write, a reset", (*workspace.Workspace).Undo)
}

func newRedo(e *env) *cobra.Command {
	return historyVerb(e, "redo", "Do again what undo took back last", (*workspace.Workspace).Redo)
}

func historyVerb(e *env, name, short string, do func(*workspace.Workspace, context.Context) (workspace.Step, error)) *cobra.Command {
	return &cobra.Command{
		Use:     name,
		Short:   short,
		GroupID: groupEdit,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			step, err := do(e.work, ctx)
			if err != nil {
				return nil, err
			}
			return render.Done{Done: name, Title: step.Title}, nil
		}),
	}
}

func newHistory(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "history",
		Short:   "List what was done and what was taken back",
		GroupID: groupEdit,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			done, undone := e.work.History()
			result := render.History{Done: []string{}, Undone: []string{}}
			for _, s := range done {
				result.Done = append(result.Done, s.Title)
			}
			for _, s := range undone {
				result.Undone = append(result.Undone, s.Title)
			}
			return result, nil
		}),
	}
}
