package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
)

func newMatches(e *env) *cobra.Command {
	var limit int
	var from uint64
	cmd := &cobra.Command{
		Use:   "matches [NAME]",
		Short: "List the candidates with what they hold now",
		Long: `List the candidates of the current scan, or of the scan called NAME, with what
they hold now. The scan becomes the current one: rows of its list are what set
and other verbs mean by 3, 1..5 or all.`,
		GroupID: groupSearch,
		Args:    arguments(0, 1, "at most the NAME of a scan"),
		RunE: e.verb(func(_ context.Context, args []string) (render.Result, error) {
			if limit < 0 || from < 1 {
				return nil, &usageError{"--limit counts from 0 and --from from 1", ""}
			}
			if len(args) > 0 {
				if err := e.work.Choose(args[0]); err != nil {
					return nil, err
				}
			}
			return e.present(from, limit)
		}),
	}
	cmd.ValidArgsFunction = e.completeScans
	addLimit(cmd, &limit)
	cmd.Flags().Uint64Var(&from, "from", 1, "begin with candidate `N`")
	completeFlag(cmd, "from", fixed())
	return cmd
}

// present returns the candidates with what they hold now.
func (e *env) present(from uint64, limit int) (render.Result, error) {
	g, err := e.work.Scan()
	if err != nil {
		return nil, err
	}
	if from > max(g.Len(), 1) {
		return nil, fmt.Errorf("%w: --from %d; the candidates are 1..%d", workspace.ErrReference, from, g.Len())
	}
	rows, err := e.work.Present(g, from, limit)
	if err != nil {
		return nil, err
	}
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	result := summary(g)
	for _, row := range rows {
		m := render.Match{
			Index: row.Index, Address: render.Address(row.Addr), Place: places.Of(row.Addr),
			Value: newValue(g, row.Match, row.Value), Type: typeOf(g, row.Match),
		}
		if row.Changed() {
			was := m.Value
			m.Value, m.Was = newValue(g, row.Match, row.Now), &was
		}
		result.Rows = append(result.Rows, m)
	}
	result.Truncated = uint64(len(result.Rows)) < result.Count
	if result.Count == 0 {
		return result, errShownNotFound
	}
	return result, nil
}
