package patch

import (
	"context"
	"errors"
	"sync"

	"quarry/session"
)

// ErrNothing: there is nothing to undo, or nothing to redo.
var ErrNothing = errors.New("there is nothing more")

// Journal remembers groups of writes in the order in which they were made, and
// which of them are undone. The zero Journal is empty and ready. Its methods may
// be called from several goroutines; undoing and redoing happen one at a time.
type Journal struct {
	mu     sync.Mutex
	groups []Group
	done   int // groups[:done] are in memory, groups[done:] are undone
}

// Record adds a group that has been written. Undone groups are forgotten. A
// group without writes is not kept.
func (j *Journal) Record(g Group) {
	if len(g.Writes) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.groups = append(j.groups[:j.done:j.done], g)
	j.done++
}

// Undo undoes the last group that is not undone and returns it. The error is
// [ErrNothing] or that of [Group.Undo]. With a [*LeftError] the group counts as
// undone, and redoing it makes only those writes again that were taken back;
// with any other error the journal stays as it was.
func (j *Journal) Undo(ctx context.Context, mem session.Memory) (Group, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.done == 0 {
		return Group{}, ErrNothing
	}
	g := j.groups[j.done-1]
	undone, err := g.Undo(ctx, mem)
	if left := (*LeftError)(nil); err != nil && !errors.As(err, &left) {
		return g, err
	}
	j.done--
	j.groups[j.done].Writes = undone
	return g, err
}

// Redo makes the group that was undone last again and returns it. The error is
// [ErrNothing] or that of [Group.Redo]; the journal then stays as it was.
func (j *Journal) Redo(ctx context.Context, mem session.Memory) (Group, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.done == len(j.groups) {
		return Group{}, ErrNothing
	}
	g := j.groups[j.done]
	if err := g.Redo(ctx, mem); err != nil {
		return g, err
	}
	j.done++
	return g, nil
}
