package workspace

import (
	"slices"

	"quarry/patch"
	"quarry/search"
)

// assigned returns the table once a value is written to the places of entries, by
// their place in the table, or nil when there are none. A value that an entry
// cannot have is an error.
func (w *Workspace) assigned(places map[int]search.Match, text string) (*table, error) {
	if len(places) == 0 {
		return nil, nil
	}
	edits := slices.Clone(w.table.file.Edits)
	for i, m := range places {
		e, err := w.given(edits[i], m, text)
		if err != nil {
			return nil, err
		}
		edits[i] = e
	}
	next := w.table.holdingEdits(edits)
	return &next, nil
}

// given returns an entry with the value that text stands for at a place, which
// may be of another type.
func (w *Workspace) given(e patch.Edit, m search.Match, text string) (patch.Edit, error) {
	order := m.Order
	if order == nil {
		order = w.session.Layout().Order
	}
	raw, err := m.Form.Encode(m.Type, text, order)
	if err != nil { // told as of what was typed, and not of a file
		return e, err
	}
	e.Set = patch.NewValue(e.Type, text)
	if m.Type != e.Type || m.Form != e.Stored {
		e.Set = e.ValueOf(raw, w.session.Layout().Order)
	}
	if e.At != "" && e.Expect.IsZero() {
		e.Expect.Any = true
	}
	return e, e.Check()
}

// recalled returns a table whose entries at some places expect what was there
// before the group, where nothing was expected before.
func (w *Workspace) recalled(next *table, places map[int]search.Match, g patch.Group) *table {
	if next == nil {
		return nil
	}
	before := make(map[uint64][]byte, len(g.Writes))
	for _, write := range g.Writes {
		before[write.Addr] = write.Before
	}
	edits := slices.Clone(next.file.Edits)
	for i, m := range places {
		raw, written := before[m.Addr]
		if e := edits[i]; written && e.At != "" && w.table.file.Edits[i].Expect.IsZero() {
			edits[i] = w.expecting(e, raw)
		}
	}
	out := next.holdingEdits(edits)
	return &out
}

// expecting returns an entry that expects what it held, where that can be told.
func (w *Workspace) expecting(e patch.Edit, before []byte) patch.Edit {
	was := e
	if e.Expect = w.expectation(e, before); e.Check() != nil {
		return was
	}
	return e
}

// expectation returns what an entry held, as its file will expect it.
func (w *Workspace) expectation(e patch.Edit, before []byte) patch.Expectation {
	v := e.ValueOf(before, w.session.Layout().Order)
	if v == (patch.Value{}) {
		return patch.Expectation{Any: true}
	}
	return patch.Expectation{Values: []patch.Value{v}}
}
