package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newNarrow(e *env) *cobra.Command {
	var limit int
	var name string
	cmd := &cobra.Command{
		Use:   "narrow CONDITION",
		Short: "Keep the candidates that meet another condition now",
		Long: `Read the candidates again and keep those that meet a condition now. Beside the
conditions of find there are

  same, changed              the bytes are what they were at the last search, or not
  up, down                   greater or less than at the last search
  by 5, by 1..5, by 10%      changed by so much, upwards or downwards
  up by 5, down by 5%        changed by so much in one direction
  CONDITION since first      compared with the first search, not the last

and scanmem's signs for them: =, !=, > and < alone, + 5 and - 5. undo brings the
candidates back that were there before.`,
		Annotations: done("find 100"),
		Example: `  narrow 95
  narrow down
  narrow not changed
  narrow down by 5
  narrow same since first`,
		GroupID: groupSearch,
		Args:    arguments(1, -1, "a CONDITION, such as 95 or changed"),
		ValidArgsFunction: fixed(
			describe("same", "as at the last search"), describe("changed", "not as at the last search"),
			describe("up", "greater than at the last search"), describe("down", "less than at the last search"),
			describe("by", "changed by so much"),
			describe("not", "the contrary"),
		),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		if limit < 0 {
			return nil, &usageError{"--limit cannot be negative", ""}
		}
		before, _ := e.work.Scan() // Narrow tells when there is none
		g, err := e.work.Narrow(ctx, name, args)
		if err != nil {
			return nil, err
		}
		return e.matches(cmd.Context(), before, g, limit)
	})
	addLimit(cmd, &limit)
	e.addName(cmd, &name)
	return cmd
}
