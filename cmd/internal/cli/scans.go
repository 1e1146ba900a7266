package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newScans(e *env) *cobra.Command {
	return &cobra.Command{
		Use:         "scans",
		Example:     `  scans`,
		Annotations: done("find 100", "find 50 --as second"),
		Short:       "List the open searches",
		Long: `List the open searches. find --as NAME opens one beside the others, and matches
NAME makes it the current one. HELD is what a search takes in memory and, past
the ceiling of --memory, in a temporary file, with the search it began with; the
last line adds what undo would bring back. reset --forget gives all that back.`,
		GroupID: groupSearch,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			result := render.Scans{Scans: []render.Scan{}}
			result.Memory, result.File = e.work.Held()
			for _, s := range e.work.Scans() {
				memory, file := s.Usage()
				result.Scans = append(result.Scans, render.Scan{
					Name: s.Name, Current: s.Current, Count: s.Len(), Type: s.Type.String(),
					Condition: s.Asked(), Scope: s.Scope.String(), Memory: memory, File: file,
				})
			}
			return result, nil
		}),
	}
}
