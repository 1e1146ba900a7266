package cli

import (
	"context"
	"runtime/debug"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Example: `  quarry version`,
		Short:   "Tell which quarry this is",
		GroupID: groupLearn,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			v := render.Version{Version: "unknown"}
			if info, ok := debug.ReadBuildInfo(); ok {
				v.Version, v.Go = info.Main.Version, info.GoVersion
			}
			return v, nil
		}),
	}
}
