package cli

import (
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/practice"
)

// newPractice is the verb by which quarry starts itself again as a target.
func newPractice(e *env) *cobra.Command {
	var every time.Duration
	var run int
	cmd := &cobra.Command{
		Use:       "practice PROGRAM",
		Short:     "Be a program to practise on",
		Hidden:    true,
		Args:      cobra.MatchAll(arguments(1, 1, "the name of a PROGRAM"), cobra.OnlyValidArgs),
		ValidArgs: append([]string{"hello"}, practice.Names()...),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "hello" {
				return practice.Hello(cmd.Context(), e.Out, every)
			}
			return practice.Run(cmd.Context(), args[0], run, e.In, e.Out)
		},
	}
	cmd.Flags().DurationVar(&every, "every", time.Second, "hello prints this often")
	cmd.Flags().IntVar(&run, "run", 1, "it is started for the `N`th time in a row")
	return cmd
}
