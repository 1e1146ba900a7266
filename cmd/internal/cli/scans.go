package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newScans(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "scans",
		Short: "List the open searches",
		Long: `List the open searches. find --as NAME opens one beside the others, and matches
NAME makes it the current one.`,
		GroupID: groupSearch,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			result := render.Scans{Scans: []render.Scan{}}
			for _, s := range e.work.Scans() {
				result.Scans = append(result.Scans, render.Scan{
					Name: s.Name, Current: s.Current, Count: s.Len(), Type: s.Type.String(),
					Condition: s.Condition.String(), Scope: s.Scope.String(), Memory: s.Memory(),
				})
			}
			return result, nil
		}),
	}
}
