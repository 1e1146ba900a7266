package patch

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"quarry/search"
	"quarry/session"
)

// Plan is what a patch file would do in a process: the state of each edit and
// what it would change, byte for byte. Making one writes nothing.
type Plan struct {
	File  *File
	Edits []PlannedEdit // one for each edit of the file, in its order

	identity session.Identity
}

// PlannedEdit is an edit of a plan.
type PlannedEdit struct {
	Edit
	Index int // in the file, from 0
	State State
	Err   error // why, in the states that stop a plan; else nil
	// Places are where the edit is, by address. Of an edit that is located by
	// content, and of which more are found than asked for, they are the first.
	Places []Place
	// Pending and Applied count the places, also those that are not listed.
	Pending, Applied int
	// File is a [*FileWriteError] when the edit would change a file on disk, now
	// or because of what it keeps frozen: that takes [WithFileWrites]. Else nil.
	File error
	// Padded is the number of NULs at the end of the new text, at each place.
	Padded int

	compiled *compiled
	kept     []session.Range // where it keeps a value frozen
}

// Label names the edit for messages: edit "lives", or edit 2.
func (p PlannedEdit) Label() string { return p.label(p.Index) }

// NewPlan finds out what the file would do in the process. It returns a
// [*FileError] for a file that cannot be used, a [*TargetError] for a process that
// the file is not for, session.ErrGone when the process ends meanwhile and
// ctx.Err() when ctx is done. Edits that cannot be applied are no error here:
// their State tells.
func NewPlan(ctx context.Context, t Target, f *File, o search.Options) (*Plan, error) {
	edits, err := f.compile(t.Layout().Order)
	if err != nil {
		return nil, err
	}
	if err := f.Target.Check(t); err != nil {
		return nil, err
	}
	p := &Plan{File: f, identity: t.Identity()}
	l := newLocator(ctx, t, f, o)
	for i, c := range edits {
		e := PlannedEdit{Edit: c.Edit, Index: i, Padded: c.padded, compiled: c}
		if err := l.plan(ctx, &e); err != nil {
			return nil, err
		}
		if e.kept, err = l.kept(ctx, e); err != nil {
			return nil, err
		}
		p.Edits = append(p.Edits, e)
	}
	p.findOverlaps()
	if err := p.findFiles(t); err != nil {
		return nil, err
	}
	return p, nil
}

// findFiles tells which edits would change a file on disk.
func (p *Plan) findFiles(t Target) error {
	if !slices.ContainsFunc(p.Edits, func(e PlannedEdit) bool { return e.State == Pending || e.kept != nil }) {
		return nil
	}
	regions, err := t.Regions()
	if err != nil {
		return err
	}
	look := policy{known: true, regions: regions}
	for i, e := range p.Edits {
		written := e.kept
		if e.State == Pending {
			written = append(ranges(group(e.steps())), e.kept...)
		}
		p.Edits[i].File = look.refuseFiles(t, written)
	}
	return nil
}

// CheckFiles returns a [*FileWriteError] when applying the plan, or keeping frozen
// what it says, would change a file on disk, and so needs [WithFileWrites]; that of
// the first such edit.
func (p *Plan) CheckFiles() error {
	for _, e := range p.Edits {
		if e.File != nil {
			return e.File
		}
	}
	return nil
}

// Count returns how many edits are in a state.
func (p *Plan) Count(s State) int {
	n := 0
	for _, e := range p.Edits {
		if e.State == s {
			n++
		}
	}
	return n
}

// Check returns a [*PlanError] when the plan cannot be applied. Optional edits
// that are not found do not stop it.
func (p *Plan) Check() error {
	var stopped []PlannedEdit
	for _, e := range p.Edits {
		if e.State.sentinel() != nil && !(e.State == Unresolved && e.Optional) {
			stopped = append(stopped, e)
		}
	}
	if stopped == nil {
		return nil
	}
	return &PlanError{stopped}
}

// findOverlaps makes conflicts of pending edits that would change what another one
// changes, or has changed to other bytes: one of the two would never be applied.
func (p *Plan) findOverlaps() {
	var before []change // in the order of their addresses, those that reach the current one
	for _, b := range p.changes() {
		before = slices.DeleteFunc(before, func(a change) bool { return a.write.end() <= b.write.Addr })
		for _, a := range before {
			if a.applied && b.applied || (a.applied || b.applied) && a.agrees(b) {
				continue
			}
			later := &p.Edits[b.edit]
			if b.applied || !a.applied && a.edit > b.edit {
				later = &p.Edits[a.edit]
			}
			later.State, later.Err = Conflict, &OverlapError{First: a.write.Addr, Second: b.write.Addr}
		}
		before = append(before, b)
	}
}

// change is a write of an edit, by its index.
type change struct {
	edit    int
	write   Write
	applied bool
}

// changes returns the writes of edits that are pending or applied, by their addresses.
func (p *Plan) changes() []change {
	var all []change
	for i, e := range p.Edits {
		if e.State != Pending && e.State != Applied {
			continue
		}
		for _, place := range e.Places {
			all = append(all, change{i, place.write(), place.Applied})
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(a.write.Addr, b.write.Addr) })
	return all
}

// agrees reports whether a change that begins no earlier leaves the bytes that both
// have as this one does.
func (a change) agrees(b change) bool {
	shared := a.write.After[b.write.Addr-a.write.Addr:]
	n := min(len(shared), len(b.write.After))
	return bytes.Equal(shared[:n], b.write.After[:n])
}
