package cli

import (
	"bytes"
	"iter"
	"slices"
	"sort"

	"quarry/search"
)

// former tells the values that candidates had in the search before. Candidates
// are asked for in the order of their addresses.
type former struct {
	before *search.Generation
	next   func() (search.Match, error, bool)
	stop   func()
	at     search.Match // the next candidate of the search before
	ok     bool         // there is one
}

// value returns what the search before found at a candidate, or nil when it is
// the same or not known.
func (f *former) value(m search.Match) []byte {
	const far = 1024 // from here on, looking for the place is faster than going there
	for steps := 0; ; steps++ {
		if f.next == nil || steps == far {
			f.seek(m.Addr)
		}
		switch {
		case !f.ok || f.at.Addr > m.Addr:
			return nil
		case f.at.Addr == m.Addr && f.at.Type == m.Type:
			if bytes.Equal(f.at.Value, m.Value) {
				return nil
			}
			return slices.Clone(f.at.Value)
		}
		f.step()
	}
}

func (f *former) step() {
	var err error
	f.at, err, f.ok = f.next()
	f.ok = f.ok && err == nil
}

// seek goes to the first candidate from an address on.
func (f *former) seek(addr uint64) {
	f.close()
	index := sort.Search(int(f.before.Len()), func(i int) bool {
		page, err := f.before.Page(uint64(i), 1)
		return err != nil || len(page) == 0 || page[0].Addr >= addr
	})
	f.next, f.stop = iter.Pull2(f.before.From(uint64(index)))
	f.step()
}

func (f *former) close() {
	if f.stop != nil {
		f.stop()
	}
}
