package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/session"
)

// Entry is a labelled place with what it holds now.
type Entry struct {
	patch.Edit
	Addr   uint64         // 0 when Err is set
	Now    []byte         // nil when Err is set
	Err    error          // why the place cannot be told or read
	Frozen *freeze.Status // nil when it was never frozen in this run
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func (w *Workspace) noEntry(name string) error {
	hint := "entries lists them"
	if len(w.table.file.Edits) == 0 {
		hint = "label REF NAME makes one"
	}
	return &adviceError{fmt.Errorf("%w: no entry is called %q", ErrReference, name), hint}
}

// Entries returns the table of entries with what they hold now; given names,
// those entries.
func (w *Workspace) Entries(ctx context.Context, names ...string) ([]Entry, error) {
	edits := w.table.file.Edits
	if names != nil {
		edits = nil
		for _, name := range names {
			i := w.table.index(name)
			if i < 0 {
				return nil, w.noEntry(name)
			}
			edits = append(edits, w.table.file.Edits[i])
		}
	}
	frozen, places := w.frost.statuses(), w.atlas()
	var out []Entry
	for _, edit := range edits {
		e, err := w.locate(ctx, places, edit, frozen)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// EntryNames returns the names of the entries, in the order of the table.
func (w *Workspace) EntryNames() []string {
	var names []string
	for _, e := range w.table.file.Edits {
		if e.Name != "" {
			names = append(names, e.Name)
		}
	}
	return names
}

// Groups returns the groups that entries are listed under, each once.
func (w *Workspace) Groups() []string {
	var groups []string
	for _, e := range w.table.file.Edits {
		if e.Group != "" && !slices.Contains(groups, e.Group) {
			groups = append(groups, e.Group)
		}
	}
	return groups
}

// locate finds the place of an entry and reads it. An error is one that holds
// for all entries.
func (w *Workspace) locate(ctx context.Context, places *atlas, edit patch.Edit, frozen map[string]*freeze.Status) (Entry, error) {
	s, err := w.Session()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Edit: edit, Frozen: frozen[edit.Name]}
	m, err := places.entry(ctx, edit, nil)
	if f := e.Frozen; errors.Is(err, ErrReference) && edit.At == "" && f != nil && f.Enabled && f.Ready { // it is kept there, and is neither old nor new
		m, err = search.Match{Addr: f.Address, Value: make([]byte, f.Width)}, nil
	}
	if err == nil {
		e.Addr, e.Now = m.Addr, make([]byte, len(m.Value))
		_, err = s.Read(e.Now, m.Addr)
	}
	switch {
	case ctx.Err() != nil:
		return Entry{}, ctx.Err()
	case errors.Is(err, session.ErrGone):
		return Entry{}, err
	case err != nil:
		e.Addr, e.Now, e.Err = 0, nil, err
	}
	return e, nil
}
