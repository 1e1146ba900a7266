package patch

import (
	"bytes"
	"cmp"
	"context"
	"errors"

	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/address"
	"quarry/session"
)

// locator finds the places of edits in one process.
type locator struct {
	target  Target
	names   *address.Process
	options search.Options
	modules []session.Module     // once they are needed
	edits   map[string]Edit      // by their names
	inner   []string             // the edits whose addresses are being told
	found   map[string]foundEdit // those found by content, by their names
	trouble error                // why a named edit has no address
	// keep is how many places that hold the new bytes are listed at least.
	keep int
}

func newLocator(ctx context.Context, t Target, f *File, o search.Options) *locator {
	l := &locator{target: t, options: o, keep: listed, edits: make(map[string]Edit), found: make(map[string]foundEdit)}
	for _, e := range f.Edits {
		if e.Name != "" {
			l.edits[e.Name] = e
		}
	}
	l.names = address.In(t, func(name string) (uint64, bool, error) { return l.named(ctx, name) })
	return l
}

// plan finds the places of an edit and settles its state. An error is one that
// ends the whole plan.
func (l *locator) plan(ctx context.Context, e *PlannedEdit) error {
	var err error
	switch {
	case e.Disabled || e.compiled.nothing():
		e.State = Off
		return ctx.Err()
	case e.compiled.byContent():
		err = l.planContent(ctx, e)
	default:
		err = l.planAddress(ctx, e)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case errors.Is(err, session.ErrGone):
		return err
	case errors.Is(err, session.ErrScope) || errors.Is(err, address.ErrUnresolved),
		errors.Is(err, address.ErrNames), errors.Is(err, ErrUnresolved), errors.Is(err, ErrAmbiguous):
		e.State, e.Err = Unresolved, err
		return nil
	case errors.Is(err, session.ErrUnreadable):
		e.State, e.Err = Unreadable, err
		return nil
	}
	return err
}

func (l *locator) planAddress(ctx context.Context, e *PlannedEdit) error {
	c := e.compiled
	l.trouble = nil
	addr, err := l.resolve(ctx, c.Name, c.at)
	if err != nil {
		return cmp.Or(l.trouble, err)
	}
	have := make([]byte, c.width())
	if err := readFull(l.target, have, addr); err != nil {
		return err
	}
	place := Place{Addr: addr, Before: have[:len(c.fresh)], After: c.fresh}
	place.Applied = bytes.Equal(place.Before, place.After)
	switch {
	case place.Applied:
		e.State, e.Applied = Applied, 1
	case c.expect.accepts(have):
		e.State, e.Pending = Pending, 1
		if len(c.expect.patterns) == 1 {
			place.guards = guards(c.expect.patterns[0], addr, have, 0, len(c.fresh))
		}
	default:
		e.State, e.Err = Conflict, c.conflict(addr, have)
	}
	e.Places = []Place{place}
	return nil
}

// conflict returns the error for bytes that are not expected.
func (c *compiled) conflict(addr uint64, have []byte) error {
	e := &ConflictError{Addr: addr, Have: have}
	if c.expect.exact() {
		e.Want = c.expect.patterns[0].Bytes
	}
	return e
}

// kept returns where an edit keeps a value frozen, as far as that can be told now.
func (l *locator) kept(ctx context.Context, e PlannedEdit) ([]session.Range, error) {
	if e.Disabled || e.Freeze.Mode == freeze.Off {
		return nil, nil
	}
	addr := uint64(0)
	switch {
	case len(e.Places) == 1:
		addr = e.Places[0].Addr
	case e.compiled.byContent():
		return nil, nil
	default:
		var err error
		if addr, err = l.resolve(ctx, e.Name, e.compiled.at); err != nil { // it is waited for
			return nil, ctx.Err()
		}
	}
	return []session.Range{{Start: addr, End: addr + uint64(e.Width())}}, nil
}
