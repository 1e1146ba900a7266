package group

import (
	"math/bits"

	"quarry/search/kernel"
)

// layout is the kernel of elements at fixed distances from each other.
type layout struct {
	parts []part // the rarest first
}

func newLayout(parts []part) *layout {
	k := &layout{}
	for _, i := range rarest(parts) {
		k.parts = append(k.parts, parts[i])
	}
	return k
}

// Mark looks for the rarest element everywhere, and for the others where it is.
func (k *layout) Mark(dst []uint64, buf []byte, stride, n int) {
	dst = dst[:kernel.Words(n)]
	if n == 0 {
		return
	}
	k.parts[0].test.Mark(dst, buf[k.parts[0].offset:], nil, stride, n)
	marks := make([]uint64, 1)
	for w, word := range dst {
		if word == 0 {
			continue
		}
		at, m := w*64*stride, min(64, n-w*64)
		for _, p := range k.parts[1:] {
			p.verify(dst[w:w+1], marks, buf[at+p.offset:], stride, m)
			if dst[w] == 0 {
				break
			}
		}
	}
}

// fewHits is the number of values from which on looking at a whole word of them
// is faster than looking at each.
const fewHits = 4

// verify clears the bits of the word of values that p does not follow.
func (p *part) verify(word, marks []uint64, buf []byte, stride, n int) {
	if bits.OnesCount64(word[0]) >= fewHits {
		p.test.Mark(marks, buf, nil, stride, n)
		word[0] &= marks[0]
		return
	}
	for rest := word[0]; rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros64(rest)
		if p.test.Mark(marks, buf[i*stride:], nil, p.width, 1); marks[0] == 0 {
			word[0] &^= 1 << i
		}
	}
}
