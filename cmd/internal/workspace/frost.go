package workspace

import (
	"context"
	"encoding/binary"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
)

// frost is what keeps entries frozen.
type frost struct {
	freezer *freeze.Freezer
	maps    *recentMap
	known   map[string]frozenAs // what the freezer has, also what it does not keep now
}

// frozenAs is what an entry was frozen as. It is comparable.
type frozenAs struct {
	at, find string
	typ      value.Type
	form     value.Form
	order    binary.ByteOrder
	width    int
	rule     freeze.Rule
	set      string
	hold     hold
}

func asFrozen(e patch.Edit, how hold) frozenAs {
	return frozenAs{e.At, e.Find.Text, e.Type, e.Stored, e.Order, e.Width(), e.Freeze, e.Set.Text, how}
}

// close lets go of everything. A nil frost has nothing.
func (f *frost) close() {
	if f != nil {
		f.freezer.Close()
	}
}

// statuses returns what is known of the entries that are or were frozen.
func (f *frost) statuses() map[string]*freeze.Status {
	if f == nil {
		return nil
	}
	out := make(map[string]*freeze.Status)
	for _, s := range f.freezer.List() {
		out[s.Name] = &s
	}
	return out
}

// keep has the entries kept frozen that a table says, and no others.
func (w *Workspace) keep(next table) error {
	if w.frost == nil {
		if len(next.frozen) == 0 {
			return nil
		}
		w.frost = &frost{freeze.New(w.session, w.Notify), &recentMap{session: w.session}, make(map[string]frozenAs)}
	}
	f := w.frost
	added, kept, err := w.toKeep(next)
	if err != nil {
		return err
	}
	for _, name := range kept {
		if err := f.freezer.Enable(name); err != nil {
			return err
		}
	}
	for name := range f.known {
		if !next.isFrozen(name) {
			if err := f.freezer.Disable(name); err != nil {
				return err
			}
		}
	}
	return f.put(next, added)
}

// toKeep returns what the freezer is to be told for a table: the entries that it
// does not have like this, and the names of those that it has. It changes nothing.
func (w *Workspace) toKeep(next table) (added []freeze.Entry, kept []string, err error) {
	places, guard := w.atlasOf(next), patch.GuardFiles(w.session)
	background := places.renewed() // what is asked later is asked by another goroutine
	background.options.Progress = nil
	paths := freeze.NewPaths(func() address.Resolver { return background.renewed().process })
	for _, e := range next.file.Edits {
		how, on := next.frozen[e.Name]
		if !on {
			continue
		}
		if as, known := w.frost.known[e.Name]; known && as == asFrozen(e, how) {
			kept = append(kept, e.Name)
			continue
		}
		entry, err := places.freezable(e, paths, w.frost.maps)
		if err != nil {
			return nil, nil, err
		}
		if !how.files {
			entry.Allow = guard
		}
		added = append(added, entry)
	}
	return added, kept, nil
}

// put has the freezer keep entries as a table has them, in place of those of the
// same names. What is known is what the freezer has, also when there is an error.
func (f *frost) put(next table, added []freeze.Entry) error {
	for _, e := range added {
		if _, known := f.known[e.Name]; !known {
			continue
		}
		if err := f.freezer.Remove(e.Name); err != nil {
			return err
		}
		delete(f.known, e.Name)
	}
	if err := f.freezer.Add(added...); err != nil {
		return err
	}
	for _, e := range added {
		f.known[e.Name] = asFrozen(next.file.Edits[next.index(e.Name)], next.frozen[e.Name])
	}
	return nil
}

// freezable returns what is to be told to a freezer of an entry.
func (a *atlas) freezable(e patch.Edit, paths *freeze.Paths, maps *recentMap) (freeze.Entry, error) {
	ctx := context.Background()
	m := search.Match{Type: e.Type, Form: e.Stored, Order: e.Order}
	if m.Type == value.Invalid {
		m.Type = e.Guess()
	}
	out := freeze.Entry{Name: e.Name, Rule: e.Freeze, Type: m.Type, Form: m.Form, Order: m.Order}
	if e.At == "" {
		f, err := newFinder(ctx, a, e, maps)
		if err != nil {
			return out, err
		}
		m.Addr, m.Value, out.Locate = f.place.Addr, f.place.Before, f.locate
	}
	if out.Width = keptWidth(e, m); e.Set.Text != "" {
		order := m.Order
		if order == nil {
			order = a.session.Layout().Order
		}
		var err error
		if out.Keep, err = e.Stored.Encode(m.Type, e.Set.Text, order); err != nil {
			return out, err
		}
		out.Keep = append(out.Keep, make([]byte, max(0, out.Width-len(out.Keep)))...)
	}
	if e.At == "" {
		return out, nil
	}
	expr, err := address.Parse(e.At)
	if err != nil {
		return out, err
	}
	if !expr.Absolute() {
		out.Locate = paths.Locate(expr)
		return out, nil
	}
	out.Address, err = a.address(ctx, e.At, []string{e.Name})
	return out, err
}
