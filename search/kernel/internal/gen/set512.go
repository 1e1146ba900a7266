package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// set512 is AVX-512 with its byte, doubleword and length extensions.
type set512 struct {
	base
	found reg.OpmaskVirtual // the places that have all terms so far
}

func new512() set { return new(set512) }

func (*set512) suffix() string   { return "AVX512" }
func (*set512) file() string     { return "avx512" }
func (*set512) size() int        { return 64 }
func (*set512) signedOnly() bool { return false }

func (s *set512) vector() reg.VecVirtual { return s.ZMM() }

func (s *set512) load(m Mem) reg.VecVirtual {
	z := s.ZMM()
	s.VMOVDQU64(m, z)
	return z
}

func (s *set512) broadcast(value reg.GPVirtual, width int) reg.VecVirtual {
	z := s.ZMM()
	var r Op = value
	if width < 8 {
		r = value.As32()
	}
	lane(width, s.VPBROADCASTB, s.VPBROADCASTW, s.VPBROADCASTD, s.VPBROADCASTQ)(r, z)
	return z
}

// Predicates of integer comparisons.
const (
	atMost  = U8(2)
	atLeast = U8(5)
	greater = U8(6)
)

// orderedGreater is the predicate of comparing floats of which neither is NaN.
const orderedGreater = U8(0x1e)

func (s *set512) compareWord(f *frame, o *operation, width, stride int) {
	// width vectors hold 64 values; stride of them belong to each part.
	mask := s.masks(0, width, width, func(i int) reg.OpmaskVirtual {
		now, was := f.at(i/stride*stride + i%stride*64)
		return s.compare(o, width, now, was)
	})
	word := s.GP64()
	s.KMOVQ(mask, word)
	switch {
	case o == same:
		s.XORQ(f.flip, word)
		s.ORQ(word, Mem{Base: f.dst})
	case f.places == nil:
		s.ORQ(word, Mem{Base: f.dst})
	default:
		s.TESTQ(word, word)
		s.JZ(LabelRef("next"))
		s.ORQ(s.deal(word, f.places, 64, width/stride), Mem{Base: f.dst})
		s.Label("next")
	}
}

// masks compares the vectors from..to-1 and joins their bits.
func (s *set512) masks(from, to, width int, compare func(i int) reg.OpmaskVirtual) reg.OpmaskVirtual {
	if to-from == 1 {
		return compare(from)
	}
	middle := (from + to) / 2
	low, high := s.masks(from, middle, width, compare), s.masks(middle, to, width, compare)
	join := map[int]func(Op, Op, Op){8: s.KUNPCKBW, 16: s.KUNPCKWD, 32: s.KUNPCKDQ}[(middle-from)*64/width]
	k := s.K()
	join(low, high, k)
	return k
}

// compare returns a bit for each lane of the vectors at now and was.
func (s *set512) compare(o *operation, width int, now, was Mem) reg.OpmaskVirtual {
	add := lane(width, s.VPADDB, s.VPADDW, s.VPADDD, s.VPADDQ)
	sub := lane(width, s.VPSUBB, s.VPSUBW, s.VPSUBD, s.VPSUBQ)
	equals := lane(width, s.VPCMPEQB, s.VPCMPEQW, s.VPCMPEQD, s.VPCMPEQQ)
	signed := lane(width, s.VPCMPB, s.VPCMPW, s.VPCMPD, s.VPCMPQ)
	unsigned := lane(width, s.VPCMPUB, s.VPCMPUW, s.VPCMPUD, s.VPCMPUQ)
	k, x, y := s.K(), s.ZMM(), s.ZMM()
	switch o {
	case equal:
		equals(now, s.a, k)
	case within:
		add(now, s.minusA, x)
		unsigned(atMost, s.b, x, k)
	case withinSwapped:
		s.VMOVDQU64(now, x)
		s.VPSHUFB(s.swapped, x, x)
		add(s.minusA, x, x)
		unsigned(atMost, s.b, x, k)
	case same:
		s.VMOVDQU64(now, x)
		equals(was, x, k)
	case above:
		s.VPXORQ(now, s.c, x)
		s.VPXORQ(was, s.c, y)
		signed(greater, y, x, k)
	case float:
		s.VMOVDQU64(now, x)
		lane(width, nil, nil, s.VCMPPS, s.VCMPPD)(orderedGreater, was, x, k)
	case rise:
		s.VPXORQ(now, s.c, x)
		s.VPXORQ(was, s.c, y)
		up := s.K()
		signed(atLeast, y, x, up)
		sub(y, x, x)
		add(s.minusA, x, x)
		unsigned(atMost, s.b, x, up, k)
	}
	return k
}

// rare returns the places that have the first two terms.
func (s *set512) rare(p *patternRegs, disp int) reg.OpmaskVirtual {
	x, y := s.ZMM(), s.ZMM()
	first, second := s.K(), s.K()
	s.VPANDQ(p.at(p.first, disp), p.masks[0], x)
	s.VPCMPEQB(p.values[0], x, first)
	s.VPANDQ(p.at(p.second, disp), p.masks[1], y)
	s.VPCMPEQB(p.values[1], y, first, second)
	return second
}

func (s *set512) rareInFour(p *patternRegs) {
	a, b, c, d := s.rare(p, 0), s.rare(p, 64), s.rare(p, 128), s.rare(p, 192)
	s.KORQ(a, b, a)
	s.KORQ(c, d, c)
	s.KORTESTQ(a, c)
}

func (s *set512) rareInOne(p *patternRegs) {
	s.found = s.rare(p, 0)
	s.KORTESTQ(s.found, s.found)
}

// twoTerms puts terms with wildcards aside.
func (s *set512) twoTerms(p *patternRegs) (aside func()) {
	at := [2]reg.GPVirtual{s.term(p, 0), s.term(p, 1)}
	want := [2]reg.VecVirtual{s.ZMM(), s.ZMM()}
	masks := s.GP64()
	for i := range want {
		s.VPBROADCASTD(p.value(p.term, i), want[i])
	}
	s.MOVL(p.mask(p.term, 0), masks.As32())
	s.ANDL(p.mask(p.term, 1), masks.As32())
	first, second := s.K(), s.K()
	s.CMPL(masks.As32(), I8(-1))
	s.JNE(LabelRef("masked"))
	s.VPCMPEQB(p.at(at[0], 0), want[0], first)
	s.VPCMPEQB(p.at(at[1], 0), want[1], first, second)
	s.Label("tested")
	s.KANDQ(second, s.found, s.found)
	s.KORTESTQ(s.found, s.found)
	return func() {
		s.Label("masked")
		var bytes [2]reg.VecVirtual
		for i := range bytes {
			bytes[i] = s.load(p.at(at[i], 0))
			s.VPANDD_BCST(p.mask(p.term, i), bytes[i], bytes[i])
		}
		s.VPCMPEQB(want[0], bytes[0], first)
		s.VPCMPEQB(want[1], bytes[1], first, second)
		s.JMP(LabelRef("tested"))
	}
}

func (s *set512) storeFound(p *patternRegs) {
	word := s.GP64()
	s.KMOVQ(s.found, word)
	s.ORQ(word, Mem{Base: p.dst})
}
