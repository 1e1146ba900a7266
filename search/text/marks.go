package text

import (
	"math/bits"

	"quarry/search/kernel"
)

// The bytes that UTF-8 is made of.
var (
	asciiBytes    = kernel.Numbers{Width: 1, Within: []kernel.Interval{{Lo: ' ', Hi: '~'}, {Lo: '\t', Hi: '\t'}}}
	highBytes     = kernel.Numbers{Width: 1, Within: []kernel.Interval{{Lo: 0x80, Hi: 0xff}}}
	followBytes   = kernel.Numbers{Width: 1, Within: []kernel.Interval{{Lo: 0x80, Hi: 0xbf}}}
	leadOfTwo     = kernel.Numbers{Width: 1, Within: []kernel.Interval{{Lo: 0xc2, Hi: 0xdf}}}
	leadOfThree   = kernel.Numbers{Width: 1, Within: []kernel.Interval{{Lo: 0xe0, Hi: 0xef}}}
	leadOfFour    = kernel.Numbers{Width: 1, Within: []kernel.Interval{{Lo: 0xf0, Hi: 0xf4}}}
	littleLetters = kernel.Numbers{Width: 2, Within: []kernel.Interval{{Lo: '\t', Hi: latest}}}
	bigLetters    = kernel.Numbers{Width: 2, Swap: true, Within: []kernel.Interval{{Lo: '\t', Hi: latest}}}
)

// marker marks the bytes that can be of a text.
type marker struct {
	text, high, follow, two, three, four []uint64
}

// utf8 returns a bit for each byte of memory: whether it is part of a
// character whose bytes are of the right kind. Whether that is printable, or
// a character at all, is for the caller to see.
func (m *marker) utf8(memory []byte) []uint64 {
	n := len(memory)
	for _, marks := range []*[]uint64{&m.text, &m.high, &m.follow, &m.two, &m.three, &m.four} {
		*marks = sized(*marks, kernel.Words(n))
	}
	asciiBytes.Mark(m.text, memory, 1, n)
	highBytes.Mark(m.high, memory, 1, n)
	if !kernel.Any(m.high) {
		return m.text
	}
	followBytes.Mark(m.follow, memory, 1, n)
	leadOfTwo.Mark(m.two, memory, 1, n)
	leadOfThree.Mark(m.three, memory, 1, n)
	leadOfFour.Mark(m.four, memory, 1, n)
	m.joinUTF8()
	return m.text
}

// joinUTF8 adds the bytes of each lead byte that is followed by as many others
// as it says.
func (m *marker) joinUTF8() {
	text := m.text
	n := len(text)
	follow, two, three, four := m.follow[:n], m.two[:n], m.three[:n], m.four[:n]
	var carry uint64 // bits that characters of the former word have in this one
	for i := range text {
		now, next := follow[i], uint64(0)
		if i+1 < n {
			next = follow[i+1]
		}
		first := now>>1 | next<<63
		second := first & (now>>2 | next<<62)
		third := second & (now>>3 | next<<61)
		s2, s3, s4 := two[i]&first, three[i]&second, four[i]&third
		s34 := s3 | s4
		s234 := s2 | s34
		text[i] |= carry | s234 | s234<<1 | s34<<2 | s4<<3
		carry = s234>>63 | s34>>62 | s4>>61
	}
}

// utf16 returns a bit for each unit of two bytes: whether it may be part of a
// text.
func (m *marker) utf16(memory []byte, k *kernel.Numbers) []uint64 {
	n := len(memory) / 2
	m.text = sized(m.text, kernel.Words(n))
	k.Mark(m.text, memory, 2, n)
	return m.text
}

// sized returns a slice of that length, with room of s where that is enough.
func sized(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	return s[:n]
}

// longRuns calls visit with each run of at least least set bits that begins
// at from or after it.
func longRuns(marks []uint64, from, least int, visit func(from, to int)) {
	least = min(least, 64)
	for w := from / 64; w < len(marks); w++ {
		if marks[w] == 0 {
			continue
		}
		begins := runStarts(marks, w, least)
		if w == from/64 {
			begins &= ^uint64(0) << (from % 64)
		}
		for ; begins != 0; begins &= begins - 1 {
			at := w*64 + bits.TrailingZeros64(begins)
			visit(at, nextClear(marks, at))
		}
	}
}

// runStarts returns the bits of word w at which runs begin that are at least
// least bits long, which is at most 64.
func runStarts(marks []uint64, w, least int) uint64 {
	word, before, next := marks[w], uint64(0), uint64(0)
	if w > 0 {
		before = marks[w-1]
	}
	if w+1 < len(marks) {
		next = marks[w+1]
	}
	starts := word &^ (word<<1 | before>>63)
	for have := 1; have < least && word != 0; {
		by := min(have, least-have)
		word &= word>>by | next<<(64-by)
		next &= next >> by
		have += by
	}
	return starts & word
}

// nextClear returns the first bit from at on that is clear; past the end all
// are.
func nextClear(marks []uint64, at int) int {
	w := at / 64
	if rest := ^marks[w] >> (at % 64); rest != 0 {
		return at + bits.TrailingZeros64(rest)
	}
	for w++; w < len(marks); w++ {
		if marks[w] != ^uint64(0) {
			return w*64 + bits.TrailingZeros64(^marks[w])
		}
	}
	return len(marks) * 64
}

// runBegin returns where the run that holds the bit at begins, or a bit of it
// that is least before at.
func runBegin(marks []uint64, at, least int) int {
	from := at
	for from > 0 && at-from < least && marks[(from-1)/64]>>((from-1)%64)&1 != 0 {
		from--
	}
	return from
}
