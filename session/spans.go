package session

import (
	"errors"
	"os"
)

// ReadSpans reads all it can of the len(p) bytes at addr. Where a byte cannot be
// read, the rest of its page counts as a hole, and reading goes on after it. The
// bytes of holes in p are zeroed, and the ranges that were read are appended to
// spans, sorted and with neighbours merged. Holes are no error; a process that
// is gone is.
//
// It allocates nothing when all can be read and spans has room for one more.
func ReadSpans(m Memory, p []byte, addr uint64, spans []Range) ([]Range, error) {
	first := len(spans)
	for at := 0; at < len(p); {
		here := addr + uint64(at)
		if here < addr { // past the last address
			clear(p[at:])
			break
		}
		n, err := m.Read(p[at:], here)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			return spans[:first], err
		}
		spans = appendSpan(spans, first, Range{Start: here, End: here + uint64(n)})
		at += n
		if err == nil {
			break
		}
		hole := p[at:]
		page := pageSize(m)
		hole = hole[:min(uint64(len(hole)), page-(here+uint64(n))%page)]
		clear(hole)
		at += len(hole)
	}
	return spans, nil
}

// appendSpan appends r, merging it with its neighbour from index first on.
func appendSpan(spans []Range, first int, r Range) []Range {
	switch last := len(spans) - 1; {
	case r.Start == r.End:
		return spans
	case last >= first && spans[last].End == r.Start:
		spans[last].End = r.End
		return spans
	}
	return append(spans, r)
}

// pageSize returns the size of a page of the memory, or of this machine where
// the memory does not tell.
func pageSize(m Memory) uint64 {
	if t, ok := m.(interface{ Layout() Layout }); ok && t.Layout().PageSize > 0 {
		return uint64(t.Layout().PageSize)
	}
	return uint64(os.Getpagesize())
}
