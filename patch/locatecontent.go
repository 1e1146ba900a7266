package patch

import (
	"cmp"
	"context"
	"slices"

	"quarry/search"
	"quarry/search/value"
)

func (l *locator) planContent(ctx context.Context, e *PlannedEdit) error {
	if err := l.findPlaces(ctx, e); err != nil {
		return err
	}
	total := e.Pending + e.Applied
	switch {
	case e.Pending == 0 && e.Applied > 0 && (e.Matches == All || e.Matches == e.Applied):
		e.State = Applied
	case e.Matches == All && e.Pending > 0 || e.Matches == total:
		e.State = Pending
	default:
		e.State = Unresolved
		if e.Matches != All && total > e.Matches {
			e.State = Ambiguous
		}
		spots, err := l.spots(e.Places)
		if err != nil {
			return err
		}
		e.Err = &CountError{Want: e.Matches, Pending: e.Pending, Applied: e.Applied, Spots: spots}
	}
	return nil
}

// findPlaces searches for what the edit replaces, and for what it looks like once
// it is applied.
func (l *locator) findPlaces(ctx context.Context, e *PlannedEdit) error {
	c := e.compiled
	old, err := l.search(ctx, c, c.old)
	if c.test != nil {
		old, err = search.Find(ctx, l.target, c.query, l.options)
	}
	if err != nil {
		return err
	}
	free := uint64(0) // the first address that no pending place has taken
	for m, err := range old.All() {
		if err != nil {
			return err
		}
		place := c.place(m)
		if !place.Applied && c.Matches == All {
			if place.Addr < free {
				continue
			}
			free = place.write().end()
		}
		l.list(e, place)
	}
	laid, err := l.search(ctx, c, c.laid)
	if err != nil {
		return err
	}
	for m, err := range laid.All() {
		if err != nil {
			return err
		}
		if !c.isOld(m.Value) {
			l.list(e, c.place(m))
		}
	}
	slices.SortStableFunc(e.Places, func(a, b Place) int { return cmp.Compare(a.Addr, b.Addr) })
	e.countOnce()
	return nil
}

// listed is how many places are listed where more are found than asked for.
const listed = 16

// list counts a place, and lists it when not too many are already.
func (l *locator) list(e *PlannedEdit, p Place) {
	count, room := &e.Pending, max(listed, e.Matches)
	if p.Applied {
		count, room = &e.Applied, max(l.keep, e.Matches)
	} else if e.Matches == All {
		room = *count + 1
	}
	if *count < room {
		e.Places = append(e.Places, p)
	}
	*count++
}

// countOnce leaves out places that were found twice, since the program, or what
// keeps a value frozen, wrote between both searches: what was found last counts.
func (e *PlannedEdit) countOnce() {
	once := e.Places[:0]
	for _, p := range e.Places {
		if n := len(once); n > 0 && once[n-1].Addr == p.Addr && once[n-1].Applied != p.Applied {
			once[n-1].Applied, once[n-1].Before = true, p.After
			e.Pending--
			continue
		}
		once = append(once, p)
	}
	e.Places = once
}

// search finds a pattern in the scope of an edit.
func (l *locator) search(ctx context.Context, c *compiled, p value.Pattern) (*search.Generation, error) {
	q := search.Query{Type: value.Bytes, Scope: c.scope, Align: max(c.Type.Size(), 1)}
	q.Condition.A = p.String()
	return search.Find(ctx, l.target, q, l.options)
}
