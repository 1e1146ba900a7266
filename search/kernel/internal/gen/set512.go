package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// set512 is AVX-512 with its byte, doubleword and length extensions.
type set512 struct{ base }

func new512() set { return new(set512) }

func (*set512) suffix() string { return "AVX512" }
func (*set512) file() string   { return "avx512" }

// Predicates of integer comparisons.
const (
	atMost  = U8(2)
	atLeast = U8(5)
	greater = U8(6)
)

// orderedGreater is the predicate of comparing floats of which neither is NaN.
const orderedGreater = U8(0x1e)

func (s *set512) kernel(o *operation, width, stride int) {
	dst, now := s.param("dst"), s.param("now")
	var was reg.GPVirtual
	if o.pair {
		was = s.param("was")
	}
	words := s.param("words")
	s.operands(o, width)
	var flip reg.GPVirtual
	if o == same {
		flip = s.param("c")
	}
	places := s.places(width, stride)

	s.Label("loop")
	// width vectors hold 64 values; stride of them belong to each part.
	mask := s.masks(0, width, width, func(i int) Mem {
		return Mem{Disp: i/stride*stride + i%stride*64}
	}, o, now, was)
	word := s.GP64()
	s.KMOVQ(mask, word)
	switch {
	case o == same:
		s.XORQ(flip, word)
		s.ORQ(word, Mem{Base: dst})
	case places == nil:
		s.ORQ(word, Mem{Base: dst})
	default:
		s.TESTQ(word, word)
		s.JZ(LabelRef("next"))
		s.ORQ(s.deal(word, places, 64, width/stride), Mem{Base: dst})
		s.Label("next")
	}
	s.ADDQ(U8(8), dst)
	s.advance(64*stride, now, was)
	s.DECQ(words)
	s.JNZ(LabelRef("loop"))
	s.VZEROUPPER()
	s.RET()
}

// masks compares the vectors from..to-1 and joins their bits.
func (s *set512) masks(from, to, width int, at func(int) Mem, o *operation, now, was reg.GPVirtual) reg.OpmaskVirtual {
	if to-from == 1 {
		m := at(from)
		a, b := m, m
		a.Base = now
		if was != nil {
			b.Base = was
		}
		return s.compare(o, width, a, b)
	}
	middle := (from + to) / 2
	low := s.masks(from, middle, width, at, o, now, was)
	high := s.masks(middle, to, width, at, o, now, was)
	join := map[int]func(Op, Op, Op){8: s.KUNPCKBW, 16: s.KUNPCKWD, 32: s.KUNPCKDQ}[(middle-from)*64/width]
	k := s.K()
	join(low, high, k)
	return k
}

// operands broadcasts what the operation compares with.
func (s *set512) operands(o *operation, width int) {
	broadcast := func(value reg.GPVirtual) reg.VecVirtual {
		z := s.ZMM()
		var r Op = value
		if width < 8 {
			r = value.As32()
		}
		lane(width, s.VPBROADCASTB, s.VPBROADCASTW, s.VPBROADCASTD, s.VPBROADCASTQ)(r, z)
		return z
	}
	switch o {
	case equal:
		s.a = broadcast(s.param("a"))
	case within, withinSwapped, rise:
		a := s.param("a")
		s.NEGQ(a)
		s.minusA, s.b = broadcast(a), broadcast(s.param("b"))
	}
	if o == above || o == rise {
		s.c = broadcast(s.param("c"))
	}
	if o == withinSwapped {
		s.swapped = s.ZMM()
		s.VMOVDQU64(s.swapping("swap512x", width, 64), s.swapped)
	}
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

// pattern looks for the terms of a pattern. The first two are the rarest:
// almost all places fail them, so that four words are looked at at once. What
// is left is compared with the other terms, 64 places at a time, until
// nothing is left; so a place is never looked at alone.
func (s *set512) pattern() {
	p := s.newPattern()
	v0, m0, v1, m1 := s.ZMM(), s.ZMM(), s.ZMM(), s.ZMM()
	for i, v := range []reg.VecVirtual{v0, v1} {
		s.VPBROADCASTD(p.value(p.terms, i), v)
	}
	for i, m := range []reg.VecVirtual{m0, m1} {
		s.VPBROADCASTD(p.mask(p.terms, i), m)
	}
	both := func(disp int) reg.OpmaskVirtual {
		x, y := s.ZMM(), s.ZMM()
		first, second := s.K(), s.K()
		s.VPANDQ(p.at(p.first, disp), m0, x)
		s.VPCMPEQB(v0, x, first)
		s.VPANDQ(p.at(p.second, disp), m1, y)
		s.VPCMPEQB(v1, y, first, second)
		return second
	}

	s.Label("four")
	s.CMPQ(p.words, U8(4))
	s.JB(LabelRef("few"))
	a, b, c, d := both(0), both(64), both(128), both(192)
	s.KORQ(a, b, a)
	s.KORQ(c, d, c)
	s.KORTESTQ(a, c)
	s.JNZ(LabelRef("hits"))
	s.ADDQ(U32(256), p.place)
	s.ADDQ(U8(32), p.dst)
	s.SUBQ(U8(4), p.words)
	s.JMP(LabelRef("four"))

	s.Label("hits")
	left := s.GP64()
	s.MOVQ(U32(4), left)
	s.JMP(LabelRef("one"))
	s.Label("few")
	s.MOVQ(p.words, left)
	s.TESTQ(left, left)
	s.JZ(LabelRef("done"))

	s.Label("one")
	k := both(0)
	s.KORTESTQ(k, k)
	s.JZ(LabelRef("next"))
	s.MOVQ(p.terms, p.term)
	s.ADDQ(U8(32), p.term)
	s.CMPQ(p.term, p.end)
	s.JAE(LabelRef("store"))
	s.Label("terms") // two at a time, so that one need not wait for the other
	x, y := s.ZMM(), s.ZMM()
	at, after, masks := s.GP64(), s.GP64(), s.GP64()
	s.MOVQ(p.offset(p.term, 0), at)
	s.ADDQ(p.buf, at)
	s.MOVQ(p.offset(p.term, 1), after)
	s.ADDQ(p.buf, after)
	s.VPBROADCASTD(p.value(p.term, 0), x)
	s.VPBROADCASTD(p.value(p.term, 1), y)
	s.MOVL(p.mask(p.term, 0), masks.As32())
	s.ANDL(p.mask(p.term, 1), masks.As32())
	first, second := s.K(), s.K()
	s.CMPL(masks.As32(), I8(-1))
	s.JNE(LabelRef("masked"))
	s.VPCMPEQB(p.at(at, 0), x, first)
	s.VPCMPEQB(p.at(after, 0), y, first, second)
	s.Label("tested")
	s.KANDQ(second, k, k)
	s.KORTESTQ(k, k)
	s.JZ(LabelRef("next"))
	s.ADDQ(U8(32), p.term)
	s.CMPQ(p.term, p.end)
	s.JB(LabelRef("terms"))
	s.Label("store")
	word := s.GP64()
	s.KMOVQ(k, word)
	s.ORQ(word, Mem{Base: p.dst})
	s.Label("next")
	s.ADDQ(U8(64), p.place)
	s.ADDQ(U8(8), p.dst)
	s.DECQ(p.words)
	s.DECQ(left)
	s.JNZ(LabelRef("one"))
	s.JMP(LabelRef("four"))

	s.Label("masked")
	for _, t := range []struct {
		at   reg.GPVirtual
		want reg.VecVirtual
		i    int
	}{{at, x, 0}, {after, y, 1}} {
		bytes := s.ZMM()
		s.VMOVDQU64(p.at(t.at, 0), bytes)
		s.VPANDD_BCST(p.mask(p.term, t.i), bytes, bytes)
		if t.i == 0 {
			s.VPCMPEQB(t.want, bytes, first)
		} else {
			s.VPCMPEQB(t.want, bytes, first, second)
		}
	}
	s.JMP(LabelRef("tested"))

	s.Label("done")
	s.VZEROUPPER()
	s.RET()
}
