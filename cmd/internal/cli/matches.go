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
		Use:         "matches [NAME]",
		Example:     "  matches\n  matches --from 2 --limit 10",
		Annotations: done("find 100"),
		Short:       "List the candidates with what they hold now",
		Long: `List the candidates of the current scan, or of the scan called NAME, with what
they hold now. The scan becomes the current one: rows of its list are what set
and other verbs mean by 3, 1..5 or all.`,
		GroupID: groupSearch,
		Args:    arguments(0, 1, "at most the NAME of a scan"),
	}
	cmd.RunE = e.verb(func(_ context.Context, args []string) (render.Result, error) {
		if limit < 0 || from < 1 {
			return nil, &usageError{"--limit counts from 0 and --from from 1", ""}
		}
		if len(args) > 0 {
			if err := e.work.Choose(args[0]); err != nil {
				return nil, err
			}
		}
		return e.present(cmd.Context(), from, limit)
	})
	cmd.ValidArgsFunction = e.completeScans
	addLimit(cmd, &limit)
	cmd.Flags().Uint64Var(&from, "from", 1, "begin with candidate `N`")
	completeFlag(cmd, "from", fixed())
	return cmd
}

// present returns the candidates with what they hold now. ctx ends the listing.
func (e *env) present(ctx context.Context, from uint64, limit int) (render.Result, error) {
	g, err := e.work.Scan()
	if err != nil {
		return nil, err
	}
	if from > max(g.Len(), 1) {
		return nil, fmt.Errorf("%w: --from %d; the candidates are 1..%d", workspace.ErrReference, from, g.Len())
	}
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	result := summary(g, from, limit)
	result.Rows = func(yield func(render.Match, error) bool) {
		for row, err := range e.work.Present(ctx, g, from, limit) {
			m := newMatch(g, places, row.Index, row.Match)
			if row.Changed() {
				was := m.Value
				m.Value, m.Was = newValue(g, row.Match, row.Now), &was
			}
			if !yield(m, err) {
				return
			}
		}
	}
	if result.Count == 0 {
		return result, errShownNotFound
	}
	return result, nil
}
