package search

import (
	"context"
	"fmt"
	"time"

	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/kernel"
	"quarry/session"
)

// Narrow reads the candidates again and returns those that meet c now, with
// their present values. Candidates that cannot be read any more are dropped
// and counted. Errors are those of [Find]; g stays as it is.
func (g *Generation) Narrow(ctx context.Context, t session.Target, c condition.Condition, o Options) (*Generation, error) {
	began := time.Now()
	if c.Op == condition.Unknown {
		return nil, fmt.Errorf("%w: every value meets %q; it can only begin a search", ErrQuery, c)
	}
	next := &Generation{Type: g.Type, Condition: c, Scope: g.Scope, Align: g.Align, layout: g.layout}
	meter := newMeter(o.Progress, g.bytes())
	for _, s := range g.sets {
		test, err := c.Bind(s.typ, g.layout.Order, s.set.Width())
		if err != nil {
			return nil, err
		}
		n := &narrowing{target: t, test: test, old: s.set, jobs: jobs(s.set), meter: meter}
		set, err := n.run(ctx, o)
		if err != nil {
			return nil, err
		}
		next.sets = append(next.sets, typedSet{s.typ, set})
		next.Scanned += n.scanned
		next.Lost += n.lost
	}
	next.Elapsed = time.Since(began)
	return next, nil
}

// bytes returns the number of bytes of all candidates' values.
func (g *Generation) bytes() uint64 {
	var n uint64
	for _, s := range g.sets {
		n += s.set.Len() * uint64(s.set.Width())
	}
	return n
}

// narrowing is the narrowing of one set under way.
type narrowing struct {
	target  session.Target
	test    *condition.Test
	old     *candidate.Set
	jobs    []job
	meter   *meter
	scanned uint64
	lost    uint64
}

// job is a run of blocks that one goroutine narrows at once.
type job struct{ from, to int }

// jobCandidates is about how many candidates a job holds: enough for system
// calls that read many of them, few enough to share among processors and to
// stop soon.
const jobCandidates = 8 << 10

// jobs divides the blocks of a set.
func jobs(s *candidate.Set) []job {
	var out []job
	from, n := 0, 0
	for i := range s.Blocks() {
		if n += s.Block(i).Len(); n >= jobCandidates {
			out = append(out, job{from, i + 1})
			from, n = i+1, 0
		}
	}
	if from < s.Blocks() {
		out = append(out, job{from, s.Blocks()})
	}
	return out
}

func (n *narrowing) run(ctx context.Context, o Options) (*candidate.Set, error) {
	width := n.test.Width
	if width != n.old.Width() {
		return nil, fmt.Errorf("%w: the candidates are %d bytes long, and %q is %d", ErrQuery, n.old.Width(), n.test.Type, width)
	}
	workers := make([]*narrower, min(o.workers(), max(1, len(n.jobs))))
	builders := make([]*candidate.Builder, len(workers))
	for i := range workers {
		builders[i] = candidate.NewBuilder(width, n.old.Stride(), n.test.Constant)
		workers[i] = &narrower{narrowing: n, builder: builders[i]}
	}
	err := share(ctx, len(workers), len(n.jobs), func(worker, i int) error {
		return workers[worker].narrow(n.jobs[i])
	})
	if err != nil {
		return nil, err
	}
	for _, w := range workers {
		n.scanned += w.scanned
		n.lost += w.lost
	}
	return candidate.Join(builders...), nil
}

// narrower is what one goroutine needs to narrow blocks.
type narrower struct {
	*narrowing
	builder   *candidate.Builder
	scanned   uint64
	lost      uint64
	sparse    []candidate.Block
	positions []uint16
	addrs     []uint64
	now, was  []byte
	marks     []uint64
	spans     []session.Range
}

// narrow keeps the candidates of a job that pass the test. Blocks in which
// candidates are dense are read in one piece; all others together, many
// addresses with one call.
func (w *narrower) narrow(j job) error {
	w.sparse = w.sparse[:0]
	before := w.builder.Len()
	candidates := 0
	for i := j.from; i < j.to; i++ {
		b := w.old.Block(i)
		candidates += b.Len()
		if !dense(b) {
			w.sparse = append(w.sparse, b)
			continue
		}
		if err := w.narrowWindow(b); err != nil {
			return err
		}
	}
	if err := w.narrowSparse(); err != nil {
		return err
	}
	w.meter.add(uint64(candidates*w.test.Width), w.builder.Len()-before)
	return nil
}

// gatherCost is the number of bytes that are read in one piece in the time it
// takes to read one scattered address.
const gatherCost = 2500

// dense reports whether reading the block in one piece is faster.
func dense(b candidate.Block) bool { return b.Len()*gatherCost > b.Span() }

// narrowWindow narrows a block from one reading of the memory it spans.
func (w *narrower) narrowWindow(b candidate.Block) error {
	start := b.Addr(uint16(b.First()))
	w.now = sized(w.now, b.Span())
	spans, err := session.ReadSpans(w.target, w.now, start, w.spans[:0])
	if err != nil {
		return err
	}
	w.spans = spans
	w.scanned += uint64(b.Span())
	whole := len(spans) == 1 && spans[0].Size() == uint64(b.Span())
	window := b.Window()
	if w.test.NeedsOld() && window == nil || !whole {
		return w.narrowPacked(b, start)
	}
	n := b.Last() - b.First() + 1
	w.marks = sized(w.marks, kernel.Words(n))
	w.test.Mark(w.marks, w.now, window, w.old.Stride(), n)
	b.Mask(w.marks)
	w.builder.AddWindow(b.Base(), b.First(), w.marks, w.now)
	return nil
}

// narrowPacked narrows a block whose memory from start on is in w.now, as far
// as it is within w.spans, candidate by candidate.
func (w *narrower) narrowPacked(b candidate.Block, start uint64) error {
	width := w.test.Width
	w.positions = b.Positions(w.positions[:0])
	w.was = w.was[:0]
	if w.test.NeedsOld() {
		w.was = b.Values(w.was, w.positions)
	}
	packed := make([]byte, 0, len(w.positions)*width)
	var missing []int
	span := 0
	for i, p := range w.positions {
		addr := b.Addr(p)
		for span < len(w.spans) && w.spans[span].End < addr+uint64(width) {
			span++
		}
		if span == len(w.spans) || addr < w.spans[span].Start {
			missing = append(missing, i)
		}
		packed = append(packed, w.now[addr-start:][:width]...)
	}
	w.keep([]candidate.Block{b}, packed, missing)
	return nil
}

// narrowSparse narrows the blocks put aside by narrow.
func (w *narrower) narrowSparse() error {
	if len(w.sparse) == 0 {
		return nil
	}
	w.positions, w.addrs, w.was = w.positions[:0], w.addrs[:0], w.was[:0]
	for _, b := range w.sparse {
		from := len(w.positions)
		w.positions = b.Positions(w.positions)
		for _, p := range w.positions[from:] {
			w.addrs = append(w.addrs, b.Addr(p))
		}
		if w.test.NeedsOld() {
			w.was = b.Values(w.was, w.positions[from:])
		}
	}
	w.now = sized(w.now, len(w.addrs)*w.test.Width)
	missing, err := w.target.Gather(w.now, w.test.Width, w.addrs)
	if err != nil {
		return err
	}
	w.scanned += uint64(len(w.now))
	w.keep(w.sparse, w.now, missing)
	return nil
}

// keep tests the candidates of the blocks, whose positions are in w.positions,
// former values in w.was and present values, side by side, in now.
func (w *narrower) keep(blocks []candidate.Block, now []byte, missing []int) {
	width := w.test.Width
	w.marks = sized(w.marks, kernel.Words(len(w.positions)))
	w.test.Mark(w.marks, now, w.was, width, len(w.positions))
	for _, i := range missing {
		w.marks[i/64] &^= 1 << (i % 64)
	}
	w.lost += uint64(len(missing))
	next := 0
	for _, b := range blocks {
		from, kept := next, next
		for end := next + b.Len(); next < end; next++ {
			if w.marks[next/64]>>(next%64)&1 == 0 {
				continue
			}
			w.positions[kept] = w.positions[next]
			copy(now[kept*width:][:width], now[next*width:])
			kept++
		}
		w.builder.AddPacked(b.Base(), w.positions[from:kept], now[from*width:kept*width])
	}
}

// sized returns s with n elements, whatever they hold.
func sized[T byte | uint64](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
