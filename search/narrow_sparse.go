package search

import (
	"bytes"
	"math/bits"

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
	near      []uint64
	beside    []byte // what is at near
}

// mostListed is the number of bytes of values, present or former ones, that are
// put side by side at once, if that is more than those of one block.
const mostListed = 1 << 20

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

// markListed marks in w.marks the candidates of a block that spans the memory
// now which pass a test that looks at former values, where those lie side by
// side. It reports whether all that pass hold what they held.
func (w *narrower) markListed(b denseBlock, now []byte) (same bool, err error) {
	p := &w.parts[b.part]
	if w.positions, err = b.Positions(&w.scratch, w.positions[:0]); err != nil {
		return false, err
	}
	width, stride := p.test.Width, p.old.Stride()
	clear(w.marks)
	same = true
	var pass, spare [1]uint64
	for rest := w.positions; len(rest) > 0; {
		some := rest[:min(64, len(rest))]
		rest = rest[len(some):]
		if w.was, err = p.block(b.Block).Values(&w.former, w.was[:0], some); err != nil {
			return false, err
		}
		w.now = w.now[:0]
		for _, position := range some {
			w.now = append(w.now, now[(int(position)-b.First())*stride:][:width]...)
		}
		p.mark(pass[:], spare[:], w.now, w.was, width, len(some))
		for word := pass[0]; word != 0; word &= word - 1 {
			i := bits.TrailingZeros64(word)
			at := int(some[i]) - b.First()
			w.marks[at/64] |= 1 << (at % 64)
			same = same && bytes.Equal(w.now[i*width:][:width], w.was[i*width:][:width])
		}
	}
	return same, nil
}

// narrowSparse narrows the blocks of a part that are not dense.
func (w *narrower) narrowSparse(part int) error {
	width := w.parts[part].test.Width
	for blocks := w.sparse[part]; len(blocks) > 0; {
		n, size := 0, 0
		for n == 0 || n < len(blocks) && size+blocks[n].Len()*width <= mostListed {
			size += blocks[n].Len() * width
			n++
		}
		if err := w.gather(part, blocks[:n]); err != nil {
			return err
		}
		blocks = blocks[n:]
	}
	return nil
}

// gather narrows blocks by reading each candidate.
func (w *narrower) gather(part int, blocks []candidate.Block) error {
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
	w.scanned += uint64(len(w.now) - len(missing)*width)
	return w.keep(part, blocks...)
}

// keep tests the candidates listed, which are those of the blocks.
func (w *narrower) keep(part int, blocks ...candidate.Block) error {
	p := &w.parts[part]
	n := len(w.positions)
	w.marks, w.spare = sized(w.marks, kernel.Words(n)), sized(w.spare, kernel.Words(n))
	p.mark(w.marks, w.spare, w.now, w.was, p.test.Width, n)
	for _, i := range w.missing {
		w.marks[i/64] &^= 1 << (i % 64)
	}
	w.lost += uint64(len(w.missing))
	if p.lone {
		if err := w.keepLone(p, n); err != nil {
			return err
		}
	}
	next := 0
	for _, b := range blocks {
		if err := w.keepBlock(p, w.builders[part], b, next); err != nil {
			return err
		}
		next += b.Len()
	}
	return nil
}

// keepLone clears the marks of the listed numbers in digits that are part of a
// longer one by now, for which it reads what is beside them. What cannot be read
// is no digit.
func (w *narrower) keepLone(p *part, n int) error {
	width := uint64(p.test.Width)
	w.near = w.near[:0]
	for i := range n {
		if w.marks[i/64]>>(i%64)&1 != 0 {
			w.near = append(w.near, w.addrs[i]-1, w.addrs[i]+width, w.addrs[i]+width+1)
		}
	}
	w.beside = sized(w.beside, len(w.near))
	if err := w.readBeside(); err != nil {
		return err
	}
	memory, next := make([]byte, 1+p.test.Width+2), 0
	for i := range n {
		if w.marks[i/64]>>(i%64)&1 == 0 {
			continue
		}
		memory[0] = w.beside[next]
		copy(memory[1:], w.now[i*p.test.Width:][:width])
		copy(memory[1+width:], w.beside[next+1:][:2])
		if next += 3; !p.test.Whole(memory, 1) {
			w.marks[i/64] &^= 1 << (i % 64)
		}
	}
	return nil
}

// readBeside reads the byte at each of w.near; 0 where there is none.
func (w *narrower) readBeside() error {
	absent := make(map[int]bool)
	for i, addr := range w.near {
		if w.hole(addr).Contains(addr) {
			absent[i] = true
			w.near[i] = w.addrs[0] // which is there
		}
	}
	missing, err := w.target.Gather(w.beside, 1, w.near)
	if err != nil {
		return err
	}
	for _, i := range missing {
		w.beside[i] = 0
	}
	for i := range absent {
		w.beside[i] = 0
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
