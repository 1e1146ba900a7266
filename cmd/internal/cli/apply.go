package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/patch"
)

func newPatchApply(e *env) *cobra.Command {
	var undo string
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Apply a patch file: all of it, or nothing",
		Long: `Find the place of every edit, check that what is expected is there, and only
then write all of them. What is written is read back. Edits that are applied
already are left alone, so applying a file twice is safe.

Exit codes: 0 applied, now or before · 2 the file cannot be read · 3 a place is
not found, or not as often as asked · 6 something else is there than expected.
In all but 0 nothing has been written.`,
		Example: `  patch apply examples/hello/greeting.toml
  patch apply lives.toml --undo before.toml`,
		Args: arguments(1, 1, "a patch FILE"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			plan, err := e.plan(ctx, args[0])
			if err != nil {
				return nil, err
			}
			if stop := plan.Check(); stop != nil {
				return e.planned(plan, stop)
			}
			return e.apply(ctx, plan, undo)
		}),
	}
	cmd.Flags().StringVar(&undo, "undo", "", "save what takes it back as a new patch `FILE` for this process alone")
	return cmd
}

// apply carries out a plan, and saves what takes it back when undo names a file.
func (e *env) apply(ctx context.Context, plan *patch.Plan, undo string) (render.Result, error) {
	var saved *os.File
	if undo != "" && plan.Count(patch.Pending) > 0 {
		// The file is made before anything is written, so that there is no
		// write without it; and never in place of another.
		var err error
		if saved, err = os.OpenFile(undo, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return nil, fmt.Errorf("--undo: %w; nothing was written", err)
		}
		defer saved.Close()
	}
	result, err := e.work.Apply(ctx, plan)
	if err != nil {
		if saved != nil {
			err = errors.Join(err, os.Remove(undo))
		}
		return nil, err
	}
	shown, err := e.applied(result)
	if saved != nil && err == nil {
		_, err = saved.WriteString(shown.Undo)
		err = errors.Join(err, saved.Sync())
	}
	return shown, err
}

// applied returns what applying a plan did, as it is shown.
func (e *env) applied(result *patch.Result) (render.Plan, error) {
	places, err := e.places()
	if err != nil {
		return render.Plan{}, err
	}
	shown := render.NewPlan(result.Plan, places, e.work.Attached().Layout().Order)
	shown.Applied, shown.Changed = true, result.Changed
	for i := range shown.Edits {
		if shown.Edits[i].State == patch.Pending.String() {
			shown.Edits[i].State = patch.Applied.String()
		}
	}
	if !result.Changed {
		return shown, nil
	}
	text, err := result.UndoFile().Encode()
	shown.Undo = string(text)
	return shown, err
}
