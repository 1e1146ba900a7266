package patch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"quarry/search/value"
	"quarry/session"
)

// Result is what applying a plan has done. Beside a [*PartialError] it is what
// is left in memory.
type Result struct {
	Plan    *Plan
	Changed bool  // something was written
	Written int   // edits that were applied, or of which something is left
	Already int   // edits that had been applied before
	Skipped int   // edits that are off, or optional and not found
	Group   Group // what was written

	identity session.Identity
	edits    []int // for each write of the group, the edit it belongs to, from 0
}

// Apply writes what is pending in the plan: all of it, or nothing. Every place
// is read again before, and must be as the plan found it, or as the edit expects
// where it allows several values. Edits that are applied already are left alone,
// so applying a file twice is safe.
//
// It returns a [*PlanError] for a plan that cannot be applied, a [*TargetError]
// for another process than the plan was made for, a [*FileWriteError] where a
// file on disk would change, a [*BusyError] for a process that is paused in vain,
// and else the errors of the function [Apply]. There is no Result with an error,
// but for a [*PartialError], and a [*ResumeError] when everything was written.
func (p *Plan) Apply(ctx context.Context, t Target, options ...Option) (*Result, error) {
	if have := t.Identity(); have != p.identity {
		return nil, &TargetError{"process", p.identity.String(), have.String()}
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	steps, edits := p.steps()
	err := newPolicy(options).apply(ctx, t, steps)
	var partial *PartialError
	switch {
	case errors.As(err, &partial):
		return p.result(partial.Left, edits), err
	case !done(err):
		return nil, err
	}
	return p.result(group(steps), edits), err
}

// steps returns the writes of the plan, and by address the edits they belong to.
func (p *Plan) steps() (steps []step, edits map[uint64]int) {
	edits = make(map[uint64]int)
	for i, e := range p.Edits {
		if e.State != Pending {
			continue
		}
		for _, s := range e.steps() {
			steps, edits[s.Addr] = append(steps, s), i
		}
	}
	return steps, edits
}

// result returns what it means that some writes of the plan have been made.
func (p *Plan) result(writes []Write, edits map[uint64]int) *Result {
	r := &Result{
		Plan: p, Changed: len(writes) > 0,
		Already: p.Count(Applied), Skipped: p.Count(Off) + p.Count(Unresolved),
		Group:    Group{Title: "apply " + p.File.title(), Writes: writes, Time: time.Now()},
		identity: p.identity,
	}
	written := make(map[int]bool)
	for _, w := range writes {
		i := edits[w.Addr]
		r.edits, written[i] = append(r.edits, i), true
	}
	r.Written = len(written)
	return r
}

// UndoFile returns what [Result.UndoFile] will, should nothing change until the
// plan is applied, and a file at least as long in any case.
func (p *Plan) UndoFile() *File {
	steps, edits := p.steps()
	return p.result(group(steps), edits).UndoFile()
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
		c := e.compiled
		if c.test != nil {
			s.accept = c.isOld
		} else if !c.byContent() && !c.expect.exact() && c.expect.width <= len(c.fresh) {
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
	f := &File{Title: undoTitle(r.Plan.File.title())}
	f.Target = Requirements{PID: r.identity.PID, Start: r.identity.Start}
	names := r.names()
	for i, w := range r.Group.Writes {
		f.Edits = append(f.Edits, Edit{
			Name:   names[i],
			At:     fmt.Sprintf("%#x", w.Addr),
			Type:   value.Bytes,
			Expect: Expectation{Values: []Value{{Text: fmt.Sprintf("% x", w.After)}}},
			Set:    Value{Text: fmt.Sprintf("% x", w.Before)},
		})
	}
	return f
}

// undoTitle titles the file that undoes another, and not what undoes that by
// saying so twice.
func undoTitle(title string) string {
	const undo, redo = "Undo: ", "Redo: "
	switch {
	case strings.HasPrefix(title, undo):
		return redo + title[len(undo):]
	case strings.HasPrefix(title, redo):
		title = title[len(redo):]
	}
	return undo + title
}

// names returns a name for each write of the group: that of its edit, if it has one,
// with a number where the edit has several writes. No two are the same.
func (r *Result) names() []string {
	taken := make(map[string]bool)
	for _, e := range r.Plan.Edits {
		taken[e.Name] = true
	}
	several, number := make(map[int]int), make(map[int]int)
	for _, i := range r.edits {
		several[i]++
	}
	names := make([]string, len(r.edits))
	for at, i := range r.edits {
		name := r.Plan.Edits[i].Name
		if names[at] = name; name == "" || several[i] == 1 {
			continue
		}
		for taken[names[at]] {
			number[i]++
			names[at] = fmt.Sprintf("%s (%d)", name, number[i])
		}
		taken[names[at]] = true
	}
	return names
}
