package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

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
