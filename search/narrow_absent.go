package search

import (
	"math"
	"slices"
	"sort"

	"quarry/session"
)

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
