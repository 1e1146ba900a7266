package workspace

import (
	"context"
	"errors"
)

// setTable makes next the table of entries, which can be undone.
func (w *Workspace) setTable(next table, title string) error {
	step, err := w.tableStep(next, title)
	if err == nil {
		w.history.add(step)
	}
	return err
}

// tableStep makes next the table of entries, and what is kept frozen what it
// says, and returns the step that does so.
func (w *Workspace) tableStep(next table, title string) (Step, error) {
	_ = w.learnTarget() // save asks again, and tells
	if w.table.origin == nil {
		w.table.origin = new(origin)
	}
	if next.origin == nil {
		next.origin = w.table.origin
	}
	put := func(t table) func(context.Context) error {
		return func(context.Context) error { return w.putTable(t) }
	}
	step := Step{Title: title, undo: put(w.table), redo: put(next)}
	return step, w.putTable(next)
}

// putTable makes t the table of entries. When what it freezes cannot be frozen
// the former one stays.
func (w *Workspace) putTable(t table) error {
	if err := w.keep(t); err != nil {
		_ = w.keep(w.table) // as far as it goes: err tells what is wrong
		return err
	}
	w.table = t
	return nil
}

// quietly makes writes that next belongs to, while nothing is kept frozen that
// next keeps otherwise: it would be written back at once. When they fail the
// freezing goes on as before.
func (w *Workspace) quietly(next table, write func() error) error {
	still := w.table
	for name, how := range w.table.frozen {
		i, j := w.table.index(name), next.index(name)
		if then, kept := next.frozen[name]; !kept || j < 0 || asFrozen(w.table.file.Edits[i], how) != asFrozen(next.file.Edits[j], then) {
			still = still.thawed(name)
		}
	}
	if len(still.frozen) == len(w.table.frozen) {
		return write()
	}
	if err := w.keep(still); err != nil {
		return err
	}
	err := write()
	if err != nil {
		err = errors.Join(err, w.keep(w.table))
	}
	return err
}
