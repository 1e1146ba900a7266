package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newRun(e *env) *cobra.Command {
	var lines []string
	cmd := &cobra.Command{
		Use:   "run [flags] -- PROGRAM [ARGUMENT]...",
		Short: "Start a program, attach to it and open the prompt",
		Long: `Start a program, attach to it and open the prompt. The program's input is empty
and its output goes to standard error; at the prompt it is shown before the next
line, so that it is not in the way of typing. It ends with quarry, unless detach
lets it go.

A process may always attach to one that it started, so this also works where
the system forbids attaching to others.`,
		Example: `  quarry run -- ./loop
  quarry run -e 'maps' -- ./loop`,
		GroupID: groupProcess,
		Args:    arguments(1, -1, "a PROGRAM"),
	}
	cmd.RunE = e.conversation(func(ctx context.Context, args []string) (render.Result, error) {
		p := e.prompt
		if p == nil {
			p = e.newPrompt(lines)
		}
		if err := e.start(p, args); err != nil {
			return nil, err
		}
		return e.converse(ctx, p, lines)
	})
	cmd.Flags().SetInterspersed(false) // what follows PROGRAM is the program's
	addLines(e, cmd, &lines)
	return cmd
}
