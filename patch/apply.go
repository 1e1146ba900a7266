package patch

import (
	"context"
	"fmt"

	"quarry/search/value"
	"quarry/session"
)

// Result is what applying a plan has done.
type Result struct {
	Plan    *Plan
	Changed bool  // something was written
	Written int   // edits that were applied
	Already int   // edits that had been applied before
	Skipped int   // edits that are off, or optional and not found
	Group   Group // what was written

	identity session.Identity
	labels   []string // for each write of the group, the edit it belongs to
}

// Apply writes what is pending in the plan: all of it, or nothing. Every place
// is read again before, and must be as the plan found it, or as the edit expects
// where it allows several values. Edits that are applied already are left alone,
// so applying a file twice is safe.
//
// It returns a [*PlanError] for a plan that cannot be applied, a [*TargetError]
// for another process than the plan was made for, and else the errors of the
// function [Apply].
func (p *Plan) Apply(ctx context.Context, t Target) (*Result, error) {
	if have := t.Identity(); have != p.identity {
		return nil, &TargetError{"process", p.identity.String(), have.String()}
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	r := &Result{Plan: p, Already: p.Count(Applied), identity: p.identity}
	r.Skipped = p.Count(Off) + p.Count(Unresolved)
	r.Written = p.Count(Pending)
	var steps []step
	var labels []string // for each step
	for _, e := range p.Edits {
		if e.State != Pending {
			continue
		}
		for _, s := range e.steps() {
			steps, labels = append(steps, s), append(labels, e.Label())
		}
	}
	if err := apply(ctx, t, steps); err != nil {
		return nil, err
	}
	for i, s := range steps {
		if s.changes() {
			r.labels = append(r.labels, labels[i])
		}
	}
	r.Group = newGroup("apply "+p.File.title(), steps)
	r.Changed = len(r.Group.Writes) > 0
	return r, nil
}

// title names the file for people.
func (f *File) title() string {
	return orElse(f.Title, orElse(f.Name, "a patch"))
}

// steps returns the writes of a pending edit.
func (e PlannedEdit) steps() []step {
	var steps []step
	for _, place := range e.Places {
		if place.Applied {
			continue
		}
		s := step{Write: place.write(), guards: place.guards}
		if c := e.compiled; !c.byContent() && !c.expect.exact() && c.expect.width <= len(c.fresh) {
			s.accept = c.expect.accepts
		}
		steps = append(steps, s)
	}
	return steps
}

// UndoFile returns a patch file that takes back what was written, in this
// process alone. Applying it needs every byte to be as it was left; [Restore]
// takes what still is.
func (r *Result) UndoFile() *File {
	f := &File{Title: "Undo: " + r.Plan.File.title()}
	f.Target = Requirements{PID: r.identity.PID, Start: r.identity.Start}
	for i, w := range r.Group.Writes {
		f.Edits = append(f.Edits, Edit{
			Name:   fmt.Sprintf("%d: %s", i+1, r.labels[i]),
			At:     fmt.Sprintf("%#x", w.Addr),
			Type:   value.Bytes,
			Expect: Expectation{Values: []Value{{Text: fmt.Sprintf("% x", w.After)}}},
			Set:    Value{Text: fmt.Sprintf("% x", w.Before)},
		})
	}
	return f
}
