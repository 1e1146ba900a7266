package workspace

import (
	"context"
	"errors"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

// Set writes a value at every place that a reference names, or at none. At an
// address t is its type, Invalid being guessed from the text and the variable there. Entries keep the
// value as theirs.
func (w *Workspace) Set(ctx context.Context, reference, text string, t value.Type, o Writing) (*patch.Assigned, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	by := w.atlas()
	places, entries, err := w.placesOf(ctx, by, reference, t)
	if err != nil {
		return nil, err
	}
	words := w.words(reference)
	for i := range places {
		if places[i].Type == value.Invalid {
			if places[i].Type, err = by.typeFor(words, places[i].Addr, text); err != nil {
				return nil, err
			}
		}
	}
	next, err := w.assigned(entries, text)
	if err != nil {
		return nil, err
	}
	var own []string
	for i := range entries {
		own = append(own, w.table.file.Edits[i].Name)
	}
	result := new(patch.Assigned)
	write := func() (err error) {
		result, err = patch.Set(ctx, s, places, text, w.writing(ctx, o, own...)...)
		return err
	}
	if next == nil {
		err = write()
	} else {
		err = w.quietly(*next, write)
	}
	if result == nil {
		w.left("set", err)
		return nil, err
	}
	return result, errors.Join(err, w.wrote(result.Group, w.recalled(next, entries, result.Group)))
}

// placesOf returns the places that a reference names, and which of them are
// entries, by their place in the table: those named, and those that are at an
// address or a row. Where no type is asked for they have that of the entry.
func (w *Workspace) placesOf(ctx context.Context, by *atlas, reference string, t value.Type) (places []search.Match, entries map[int]search.Match, err error) {
	if places, err = w.resolve(ctx, by, reference, t); err != nil || len(w.table.file.Edits) == 0 {
		return places, nil, err
	}
	entries = make(map[int]search.Match)
	for _, word := range w.words(reference) {
		if i := w.table.index(word); i >= 0 {
			m, err := w.resolveWord(ctx, by, word, t)
			if err != nil {
				return nil, nil, err
			}
			entries[i] = m[0]
		}
	}
	at := by.at(ctx)
	for j, m := range places {
		i := w.table.same(at[m.Addr], m)
		if i < 0 {
			continue
		}
		if m.Type == value.Invalid {
			if m, err = by.entry(ctx, w.table.file.Edits[i], nil); err != nil {
				return nil, nil, err
			}
			places[j] = m
		}
		if _, named := entries[i]; !named {
			entries[i] = m
		}
	}
	return places, entries, ctx.Err()
}

// Replace writes a value over every place that holds another.
func (w *Workspace) Replace(ctx context.Context, q search.Query, old, new string, o Writing) (*patch.Replaced, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	result, err := patch.Replace(ctx, s, patch.Replacement{
		Type: q.Type, Old: old, New: new, Scope: q.Scope, Align: q.Align, Search: w.options(),
	}, w.writing(ctx, o)...)
	if result == nil {
		w.left("replace", err)
		return nil, err
	}
	return result, errors.Join(err, w.wrote(result.Group, nil))
}

// left remembers what a verb that failed half-way could not take back.
func (w *Workspace) left(verb string, err error) {
	if partial := (*patch.PartialError)(nil); errors.As(err, &partial) {
		_ = w.wrote(partial.Group(verb+", left half-way"), nil) // fails for a table alone
	}
}

// wrote remembers a group of writes, and what it made of the table of entries
// where next is not nil; both are undone together.
func (w *Workspace) wrote(g patch.Group, next *table) error {
	former := w.table
	var entries Step
	var failed error // of the table; what was written is remembered all the same
	if next != nil {
		if entries, failed = w.tableStep(*next, g.Title); failed != nil {
			next = nil
			if len(g.Writes) > 0 && !errors.Is(failed, session.ErrGone) {
				failed = &tableError{failed}
			}
		}
	}
	if len(g.Writes) == 0 {
		if next != nil {
			w.history.add(entries)
		}
		return failed
	}
	w.journal.Record(g)
	step := w.journalStep(g.Title)
	if next != nil {
		step = w.both(step, entries, former, *next)
	}
	w.history.add(step)
	return failed
}

// tableError is a table that could not be made what it was to be beside writes.
type tableError struct{ error }

func (e *tableError) Error() string {
	return "what was written stays until undo, and the table of entries is as it was: " + e.error.Error()
}

func (e *tableError) Unwrap() error { return e.error }

// journalStep returns the step of the group that was recorded last. The history
// undoes last things first, as the journal does, so the group that is to be
// undone is always the journal's last.
func (w *Workspace) journalStep(title string) Step {
	journal, s := w.journal, w.session
	return Step{
		Title: title,
		undo:  func(ctx context.Context) error { _, err := journal.Undo(ctx, s); return err },
		redo:  func(ctx context.Context) error { _, err := journal.Redo(ctx, s); return err },
	}
}

// both returns a step of writes and of the table that they belong to. Nothing
// that one of the tables keeps frozen otherwise is kept so meanwhile.
func (w *Workspace) both(writes, entries Step, former, next table) Step {
	undo := func(ctx context.Context) error {
		var left *patch.LeftError
		err := w.quietly(former, func() error {
			if err := writes.undo(ctx); !errors.As(err, &left) {
				return err
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := entries.undo(ctx); err != nil {
			return errors.Join(err, writes.redo(ctx))
		}
		if left != nil {
			return left
		}
		return nil
	}
	redo := func(ctx context.Context) error {
		if err := w.quietly(next, func() error { return writes.redo(ctx) }); err != nil {
			return err
		}
		if err := entries.redo(ctx); err != nil {
			return errors.Join(err, writes.undo(ctx))
		}
		return nil
	}
	return Step{Title: writes.Title, undo: undo, redo: redo}
}
