package patch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quarry/search"
	"quarry/session"
)

// Outcome is what became of an edit that was to be taken back.
type Outcome uint8

// The outcomes.
const (
	Restored     Outcome = iota // the former bytes were put back
	Original                    // they are there already
	Changed                     // the program has changed the place since; left alone
	Unknown                     // the file does not tell what was there before; left alone
	Missing                     // the place cannot be found; nothing to do
	TooMany                     // not all that look like the edit's work can be told to be; left alone
	Inaccessible                // the place cannot be read or written
	NotEnabled                  // the file says enabled = false, or sets nothing
)

var outcomeNames = [...]string{
	Restored: "restored", Original: "original", Changed: "changed", Unknown: "unknown",
	Missing: "missing", TooMany: "ambiguous", Inaccessible: "inaccessible", NotEnabled: "off",
}

// String returns the outcome in one lower-case word.
func (o Outcome) String() string { return outcomeNames[o] }

// RevertedEdit is an edit and what became of it.
type RevertedEdit struct {
	Edit
	Index   int // in the file, from 0
	Outcome Outcome
	Err     error // why it was left alone; nil for Restored, Original and NotEnabled
	// Places are where bytes were put back.
	Places []Write
}

// Label names the edit for messages: edit "lives", or edit 2.
func (r RevertedEdit) Label() string { return r.label(r.Index) }

// RevertResult is what [Revert] or [Restore] has done.
type RevertResult struct {
	Changed bool           // something was written
	Edits   []RevertedEdit // one for each edit of the file, in its order
	Group   Group          // what was written
}

// Left returns the edits that were left alone although they may still be in
// effect or cannot be judged: all but those restored, original or off, and
// optional ones that are not found.
func (r *RevertResult) Left() []RevertedEdit {
	var left []RevertedEdit
	for _, e := range r.Edits {
		done := e.Outcome == Restored || e.Outcome == Original || e.Outcome == NotEnabled
		if !done && !(e.Outcome == Missing && e.Optional) {
			left = append(left, e)
		}
	}
	return left
}

// Err returns a [*RevertError] when edits were left alone, see Left.
func (r *RevertResult) Err() error {
	left := r.Left()
	if left == nil {
		return nil
	}
	return &RevertError{left}
}

// RevertError tells which edits were not taken back, and why; all others were.
// It unwraps to the reasons.
type RevertError struct {
	Edits []RevertedEdit // in the order of the file
}

func (e *RevertError) Error() string {
	return clauses(e.Edits, func(r RevertedEdit) string { return fmt.Sprintf("%s: %v", r.Label(), r.Err) })
}

// Unwrap returns the reason of each edit.
func (e *RevertError) Unwrap() []error {
	reasons := make([]error, len(e.Edits))
	for i, r := range e.Edits {
		reasons[i] = r.Err
	}
	return reasons
}

// UnknownError is an edit whose file does not tell which bytes it replaced.
type UnknownError struct{}

func (UnknownError) Error() string { return "the file does not tell what was there before" }

// Hint returns what would work.
func (UnknownError) Hint() string {
	return "revert with the file that apply saves with --undo FILE, which holds every byte"
}

// ChangedError is a place that holds neither the new bytes nor the former ones.
// It is [ErrConflict].
type ChangedError struct {
	Addr uint64
	Have []byte
}

func (e *ChangedError) Error() string {
	return (&ConflictError{Addr: e.Addr, Have: e.Have}).Error()
}

// Is matches ErrConflict.
func (e *ChangedError) Is(target error) bool { return target == ErrConflict }

// Hint returns what would work.
func (e *ChangedError) Hint() string { return "the program has changed it since; it was left alone" }

// Revert takes back what applying the file has done, edit by edit: where the new
// bytes still are, the old ones are put back; a place that the program has
// changed since is left alone and named. The old bytes come from the file: from
// find, or from an expect with one exact value. Content found more often than
// the file says may have been there ever since, and that of matches = "all"
// too, so it is left alone: only the file that undoes tells which places were
// written.
//
// An edit is left alone for a [*FileWriteError] or a [*BusyError] too. With
// [WithPause] the process is paused for one edit after the other.
//
// Errors are those of [NewPlan]. When the process ends or ctx is done meanwhile,
// the result tells what has been done so far.
func Revert(ctx context.Context, t Target, f *File, o search.Options, options ...Option) (*RevertResult, error) {
	return eachEdit(ctx, t, f, o, "revert ", judgeRevert, options)
}

// Restore applies a file that undoes (see [Result.UndoFile]) edit by edit: it
// puts back what it can and names what the program has changed since. Errors are
// those of [Revert].
func Restore(ctx context.Context, t Target, f *File, o search.Options, options ...Option) (*RevertResult, error) {
	return eachEdit(ctx, t, f, o, "restore ", judgeRestore, options)
}

// verdict is what is to be done about an edit.
type verdict struct {
	outcome Outcome
	err     error
	writes  []Write
}

// judgement decides what to do about an edit, by its state in the process.
type judgement func(PlannedEdit) verdict

func eachEdit(ctx context.Context, t Target, f *File, o search.Options, title string, judge judgement, options []Option) (*RevertResult, error) {
	edits, err := f.compile(t.Layout().Order)
	if err != nil {
		return nil, err
	}
	if err := f.Target.Check(t); err != nil {
		return nil, err
	}
	l := newLocator(ctx, t, f, o)
	l.keep = 1 << 30
	p := newPolicy(options)
	r := &RevertResult{Group: Group{Title: title + f.title(), Time: time.Now()}}
	for i, c := range edits {
		e := PlannedEdit{Edit: c.Edit, Index: i, Padded: c.padded, compiled: c}
		if err := l.plan(ctx, &e); err != nil {
			return r, err
		}
		if err := r.carryOut(ctx, t, &p, e, judge(e)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// carryOut makes the writes of a verdict and records what came of it. An error is
// one that ends everything.
func (r *RevertResult) carryOut(ctx context.Context, t session.Target, p *policy, e PlannedEdit, v verdict) error {
	edit := RevertedEdit{Edit: e.Edit, Index: e.Index, Outcome: v.outcome, Err: v.err}
	var fatal error
	err := p.prepared(ctx, t, ranges(v.writes), func() error {
		fatal = edit.write(ctx, t, v.writes)
		return nil
	})
	if !done(err) {
		edit.Outcome, edit.Err = Inaccessible, err
	}
	if ends(ctx, err) {
		fatal = err
	}
	r.Group.Writes = append(r.Group.Writes, edit.Places...)
	r.Changed = len(r.Group.Writes) > 0
	r.Edits = append(r.Edits, edit)
	return fatal
}

// ends reports whether after an error nothing more can be done.
func ends(ctx context.Context, err error) bool {
	var resume *ResumeError
	return err != nil && (errors.Is(err, session.ErrGone) || errors.As(err, &resume) || ctx.Err() != nil)
}

// prepared calls do when the ranges may be written, while the process is paused
// if it is to be.
func (p *policy) prepared(ctx context.Context, t session.Target, ranges []session.Range, do func() error) error {
	if len(ranges) == 0 {
		return do()
	}
	if !p.files && !p.known {
		regions, err := t.Regions()
		if err != nil {
			return err
		}
		p.regions, p.known = regions, true
	}
	if err := p.refuse(t, ranges); err != nil {
		return err
	}
	return p.whilePaused(ctx, ranges, do)
}

// write makes the writes one by one. An error is one that ends everything.
func (r *RevertedEdit) write(ctx context.Context, mem session.Memory, writes []Write) error {
	for _, w := range writes {
		err := Apply(ctx, mem, []Write{w})
		var partial *PartialError
		switch {
		case err == nil:
			r.Places = append(r.Places, w)
			continue
		case errors.As(err, &partial):
			r.Places = append(r.Places, partial.Left...)
		case errors.Is(err, ErrConflict):
			r.Outcome, r.Err = Changed, err
			continue
		}
		r.Outcome, r.Err = Inaccessible, err
		if ends(ctx, err) {
			return err
		}
	}
	return nil
}

// judgeRevert decides how to take back an edit.
func judgeRevert(e PlannedEdit) verdict {
	switch {
	case e.State == Off:
		return verdict{outcome: NotEnabled}
	case e.State == Unreadable:
		return verdict{outcome: Inaccessible, err: e.Err}
	case e.Applied > 0:
		return judgeApplied(e)
	case e.State == Unresolved:
		return verdict{outcome: Missing, err: e.Err}
	case e.State == Conflict || e.compiled.expect.any:
		return verdict{outcome: Changed, err: &ChangedError{e.Places[0].Addr, e.Places[0].Before}}
	}
	return verdict{outcome: Original}
}

// judgeApplied decides how to take back an edit whose new bytes are there.
func judgeApplied(e PlannedEdit) verdict {
	known := e.compiled.known()
	switch {
	case known == nil:
		return verdict{outcome: Unknown, err: UnknownError{}}
	case e.State == Applied && string(known) == string(e.compiled.fresh):
		return verdict{outcome: Original}
	case e.Matches == All || e.Matches > 0 && e.Pending+e.Applied > e.Matches:
		return verdict{outcome: TooMany, err: tooMany(e)}
	}
	v := verdict{outcome: Restored}
	for _, p := range e.Places {
		if p.Applied {
			v.writes = append(v.writes, Write{p.Addr, p.Before, known})
		}
	}
	return v
}

func tooMany(e PlannedEdit) error {
	count := &CountError{Want: e.Matches, Pending: e.Pending, Applied: e.Applied}
	errors.As(e.Err, &count)
	return &tooManyError{*count}
}

// tooManyError is a CountError whose way out is the saved file. It is
// [ErrAmbiguous].
type tooManyError struct{ CountError }

func (e *tooManyError) Error() string {
	if e.Want == All {
		return fmt.Sprintf("found %s with the new bytes, and the file does not tell which of them were written", times(e.Applied))
	}
	return e.CountError.Error()
}

// Is matches ErrAmbiguous.
func (*tooManyError) Is(target error) bool { return target == ErrAmbiguous }

// Hint returns what would work.
func (*tooManyError) Hint() string { return UnknownError{}.Hint() }

// judgeRestore decides how to apply an edit by itself.
func judgeRestore(e PlannedEdit) verdict {
	switch e.State {
	case Off:
		return verdict{outcome: NotEnabled}
	case Applied:
		return verdict{outcome: Original}
	case Conflict:
		return verdict{outcome: Changed, err: &ChangedError{e.Places[0].Addr, e.Places[0].Before}}
	case Unresolved:
		return verdict{outcome: Missing, err: e.Err}
	case Ambiguous:
		return verdict{outcome: TooMany, err: e.Err}
	case Unreadable:
		return verdict{outcome: Inaccessible, err: e.Err}
	}
	v := verdict{outcome: Restored}
	for _, p := range e.Places {
		if !p.Applied {
			v.writes = append(v.writes, p.write())
		}
	}
	return v
}
