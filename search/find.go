package search

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"time"

	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/kernel"
	"quarry/search/value"
	"quarry/session"
)

// chunkBlocks is the number of blocks read at once. The chunk stays in a
// core's cache while it is compared.
const chunkBlocks = 4

const chunkSize = chunkBlocks * candidate.BlockSize

// Find makes a first search of the target. It returns an error that is
// [ErrQuery], condition.ErrSyntax, value.ErrSyntax or value.ErrRange for a
// query that cannot be run, session.ErrScope for a scope that holds nothing,
// session.ErrGone when the process ends meanwhile, candidate.ErrStorage when
// there is no room for what is found, and ctx.Err() when ctx is done. Finding
// nothing is no error.
func Find(ctx context.Context, t session.Target, q Query, o Options) (*Generation, error) {
	probes, err := q.bind(t.Layout())
	if err != nil {
		return nil, err
	}
	return q.find(ctx, t, probes, o)
}

// find searches for all that the probes look for at once.
func (q *Query) find(ctx context.Context, t session.Target, probes []probe, o Options) (*Generation, error) {
	began := time.Now()
	regions, err := q.Scope.Select(t)
	if err != nil {
		return nil, err
	}
	g := &Generation{
		Type: q.Type, Condition: q.Condition, Scope: q.Scope, Align: q.Align, Group: q.Group,
		binding: q.binding(t.Layout()), layout: t.Layout(), store: o.Store,
	}
	pieces, err := present(t, regions)
	if err != nil {
		return nil, err
	}
	s := newScan(t, probes, pieces)
	if g.sets, err = s.run(ctx, o); err != nil {
		return nil, err
	}
	g.Scanned, g.Unreadable = s.scanned, s.total()-s.scanned
	g.Elapsed = time.Since(began)
	return g, nil
}

// probe is a test and the distance of the addresses it looks at.
type probe struct {
	*condition.Test
	stride int
}

// bind settles the query's type and alignment and binds its condition.
func (q *Query) bind(layout session.Layout) ([]probe, error) {
	if q.Group != nil {
		return q.bindGroup(layout)
	}
	if q.Condition.NeedsOld() {
		return nil, fmt.Errorf("%w: %q compares with an earlier search, and this is the first", ErrQuery, q.Condition)
	}
	if q.Type == value.Invalid {
		if q.Type = q.Condition.Guess(); q.Type == value.Invalid {
			q.Type = value.I32
		}
	}
	if err := q.checkAlign(); err != nil {
		return nil, err
	}
	b := q.binding(layout)
	if q.Type == value.Any {
		tests, err := q.Condition.BindAny(b)
		if err != nil {
			return nil, err
		}
		probes := make([]probe, len(tests))
		for i, test := range tests {
			probes[i] = probe{test, q.stride(test.Type)}
		}
		return probes, nil
	}
	test, err := q.Condition.BindWith(b)
	if err != nil {
		return nil, err
	}
	q.Align = q.stride(q.Type)
	return []probe{{test, q.Align}}, nil
}

func (q *Query) checkAlign() error {
	if q.Align < 0 || bits.OnesCount(uint(q.Align)) > 1 || q.Align > candidate.BlockSize {
		return fmt.Errorf("%w: alignment %d is no power of two up to %d", ErrQuery, q.Align, candidate.BlockSize)
	}
	return nil
}

// stride returns the distance of the addresses at which values of a type are
// looked at.
func (q *Query) stride(t value.Type) int {
	if q.Align != 0 {
		return q.Align
	}
	return max(q.Form.Size(t), 1)
}

func (q *Query) bindGroup(layout session.Layout) ([]probe, error) {
	if err := q.checkAlign(); err != nil {
		return nil, err
	}
	q.Type = value.Bytes
	test, err := q.Group.Bind(q.binding(layout))
	if err != nil {
		return nil, err
	}
	if q.Align == 0 {
		q.Align = q.Group.Align()
	}
	return []probe{{test, q.Align}}, nil
}

func maxWidth(probes []probe) int {
	width := 0
	for _, p := range probes {
		width = max(width, p.Width)
	}
	return width
}

// present returns the ranges of the regions that can hold data, joined where
// they touch, so that a value across the border of two regions is found.
func present(t session.Target, regions []session.Region) ([]session.Range, error) {
	var parts []session.Range
	for _, r := range regions {
		from := len(parts)
		var err error
		if parts, err = t.Present(parts, r); err != nil {
			return nil, err
		}
		if from > 0 && from < len(parts) && parts[from-1].End == parts[from].Start {
			parts[from-1].End = parts[from].End
			parts = append(parts[:from], parts[from+1:]...)
		}
	}
	return parts, nil
}

// chunk is a piece of memory to search: values that begin in it are looked at.
// The bytes before and after it are read for what is beside them, and for
// values that cross its end.
type chunk struct {
	session.Range
	head, tail int
}

// read returns what is read to search the chunk.
func (c chunk) read() session.Range {
	return session.Range{Start: c.Start - uint64(c.head), End: c.End + uint64(c.tail)}
}

// cut divides ranges into chunks with up to head bytes before and tail bytes
// after each.
func cut(ranges []session.Range, head, tail int) []chunk {
	var chunks []chunk
	for _, r := range ranges {
		for at := r.Start; at < r.End; {
			// Borders lie at multiples of the chunk size, so that pages are
			// not read twice.
			end := min(r.End, after(at, chunkSize))
			chunks = append(chunks, chunk{
				session.Range{Start: at, End: end},
				int(min(uint64(head), at-r.Start)), int(min(uint64(tail), r.End-end)),
			})
			at = end
		}
	}
	return chunks
}

// after returns the first multiple of size above addr, or the last address
// there is.
func after(addr, size uint64) uint64 {
	if next := addr - addr%size + size; next > addr {
		return next
	}
	return math.MaxUint64
}

// scan is a first search under way.
type scan struct {
	target session.Target
	probes []probe
	width  int // of the widest value
	head   int // bytes read before a chunk, at most
	tail   int // and after it
	chunks []chunk

	scanned uint64 // bytes that could be read
	stopped func() bool
}

func newScan(t session.Target, probes []probe, pieces []session.Range) *scan {
	s := &scan{target: t, probes: probes, width: maxWidth(probes)}
	s.tail = s.width - 1
	for _, p := range probes {
		if p.Lone() { // looks at a byte before the value and two after it
			s.head, s.tail = 1, s.width+1
		}
	}
	s.chunks = cut(pieces, s.head, s.tail)
	return s
}

func (s *scan) total() uint64 {
	var n uint64
	for _, c := range s.chunks {
		n += c.Size()
	}
	return n
}

// run searches all chunks and returns a set for each probe.
func (s *scan) run(ctx context.Context, o Options) ([]typedSet, error) {
	scanners := make([]*scanner, min(o.workers(), max(1, len(s.chunks))))
	writers := make([]*candidate.Writer, len(scanners))
	for i := range scanners {
		writers[i] = o.Store.NewWriter()
		scanners[i] = newScanner(s, writers[i])
	}
	meter := newMeter(o.Progress, s.total())
	s.stopped = func() bool { return ctx.Err() != nil }
	for i, p := range s.probes {
		s.probes[i].Test = p.Until(s.stopped)
	}
	err := share(ctx, len(scanners), len(s.chunks), func(worker, i int) error {
		w := scanners[worker]
		before := w.matches()
		if err := w.search(s.chunks[i]); err != nil {
			return err
		}
		meter.add(s.chunks[i].Size(), w.matches()-before)
		return nil
	})
	var sets []typedSet
	for i := 0; i < len(s.probes) && err == nil; i++ {
		builders := make([]*candidate.Builder, len(scanners))
		for j, w := range scanners {
			builders[j] = w.builders[i]
		}
		var set *candidate.Set
		set, err = candidate.Join(ctx, builders...)
		sets = append(sets, typedSet{s.probes[i].Type, s.probes[i].Twin, set, i})
	}
	if err != nil {
		discard(writers)
		return nil, err
	}
	for _, w := range scanners {
		s.scanned += w.read
	}
	return sets, nil
}

// discard gives back what a search that failed has collected.
func discard(writers []*candidate.Writer) {
	for _, w := range writers {
		w.Discard()
	}
}

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
