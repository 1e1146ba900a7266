package patch

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/search"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
)

// Replacement says what to replace by what.
type Replacement struct {
	// Type is the type of both values. Invalid means value.String.
	Type value.Type
	// Old is looked for, as a search for "= Old" does. Bytes may have wildcards.
	Old string
	// New takes its place. It may be shorter: text is padded with NULs, of bytes
	// only as many change as New has.
	New string
	// Scope and Align are where to look; see search.Query.
	Scope session.Scope
	Align int
	// Search are the settings of the search.
	Search search.Options
}

// Replaced is the result of [Replace].
type Replaced struct {
	Type   value.Type
	Count  int   // places where Old was found and replaced
	Lost   int   // places that the program changed after Old was found there; left alone
	Padded int   // NUL bytes written after New, at each place
	Group  Group // what was written
}

// Replace writes a value over every place that holds another: all of them, or
// none. A place that holds it no more when its turn comes is no such place; Lost
// counts those. Where places overlap, as those of "aa" in "aaa", they are taken from the
// left and what overlaps one is left out. Finding nothing is no error: Count is
// then 0.
//
// A value that cannot be read is a *value.ParseError, a new one that is longer
// than the old one a [*LengthError]. Other errors are those of search.Find and
// [Set].
func Replace(ctx context.Context, t session.Target, r Replacement, options ...Option) (*Replaced, error) {
	if r.Type == value.Invalid {
		r.Type = value.String
	}
	after, padded, err := r.encode(t.Layout())
	if err != nil {
		return nil, err
	}
	found, err := search.Find(ctx, t, search.Query{
		Type:      r.Type,
		Condition: condition.Condition{Op: condition.Equal, A: r.Old},
		Scope:     r.Scope,
		Align:     r.Align,
	}, r.Search)
	if err != nil {
		return nil, err
	}
	var steps []step
	free := uint64(0) // the first address that no place has taken
	for m, err := range found.All() {
		if err != nil {
			return nil, err
		}
		if m.Addr < free {
			continue
		}
		free = m.Addr + uint64(len(m.Value))
		steps = append(steps, step{Write: Write{m.Addr, append([]byte(nil), m.Value[:len(after)]...), after}})
	}
	result, total := &Replaced{Type: r.Type, Padded: padded}, len(steps)
	if steps, err = newPolicy(options).applyHeld(ctx, t, steps); !done(err) {
		return nil, err
	}
	result.Lost = total - len(steps)
	result.Count = len(steps)
	result.Group = newGroup(fmt.Sprintf("replace %s with %s in %s", short(r.Old), short(r.New), countPlaces(result.Count)), steps)
	return result, err
}

// applyHeld applies the steps whose places still hold what was found there, and
// returns them.
func (p policy) applyHeld(ctx context.Context, t session.Target, steps []step) ([]step, error) {
	const patience = 100 // a program that changes more than that while we look is not to be caught
	for range patience {
		err := p.apply(ctx, t, steps)
		var conflict *ConflictError
		if ends(ctx, err) || !errors.As(err, &conflict) || conflict.Written || errors.Is(err, ErrPartial) {
			return steps, err
		}
		steps = slices.DeleteFunc(steps, func(s step) bool { return s.Addr == conflict.Addr })
	}
	return steps, p.apply(ctx, t, steps)
}

// encode returns the bytes of the new value, as many as fit the old one.
func (r Replacement) encode(layout session.Layout) (after []byte, padded int, err error) {
	room := 0
	switch {
	case r.Type == value.Any:
		return nil, 0, errOneType
	case r.Type == value.Bytes:
		old, err := value.ParsePattern(r.Old)
		if err != nil {
			return nil, 0, err
		}
		room = len(old.Bytes)
	default:
		old, err := value.Encode(r.Type, r.Old, layout.Order)
		if err != nil {
			return nil, 0, err
		}
		room = len(old)
	}
	return encode(r.Type, r.New, layout.Order, room)
}
