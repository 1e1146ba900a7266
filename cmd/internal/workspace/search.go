package workspace

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

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
	w.setScan(w.scanName(name), g, fmt.Sprintf("find %s: %d", g.Asked(), g.Len()))
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

// presentPage is the number of candidates whose present values are read at once.
const presentPage = 1024

// Present iterates over up to limit candidates of g, from the one with that
// index on (from 1), as they are now. They are read page by page, and each is
// valid up to the next. An error is the last step.
func (w *Workspace) Present(ctx context.Context, g *search.Generation, index uint64, limit int) iter.Seq2[Present, error] {
	return func(yield func(Present, error) bool) {
		s, err := w.Session()
		if err != nil {
			yield(Present{}, err)
			return
		}
		rows := g.From(index - 1)
		for page, err := range pages(rows, min(limit, presentPage), limit) {
			if err == nil {
				err = cmp.Or(ctx.Err(), readNow(s, page))
			}
			if err != nil {
				yield(Present{}, err)
				return
			}
			for i := range page {
				page[i].Index = index
				index++
				if !yield(page[i], nil) {
					return
				}
			}
		}
	}
}

// pages collects up to limit matches into pages of so many, which are valid up
// to the next.
func pages(matches iter.Seq2[search.Match, error], size, limit int) iter.Seq2[[]Present, error] {
	return func(yield func([]Present, error) bool) {
		if limit <= 0 {
			return
		}
		page := make([]Present, 0, size)
		for m, err := range matches {
			if err != nil {
				yield(nil, err)
				return
			}
			m.Value = bytes.Clone(m.Value)
			page = append(page, Present{Match: m})
			if limit--; limit > 0 && len(page) < size {
				continue
			}
			if !yield(page, nil) || limit == 0 {
				return
			}
			page = page[:0]
		}
		if len(page) > 0 {
			yield(page, nil)
		}
	}
}

// readNow reads what the candidates of a page hold, with one call for all that
// are as wide.
func readNow(m session.Memory, page []Present) error {
	byWidth := make(map[int][]int)
	for i, p := range page {
		byWidth[len(p.Value)] = append(byWidth[len(p.Value)], i)
	}
	for _, width := range slices.Sorted(maps.Keys(byWidth)) {
		rows := byWidth[width]
		addrs := make([]uint64, len(rows))
		for i, row := range rows {
			addrs[i] = page[row].Addr
		}
		raw := make([]byte, len(rows)*width)
		missing, err := m.Gather(raw, width, addrs)
		if err != nil {
			return err
		}
		for i, row := range rows {
			page[row].Now = raw[i*width:][:width:width]
		}
		for _, i := range missing {
			page[rows[i]].Now = nil
		}
	}
	return nil
}

// Changed reports whether the candidate holds something else than was found.
func (p Present) Changed() bool { return p.Now != nil && !bytes.Equal(p.Now, p.Value) }
