package cli

import (
	"cmp"
	"context"
	"encoding/binary"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/workspace"
	"quarry/patch/freeze"
	"quarry/search/value"
)

func newEntries(e *env) *cobra.Command {
	return &cobra.Command{
		Use:         "entries",
		Example:     `  entries`,
		Annotations: done("label '&lives' lives -t i32"),
		Short:       "List the labelled places with what they hold now",
		Long: `List the table of entries with what they hold now. label and load add to it, and
save writes it as a patch file.`,
		GroupID: groupEdit,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(ctx context.Context, _ []string) (render.Result, error) {
			entries, err := e.work.Entries(ctx)
			if err != nil {
				return nil, err
			}
			return e.entries(entries)
		}),
	}
}

// entries returns entries as they are shown, beside the names of those that are
// frozen no more.
func (e *env) entries(entries []workspace.Entry, thawed ...string) (render.Result, error) {
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	result := render.Entries{Entries: []render.Entry{}, Unfrozen: thawed}
	for _, entry := range entries {
		result.Entries = append(result.Entries, newEntry(entry, places, e.work.Attached().Layout().Order))
	}
	return result, nil
}

// newEntry returns an entry as it is shown. order is that of the process.
func newEntry(entry workspace.Entry, places render.Places, order binary.ByteOrder) render.Entry {
	out := render.Entry{Name: entry.Name, Group: entry.Group, Note: entry.Note, At: entry.At, Find: entry.Find.Text}
	t := entry.Type
	if t == value.Invalid {
		t = entry.Guess()
	}
	out.Type = t.String()
	out.Frozen = newFrost(entry)
	if entry.Err != nil {
		out.Problem = entry.Err.Error()
		return out
	}
	if entry.Order != nil {
		order = entry.Order
	}
	address := render.Address(entry.Addr)
	place := places.Of(entry.Addr)
	out.Address, out.Place = &address, &place
	v := render.Value{Type: t, Raw: entry.Now, Order: order, Form: entry.Stored, Hex: entry.Hex}
	out.Value = &v
	for _, n := range entry.Names {
		if entry.Is(n.Value, entry.Now, order) {
			out.Meaning = n.Name
		}
	}
	return out
}

// newFrost returns how an entry is frozen as it is shown, or nil when it is not to
// be frozen.
func newFrost(entry workspace.Entry) *render.Frost {
	rule := entry.Freeze
	if rule.Mode == freeze.Off {
		return nil
	}
	out := &render.Frost{Mode: rule.String(), Interval: cmp.Or(rule.Interval, freeze.DefaultInterval).String()}
	if entry.Frozen != nil {
		out.On, out.Writes = entry.Frozen.Enabled, entry.Frozen.Writes
	}
	return out
}
