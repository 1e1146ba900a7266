package search

import (
	"bytes"
	"slices"

	"quarry/search/candidate"
	"quarry/search/kernel"
)

// listed is the working memory of narrowing candidates one by one: of each, its
// position, what it holds, side by side, and what it held.
type listed struct {
	positions []uint16
	addrs     []uint64
	now, was  []byte
	missing   []int // indexes of those that could not be read
}

// list takes the positions of blocks, and their former values where the test
// looks at them.
func (w *narrower) list(part int, blocks ...candidate.Block) error {
	w.positions, w.was, w.missing = w.positions[:0], w.was[:0], w.missing[:0]
	p := &w.parts[part]
	for _, b := range blocks {
		from := len(w.positions)
		var err error
		if w.positions, err = b.Positions(&w.scratch, w.positions); err != nil {
			return err
		}
		if !p.test.NeedsOld() {
			continue
		}
		if w.was, err = p.block(b).Values(&w.former, w.was, w.positions[from:]); err != nil {
			return err
		}
	}
	return nil
}

// narrowListed narrows a block whose memory is now, as far as it is within
// w.spans, candidate by candidate.
func (w *narrower) narrowListed(b denseBlock, now []byte) error {
	if err := w.list(b.part, b.Block); err != nil {
		return err
	}
	width := w.parts[b.part].test.Width
	w.now = slices.Grow(w.now[:0], len(w.positions)*width)
	span := 0
	for i, p := range w.positions {
		addr := b.Addr(p)
		for span < len(w.spans) && w.spans[span].End < addr+uint64(width) {
			span++
		}
		if span == len(w.spans) || addr < w.spans[span].Start {
			w.missing = append(w.missing, i)
		}
		w.now = append(w.now, now[addr-b.Start():][:width]...)
	}
	return w.keep(b.part, b.Block)
}

// narrowSparse narrows the blocks of a part that are not dense.
func (w *narrower) narrowSparse(part int) error {
	blocks := w.sparse[part]
	if len(blocks) == 0 {
		return nil
	}
	if err := w.list(part, blocks...); err != nil {
		return err
	}
	w.addrs = w.addrs[:0]
	next := 0
	for _, b := range blocks {
		for _, p := range w.positions[next : next+b.Len()] {
			w.addrs = append(w.addrs, b.Addr(p))
		}
		next += b.Len()
	}
	width := w.parts[part].test.Width
	w.now = sized(w.now, len(w.addrs)*width)
	missing, err := w.target.Gather(w.now, width, w.addrs)
	if err != nil {
		return err
	}
	w.missing = missing
	w.scanned += uint64(len(w.now))
	return w.keep(part, blocks...)
}

// keep tests the candidates listed, which are those of the blocks.
func (w *narrower) keep(part int, blocks ...candidate.Block) error {
	p := &w.parts[part]
	n := len(w.positions)
	w.marks = sized(w.marks, kernel.Words(n))
	p.test.Mark(w.marks, w.now, w.was, p.test.Width, n)
	for _, i := range w.missing {
		w.marks[i/64] &^= 1 << (i % 64)
	}
	w.lost += uint64(len(w.missing))
	next := 0
	for _, b := range blocks {
		if err := w.keepBlock(p, w.builders[part], b, next); err != nil {
			return err
		}
		next += b.Len()
	}
	return nil
}

// keepBlock adds the candidates of a block, of which the first is listed at
// index first, that are marked.
func (w *narrower) keepBlock(p *part, builder *candidate.Builder, b candidate.Block, first int) error {
	width, kept := p.test.Width, first
	for i := first; i < first+b.Len(); i++ {
		if w.marks[i/64]>>(i%64)&1 == 0 {
			continue
		}
		if kept != i {
			w.positions[kept] = w.positions[i]
			copy(w.now[kept*width:][:width], w.now[i*width:])
		}
		kept++
	}
	if from := p.block(b); kept-first == from.Len() && w.sameValues(p, first*width, kept*width) {
		return builder.AddWhole(from)
	}
	return builder.AddPacked(b.Base(), w.positions[first:kept], w.now[first*width:kept*width])
}

// sameValues reports whether the values listed are known to be what they were.
func (w *narrower) sameValues(p *part, from, to int) bool {
	switch {
	case p.unchanged:
		return true
	case !p.test.NeedsOld() || p.constant != nil:
		return false
	}
	return bytes.Equal(w.now[from:to], w.was[from:to])
}
