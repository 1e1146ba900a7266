package kernel

import (
	"cmp"
	"slices"
)

// term is a byte of a pattern, with its value and mask in each of four bytes.
// Vector kernels know its layout.
type term struct {
	offset      uint64
	value, mask uint32
}

func newTerm(offset int, value, mask byte) term {
	return term{uint64(offset), uint32(value) * 0x01010101, uint32(mask) * 0x01010101}
}

// arrange puts the terms that the fewest places of memory meet first. The
// second is to be another byte than the first, unless that is far more common:
// bytes often stand in runs.
func arrange(terms []term) {
	slices.SortStableFunc(terms, func(a, b term) int { return cmp.Compare(a.weight(), b.weight()) })
	for i := 1; i < len(terms); i++ {
		t := terms[i]
		if t.weight() > 4*terms[0].weight() {
			return
		}
		if t.value != terms[0].value || t.mask != terms[0].mask {
			copy(terms[2:i+1], terms[1:i])
			terms[1] = t
			return
		}
	}
}

// weight returns about how many bytes of 10,000 meet the term.
func (t term) weight() int {
	value, mask := byte(t.value), byte(t.mask)
	if mask == 0xff {
		return int(common[value])
	}
	sum := 0
	for b, n := range common {
		if byte(b)&mask == value {
			sum += int(n)
		}
	}
	return sum
}

// common tells about how often each byte stands in 10,000 of the writable
// memory of interpreters and shells: zeros, what pointers and small and
// negative numbers are made of, text, and the rest.
var common = func() (table [256]uint16) {
	for b := range table {
		switch {
		case b == 0:
			table[b] = 4500
		case b == 0x01 || b == 0x20 || b == 0x55 || b == 0x7f || b == 0xff:
			table[b] = 100
		case '0' <= b && b <= '9' || b == 'a' || b == 'e':
			table[b] = 30
		case b%16 == 0:
			table[b] = 20
		case b < 0x20 || 'a' <= b && b <= 'z':
			table[b] = 12
		case b < 0x80:
			table[b] = 8
		default:
			table[b] = 5
		}
	}
	return table
}()
