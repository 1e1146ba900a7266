package workspace

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

// maxFrozen is how many places one reference may freeze.
const maxFrozen = 10_000

// Freeze keeps every place that a reference names as a rule says: at the value
// that text stands for, which is written first; with no text, at the value that
// an entry with a rule has, else at what is there now. A place that is no entry
// becomes one, of type t where it has none. A rule without mode stands for that
// of the entry, else for locking. It returns the names of the entries.
func (w *Workspace) Freeze(ctx context.Context, reference, text string, t value.Type, rule freeze.Rule, o Writing) ([]string, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	edits, places, err := w.entriesOf(ctx, reference, text, t)
	if err != nil {
		return nil, err
	}
	var names []string
	var extents []session.Range
	for i, e := range edits {
		if edits[i], err = w.frozenAt(e, places[i], text, rule); err != nil {
			return nil, err
		}
		names, extents = append(names, e.Name), append(extents, extent(edits[i], places[i]))
	}
	if !o.Files {
		if err := patch.CheckFiles(s, extents...); err != nil {
			return nil, err
		}
	}
	if err := w.checkApart(ctx, edits, extents, false); err != nil {
		return nil, err
	}
	next := w.table.withAll(edits).holding(hold{o.Files}, names...)
	set := new(patch.Assigned)
	if text != "" {
		err = w.quietly(next, func() (err error) {
			set, err = patch.Set(ctx, s, places, text, w.writing(ctx, o, names...)...)
			return err
		})
	}
	if set == nil {
		w.left("freeze", err)
		return nil, err
	}
	set.Group.Title = "freeze " + reference
	return names, errors.Join(err, w.wrote(set.Group, &next))
}

// frozenAt returns an entry as it is to be frozen at a place.
func (w *Workspace) frozenAt(e patch.Edit, m search.Match, text string, rule freeze.Rule) (patch.Edit, error) {
	former := e.Freeze.Mode
	e.Freeze = ruleOf(e, rule)
	if e.At != "" && e.Expect.IsZero() { // what the program changes all the time cannot be expected
		e.Expect.Any = true
	}
	if text != "" {
		return w.given(e, m, text)
	}
	if former == freeze.Off && rule.Mode <= freeze.Lock { // else what is there may be what is forbidden
		e = w.asNow(e, m)
	}
	return e, e.Check()
}

// asNow returns an entry that keeps what is at its place now, as far as that can
// be told. Of what is located by content that is as much as it sets.
func (w *Workspace) asNow(e patch.Edit, m search.Match) patch.Edit {
	now := make([]byte, e.Width())
	if e.At == "" {
		now = now[:len(m.Value)]
	} else {
		e.Set = patch.Value{}
	}
	if _, err := w.session.Read(now, m.Addr); err == nil && len(now) > 0 {
		e.Set = e.ValueOf(now, w.session.Layout().Order)
	}
	return e
}

// ruleOf returns the rule that an entry is frozen by when asked for another.
func ruleOf(e patch.Edit, asked freeze.Rule) freeze.Rule {
	interval := e.Freeze.Interval
	if asked.Mode == freeze.Off {
		asked.Mode, asked.Low, asked.High = e.Freeze.Mode, e.Freeze.Low, e.Freeze.High
	}
	if asked.Mode == freeze.Off {
		asked.Mode = freeze.Lock
	}
	if asked.Interval == 0 {
		asked.Interval = interval
	}
	return asked
}

// entriesOf returns the entries that a reference names, new ones for places that
// are none, and where they are.
func (w *Workspace) entriesOf(ctx context.Context, reference, text string, t value.Type) (edits []patch.Edit, places []search.Match, err error) {
	taken, by := w.taken(), w.atlas()
	at := by.at(ctx)
	type spot struct {
		addr uint64
		typ  value.Type
	}
	seen := make(map[spot]bool)
	add := func(e patch.Edit, m search.Match) {
		if key := (spot{m.Addr, m.Type}); !seen[key] {
			seen[key] = true
			edits, places = append(edits, e), append(places, m)
		}
	}
	for _, word := range w.words(reference) {
		found, err := w.resolveWord(ctx, by, word, t)
		if err != nil {
			return nil, nil, err
		}
		if len(places)+len(found) > maxFrozen {
			return nil, nil, &adviceError{fmt.Errorf("%w: %q names more than %d places", ErrReference, reference, maxFrozen), "narrow them first"}
		}
		describe, err := by.describer()
		if err != nil {
			return nil, nil, err
		}
		for _, m := range found {
			i := w.table.index(word)
			if i < 0 {
				i = w.table.same(at[m.Addr], m)
			}
			var e patch.Edit
			if i < 0 {
				if m.Type, err = by.typeOf(word, m, text); err != nil {
					return nil, nil, err
				}
				e, m = newEntry(describe, word, m, text)
				e.Name = freeName(taken)
			} else if e, m, err = w.entryAs(ctx, by, i, m.Type); err != nil {
				return nil, nil, err
			}
			add(e, m)
		}
	}
	return edits, places, ctx.Err()
}

// entryAs returns an entry by its place in the table, and where it is. The error
// is ErrReference when a type is asked for and it has another.
func (w *Workspace) entryAs(ctx context.Context, by *atlas, i int, t value.Type) (patch.Edit, search.Match, error) {
	e := w.table.file.Edits[i]
	if t != value.Invalid && t != e.Type {
		return e, search.Match{}, &adviceError{
			fmt.Errorf("%w: the entry %q is there, of type %s and not %s", ErrReference, e.Name, e.Type, t),
			fmt.Sprintf("freeze %s, or give it another type first: label %[1]s %[1]s -t %s", e.Name, t),
		}
	}
	m, err := by.entry(ctx, e, nil)
	return e, m, err
}

// newEntry returns an entry for a place that a word names, and the place with the
// type of the entry.
func newEntry(describe func(search.Match) patch.Edit, word string, m search.Match, text string) (patch.Edit, search.Match) {
	e := describe(m)
	if e.Type.Size() == 0 && e.Length == 0 { // at an address, a text is as long as it is written
		if raw, err := e.Stored.Encode(e.Type, text, binary.LittleEndian); err == nil {
			e.Length = len(raw)
		}
	}
	if m.Type = e.Type; outlives(word) {
		e.At = word
	}
	return e, m
}

// taken returns the names that entries have.
func (w *Workspace) taken() map[string]bool {
	names := make(map[string]bool)
	for _, e := range w.table.file.Edits {
		names[e.Name] = true
	}
	return names
}

// freeName returns a name that is not taken, and takes it.
func freeName(taken map[string]bool) string {
	for n := len(taken) + 1; ; n++ {
		if name := fmt.Sprint("frozen", n); !taken[name] {
			taken[name] = true
			return name
		}
	}
}

// Unfreeze lets go of entries, which references name as for Freeze, or of all with
// none. What they were frozen as is not forgotten: Freeze goes on with it.
func (w *Workspace) Unfreeze(ctx context.Context, references []string) error {
	names, err := w.entriesNamed(ctx, references)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !w.table.isFrozen(name) {
			return &adviceError{fmt.Errorf("%w: %q is not frozen", ErrReference, name), "entries tells what is"}
		}
	}
	title := "unfreeze"
	if len(names) == 0 {
		for name := range w.table.frozen {
			names = append(names, name)
		}
		if title = "unfreeze all"; len(names) == 0 {
			return &adviceError{fmt.Errorf("%w: nothing is frozen", ErrReference), "freeze REF [VALUE] freezes"}
		}
	} else {
		for _, name := range names {
			title += " " + name
		}
	}
	return w.setTable(w.table.thawed(names...), title)
}

// entriesNamed returns the names of the entries that references mean: by name, or
// by a place that is one.
func (w *Workspace) entriesNamed(ctx context.Context, references []string) (names []string, err error) {
	var at map[uint64][]int
	by := w.atlas()
	for _, reference := range references {
		for _, word := range w.words(reference) {
			if w.table.index(word) >= 0 {
				names = append(names, word)
				continue
			}
			if at == nil {
				at = by.at(ctx)
			}
			places, err := w.resolveWord(ctx, by, word, value.Invalid)
			if err != nil {
				return nil, errors.Join(ctx.Err(), w.noEntry(word))
			}
			for _, m := range places {
				i := w.table.same(at[m.Addr], m)
				if i < 0 {
					return nil, w.noEntry(word)
				}
				names = append(names, w.table.file.Edits[i].Name)
			}
		}
	}
	return names, nil
}

// Thawed returns a channel that is closed when nothing is kept frozen any more
// because the process has ended, or nil when nothing was ever frozen.
func (w *Workspace) Thawed() <-chan struct{} {
	if w.frost == nil {
		return nil
	}
	return w.frost.freezer.Done()
}
