package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newExplain(e *env) *cobra.Command {
	if e.prompt == nil {
		return nil
	}
	return &cobra.Command{
		Use:   "explain [on | off]",
		Short: "Tell each system call made on the process, or no more",
		Long: `Tell each system call that a verb makes on the process, with what it is for, as
--explain does for one line. Of many that are alike the first are told, and how
many there were. What was read can be read by hand, with the address and the
number of bytes of a pread64:

  dd if=/proc/PID/mem iflag=skip_bytes,count_bytes skip=$((0xADDRESS)) count=BYTES

The kernel allows that to root and to whoever may attach.`,
		Example: `  explain on`,
		GroupID: groupLearn,
		Args:    arguments(0, 1, "on or off"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			if len(args) > 0 {
				switch args[0] {
				case "on", "off":
					e.prompt.flags.explain = args[0] == "on"
				default:
					return nil, &usageError{"explain is on or off, and not \"" + args[0] + "\"", ""}
				}
			}
			state := "off: system calls are not told"
			if e.prompt.flags.explain {
				state = "on: system calls are told"
			}
			return render.Done{Done: "explain", Title: state}, nil
		}),
		ValidArgsFunction: fixed(describe("on", "tell each system call"), describe("off", "tell none")),
	}
}
