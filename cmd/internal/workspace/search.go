package workspace

import (
	"bytes"
	"context"
	"fmt"

	"quarry/search"
	"quarry/search/condition"
	"quarry/session"
)

// Find makes a first search, which becomes the present generation of the scan
// with that name, or of the current one. The condition is read from args as
// condition.Parse does.
func (w *Workspace) Find(ctx context.Context, name string, q search.Query, args []string) (*search.Generation, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	if q.Group == nil {
		if q.Condition, err = condition.Parse(q.Type, args...); err != nil {
			return nil, err
		}
	}
	g, err := search.Find(ctx, s, q, w.options())
	if err != nil {
		return nil, err
	}
	w.setScan(w.scanName(name), g, fmt.Sprintf("find %s: %d", g.Condition, g.Len()))
	return g, nil
}

// Narrow keeps the candidates of the current scan that meet a condition now, as
// the scan with that name, or in place of the current one.
func (w *Workspace) Narrow(ctx context.Context, name string, args []string) (*search.Generation, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	g, err := w.Scan()
	if err != nil {
		return nil, err
	}
	c, err := condition.Parse(g.Type, args...)
	if err != nil {
		return nil, err
	}
	next, err := g.Narrow(ctx, s, c, w.options())
	if err != nil {
		return nil, err
	}
	w.setScan(w.scanName(name), next, fmt.Sprintf("narrow %s: %d", c, next.Len()))
	return next, nil
}

// Present is a candidate with what its address holds now.
type Present struct {
	search.Match
	Index uint64 // from 1
	Now   []byte // nil when it cannot be read
}

// Present returns up to limit candidates of g, from the one with that index on
// (from 1), as they are now.
func (w *Workspace) Present(g *search.Generation, index uint64, limit int) ([]Present, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	page, err := g.Page(index-1, limit)
	if err != nil {
		return nil, err
	}
	var out []Present
	for i, m := range page {
		now, err := read(s, m.Addr, len(m.Value))
		if err != nil {
			return nil, err
		}
		out = append(out, Present{Match: m, Index: index + uint64(i), Now: now})
	}
	return out, nil
}

// Changed reports whether the candidate holds something else than was found.
func (p Present) Changed() bool { return p.Now != nil && !bytes.Equal(p.Now, p.Value) }

// read returns the bytes at addr, or nil when they cannot be read.
func read(m session.Memory, addr uint64, n int) ([]byte, error) {
	raw := make([]byte, n)
	missing, err := m.Gather(raw, n, []uint64{addr})
	if err != nil || len(missing) > 0 {
		return nil, err
	}
	return raw, nil
}
