package search

import (
	"math/bits"

	"quarry/search/candidate"
	"quarry/search/kernel"
	"quarry/session"
)

// scanner is what one goroutine needs to search chunks.
type scanner struct {
	*scan
	builders []*candidate.Builder // one for each probe
	buffer   []byte
	marks    []uint64
	spans    []session.Range
	piece    candidate.Piece
	read     uint64 // bytes of the chunks that could be read
}

func newScanner(s *scan, writer *candidate.Writer) *scanner {
	w := &scanner{scan: s, buffer: make([]byte, s.head+chunkSize+s.tail)}
	for _, p := range s.probes {
		w.builders = append(w.builders, writer.NewBuilder(p.Width, p.stride, p.Constant))
		w.marks = sized(w.marks, max(len(w.marks), kernel.Words(candidate.BlockSize/p.stride)))
	}
	return w
}

func (w *scanner) matches() uint64 {
	var n uint64
	for _, b := range w.builders {
		n += b.Len()
	}
	return n
}

// search reads a chunk and collects what passes the tests. Pages that cannot
// be read split it.
func (w *scanner) search(c chunk) error {
	all := c.read()
	buffer := w.buffer[:all.Size()]
	spans, err := session.ReadSpans(w.target, buffer, all.Start, w.spans[:0])
	if err != nil {
		return err
	}
	w.spans = spans
	for _, span := range spans {
		if from, to := max(span.Start, c.Start), min(span.End, c.End); from < to {
			w.read += to - from
		}
		if err := w.compare(c, span, buffer[span.Start-all.Start:span.End-all.Start]); err != nil {
			return err
		}
	}
	return nil
}

// compare looks at the values that lie in memory, which is the readable part
// span of the chunk, block by block.
func (w *scanner) compare(c chunk, span session.Range, memory []byte) error {
	for start := max(span.Start, c.Start); start < min(span.End, c.End) && !w.stopped(); {
		end := min(c.End, span.End, after(start, candidate.BlockSize))
		tail := min(end+uint64(w.width)-1, span.End)
		w.piece = candidate.Piece{Addr: start, Data: memory[start-span.Start : tail-span.Start]}
		for i := range w.probes {
			if err := w.mark(i, end, memory, span.Start); err != nil {
				return err
			}
		}
		start = end
	}
	return nil
}

// mark runs one probe over the values of the piece that begin before end. The
// piece lies in memory, which begins at the address origin.
func (w *scanner) mark(i int, end uint64, memory []byte, origin uint64) error {
	p, data := w.probes[i], w.piece.Data
	stride := uint64(p.stride)
	base := (w.piece.Addr + stride - 1) / stride * stride
	last := min(end, w.piece.Addr+uint64(len(data))-uint64(p.Width)+1) // values begin before it
	if len(data) < p.Width || base >= last || base < w.piece.Addr {
		return nil
	}
	n := int((last - base + stride - 1) / stride)
	p.MarkAt(w.marks, base, data[base-w.piece.Addr:], nil, p.stride, n)
	if p.Lone() {
		keepWhole(p, w.marks[:kernel.Words(n)], memory, int(base-origin))
	}
	return w.builders[i].AddWindow(base, 0, w.marks[:kernel.Words(n)], &w.piece)
}

// keepWhole clears the marks of numbers in digits that are part of a longer
// one. Bit i stands for the value at memory[at+i*stride:].
func keepWhole(p probe, marks []uint64, memory []byte, at int) {
	for i, word := range marks {
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			if !p.Whole(memory, at+(i*64+bit)*p.stride) {
				marks[i] &^= 1 << bit
			}
		}
	}
}
