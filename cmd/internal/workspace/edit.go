package workspace

import (
	"context"
	"errors"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
)

// Set writes a value at every place that a reference names, or at none. At an
// address t is its type, Invalid being guessed from the text. Entries keep the
// value as theirs.
func (w *Workspace) Set(ctx context.Context, reference, text string, t value.Type, o Writing) (*patch.Assigned, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	places, err := w.Resolve(ctx, reference, t)
	if err != nil {
		return nil, err
	}
	for i := range places {
		if places[i].Type == value.Invalid {
			places[i].Type = value.Guess(text)
		}
	}
	result, err := patch.Set(ctx, s, places, text, w.writing(o)...)
	if err != nil {
		w.left("set", err)
		return nil, err
	}
	return result, w.wrote(result.Group, w.assigned(ctx, w.words(reference), text, result.Group))
}

// Replace writes a value over every place that holds another.
func (w *Workspace) Replace(ctx context.Context, q search.Query, old, new string, o Writing) (*patch.Replaced, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	result, err := patch.Replace(ctx, s, patch.Replacement{
		Type: q.Type, Old: old, New: new, Scope: q.Scope, Align: q.Align, Search: w.options(),
	}, w.writing(o)...)
	if err != nil {
		w.left("replace", err)
		return nil, err
	}
	return result, w.wrote(result.Group, nil)
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
	var entries Step
	if next != nil {
		var err error
		if entries, err = w.tableStep(*next, g.Title); err != nil {
			return err
		}
	}
	if len(g.Writes) == 0 {
		if next != nil {
			w.history.add(entries)
		}
		return nil
	}
	// The history undoes last things first, as the journal does, so the group
	// that is to be undone is always the journal's last.
	journal, s := w.journal, w.session
	journal.Record(g)
	w.history.add(Step{
		Title: g.Title,
		undo: func(ctx context.Context) error {
			if next != nil { // first, so that what is frozen does not come back
				if err := entries.undo(ctx); err != nil {
					return err
				}
			}
			_, err := journal.Undo(ctx, s)
			return err
		},
		redo: func(ctx context.Context) error {
			_, err := journal.Redo(ctx, s)
			if next != nil && err == nil {
				err = entries.redo(ctx)
			}
			return err
		},
	})
	return nil
}
