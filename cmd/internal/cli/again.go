package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newAgain(e *env) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "again [CONDITION]",
		Short: "Search afresh, as the same type and in the same scope",
		Long: `Search afresh as the current search began: for values of the same type, stored in
the same form, in the same scope. It is for a narrowing that came to nothing, as
when the program has moved the value since. CONDITION is one of find; without
one, it is what was asked last. undo brings the former candidates back.`,
		Annotations: done("find 100"),
		Example: `  again
  again 95`,
		GroupID: groupSearch,
		Args:    arguments(0, -1, "at most a CONDITION, such as 95"),
		ValidArgsFunction: fixed(
			describe("unknown", "any value"), describe("not", "the contrary"),
		),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		if limit < 0 {
			return nil, &usageError{"--limit cannot be negative", ""}
		}
		g, err := e.work.Again(ctx, args)
		if err != nil {
			return nil, err
		}
		return e.matches(cmd.Context(), nil, g, limit)
	})
	addLimit(cmd, &limit)
	return cmd
}
