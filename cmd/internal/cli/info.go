package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/session"
)

func newInfo(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Tell what is known about the process",
		Long: `Tell what is known about the process: its program and build ID, command line,
user, threads, machine, who traces it, whether quarry may attach to it, and how
much memory of each kind is mapped and in use.

Of a process that may not be attached to, what everybody may know is told, and
why not, and what would help. The exit code is then 4.`,
		Example: `  quarry -p 4711 info
  quarry -p 4711 info --json`,
		GroupID: groupProcess,
		Args:    arguments(0, 0, ""),
	}
	attached := e.verb(func(context.Context, []string) (render.Result, error) {
		s, err := e.work.Session()
		if err != nil {
			return nil, err
		}
		info, err := s.Info()
		if err != nil {
			return nil, err
		}
		return render.NewInfo(info, nil), nil
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := attached(cmd, args)
		var refused *session.PermissionError
		if e.work.Attached() != nil || !errors.As(err, &refused) {
			return err
		}
		info, inspectErr := session.Inspect(refused.PID)
		if inspectErr != nil {
			return err
		}
		out, outErr := e.output()
		if outErr != nil {
			return err
		}
		return errors.Join(err, out.Result(render.NewInfo(info, refused)))
	}
	return cmd
}
