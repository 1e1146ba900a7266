package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newPatchRevert(e *env) *cobra.Command {
	var t targets
	var writing workspace.Writing
	cmd := &cobra.Command{
		Use:   "revert FILE",
		Short: "Take back what a patch file did, as far as it is still there",
		Long: `Put the former bytes back, edit by edit, wherever the new ones still are. What
the program has changed since is left alone and named, with exit code 6. What
the file froze at the prompt is let go.

The former bytes are those that the patch file finds or expects. Where it does
not tell them, or not how many places were written (matches = "all"), FILE must
be what apply saved with --undo.`,
		Example: `  patch revert greeting.toml`,
		Args:    arguments(1, 1, "a patch FILE"),
	}
	cmd.RunE = e.each(&t, func(ctx context.Context, args []string) (render.Result, error) {
		f, err := workspace.ReadPatch(args[0])
		if err != nil {
			return nil, err
		}
		result, thawed, err := e.work.Revert(ctx, f, writing)
		if result == nil {
			return nil, err
		}
		if err == nil {
			err = result.Err()
		}
		places, placesErr := e.places()
		if placesErr != nil {
			return nil, errors.Join(err, placesErr)
		}
		s := e.work.Attached()
		shown := render.NewReverted(f.Name, result, t.subject(s), places, s.Layout().Order)
		shown.Unfrozen = thawed
		return shown, err
	})
	addWriting(cmd, &writing)
	t.add(e, cmd)
	return cmd
}
