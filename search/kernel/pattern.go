package kernel

import (
	"bytes"

	"quarry/search/value"
)

// Pattern selects the places where a run of bytes stands, wildcards allowed.
// Build it with [NewPattern].
type Pattern struct {
	pattern value.Pattern
	exact   bool
	anchor  []byte // the longest run without wildcards, at least one byte if there is one
	offset  int    // of anchor in the pattern
	terms   []term // the bytes that matter, an even number
}

// NewPattern prepares a pattern for searching.
func NewPattern(p value.Pattern) *Pattern {
	k := &Pattern{pattern: p, exact: p.Exact()}
	for i, mask := range p.Mask {
		if mask != 0 {
			k.terms = append(k.terms, newTerm(i, p.Bytes[i]&mask, mask))
		}
	}
	arrange(k.terms)
	if len(k.terms)%2 == 1 {
		k.terms = append(k.terms, k.terms[len(k.terms)-1])
	}
	k.offset, k.anchor = longestRun(p)
	return k
}

// longestRun returns the longest run of bytes without wildcards, and where it
// begins.
func longestRun(p value.Pattern) (offset int, run []byte) {
	for from, to := 0, 0; from < len(p.Mask); from = to + 1 {
		for to = from; to < len(p.Mask) && p.Mask[to] == 0xff; to++ {
		}
		if to-from > len(run) {
			offset, run = from, p.Bytes[from:to]
		}
	}
	return offset, run
}

// Len returns the length of the pattern in bytes.
func (k *Pattern) Len() int { return len(k.pattern.Bytes) }

// manyHits is the number of anchors in a buffer from which on looking at each
// place in turn is faster than a call for each anchor.
const manyHits = 256

// Mark sets bit i of dst where the pattern stands at buf[i*stride:], for i
// from 0 to n-1, overlapping places included, and clears all others of the
// first Words(n) words of dst. buf must hold (n-1)*stride+Len() bytes.
func (k *Pattern) Mark(dst []uint64, buf []byte, stride, n int) {
	dst = dst[:Words(n)]
	clear(dst)
	if n == 0 {
		return
	}
	_ = buf[:(n-1)*stride+k.Len()]
	if len(k.terms) == 0 {
		Fill(dst, n)
		return
	}
	v := vector{level: CurrentLevel(), op: opPattern, width: k.Len(), terms: k.terms}
	if done := v.mark(dst, buf, nil, stride, n); done < n {
		k.mark(dst[done/64:], buf[done*stride:], stride, n-done)
	}
}

// mark is Mark in pure Go.
func (k *Pattern) mark(dst []uint64, buf []byte, stride, n int) {
	end := (n-1)*stride + k.Len()
	next := 0
	if len(k.anchor) > 0 {
		next = k.markAnchors(dst, buf[:end-k.Len()+k.offset+len(k.anchor)], buf, stride, n)
	}
	for i := next; i < n; i++ {
		if at := i * stride; k.fits(buf[at : at+k.Len()]) {
			dst[i/64] |= 1 << (i % 64)
		}
	}
}

// markAnchors goes from one anchor to the next. It returns the place from
// which on nothing has been looked at, because the anchors are too many.
func (k *Pattern) markAnchors(dst []uint64, anchors, buf []byte, stride, n int) int {
	at := k.offset
	for range manyHits {
		hit := bytes.Index(anchors[at:], k.anchor)
		if hit < 0 {
			return n
		}
		at += hit
		start := at - k.offset
		if start%stride == 0 && k.fits(buf[start:start+k.Len()]) {
			i := start / stride
			dst[i/64] |= 1 << (i % 64)
		}
		at++
	}
	return (at - k.offset + stride - 1) / stride
}

func (k *Pattern) fits(memory []byte) bool {
	if k.exact {
		return bytes.Equal(memory, k.pattern.Bytes)
	}
	return k.pattern.Match(memory)
}
