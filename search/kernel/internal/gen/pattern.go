package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// patternRegs are the registers of a pattern kernel.
type patternRegs struct {
	dst, buf, words, place reg.GPVirtual // place is the number of bytes gone through
	terms, end, term       reg.GPVirtual
	first, second          reg.GPVirtual // buf with the offset of a term
	values, masks          [2]reg.VecVirtual
}

func newPattern(s set) *patternRegs {
	b := s.common()
	p := &patternRegs{
		dst: b.param("dst"), buf: b.param("buf"), words: b.param("words"), place: b.GP64(),
		terms: b.param("terms"), end: b.param("n"), term: b.GP64(),
		first: b.GP64(), second: b.GP64(),
	}
	b.SHLQ(U8(4), p.end)
	b.ADDQ(p.terms, p.end)
	b.MOVQ(p.offset(p.terms, 0), p.first)
	b.ADDQ(p.buf, p.first)
	b.MOVQ(p.offset(p.terms, 1), p.second)
	b.ADDQ(p.buf, p.second)
	b.XORQ(p.place, p.place)
	for i := range p.values {
		p.values[i], p.masks[i] = s.vector(), s.vector()
		b.VPBROADCASTD(p.value(p.terms, i), p.values[i])
		b.VPBROADCASTD(p.mask(p.terms, i), p.masks[i])
	}
	return p
}

// offset, value and mask are the fields of the i-th term at r: see term in package
// kernel.
func (*patternRegs) offset(r reg.GPVirtual, i int) Mem { return Mem{Base: r, Disp: 16 * i} }
func (*patternRegs) value(r reg.GPVirtual, i int) Mem  { return Mem{Base: r, Disp: 16*i + 8} }
func (*patternRegs) mask(r reg.GPVirtual, i int) Mem   { return Mem{Base: r, Disp: 16*i + 12} }

// at is the memory at the present place as seen from r.
func (p *patternRegs) at(r reg.GPVirtual, disp int) Mem {
	return Mem{Base: r, Index: p.place, Scale: 1, Disp: disp}
}

// pattern writes the kernel that looks for the terms of a pattern, at as many
// places at a time as a vector has bytes. The first two terms are the rarest:
// almost all places fail them, so that four vectors are looked at at once. What
// is left is compared with the other terms until nothing is left; so a place is
// never looked at alone.
func pattern(s set) {
	b, size := s.common(), s.size()
	p := newPattern(s)
	if size == 32 {
		b.ADDQ(p.words, p.words) // halves of words, from here on
	}

	b.Label("four")
	b.CMPQ(p.words, U8(4))
	b.JB(LabelRef("few"))
	s.rareInFour(p)
	b.JNZ(LabelRef("hits"))
	b.ADDQ(U32(4*size), p.place)
	b.ADDQ(U8(4*size/8), p.dst)
	b.SUBQ(U8(4), p.words)
	b.JMP(LabelRef("four"))

	b.Label("hits")
	left := b.GP64()
	b.MOVQ(U32(4), left)
	b.JMP(LabelRef("one"))
	b.Label("few")
	b.MOVQ(p.words, left)
	b.TESTQ(left, left)
	b.JZ(LabelRef("done"))

	b.Label("one")
	s.rareInOne(p)
	b.JZ(LabelRef("next"))
	b.MOVQ(p.terms, p.term)
	b.ADDQ(U8(32), p.term)
	b.CMPQ(p.term, p.end)
	b.JAE(LabelRef("store"))
	b.Label("terms") // two at a time, so that one need not wait for the other
	aside := s.twoTerms(p)
	b.JZ(LabelRef("next"))
	b.ADDQ(U8(32), p.term)
	b.CMPQ(p.term, p.end)
	b.JB(LabelRef("terms"))
	b.Label("store")
	s.storeFound(p)
	b.Label("next")
	b.ADDQ(U8(size), p.place)
	b.ADDQ(U8(size/8), p.dst)
	b.DECQ(p.words)
	b.DECQ(left)
	b.JNZ(LabelRef("one"))
	b.JMP(LabelRef("four"))

	aside()
	b.Label("done")
	b.leave()
}

// term adds the offset of the i-th of two terms to buf.
func (b *base) term(p *patternRegs, i int) reg.GPVirtual {
	at := b.GP64()
	b.MOVQ(p.offset(p.term, i), at)
	b.ADDQ(p.buf, at)
	return at
}
