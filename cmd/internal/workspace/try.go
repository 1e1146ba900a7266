package workspace

import (
	"context"
	"errors"
	"fmt"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

// Answer is what a person says to a value that was written for a try.
type Answer int

// The answers.
const (
	No   Answer = iota // take it back and go on
	Yes                // that was it
	Quit               // take it back and stop
)

// Outcome is what has become of a place that was tried.
type Outcome int

// The outcomes.
const (
	Untried Outcome = iota // nothing was written there
	Kept                   // the value stays
	TakenBack
	LeftAlone // the program has written something else there since
	Lost      // the process has ended, or it could not be taken back
)

// Trial is a place that is tried.
type Trial struct {
	search.Match // its Value is what was there
	Number, Of   int
	New          []byte
	Outcome      Outcome
	Err          error  // why nothing was written there, or not taken back
	entry        string // the name of the entry, or empty
	group        patch.Group
}

// TryOptions say how values are tried.
type TryOptions struct {
	Type value.Type // of what is at an address; Invalid is guessed from the text
	Name string     // of the entry that the right place becomes; empty: a free one
}

// Tried is what has become of a try.
type Tried struct {
	Trials []*Trial
	Found  *Entry // the right place, or nil
	// Stopped tells that it ended before anybody could say that none was right.
	Stopped bool
}

// Try writes a value at one place of a reference after the other, until ask says
// that it was the right one, which becomes an entry. What is wrong is taken
// back, also when ask fails, ctx ends or the process does; the error is then
// theirs. A place that the value cannot be written to is passed over, unless
// that is so of all.
func (w *Workspace) Try(ctx context.Context, text, reference string, o TryOptions, ask func(context.Context, *Trial) (Answer, error)) (*Tried, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = w.freeName("found")
	} else if err := w.checkFree(o.Name); err != nil {
		return nil, err
	}
	result := new(Tried)
	if result.Trials, err = w.trials(ctx, text, reference, o.Type); err != nil {
		return nil, err
	}
	ctx, stop := untilEnd(ctx, s)
	defer stop()
	wrote := false
	for _, t := range result.Trials {
		answer, err := w.try(ctx, t, text, ask)
		wrote = wrote || t.Outcome != Untried
		if err == nil && answer == Yes {
			result.Found, err = w.keepTried(ctx, t, text, o.Name)
		}
		result.Stopped = err != nil || answer == Quit
		switch gone := s.Alive(); {
		case gone != nil:
			result.Stopped = result.Found == nil
			return result, gone
		case err != nil:
			return result, err
		case answer != No:
			return result, nil
		}
	}
	if !wrote {
		return nil, result.Trials[0].Err
	}
	return result, nil
}

// untilEnd returns a context that ends with the process, too.
func untilEnd(ctx context.Context, s *session.Session) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// trials returns the places to try.
func (w *Workspace) trials(ctx context.Context, text, reference string, t value.Type) ([]*Trial, error) {
	var trials []*Trial
	by := w.atlas()
	at := by.at(ctx)
	for _, word := range w.words(reference) {
		places, err := w.resolveWord(ctx, by, word, t)
		if err != nil {
			return nil, err
		}
		for _, m := range places {
			i := w.table.index(word)
			if i < 0 {
				i = w.table.same(at[m.Addr], m)
			}
			trial := &Trial{Match: m, Number: len(trials) + 1}
			if i >= 0 {
				trial.entry = w.table.file.Edits[i].Name
			}
			switch {
			case trial.Type == value.Invalid && i >= 0:
				if trial.Match, err = by.entry(ctx, w.table.file.Edits[i], nil); err != nil {
					return nil, err
				}
			case trial.Type == value.Invalid:
				if trial.Type, err = by.typeFor([]string{word}, trial.Addr, text); err != nil {
					return nil, err
				}
			}
			trials = append(trials, trial)
		}
		if len(trials) > maxPlaces {
			return nil, fmt.Errorf("%w: %q names more than %d places", ErrReference, reference, maxPlaces)
		}
	}
	for _, trial := range trials {
		trial.Of = len(trials)
	}
	return trials, nil
}

// try writes the value at one place, asks, and takes it back unless the answer
// is yes. An error of writing is that of the place, and no error of the try.
func (w *Workspace) try(ctx context.Context, t *Trial, text string, ask func(context.Context, *Trial) (Answer, error)) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Quit, err
	}
	set, err := patch.Set(ctx, w.session, []search.Match{t.Match}, text, w.writing(ctx, Writing{})...)
	switch {
	case errors.Is(err, patch.ErrPartial):
		w.left("try", err)
		t.Outcome, t.Err = Lost, err
		return Quit, err
	case ctx.Err() != nil && err != nil:
		return Quit, ctx.Err()
	case err != nil:
		t.Err = err
		return No, nil
	case len(set.Group.Writes) == 0:
		t.Err = fmt.Errorf("%#x holds that value already", t.Addr)
		return No, nil
	}
	t.group = set.Group
	t.Value, t.New = set.Group.Writes[0].Before, set.Group.Writes[0].After
	answer, err := ask(ctx, t)
	if err == nil && answer == Yes {
		t.Outcome = Kept
		return Yes, nil
	}
	return answer, errors.Join(err, w.takeBack(context.WithoutCancel(ctx), t))
}

// takeBack puts back what was at a place, unless the program has changed it
// since. What cannot be taken back stays a step that undo takes back.
func (w *Workspace) takeBack(ctx context.Context, t *Trial) error {
	_, err := t.group.Undo(ctx, w.session)
	switch left := (*patch.LeftError)(nil); {
	case err == nil:
		t.Outcome = TakenBack
	case errors.As(err, &left) && len(left.Unwritable) == 0:
		t.Outcome = LeftAlone
	default:
		t.Outcome, t.Err = Lost, err
		if errors.Is(err, session.ErrGone) {
			return err
		}
		return errors.Join(err, w.wrote(t.group, nil))
	}
	return nil
}

// keepTried makes an entry of the place that was the right one. The write and
// the entry are one step.
func (w *Workspace) keepTried(ctx context.Context, t *Trial, text, name string) (*Entry, error) {
	by := w.atlas()
	describe, err := by.describer()
	if err != nil {
		return nil, errors.Join(err, w.wrote(t.group, nil))
	}
	edit := describe(t.Match)
	if i := w.table.index(t.entry); i >= 0 {
		edit, name = w.table.file.Edits[i], t.entry
	}
	edit.Name = name
	fresh := edit.At != "" && edit.Expect.IsZero()
	if edit, err = w.given(edit, t.Match, text); err != nil {
		return nil, errors.Join(err, w.wrote(t.group, nil))
	}
	if fresh {
		edit = w.expecting(edit, t.Value)
	}
	t.group.Title = fmt.Sprintf("try %s: %s is %s", text, name, edit.At)
	next := w.table.with(name, edit)
	if err := w.wrote(t.group, &next); err != nil {
		return nil, err
	}
	by.table = w.table // with the entry
	entry, err := w.locate(ctx, by, edit, w.frost.statuses())
	return &entry, err
}

// checkFree refuses a name that no new entry can have.
func (w *Workspace) checkFree(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if w.table.index(name) >= 0 {
		return &adviceError{fmt.Errorf("%w: an entry is called %q already", ErrReference, name), "label --delete " + name + " takes it off the table"}
	}
	return nil
}
