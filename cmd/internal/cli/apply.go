package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/outfile"
	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/patch"
)

func newPatchApply(e *env) *cobra.Command {
	var undo string
	var t targets
	var period time.Duration
	var writing workspace.Writing
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Apply a patch file: all of it, or nothing",
		Long: `Find the place of every edit, check that what is expected is there, and only
then write all of them. What is written is read back. Edits that are applied
already are left alone, so applying a file twice is safe. What the file freezes
is kept so at the prompt, and from the shell as long as --for says.

Exit codes: 0 applied, now or before · 2 the file cannot be read · 3 a place is
not found, or not as often as asked · 6 something else is there than expected.
In all but 0 nothing has been written, or the message names what could not be
taken back; that is then what --undo saves.`,
		Example: `  patch apply greeting.toml
  patch apply lives.toml --undo before.toml
  quarry -p game patch apply lives.toml --wait`,
		Args: arguments(1, 1, "a patch FILE"),
	}
	cmd.RunE = e.each(&t, func(ctx context.Context, args []string) (render.Result, error) {
		if t.all && (undo != "" || period != 0) {
			return nil, &usageError{"--undo and --for are about one process, and --all about several", "name the process by its PID"}
		}
		plan, err := e.fitting(ctx, &t, args[0])
		if err != nil {
			return nil, err
		}
		if stop := plan.Check(); stop != nil {
			return e.refused(plan, stop, t)
		}
		result, err := e.apply(ctx, plan, undo, t, writing, e.prompt != nil || period > 0)
		if err != nil || period == 0 {
			return result, err
		}
		return result, e.keepFor(ctx, period)
	})
	cmd.Flags().StringVar(&undo, "undo", "", "save what takes it back as a new patch `FILE` for this process alone")
	cmd.Flags().DurationVar(&period, "for", 0, "stay for this `time` and keep frozen what the file freezes")
	completeFlag(cmd, "for", fixed("10s", "1m"))
	addWriting(cmd, &writing)
	t.add(e, cmd)
	t.addWait(e, cmd)
	return cmd
}

// beginning is how long a process that was waited for may take to have what a
// patch file is about.
const beginning = 10 * time.Second

// fitting plans a patch file. In a process that has only just started it waits
// for the plan to fit: at first, not even its libraries are there.
func (e *env) fitting(ctx context.Context, t *targets, path string) (*patch.Plan, error) {
	for began := time.Now(); ; {
		plan, err := e.plan(ctx, path)
		if err != nil || !t.started || plan.Check() == nil || time.Since(began) > beginning {
			return plan, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

// refused returns a plan that is not carried out, with the error that stops it.
func (e *env) refused(plan *patch.Plan, stop error, t targets) (render.Result, error) {
	shown, err := e.applied(&patch.Result{Plan: plan}, "", t)
	return shown, errors.Join(stop, err)
}

// apply carries out a plan, and saves what takes it back when undo names a file.
// stays says that what is frozen is kept so for a while.
func (e *env) apply(ctx context.Context, plan *patch.Plan, undo string, t targets, o workspace.Writing, stays bool) (render.Result, error) {
	saved := ""
	if undo != "" && plan.Count(patch.Pending) > 0 {
		var err error
		if saved, err = saveUndo(plan, undo); err != nil {
			return nil, fmt.Errorf("--undo: %w; nothing was written", err)
		}
	}
	result, frozen, err := e.work.Apply(ctx, plan, o)
	text := ""
	if result != nil && result.Changed { // also when that is what is left of a failure
		encoded, encodeErr := result.UndoFile().Encode()
		text, err = string(encoded), errors.Join(err, encodeErr)
	}
	if saved != "" {
		if err != nil && text != "" {
			err = fmt.Errorf("%w; %s holds what takes it back", err, undo)
		}
		err = errors.Join(err, settleUndo(undo, saved, text))
	}
	if result == nil || errors.Is(err, patch.ErrPartial) {
		return nil, err
	}
	if result.Changed && e.prompt != nil {
		e.prompt.course.changedBy(plan.File.Name)
	}
	if !stays {
		frozen = nil
	}
	shown, showErr := e.applied(result, text, t, frozen...)
	return shown, errors.Join(err, showErr)
}

// saveUndo writes the file that takes a plan back, so that it is on disk before
// the first write to the process, and never in place of another. It refuses a
// plan whose file could not be read again. It returns the text of the file.
func saveUndo(plan *patch.Plan, path string) (string, error) {
	text, err := plan.UndoFile().Encode()
	if err == nil && len(text) > workspace.MaxPatch {
		err = errors.New("the file would be larger than 4 MiB, the most that is read")
	}
	if err != nil {
		return "", err
	}
	return string(text), outfile.New(path, text)
}

// settleUndo makes the saved file hold what was really written, where that is
// something else, and removes it when nothing was. The saved text would at worst
// name what was not written, and stays when the other cannot take its place.
func settleUndo(path, saved, text string) error {
	switch text {
	case "":
		return os.Remove(path)
	case saved:
		return nil
	}
	return outfile.Write(path, []byte(text), true)
}

// applied returns what applying a plan did, as it is shown. undo is the text of
// the file that takes it back, and frozen are the entries that are kept frozen.
func (e *env) applied(result *patch.Result, undo string, t targets, frozen ...string) (render.Result, error) {
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	at := e.work.Attached()
	shown := render.NewApplied(result, undo, t.subject(at), places, at.Layout().Order)
	shown.Frozen = frozen
	return shown, nil
}
