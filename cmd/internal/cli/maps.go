package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/session"
)

func newMaps(e *env) *cobra.Command {
	var in string
	cmd := &cobra.Command{
		Use:     "maps",
		Short:   "Show the memory map, with what each region is for",
		GroupID: groupLook,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			s, err := e.work.Session()
			if err != nil {
				return nil, err
			}
			var regions []session.Region
			if in == "" {
				regions, err = s.Regions()
			} else {
				var scope session.Scope
				if scope, err = session.ParseScope(in); err == nil {
					regions, err = scope.Select(s)
				}
			}
			if err != nil {
				return nil, err
			}
			return render.NewRegions(regions), nil
		}),
	}
	cmd.Flags().StringVar(&in, "in", "", "show only this `scope`: writable, heap, anon, stack, data, exec, all, module:NAME, START..END")
	completeFlag(cmd, "in", completeScopes)
	return cmd
}
