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
}

func (s *base) newPattern() *patternRegs {
	p := &patternRegs{
		dst: s.param("dst"), buf: s.param("buf"), words: s.param("words"), place: s.GP64(),
		terms: s.param("terms"), end: s.param("n"), term: s.GP64(),
		first: s.GP64(), second: s.GP64(),
	}
	s.SHLQ(U8(4), p.end)
	s.ADDQ(p.terms, p.end)
	s.MOVQ(p.offset(p.terms, 0), p.first)
	s.ADDQ(p.buf, p.first)
	s.MOVQ(p.offset(p.terms, 1), p.second)
	s.ADDQ(p.buf, p.second)
	s.XORQ(p.place, p.place)
	return p
}

// The fields of the i-th term at r: see term in package kernel.
func (*patternRegs) offset(r reg.GPVirtual, i int) Mem { return Mem{Base: r, Disp: 16 * i} }
func (*patternRegs) value(r reg.GPVirtual, i int) Mem  { return Mem{Base: r, Disp: 16*i + 8} }
func (*patternRegs) mask(r reg.GPVirtual, i int) Mem   { return Mem{Base: r, Disp: 16*i + 12} }

// at is the memory at the present place as seen from r.
func (p *patternRegs) at(r reg.GPVirtual, disp int) Mem {
	return Mem{Base: r, Index: p.place, Scale: 1, Disp: disp}
}

// advance moves pointers on.
func (s *base) advance(by int, pointers ...reg.GPVirtual) {
	for _, p := range pointers {
		if p != nil {
			s.ADDQ(U32(by), p)
		}
	}
}
