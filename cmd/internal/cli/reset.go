package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newReset(e *env) *cobra.Command {
	var forget bool
	cmd := &cobra.Command{
		Use:         "reset [NAME]",
		Example:     "  reset\n  reset --forget",
		Annotations: done("find 100"),
		Short:       "Forget a search, to begin another",
		Long: `Forget the current search, or the one called NAME. undo brings it back, and so
it still holds memory. --forget forgets all searches for good, with those that
undo would bring back, and gives back what they hold; writes can still be undone.`,
		GroupID: groupSearch,
		Args:    arguments(0, 1, "at most the NAME of a scan"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			if forget && len(args) > 0 {
				return nil, &usageError{"--forget forgets all searches, and takes no NAME", ""}
			}
			if forget {
				e.work.Forget()
				return render.Done{Done: "reset", Title: "all searches are forgotten, and their memory is given back"}, nil
			}
			if err := e.work.Reset(strings.Join(args, "")); err != nil {
				return nil, err
			}
			return render.Done{Done: "reset", Title: "the search is forgotten; undo brings it back"}, nil
		}),
		ValidArgsFunction: e.completeScans,
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "forget all searches for good, and give back their memory")
	return cmd
}
