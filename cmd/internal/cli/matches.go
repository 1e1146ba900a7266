package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
)

func newMatches(e *env) *cobra.Command {
	var limit int
	var from uint64
	cmd := &cobra.Command{
		Use:     "matches",
		Short:   "List the candidates with what they hold now",
		GroupID: groupSearch,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			if limit < 0 || from < 1 {
				return nil, &usageError{"--limit counts from 0 and --from from 1", ""}
			}
			return e.present(from, limit)
		}),
	}
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
		shown := func(raw []byte) render.Value {
			return render.Value{Type: row.Type, Raw: raw, Order: g.Layout().Order}
		}
		m := render.Match{Index: row.Index, Address: render.Address(row.Addr), Place: places.Of(row.Addr), Value: shown(row.Value)}
		if row.Changed() {
			was := m.Value
			m.Value, m.Was = shown(row.Now), &was
		}
		result.Rows = append(result.Rows, m)
	}
	result.Truncated = uint64(len(result.Rows)) < result.Count
	if result.Count == 0 {
		return result, errShownNotFound
	}
	return result, nil
}
