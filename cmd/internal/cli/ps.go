package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/session"
)

func newPs(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "ps [TEXT]",
		Example: "  quarry ps\n  quarry ps game",
		Short:   "List processes",
		Long:    "List the processes that have memory of their own, or those whose name or command line holds TEXT.",
		GroupID: groupProcess,
		Args:    arguments(0, 1, "at most one TEXT"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			processes, err := session.List()
			if err != nil {
				return nil, err
			}
			list := render.Processes{Processes: []render.Process{}}
			for _, p := range processes {
				if listed(p, args) {
					list.Processes = append(list.Processes, render.NewProcess(p))
				}
			}
			if len(list.Processes) == 0 {
				return nil, fmt.Errorf("%w: no process has %q in its command line", ErrNotFound, strings.Join(args, " "))
			}
			return list, nil
		}),
		ValidArgsFunction: completeNames,
	}
}

// listed reports whether a process is one that can be worked on and, where a
// text is given, holds it.
func listed(p session.Process, args []string) bool {
	if len(p.Cmdline) == 0 || p.PID == os.Getpid() {
		return false
	}
	return len(args) == 0 || strings.Contains(p.Command(), args[0]) || strings.Contains(p.Name, args[0])
}
