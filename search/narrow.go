package search

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"quarry/search/candidate"
	"quarry/search/condition"
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

// bytes returns the number of bytes of the values of all parts.
func (n *narrowing) bytes() uint64 {
	var sum uint64
	for _, p := range n.parts {
		sum += p.old.Len() * uint64(p.old.Width())
	}
	return sum
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
