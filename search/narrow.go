package search

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"sort"
	"time"

	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/kernel"
	"quarry/search/value"
	"quarry/session"
)

// Narrow reads the candidates again and returns those that meet c now, with
// their present values. Candidates that cannot be read any more are dropped
// and counted. Errors are those of [Find]; g stays as it is.
//
// What did not change is shared with g, so that a chain of generations takes
// hardly more memory than the first.
func (g *Generation) Narrow(ctx context.Context, t session.Target, c condition.Condition, o Options) (*Generation, error) {
	began := time.Now()
	if c.Op == condition.Unknown {
		return nil, fmt.Errorf("%w: every value meets %q; it can only begin a search", ErrQuery, c)
	}
	if o.Store == nil {
		o.Store = g.store
	}
	next := &Generation{
		Type: g.Type, Condition: c, Scope: g.Scope, Align: g.Align, Group: g.Group, binding: g.binding,
		layout: g.layout, store: o.Store, first: g.First(),
	}
	n := &narrowing{target: t}
	var err error
	if n.parts, err = g.parts(c); err != nil {
		return nil, err
	}
	n.meter = newMeter(o.Progress, n.bytes())
	if n.absent, err = absent(t, n.parts); err != nil {
		return nil, err
	}
	n.plan()
	if next.sets, err = n.run(ctx, o); err != nil {
		return nil, err
	}
	runtime.KeepAlive(g) // whose memory is looked at
	next.Scanned, next.Lost, next.Elapsed = n.scanned, n.lost, time.Since(began)
	return next, nil
}

// part is what a narrowing does to the candidates of one type, or to those that
// can be of two types and are of both, or of one of them, from then on.
type part struct {
	typ    value.Type
	twin   value.Type // of those that pass; Invalid if they are of one type
	origin int        // index of the set of this type in the first search
	test   *condition.Test
	other  *condition.Test // as the other type, where that is not the same
	keep   keep
	old    *candidate.Set
	was    *candidate.Set // holds the values to compare with; old, or that of the first search
	// unchanged is set when those that pass hold what was says.
	unchanged bool
	constant  []byte // of the result
	lone      bool   // those that pass must be no part of a longer number
}

// keep says which candidates of two types a part keeps.
type keep uint8

const (
	keepBoth  keep = iota // those that pass as both types
	keepOnly              // those that pass as the type of the part, and not as the other
	keepOther             // the other way round
)

// mark marks what the part keeps, as [condition.Test.Mark] does.
func (p *part) mark(dst, spare []uint64, now, was []byte, stride, n int) {
	p.test.Mark(dst, now, was, stride, n)
	if p.other == nil {
		return
	}
	p.other.Mark(spare, now, was, stride, n)
	for i := range kernel.Words(n) {
		switch p.keep {
		case keepBoth:
			dst[i] &= spare[i]
		case keepOnly:
			dst[i] &^= spare[i]
		case keepOther:
			dst[i] = spare[i] &^ dst[i]
		}
	}
}

// parts returns what c does to the candidates of each type. A type in which c
// has no meaning is left out, as the digits of a number that has more of them
// now; it is an error when that is every type.
func (g *Generation) parts(c condition.Condition) ([]part, error) {
	var parts []part
	var failed error
	for _, s := range g.sets {
		found, err := g.partsOf(s, c)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		parts = append(parts, found...)
	}
	if len(parts) == 0 {
		return nil, failed
	}
	return parts, nil
}

// partsOf returns what c does to the candidates of a set. Those that can be of
// two types fall apart where it matters.
func (g *Generation) partsOf(s typedSet, c condition.Condition) ([]part, error) {
	one := s
	one.twin = value.Invalid
	p, err := g.part(one, c)
	if s.twin == value.Invalid {
		return []part{p}, err
	}
	one.typ = s.twin
	q, twinErr := g.part(one, c)
	switch {
	case err != nil && twinErr != nil:
		return nil, err
	case twinErr != nil:
		return []part{p}, nil
	case err != nil:
		return []part{q}, nil
	case p.test.Equivalent(q.test):
		p.twin = s.twin
		return []part{p}, nil
	}
	p.constant, p.other = nil, q.test
	both, other := p, p
	both.twin, p.keep = s.twin, keepOnly
	other.typ, other.keep = s.twin, keepOther
	return []part{both, p, other}, nil
}

func (g *Generation) part(s typedSet, c condition.Condition) (part, error) {
	test, err := c.BindWith(g.bindingOf(s))
	if err != nil {
		return part{}, err
	}
	if width := s.set.Width(); test.Width != width {
		return part{}, &LengthError{Condition: c, Candidates: width, Asked: test.Width}
	}
	p := part{typ: s.typ, origin: s.origin, test: test, old: s.set, was: s.set, constant: test.Constant}
	p.lone = test.Lone() && !c.Not
	if c.SinceFirst && test.NeedsOld() {
		p.was = g.First().sets[s.origin].set
	}
	if c.Op == condition.Same && !c.Not || c.Op == condition.Changed && c.Not {
		p.unchanged, p.constant = true, p.was.Constant()
	}
	return p, nil
}

// LengthError tells that candidates were asked to be a text, or bytes, of
// another length than theirs. It is [ErrQuery].
type LengthError struct {
	Condition         condition.Condition
	Candidates, Asked int // bytes
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("%v: the candidates are %d bytes long, and %q is %d", ErrQuery, e.Candidates, e.Condition, e.Asked)
}

// Unwrap returns [ErrQuery].
func (e *LengthError) Unwrap() error { return ErrQuery }

// Hint returns what would work.
func (e *LengthError) Hint() string {
	return "find it afresh, with find; undo then brings these candidates back"
}

// block returns the block with the values to compare with those of b.
func (p *part) block(b candidate.Block) candidate.Block {
	if p.was == p.old {
		return b
	}
	first, ok := p.was.Lookup(b.Base())
	if !ok {
		panic("search: a candidate is not among those it was narrowed from")
	}
	return first
}

// narrowing is a narrowing under way.
type narrowing struct {
	target  session.Target
	parts   []part
	jobs    []job
	meter   *meter
	absent  []session.Range // parts of files and shared memory that hold no data
	scanned uint64
	lost    uint64
}

// job is the memory that one goroutine narrows at once: the blocks whose base
// addresses lie in it.
type job session.Range

// sparseCost is the number of bytes that are read in one piece in the time that
// looking at one scattered candidate takes, as far as sharing the work goes.
const sparseCost = 32

// A piece of memory that is read for few candidates is larger than a chunk, so
// that no system call is made for less than some hundreds of them.
const (
	enoughCandidates = 1 << 10
	mostRead         = 8 * chunkSize
)

// enough reports whether a reading of so many bytes for so many candidates is
// large enough.
func enough(bytes uint64, candidates int) bool {
	return bytes >= mostRead || bytes >= chunkSize && candidates >= enoughCandidates
}

// bytes returns the number of bytes of the values of all parts.
func (n *narrowing) bytes() uint64 {
	var sum uint64
	for _, p := range n.parts {
		sum += p.old.Len() * uint64(p.old.Width())
	}
	return sum
}

// plan divides the work into jobs of about a chunk each: enough for system
// calls that read much, little enough to share among processors and to stop
// soon. Blocks in one cell, a piece of memory of the size of a block, are in one
// job.
func (n *narrowing) plan() {
	var start, cost, cell, read uint64
	candidates := 0
	for b := range n.blocks() {
		if here := b.Base() / candidate.BlockSize * candidate.BlockSize; here != cell {
			if enough(cost+read, candidates) {
				n.jobs = append(n.jobs, job{start, here})
				start, cost, read, candidates = here, 0, 0, 0
			}
			cell, cost, read = here, cost+read, 0
		}
		candidates += b.Len()
		if dense(b) {
			read = max(read, uint64(b.Span())) // once for all types
		} else {
			cost += uint64(b.Len() * max(sparseCost, b.Width()))
		}
	}
	if cost+read > 0 {
		n.jobs = append(n.jobs, job{start, 1<<64 - 1})
	}
}

// blocks iterates over the blocks of all parts by address.
func (n *narrowing) blocks() iter.Seq[candidate.Block] {
	return func(yield func(candidate.Block) bool) {
		next := make([]int, len(n.parts))
		for {
			var least candidate.Block
			from := -1
			for i, p := range n.parts {
				if next[i] == p.old.Blocks() {
					continue
				}
				if b := p.old.Block(next[i]); from < 0 || b.Base() < least.Base() {
					least, from = b, i
				}
			}
			if from < 0 || !yield(least) {
				return
			}
			next[from]++
		}
	}
}

// run narrows all parts and returns their sets.
func (n *narrowing) run(ctx context.Context, o Options) ([]typedSet, error) {
	workers := make([]*narrower, min(o.workers(), max(1, len(n.jobs))))
	writers := make([]*candidate.Writer, len(workers))
	for i := range workers {
		writers[i] = o.Store.NewWriter()
		workers[i] = newNarrower(n, writers[i])
	}
	err := share(ctx, len(workers), len(n.jobs), func(worker, i int) error {
		return workers[worker].narrow(n.jobs[i])
	})
	var sets []typedSet
	for i := 0; i < len(n.parts) && err == nil; i++ {
		builders := make([]*candidate.Builder, len(workers))
		for j, w := range workers {
			builders[j] = w.builders[i]
		}
		var set *candidate.Set
		set, err = candidate.Join(ctx, builders...)
		sets = appendSet(sets, typedSet{n.parts[i].typ, n.parts[i].twin, set, n.parts[i].origin})
	}
	if err != nil {
		discard(writers)
		return nil, err
	}
	for _, w := range workers {
		n.scanned += w.scanned
		n.lost += w.lost
	}
	return sets, nil
}

// appendSet appends a set, or drops it when it is empty and not the last that
// goes back to a set of the first search.
func appendSet(sets []typedSet, s typedSet) []typedSet {
	last := len(sets) - 1
	switch {
	case last < 0 || sets[last].origin != s.origin:
	case s.set.Len() == 0:
		return sets
	case sets[last].set.Len() == 0:
		sets = sets[:last]
	}
	return append(sets, s)
}

// narrower is what one goroutine needs to narrow blocks.
type narrower struct {
	*narrowing
	builders []*candidate.Builder // one for each part
	scanned  uint64
	lost     uint64
	dense    []denseBlock
	sparse   [][]candidate.Block // of each part
	buffer   []byte
	spans    []session.Range
	marks    []uint64
	spare    []uint64
	piece    candidate.Piece
	origin   uint64            // address of the first byte of buffer
	scratch  candidate.Scratch // for the blocks narrowed
	former   candidate.Scratch // for those with the values to compare with
	listed
}

func newNarrower(n *narrowing, writer *candidate.Writer) *narrower {
	w := &narrower{narrowing: n, sparse: make([][]candidate.Block, len(n.parts))}
	for _, p := range n.parts {
		w.builders = append(w.builders, writer.NewBuilder(p.test.Width, p.old.Stride(), p.constant))
	}
	return w
}

// narrow keeps the candidates of a job that pass. Memory in which candidates
// are dense is read in large pieces; all others together, many addresses with
// one call.
func (w *narrower) narrow(j job) error {
	before, bytes := w.matches(), 0
	w.dense = w.dense[:0]
	for i, p := range w.parts {
		w.sparse[i] = w.sparse[i][:0]
		for k := p.old.Search(j.Start); k < p.old.Blocks(); k++ {
			b := p.old.Block(k)
			if b.Base() >= j.End {
				break
			}
			bytes += b.Len() * p.test.Width
			if dense(b) {
				w.dense = append(w.dense, denseBlock{i, b})
			} else {
				w.sparse[i] = append(w.sparse[i], b)
			}
		}
	}
	if err := w.narrowDense(); err != nil {
		return err
	}
	for i := range w.parts {
		if err := w.narrowSparse(i); err != nil {
			return err
		}
	}
	w.meter.add(uint64(bytes), w.matches()-before)
	return nil
}

func (w *narrower) matches() uint64 {
	var n uint64
	for _, b := range w.builders {
		n += b.Len()
	}
	return n
}

// gatherCost is the number of bytes that are read in one piece in the time it
// takes to read one scattered address.
const gatherCost = 2500

// dense reports whether reading the block in one piece is faster.
func dense(b candidate.Block) bool { return b.Len()*max(gatherCost, b.Width()) > b.Span() }

// absent returns the parts of files and of shared memory around the candidates
// that hold no data, sorted: reading them would give the process memory. They
// held some when a candidate was found there, so it is gone if it lies in one.
func absent(t session.Target, parts []part) ([]session.Range, error) {
	regions, err := t.Regions()
	if err != nil {
		return nil, err
	}
	var holes []session.Range
	for _, r := range regions {
		mapped := r.Inode != 0 || r.Perms&session.PermShared != 0
		if !mapped || !slices.ContainsFunc(parts, func(p part) bool { return p.old.Touches(r.Start, r.End) }) {
			continue
		}
		present, err := t.Present(nil, r)
		if err != nil {
			return nil, err
		}
		at := r.Start
		for _, p := range append(present, session.Range{Start: r.End, End: r.End}) {
			if p.Start > at {
				holes = append(holes, session.Range{Start: at, End: p.Start})
			}
			at = p.End
		}
	}
	return holes, nil
}

// hole returns the first absent part that ends after addr, or one that lies
// past all addresses.
func (n *narrowing) hole(addr uint64) session.Range {
	i := sort.Search(len(n.absent), func(i int) bool { return n.absent[i].End > addr })
	if i == len(n.absent) {
		return session.Range{Start: math.MaxUint64, End: math.MaxUint64}
	}
	return n.absent[i]
}

// readAround reads the memory r into p, but for what is absent, as
// [session.ReadSpans] does.
func (n *narrowing) readAround(p []byte, r session.Range, spans []session.Range) ([]session.Range, error) {
	for at := r.Start; at < r.End; {
		hole := n.hole(at)
		var err error
		if end := min(hole.Start, r.End); at < end {
			if spans, err = session.ReadSpans(n.target, p[at-r.Start:end-r.Start], at, spans); err != nil {
				return spans, err
			}
			at = end
		}
		if end := min(hole.End, r.End); at < end {
			clear(p[at-r.Start : end-r.Start])
			at = end
		}
	}
	return spans, nil
}
