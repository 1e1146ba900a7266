package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/search/text"
	"quarry/session"
)

func newStrings(e *env) *cobra.Command {
	var q text.Query
	var in string
	cmd := &cobra.Command{
		Use:   "strings",
		Short: "Show the texts in memory",
		Long: `Show the texts in memory with their addresses, as they are found and in the
order of their addresses: characters side by side that can be printed, in UTF-8
and, with --utf16, in UTF-16 of both byte orders. A text of more than --max
characters is shown in parts, a line each.

The output is made for pipes: strings | grep -i password, strings | head.`,
		Example: `  strings --in heap
  strings --in heap --filter http
  strings -n 8 --utf16 --in anon`,
		GroupID: groupLook,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			if q.Min < 1 || q.Max < 1 {
				return nil, &usageError{"--min and --max count characters from 1", ""}
			}
			if in != "" {
				var err error
				if q.Scope, err = session.ParseScope(in); err != nil {
					return nil, err
				}
			}
			return nil, e.strings(ctx, q)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&in, "in", "", "look in this `scope` (default writable): heap, anon, stack, data, exec, all, module:NAME, START..END, joined by commas")
	flags.IntVarP(&q.Min, "min", "n", text.DefaultMin, "leave out texts of less than `N` characters")
	flags.IntVar(&q.Max, "max", text.DefaultMax, "show at most `N` characters in a line")
	flags.BoolVar(&q.UTF16, "utf16", false, "look for UTF-16 too, as Windows, Java and Qt programs have it (alphabets, no ideographs)")
	flags.StringVar(&q.Filter, "filter", "", "show only texts that hold this `TEXT`")
	completeFlag(cmd, "in", completeScopes)
	completeFlag(cmd, "min", fixed("4", "6", "8"))
	completeFlag(cmd, "max", fixed("80", "256"))
	completeFlag(cmd, "filter", fixed())
	return cmd
}

// strings shows texts as they are found.
func (e *env) strings(ctx context.Context, q text.Query) error {
	out, err := e.output()
	if err != nil {
		return err
	}
	if terminal(e.Out) {
		e.work.Progress = nil // the lines tell how far it has come
	}
	found := false
	err = e.work.Strings(ctx, q, func(batch []text.String) error {
		found = true
		return out.Strings(batch)
	})
	switch {
	case errors.Is(err, syscall.EPIPE): // who reads them has seen enough
		return nil
	case err != nil || found:
		return err
	}
	holding := ""
	if q.Filter != "" {
		holding = fmt.Sprintf(" that holds %q", q.Filter)
	}
	return fmt.Errorf("%w: no text of %d characters or more%s in %s", ErrNotFound, q.Min, holding, q.Scope)
}
