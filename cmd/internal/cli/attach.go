package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newAttach(e *env) *cobra.Command {
	var lines []string
	cmd := &cobra.Command{
		Use:   "attach {PID | NAME}",
		Short: "Attach to a process and open the prompt",
		Long: `Attach to a running process and open the prompt, where every verb works on that
process. Attaching stops nothing and traces nothing. NAME is the name of the
process or of its program, exactly.

Lines can also come from -e or from a pipe. They are run one after another, and
the first that fails ends the run with its exit code.`,
		Example: `  quarry attach 4711
  quarry attach 4711 -e 'replace "String 1" Replaced --in heap'
  printf 'find 100\nset all 9999\n' | quarry attach 4711`,
		GroupID: groupProcess,
		Args:    arguments(1, 1, "a PID or NAME"),
	}
	cmd.RunE = e.conversation(func(ctx context.Context, args []string) (render.Result, error) {
		if err := e.work.Attach(args[0]); err != nil {
			return nil, err
		}
		return e.converse(ctx, e.newPrompt(lines), lines)
	})
	addLines(e, cmd, &lines)
	cmd.ValidArgsFunction = cobra.CompletionFunc(completeProcesses)
	return cmd
}

// addLines adds the flag -e to a verb that opens the prompt.
func addLines(e *env, cmd *cobra.Command, lines *[]string) {
	if e.prompt != nil {
		return
	}
	cmd.Flags().StringArrayVarP(lines, "execute", "e", nil, "run this `LINE` instead of opening the prompt (repeatable)")
	completeFlag(cmd, "execute", fixed())
}

func newDetach(e *env) *cobra.Command {
	if e.prompt == nil {
		return nil
	}
	return &cobra.Command{
		Use:     "detach",
		Short:   "Let go of the process; a program started by run goes on",
		Example: `  detach`,
		GroupID: groupProcess,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			s, err := e.work.Session()
			if s == nil {
				return nil, err
			}
			name := s.Name()
			id, _ := e.work.Detach()
			return render.Done{Done: "detach", Title: target(name, id.PID)}, nil
		}),
	}
}
