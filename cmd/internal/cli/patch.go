package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/patch"
)

func newPatch(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "patch",
		Short: "Plan, apply, check, revert and convert patch files",
		Long: `A patch file says what to change in a program, and what must be there before:
see docs/patch-files.md. plan tells what would change, apply changes all of it or
nothing, check tells whether it is in effect, and revert takes it back. Applying
a file twice is safe.`,
		Example: `  patch plan greeting.toml
  patch apply greeting.toml`,
		GroupID: groupPatch,
		Args:    e.unknownVerb,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPatchPlan(e), newPatchApply(e), newPatchCheck(e), newPatchRevert(e), newPatchImport(e), newPatchExport(e))
	return cmd
}

func newPatchPlan(e *env) *cobra.Command {
	var t targets
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Tell what a patch file would change, and write nothing",
		Long: `Tell for each edit of a patch file what it would change, and write nothing. The
exit code is that which apply would have.`,
		Example: `  patch plan greeting.toml`,
		Args:    arguments(1, 1, "a patch FILE"),
	}
	cmd.RunE = e.each(&t, func(ctx context.Context, args []string) (render.Result, error) {
		plan, err := e.plan(ctx, args[0])
		if err != nil {
			return nil, err
		}
		result, err := e.planned(plan, t)
		return result, firstError(err, plan.Check(), plan.CheckFiles())
	})
	t.add(e, cmd)
	return cmd
}

func newPatchCheck(e *env) *cobra.Command {
	var t targets
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Tell whether a patch file is applied, by the exit code",
		Long: `Tell whether every edit of a patch file is in effect, and write nothing.

Exit codes: 0 applied · 3 not applied, or a place is not found · 6 something
else is there than before or after the patch.`,
		Example: `  patch check lives.toml`,
		Args:    arguments(1, 1, "a patch FILE"),
	}
	cmd.RunE = e.each(&t, func(ctx context.Context, args []string) (render.Result, error) {
		plan, err := e.plan(ctx, args[0])
		if err != nil {
			return nil, err
		}
		result, err := e.planned(plan, t)
		switch stopped := plan.Check(); {
		case err != nil:
			return nil, err
		case stopped != nil:
			return result, stopped
		case plan.Count(patch.Pending) > 0:
			return result, notAppliedError(plan.Count(patch.Pending))
		}
		return result, nil
	})
	t.add(e, cmd)
	return cmd
}

// notAppliedError is a patch file that could be applied and is not, by the
// number of its edits that are not. It is ErrNotFound.
type notAppliedError int

func (n notAppliedError) Error() string {
	return render.Count(uint64(n), "edit is not applied", "edits are not applied")
}

// Is matches ErrNotFound.
func (n notAppliedError) Is(target error) bool { return target == ErrNotFound }

// plan reads a patch file and plans it.
func (e *env) plan(ctx context.Context, path string) (*patch.Plan, error) {
	f, err := workspace.ReadPatch(path)
	if err != nil {
		return nil, err
	}
	return e.work.Plan(ctx, f)
}

// planned returns a plan as it is shown.
func (e *env) planned(plan *patch.Plan, t targets) (render.Result, error) {
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	s := e.work.Attached()
	return render.NewPlan(plan, t.subject(s), places, s.Layout().Order), nil
}
