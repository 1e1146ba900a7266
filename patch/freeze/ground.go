package freeze

import (
	"cmp"
	"fmt"
	"slices"

	"quarry/session"
)

// OverlapError is a place where another value is kept already. It is [ErrEntry].
type OverlapError struct {
	Place session.Range
	Name  string // of the value that is kept there
}

func (e *OverlapError) Error() string {
	return fmt.Sprintf("it is at %#x now, where %q is kept already", e.Place.Start, e.Name)
}

// Is matches ErrEntry.
func (e *OverlapError) Is(target error) bool { return target == ErrEntry }

// Hint returns what would work.
func (e *OverlapError) Hint() string { return "let go of one of the two" }

// ground is the entries that are kept, by their places, of which no two overlap.
// It is of the goroutine.
type ground []*entry

// from returns the index of the first entry that ends beyond an address.
func (g ground) from(addr uint64) int {
	i, _ := slices.BinarySearchFunc(g, addr, func(e *entry, addr uint64) int {
		return cmp.Compare(e.place+uint64(e.width), addr+1)
	})
	return i
}

// other returns an entry beside e that is kept in a range, or nil.
func (g ground) other(e *entry, place session.Range) *entry {
	for i := g.from(place.Start); i < len(g) && g[i].place < place.End; i++ {
		if g[i] != e {
			return g[i]
		}
	}
	return nil
}

// add adds an entry at its place, where none is.
func (g *ground) add(e *entry) { *g = slices.Insert(*g, g.from(e.place), e) }

// drop takes out an entry that may be there.
func (g *ground) drop(e *entry) {
	if i := g.from(e.place); i < len(*g) && (*g)[i] == e {
		*g = slices.Delete(*g, i, i+1)
	}
}

// regroup makes the ground anew of the entries that are enabled. The place of any
// other is found anew once it is, since something else may be kept there by then.
func (l *loop) regroup() {
	l.ground = nil
	for _, e := range l.entries {
		if e.found = e.found && e.enabled; e.found {
			l.ground = append(l.ground, e)
		}
	}
	slices.SortFunc(l.ground, func(a, b *entry) int { return cmp.Compare(a.place, b.place) })
}

// mayKeep returns why an entry cannot be kept at a place, or nil.
func (l *loop) mayKeep(e *entry, place session.Range) error {
	for other := l.ground.other(e, place); other != nil; other = l.ground.other(e, place) {
		l.mu.Lock()
		kept := other.enabled
		l.mu.Unlock()
		if kept {
			return &OverlapError{place, other.Name}
		}
		l.ground.drop(other)
		other.found = false
		other.group.unfile()
	}
	if e.Allow != nil {
		return e.Allow(place)
	}
	return nil
}
