package cli

import (
	"time"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/practice"
)

// newPractice is the verb by which quarry starts itself again as a target.
func newPractice(e *env) *cobra.Command {
	var every time.Duration
	cmd := &cobra.Command{
		Use:       "practice hello",
		Short:     "Be a program to practise on",
		Hidden:    true,
		Args:      cobra.MatchAll(arguments(1, 1, "the name of a program"), cobra.OnlyValidArgs),
		ValidArgs: []string{"hello"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return practice.Hello(cmd.Context(), e.Out, every)
		},
	}
	cmd.Flags().DurationVar(&every, "every", time.Second, "print this often")
	return cmd
}
