package workspace

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

// keptAt is where an entry is kept frozen.
type keptAt struct {
	name string
	session.Range
}

// kept returns where the entries are now that a table keeps frozen and that are
// not among some, by address. One that has no place now is left out.
func (w *Workspace) kept(ctx context.Context, t table, but []string) []keptAt {
	var out []keptAt
	at, known := w.atlasOf(t), w.frost.statuses()
	for name := range t.frozen {
		if slices.Contains(but, name) {
			continue
		}
		e := t.file.Edits[t.index(name)]
		if r, ok := heldAt(known[name], e); ok {
			out = append(out, keptAt{name, r})
		} else if m, err := at.entry(ctx, e, nil); err == nil {
			out = append(out, keptAt{name, extent(e, m)})
		}
	}
	slices.SortFunc(out, func(a, b keptAt) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.name, b.name)) })
	return out
}

// heldAt returns where the freezer has an entry that is located by content, which
// tells the place without a search; s is nil for one that was never frozen.
func heldAt(s *freeze.Status, e patch.Edit) (place session.Range, ok bool) {
	if e.At != "" || s == nil || s.Address == 0 {
		return session.Range{}, false
	}
	return session.Range{Start: s.Address, End: s.Address + uint64(s.Width)}, true
}

// extent returns what is kept frozen of an entry at its place.
func extent(e patch.Edit, m search.Match) session.Range {
	return session.Range{Start: m.Addr, End: m.Addr + uint64(keptWidth(e, m))}
}

// keptWidth returns how many bytes of an entry are kept frozen: those at its place,
// of which fewer bytes leave the rest as it is.
func keptWidth(e patch.Edit, m search.Match) int {
	switch raw, err := e.Stored.Encode(m.Type, e.Set.Text, binary.LittleEndian); {
	case m.Type == value.Bytes && e.Set.Text != "" && err == nil:
		return len(raw)
	case e.At == "":
		return len(m.Value)
	}
	return e.Width()
}

// overlapping returns one of the places that a range overlaps, of which no two
// overlap, or nil.
func overlapping(kept []keptAt, r session.Range) *keptAt {
	i := sort.Search(len(kept), func(i int) bool { return kept[i].End > r.Start })
	if i < len(kept) && kept[i].Start < r.End {
		return &kept[i]
	}
	return nil
}

// checkApart returns an error when one of the entries that are to be frozen at
// their places is, in part or whole, where another is or is to be kept frozen. known
// tells that people know all of them by their names, not only those of the table.
func (w *Workspace) checkApart(ctx context.Context, edits []patch.Edit, places []session.Range, known bool) error {
	own, at := make([]string, len(edits)), make([]int, len(edits))
	for i, e := range edits {
		own[i], at[i] = e.Name, i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(places[a].Start, places[b].Start) })
	called := func(i int) string {
		if known || w.table.index(edits[i].Name) >= 0 {
			return fmt.Sprintf("%q at %#x", edits[i].Name, places[i].Start)
		}
		return fmt.Sprintf("%s at %#x", edits[i].Type, places[i].Start)
	}
	for i := 1; i < len(at); i++ {
		if a, b := at[i-1], at[i]; overlap(places[a], places[b]) {
			return &adviceError{
				fmt.Errorf("%w: %s and %s overlap, and one would put back the other", freeze.ErrEntry, called(a), called(b)),
				"freeze one of the two",
			}
		}
	}
	kept := w.kept(ctx, w.table, own)
	for _, r := range places {
		if other := overlapping(kept, r); other != nil {
			return &adviceError{
				fmt.Errorf("%w: %#x is where %q is frozen, at %s", freeze.ErrEntry, max(r.Start, other.Start), other.name, other.Range),
				letGo(other.name),
			}
		}
	}
	return ctx.Err()
}

// letGo says what to do about an entry that is frozen.
func letGo(name string) string {
	if quoted, ok := nameInAddress(name); ok {
		name = quoted
	}
	return fmt.Sprintf("freeze %s VALUE keeps it at another value, unfreeze %[1]s lets it go", name)
}

// checkFrozen returns the check of what is to be written: nothing where an entry is
// kept frozen, since that would put it back, but for entries that are own.
func (w *Workspace) checkFrozen(ctx context.Context, own []string) func([]session.Range) error {
	return func(ranges []session.Range) error {
		if len(w.table.frozen) == 0 {
			return nil
		}
		but := slices.Clone(own)
		for _, s := range w.frost.freezer.List() {
			if !s.Enabled {
				but = append(but, s.Name)
			}
		}
		kept := w.kept(ctx, w.table, but)
		for _, r := range ranges {
			if other := overlapping(kept, r); other != nil {
				return &adviceError{
					fmt.Errorf("%w: %#x is where %q is frozen, which would put it back", ErrReference, max(r.Start, other.Start), other.name),
					letGo(other.name),
				}
			}
		}
		return ctx.Err()
	}
}

// Contradicting returns the names of two entries that set the same bytes, without a
// name their addresses, or nil: the table as a patch file could not be applied. What
// is located by content counts where it is kept frozen, without a search.
func (w *Workspace) Contradicting(ctx context.Context) []string {
	if _, err := w.Session(); err != nil {
		return nil
	}
	var at []keptAt
	places, known := w.atlas(), w.frost.statuses()
	for _, e := range w.table.file.Edits {
		if e.Disabled || e.Set.Text == "" {
			continue
		}
		name := orElse(e.Name, e.At)
		if r, ok := heldAt(known[e.Name], e); ok {
			at = append(at, keptAt{name, r})
		} else if e.At != "" {
			if m, err := places.entry(ctx, e, nil); err == nil {
				at = append(at, keptAt{name, extent(e, m)})
			}
		}
	}
	slices.SortStableFunc(at, func(a, b keptAt) int { return cmp.Compare(a.Start, b.Start) })
	for i := 1; i < len(at); i++ {
		if at[i-1].End > at[i].Start {
			return []string{at[i-1].name, at[i].name}
		}
	}
	return nil
}
