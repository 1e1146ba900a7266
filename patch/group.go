package patch

import (
	"context"
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

// Undo puts the former bytes back, in reverse order, by the rules of [Apply]:
// where something else is than what the group wrote, nothing is written and the
// error is a [*ConflictError].
func (g Group) Undo(ctx context.Context, mem session.Memory) error {
	writes := make([]Write, 0, len(g.Writes))
	for _, w := range slices.Backward(g.Writes) {
		writes = append(writes, w.inverse())
	}
	return Apply(ctx, mem, writes)
}

// ForceUndo puts the former bytes back whatever is there now, all of them or
// none.
func (g Group) ForceUndo(ctx context.Context, mem session.Memory) error {
	var steps []step
	for _, w := range slices.Backward(g.Writes) {
		steps = append(steps, step{Write: w.inverse(), accept: anything})
	}
	return apply(ctx, mem, steps)
}

// Redo makes the writes of an undone group again, by the rules of [Apply].
func (g Group) Redo(ctx context.Context, mem session.Memory) error {
	return Apply(ctx, mem, g.Writes)
}
