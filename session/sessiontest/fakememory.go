package sessiontest

import (
	"slices"

	"quarry/session"
)

// Poke changes memory as the program itself would: no hook is called, nothing
// is counted, and protection does not matter. It panics outside the segments.
func (f *Fake) Poke(addr uint64, p []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := f.store(p, addr, nil); n < len(p) {
		panic("sessiontest: Poke outside the segments")
	}
}

// Peek returns n bytes of memory, calling no hook and counting nothing. It
// panics outside the segments.
func (f *Fake) Peek(addr uint64, n int) []byte {
	f.mu.RLock()
	defer f.mu.RUnlock()
	p := make([]byte, n)
	if f.load(p, addr) < n {
		panic("sessiontest: Peek outside the segments")
	}
	return p
}

// Read implements [session.Memory].
func (f *Fake) Read(p []byte, addr uint64) (int, error) {
	f.reads.Add(1)
	if f.OnRead != nil {
		f.OnRead(addr, len(p))
	}
	if f.gone.Load() {
		return 0, session.ErrGone
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	n := f.load(p, addr)
	if n < len(p) {
		return n, &session.AccessError{State: session.ErrUnreadable, Addr: addr + uint64(n)}
	}
	return n, nil
}

// Gather implements [session.Memory].
func (f *Fake) Gather(dst []byte, width int, addrs []uint64) ([]int, error) {
	f.gathers.Add(1)
	var missing []int
	for i, addr := range addrs {
		if f.OnRead != nil {
			f.OnRead(addr, width)
		}
		if f.gone.Load() {
			return nil, session.ErrGone
		}
		element := dst[i*width : (i+1)*width]
		f.mu.RLock()
		n := f.load(element, addr)
		f.mu.RUnlock()
		if n < width {
			clear(element)
			missing = append(missing, i)
		}
	}
	if f.gone.Load() {
		return nil, session.ErrGone
	}
	return missing, nil
}

// Write implements [session.Memory].
func (f *Fake) Write(p []byte, addr uint64) (int, error) {
	f.writes.Add(1)
	if f.OnWrite != nil {
		f.OnWrite(addr, len(p))
	}
	if f.gone.Load() {
		return 0, session.ErrGone
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.store(p, addr, f.protected)
	if n < len(p) {
		return n, &session.AccessError{State: session.ErrUnwritable, Addr: addr + uint64(n)}
	}
	return n, nil
}

// load copies memory into p up to the first byte that cannot be read.
func (f *Fake) load(p []byte, addr uint64) int {
	return f.walk(len(p), addr, nil, func(s *Segment, from uint64, at, n int) {
		part := p[at : at+n]
		copied := 0
		if from < uint64(len(s.Data)) {
			copied = copy(part, s.Data[from:])
		}
		clear(part[copied:])
	})
}

// store copies p into memory up to the first byte that cannot be written.
func (f *Fake) store(p []byte, addr uint64, protected []session.Range) int {
	return f.walk(len(p), addr, protected, func(s *Segment, from uint64, at, n int) {
		if missing := int(from) + n - len(s.Data); missing > 0 {
			s.Data = append(s.Data, make([]byte, missing)...)
		}
		copy(s.Data[from:], p[at:at+n])
	})
}

// walk calls visit for each piece of addr..addr+n that lies in one segment:
// its offset in the segment, its offset in the whole, and its length. It stops
// at the first byte outside the segments, in a hole or in an avoided range, and
// returns how many bytes it passed.
func (f *Fake) walk(n int, addr uint64, avoid []session.Range, visit func(s *Segment, from uint64, at, n int)) int {
	done := 0
	for done < n {
		here := addr + uint64(done)
		i, found := slices.BinarySearchFunc(f.segments, here, func(s Segment, a uint64) int {
			switch {
			case s.End <= a:
				return -1
			case s.Start > a:
				return 1
			}
			return 0
		})
		if !found || here < addr {
			break
		}
		s := &f.segments[i]
		end := clearUpTo(here, clearUpTo(here, s.End, f.holes), avoid)
		if end == here {
			break
		}
		piece := int(min(uint64(n-done), end-here))
		visit(s, here-s.Start, done, piece)
		done += piece
	}
	return done
}

// clearUpTo returns the first address from start on, but not past end, that
// lies in one of the ranges.
func clearUpTo(start, end uint64, ranges []session.Range) uint64 {
	for _, r := range ranges {
		if r.Start < end && start < r.End {
			end = max(r.Start, start)
		}
	}
	return end
}
