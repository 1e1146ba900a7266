package symbol

import (
	"cmp"
	"slices"

	"quarry/session"
)

// At returns the symbol that an address lies in, and how far: the one that
// begins last of those that hold it. A symbol whose size is not known reaches to
// the next one.
func (t *Table) At(addr uint64) (s Symbol, offset uint64, ok bool) {
	t.sort()
	end, _ := slices.BinarySearchFunc(t.byAddr, addr, func(i uint32, addr uint64) int {
		if t.entries[i].addr <= addr {
			return -1
		}
		return 1
	})
	if end == 0 {
		return Symbol{}, 0, false
	}
	const far = 1024 // how many symbols one may lie around
	nearest := t.entries[t.byAddr[end-1]].addr
	best, label := -1, -1
	for at := end - 1; at >= max(0, end-far); at-- {
		e := &t.entries[t.byAddr[at]]
		if best >= 0 && e.addr != t.entries[t.byAddr[best]].addr {
			break
		}
		if addr-e.addr < e.size {
			best = at // the first of an address names it best
		} else if e.size == 0 && e.addr == nearest && t.together(nearest, addr) {
			label = at
		}
		if t.reach[at] <= addr && e.addr != nearest {
			break // nothing before reaches so far
		}
	}
	if best < 0 {
		best = label
	}
	if best < 0 {
		return Symbol{}, 0, false
	}
	s = t.symbol(t.byAddr[best])
	return s, addr - s.Addr, true
}

// together reports whether two addresses lie in the same segment.
func (t *Table) together(a, b uint64) bool {
	return slices.ContainsFunc(t.ends, func(r session.Range) bool { return r.Contains(a) && r.Contains(b) })
}

// sort makes the order by address, the first time that it is needed.
func (t *Table) sort() {
	t.sorting.Do(func() {
		for i := range t.entries {
			if t.entries[i].kind != TLS {
				t.byAddr = append(t.byAddr, uint32(i))
			}
		}
		slices.SortFunc(t.byAddr, func(a, b uint32) int {
			x, y := &t.entries[a], &t.entries[b]
			if x.addr != y.addr {
				return cmp.Compare(x.addr, y.addr)
			}
			return cmp.Or(-cmp.Compare(rank(x), rank(y)), cmp.Compare(x.name, y.name))
		})
		t.reach = make([]uint64, len(t.byAddr))
		highest := uint64(0)
		for at, i := range t.byAddr {
			e := &t.entries[i]
			if end := e.addr + e.size; end >= e.addr {
				highest = max(highest, end)
			}
			t.reach[at] = highest
		}
	})
}

// rank tells how well an entry names its address: one with a type, a size, and
// a name that everybody knows does best.
func rank(e *entry) (n int) {
	if e.kind != Other {
		n += 8
	}
	if e.size > 0 {
		n += 4
	}
	switch {
	case e.hidden:
	case e.binding == Global:
		n += 2
	case e.binding == Weak:
		n++
	}
	return n
}
