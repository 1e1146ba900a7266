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
		Short: "Plan, apply and revert patch files",
		Long: `A patch file says what to change in a program, and what must be there before:
see docs/patch-files.md. plan tells what would change, apply changes all of it or
nothing, and revert takes it back. Applying a file twice is safe.`,
		GroupID: groupPatch,
		Args:    unknownVerb,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newPatchPlan(e), newPatchApply(e), newPatchRevert(e))
	return cmd
}

func newPatchPlan(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "plan FILE",
		Short: "Tell what a patch file would change, and write nothing",
		Long: `Tell for each edit of a patch file what it would change, and write nothing. The
exit code is that which apply would have.`,
		Args: arguments(1, 1, "a patch FILE"),
		RunE: e.verb(func(ctx context.Context, args []string) (render.Result, error) {
			plan, err := e.plan(ctx, args[0])
			if err != nil {
				return nil, err
			}
			places, err := e.places()
			if err != nil {
				return nil, err
			}
			return render.NewPlan(plan, places, e.work.Attached().Layout().Order), plan.Check()
		}),
	}
}

// plan reads a patch file and plans it.
func (e *env) plan(ctx context.Context, path string) (*patch.Plan, error) {
	f, err := workspace.ReadPatch(path)
	if err != nil {
		return nil, err
	}
	return e.work.Plan(ctx, f)
}
