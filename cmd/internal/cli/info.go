package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newInfo(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "info",
		Short:   "Tell what is known about the process",
		GroupID: groupProcess,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			s, err := e.work.Session()
			if err != nil {
				return nil, err
			}
			info, err := s.Info()
			if err != nil {
				return nil, err
			}
			return render.NewInfo(info), nil
		}),
	}
}
