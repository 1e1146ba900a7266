package search

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"

	"quarry/search/candidate"
	"quarry/search/kernel"
	"quarry/session"
)

// denseBlock is a block to be narrowed from one reading of the memory it spans.
type denseBlock struct {
	part int
	candidate.Block
}

// end returns the address after the last value.
func (b denseBlock) end() uint64 { return b.Start() + uint64(b.Span()) }

// mostGap is the number of bytes between two blocks that are read rather than
// left out, as a call costs more.
const mostGap = 16 << 10

// fewCandidates is the number of candidates up to which blocks are not worth a
// system call of their own.
const fewCandidates = 256

// narrowDense narrows w.dense, reading neighbouring blocks together. What is
// not worth it is left to narrowSparse.
func (w *narrower) narrowDense() error {
	if len(w.parts) > 1 {
		slices.SortFunc(w.dense, func(a, b denseBlock) int { return cmp.Compare(a.Start(), b.Start()) })
	}
	for blocks := w.dense; len(blocks) > 0; {
		n, r, candidates := together(blocks)
		if candidates < fewCandidates {
			for _, b := range blocks[:n] {
				w.sparse[b.part] = append(w.sparse[b.part], b.Block)
			}
		} else if err := w.narrowTogether(blocks[:n], r); err != nil {
			return err
		}
		blocks = blocks[n:]
	}
	return nil
}

// together returns how many of the blocks, which are in the order of addresses,
// to read at once, the memory they lie in, and the number of their candidates.
func together(blocks []denseBlock) (int, session.Range, int) {
	r := session.Range{Start: blocks[0].Start(), End: blocks[0].end()}
	candidates := blocks[0].Len()
	for i, b := range blocks[1:] {
		end := max(r.End, b.end())
		cell := b.Base()/candidate.BlockSize != blocks[i].Base()/candidate.BlockSize
		if b.Start() > r.End+mostGap || cell && enough(r.Size()+mostGap, candidates) || end-r.Start > 2*mostRead {
			return i + 1, r, candidates
		}
		r.End = end
		candidates += b.Len()
	}
	return len(blocks), r, candidates
}

// narrowTogether narrows blocks from one reading of the range they lie in.
func (w *narrower) narrowTogether(blocks []denseBlock, r session.Range) error {
	read := r
	if slices.ContainsFunc(blocks, func(b denseBlock) bool { return w.parts[b.part].lone }) {
		read = beside(r)
	}
	w.buffer = sized(w.buffer, int(read.Size()))
	spans, err := w.readAround(w.buffer, read, w.spans[:0])
	if err != nil {
		return err
	}
	w.spans, w.origin = spans, read.Start
	for _, span := range spans {
		w.scanned += span.Size()
	}
	for i, b := range blocks {
		if i == 0 || b.Base()/candidate.BlockSize != blocks[i-1].Base()/candidate.BlockSize {
			piece := w.pieceOf(blocks[i:])
			w.piece = candidate.Piece{Addr: piece.Start, Data: w.buffer[piece.Start-read.Start : piece.End-read.Start]}
		}
		if err := w.narrowWindow(b, w.buffer[b.Start()-read.Start:][:b.Span()]); err != nil {
			return err
		}
	}
	return nil
}

// beside returns the range with what is looked at before and after a number in
// digits.
func beside(r session.Range) session.Range {
	if r.Start > 0 {
		r.Start--
	}
	return session.Range{Start: r.Start, End: max(r.End, r.End+2)}
}

// pieceOf returns the memory that the first block and those of other types in
// the same cell span.
func (w *narrower) pieceOf(blocks []denseBlock) session.Range {
	r := session.Range{Start: blocks[0].Start(), End: blocks[0].end()}
	for _, b := range blocks[1:] {
		if b.Base()/candidate.BlockSize != blocks[0].Base()/candidate.BlockSize {
			break
		}
		r.End = max(r.End, b.end())
	}
	return r
}

// narrowWindow narrows a block that spans the memory now.
func (w *narrower) narrowWindow(b denseBlock, now []byte) error {
	p, builder := &w.parts[b.part], w.builders[b.part]
	from := p.block(b.Block)
	was, err := w.formerWindow(p, b, from)
	if err != nil {
		return err
	}
	n := b.Last() - b.First() + 1
	w.marks, w.spare = sized(w.marks, kernel.Words(n)), sized(w.spare, kernel.Words(n))
	unchanged := p.unchanged
	if p.test.NeedsOld() && was == nil {
		same, err := w.markListed(b, now)
		if err != nil {
			return err
		}
		unchanged = unchanged || same
	} else {
		p.mark(w.marks, w.spare, now, was, p.old.Stride(), n)
		if err := b.Mask(&w.scratch, w.marks); err != nil {
			return err
		}
	}
	if err := w.dropUnread(b); err != nil {
		return err
	}
	if p.lone {
		keepWhole(probe{p.test, p.old.Stride()}, w.marks, w.buffer, int(b.Start()-w.origin))
	}
	if unchanged || equalBetween(w.marks, now, was, p.old.Stride(), p.test.Width) {
		return builder.AddUnchanged(from, b.First(), w.marks, &w.former)
	}
	return builder.AddWindow(b.Base(), b.First(), w.marks, &w.piece)
}

// dropUnread clears the marks of the candidates of a block that could not be
// read, and counts those.
func (w *narrower) dropUnread(b denseBlock) error {
	all := session.Range{Start: b.Start(), End: b.end()}
	for _, span := range w.spans {
		if span.Start <= all.Start && all.End <= span.End {
			return nil
		}
	}
	n := b.Last() - b.First() + 1
	w.spare = sized(w.spare, kernel.Words(n))
	kernel.Fill(w.spare, n)
	if err := b.Mask(&w.scratch, w.spare); err != nil {
		return err
	}
	stride, width := uint64(w.parts[b.part].old.Stride()), uint64(w.parts[b.part].test.Width)
	span := 0
	for i, word := range w.spare {
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			addr := all.Start + uint64(i*64+bit)*stride
			for span < len(w.spans) && w.spans[span].End < addr+width {
				span++
			}
			if span == len(w.spans) || addr < w.spans[span].Start {
				w.marks[i] &^= 1 << bit
				w.lost++
			}
		}
	}
	return nil
}

// formerWindow returns what from says about the memory that b spans, or nil
// when that is not at hand. A test that does not look at it may still learn
// that nothing changed, if it is in memory.
func (w *narrower) formerWindow(p *part, b denseBlock, from candidate.Block) ([]byte, error) {
	if !p.test.NeedsOld() && (p.constant != nil || !from.Resident()) {
		return nil, nil
	}
	was, err := from.Window(&w.former)
	if err != nil || was == nil {
		return nil, err
	}
	return was[(b.First()-from.First())*p.old.Stride():][:b.Span()], nil
}

// equalBetween reports whether now and was are the same from the first value
// marked to the last.
func equalBetween(marks []uint64, now, was []byte, stride, width int) bool {
	if was == nil {
		return false
	}
	first, last := 0, len(marks)-1
	for first < len(marks) && marks[first] == 0 {
		first++
	}
	if first == len(marks) {
		return false
	}
	for marks[last] == 0 {
		last--
	}
	from := (first*64 + bits.TrailingZeros64(marks[first])) * stride
	to := (last*64+63-bits.LeadingZeros64(marks[last]))*stride + width
	return bytes.Equal(now[from:to], was[from:to])
}

// sized returns s with n elements, whatever they hold.
func sized[T byte | uint64](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
