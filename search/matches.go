package search

import (
	"iter"
	"slices"

	"quarry/search/candidate"
	"quarry/search/value"
)

// All iterates over the candidates in the order of their addresses, those of
// one address in the order of their types. The value of a match is valid up to
// the next step. An error, which is candidate.ErrStorage, is the last step: the
// temporary file could not be read.
func (g *Generation) All() iter.Seq2[Match, error] { return g.From(0) }

// From iterates as [Generation.All] does, from the candidate with that index
// on, counting from 0.
func (g *Generation) From(index uint64) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		heads, index := g.heads(index)
		for {
			h := least(heads)
			if h == nil {
				break
			}
			if index > 0 {
				index--
			} else if !yield(Match{h.Addr, h.typ, h.Value, g.binding.Form, g.binding.Order}, nil) {
				return
			}
			h.on = h.Next()
		}
		for _, h := range heads {
			if err := h.Err(); err != nil {
				yield(Match{}, err)
				return
			}
		}
	}
}

// Page returns up to limit candidates, from the one with that index on. Their
// values are the caller's to keep. The error is candidate.ErrStorage.
func (g *Generation) Page(index uint64, limit int) ([]Match, error) {
	var out []Match
	if limit <= 0 {
		return nil, nil
	}
	for m, err := range g.From(index) {
		if err != nil {
			return nil, err
		}
		m.Value = slices.Clone(m.Value)
		if out = append(out, m); len(out) == limit {
			break
		}
	}
	return out, nil
}

// head is the next candidate of one type.
type head struct {
	*candidate.Cursor
	typ value.Type
	on  bool // there is one
}

// least returns the head that comes next, or nil at the end of all or when one
// cannot be read.
func least(heads []*head) *head {
	var first *head
	for _, h := range heads {
		switch {
		case h.Err() != nil:
			return nil
		case h.on && (first == nil || h.Addr < first.Addr):
			first = h
		}
	}
	return first
}

// heads returns a head for each type, at the latest place from which the
// candidate with that index can be reached by whole cells, and how many more
// candidates lie before it. A cell is a piece of memory of the size of a block;
// no block lies in two.
func (g *Generation) heads(index uint64) ([]*head, uint64) {
	next := make([]int, len(g.sets)) // block of each set
	for {
		cell, ok := g.cell(next)
		if !ok {
			break
		}
		var count uint64
		after := func(i int) int {
			set, n := g.sets[i].set, next[i]
			for ; n < set.Blocks() && set.Block(n).Base()/candidate.BlockSize == cell; n++ {
				count += uint64(set.Block(n).Len())
			}
			return n
		}
		for i := range g.sets {
			after(i)
		}
		if count > index {
			break
		}
		index -= count
		for i := range g.sets {
			next[i] = after(i)
		}
	}
	heads := make([]*head, len(g.sets))
	for i, s := range g.sets {
		h := &head{Cursor: s.set.Cursor(next[i]), typ: s.typ}
		h.on = h.Next()
		heads[i] = h
	}
	return heads, index
}

// cell returns the first cell in which one of the next blocks lies.
func (g *Generation) cell(next []int) (cell uint64, ok bool) {
	for i, s := range g.sets {
		if next[i] == s.set.Blocks() {
			continue
		}
		if c := s.set.Block(next[i]).Base() / candidate.BlockSize; !ok || c < cell {
			cell, ok = c, true
		}
	}
	return cell, ok
}
