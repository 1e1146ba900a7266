package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newReplace(e *env) *cobra.Command {
	var flags searchFlags
	var writing workspace.Writing
	cmd := &cobra.Command{
		Use:   "replace OLD NEW",
		Short: "Write a value over every place that holds another",
		Long: `Find OLD and write NEW over every place that holds it, or over none of them.
A NEW text that is shorter is padded with NULs to the length of OLD, and one
that is longer is refused: nothing beside OLD is ever overwritten. Of bytes,
only as many change as NEW has.`,
		Example: `  replace "String 1" "Replaced" --in heap
  replace -t bytes "74 ?? 90" "eb" --in module:game`,
		GroupID: groupEdit,
		Args:    arguments(2, 2, "OLD and NEW, in quotes where they hold spaces"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		q, err := flags.query(cmd)
		if err != nil {
			return nil, err
		}
		replaced, err := e.work.Replace(ctx, q, args[0], args[1], writing)
		if replaced == nil {
			return nil, err
		}
		if replaced.Count == 0 {
			return nil, errors.Join(err, fmt.Errorf("%w: no %s %q in %s", ErrNotFound, replaced.Type, args[0], q.Scope))
		}
		places, placesErr := e.places()
		result := render.NewWrites(replaced.Group, replaced.Count, places)
		result.Padded = replaced.Padded
		return result, errors.Join(err, placesErr)
	})
	flags.add(cmd, "the `type` of both values (default string): i8 … u64 f32 f64 string utf16 bytes")
	addWriting(cmd, &writing)
	cmd.ValidArgsFunction = fixed()
	return cmd
}
