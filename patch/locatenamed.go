package patch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/search/address"
)

// named returns the address of the edit with that name, which the address of
// another may be told by. What an edit's own address says by its name is
// something else, such as a module.
func (l *locator) named(ctx context.Context, name string) (addr uint64, ok bool, err error) {
	e, ok := l.edits[name]
	switch {
	case !ok || slices.Contains(l.inner, name):
		return 0, false, nil
	case len(l.inner) > address.MaxNames:
		l.trouble = address.ErrNames
		return 0, false, address.ErrNames
	case e.At == "":
		addr, err := l.foundAt(ctx, name, e)
		l.trouble = errors.Join(l.trouble, err)
		return addr, err == nil, nil
	}
	expr, err := address.Parse(e.At)
	if err == nil {
		addr, err = l.resolve(ctx, name, expr)
	}
	if errors.Is(err, address.ErrNames) {
		return 0, false, address.ErrNames
	}
	return addr, err == nil, nil
}

// foundEdit is the address of an edit that is found by content, or why it has
// none.
type foundEdit struct {
	addr uint64
	err  error
}

// foundAt returns where an edit is that is found by content. It is looked for
// once, also when it is off: its place is one all the same.
func (l *locator) foundAt(ctx context.Context, name string, e Edit) (uint64, error) {
	if known, ok := l.found[name]; ok {
		return known.addr, known.err
	}
	var at foundEdit
	c, err := compile(e, l.target.Layout().Order)
	if err == nil {
		look := PlannedEdit{Edit: c.Edit, compiled: c}
		err = l.planContent(ctx, &look)
		switch {
		case err != nil:
		case len(look.Places) == 1 && look.Err == nil:
			at.addr = look.Places[0].Addr
		default:
			err = fmt.Errorf("edit %q, whose place the address begins with, is not at one place: %w", name, cmp.Or(look.Err, ErrAmbiguous))
		}
	}
	at.err = err
	l.found[name] = at
	return at.addr, at.err
}

// resolve returns the address of an edit.
func (l *locator) resolve(ctx context.Context, name string, expr address.Expr) (uint64, error) {
	l.inner = append(l.inner, name)
	defer func() { l.inner = l.inner[:len(l.inner)-1] }()
	return expr.Resolve(ctx, l.names)
}
