package patch

import (
	"context"
	"errors"
	"slices"
	"time"

	"quarry/session"
)

// Group is a number of writes that were made together and are undone together.
type Group struct {
	Title  string
	Writes []Write // in the order in which they were made; only those that changed something
	Time   time.Time
}

// newGroup returns the group of the steps that were just applied.
func newGroup(title string, steps []step) Group {
	return Group{Title: title, Writes: group(steps), Time: time.Now()}
}

// Undo puts the former bytes back, the last write first, each where the written
// bytes still are. What the program has changed since is its own newer state, or
// memory that it uses for something else by now: it is left alone, as is what
// cannot be written any more, and the error is then a [*LeftError]. Any other error ends the undoing where it is. The
// writes that were taken back are returned in the order in which they were made.
func (g Group) Undo(ctx context.Context, mem session.Memory) (undone []Write, err error) {
	left := &LeftError{Of: len(g.Writes)}
	for _, w := range slices.Backward(g.Writes) {
		switch err := Apply(ctx, mem, []Write{w.inverse()}); {
		case err == nil:
			undone = append(undone, w)
		case errors.Is(err, ErrConflict) || errors.Is(err, session.ErrUnreadable):
			left.Left = append(left.Left, w)
		case errors.Is(err, session.ErrUnwritable) && !errors.Is(err, session.ErrGone):
			left.Unwritable = append(left.Unwritable, w)
		default:
			slices.Reverse(undone)
			return undone, err
		}
	}
	slices.Reverse(undone)
	if len(left.Left)+len(left.Unwritable) == 0 {
		return undone, nil
	}
	slices.Reverse(left.Left)
	slices.Reverse(left.Unwritable)
	return undone, left
}

// Redo makes the writes of an undone group again, by the rules of [Apply].
func (g Group) Redo(ctx context.Context, mem session.Memory) error {
	return Apply(ctx, mem, g.Writes)
}
