package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newReset(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "reset [NAME]",
		Short:   "Forget a search, to begin another",
		GroupID: groupSearch,
		Args:    arguments(0, 1, "at most the NAME of a scan"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			if err := e.work.Reset(strings.Join(args, "")); err != nil {
				return nil, err
			}
			return render.Done{Done: "reset", Title: "the search is forgotten; undo brings it back"}, nil
		}),
		ValidArgsFunction: e.completeScans,
	}
}
