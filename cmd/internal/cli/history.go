package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newHistory(e *env) *cobra.Command {
	var lines bool
	var limit int
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List what was done and what was taken back",
		Long: `List what was done, which undo takes back, and what was taken back, which redo
does again. At the prompt, --lines lists the lines typed instead. There

  !7      runs line 7 again
  !-2     the last but one
  !!      the last
  !find   the last that begins with find

and what follows is added to the line: !7 --limit 5.`,
		Example:     `  history`,
		Annotations: done("find 100"),
		GroupID:     groupEdit,
		Args:        arguments(0, 0, ""),
	}
	cmd.RunE = e.verb(func(context.Context, []string) (render.Result, error) {
		if limit < 0 {
			return nil, &usageError{"--limit cannot be negative", ""}
		}
		if lines {
			return e.typed(limit), nil
		}
		done, undone := e.work.History()
		result := render.History{Done: []string{}, Undone: []string{}}
		for _, s := range done {
			result.Done = append(result.Done, s.Title)
		}
		for _, s := range undone {
			result.Undone = append(result.Undone, s.Title)
		}
		return result, nil
	})
	if e.prompt != nil {
		cmd.Example += "\n  history --lines"
		cmd.Flags().BoolVarP(&lines, "lines", "l", false, "list the lines typed, as !7 means them")
		cmd.Flags().IntVar(&limit, "limit", defaultRows, "show at most the last `N` lines")
	}
	return cmd
}

// typed returns the last lines that were typed.
func (e *env) typed(limit int) render.Typed {
	var all []string
	if e.prompt.reader != nil {
		all = e.prompt.reader.Lines()
	}
	result := render.Typed{Lines: []render.TypedLine{}}
	for i := max(0, len(all)-limit); i < len(all); i++ {
		result.Lines = append(result.Lines, render.TypedLine{Number: i + 1, Line: all[i]})
	}
	return result
}
