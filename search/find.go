package search

import (
	"context"
	"time"

	"quarry/search/candidate"
	"quarry/session"
)

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
