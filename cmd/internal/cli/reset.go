package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newReset(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "reset",
		Short:   "Forget the search, to begin another",
		GroupID: groupSearch,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			if err := e.work.Reset(); err != nil {
				return nil, err
			}
			return render.Done{Done: "reset", Title: "the search is forgotten; undo brings it back"}, nil
		}),
	}
}
