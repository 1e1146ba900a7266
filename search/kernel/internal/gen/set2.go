package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// set2 is AVX2 with BMI2. Comparisons are signed and fill a lane with ones;
// the operations of numbers within an interval find the lanes outside.
type set2 struct {
	base
	interleave Mem            // for VPERMD: the lower halves of two vectors in turn with the upper
	order      reg.VecVirtual // interleave, in a register
	found      reg.VecVirtual // the places that have all terms so far
}

func new2() set { return new(set2) }

func (*set2) suffix() string   { return "AVX2" }
func (*set2) file() string     { return "avx2" }
func (*set2) size() int        { return 32 }
func (*set2) signedOnly() bool { return true }

func (s *set2) vector() reg.VecVirtual { return s.YMM() }

func (s *set2) load(m Mem) reg.VecVirtual {
	y := s.YMM()
	s.VMOVDQU(m, y)
	return y
}

func (s *set2) broadcast(value reg.GPVirtual, width int) reg.VecVirtual {
	x, y := s.XMM(), s.YMM()
	s.VMOVQ(value, x)
	lane(width, s.VPBROADCASTB, s.VPBROADCASTW, s.VPBROADCASTD, s.VPBROADCASTQ)(x, y)
	return y
}

func (s *set2) begin(c *build.Context) {
	s.base.begin(c)
	s.interleave = s.StaticGlobal("interleave")
	s.DataAttributes(attr.RODATA | attr.NOPTR)
	for i, d := range []uint32{0, 4, 1, 5, 2, 6, 3, 7} {
		s.AddDatum(4*i, U32(d))
	}
}

// misses reports whether compare finds the lanes that are not meant.
func misses(o *operation) bool { return o == within || o == withinSwapped || o == rise }

func (s *set2) prepare(width int) {
	if width == 4 {
		s.order = s.load(s.interleave)
	}
}

func (s *set2) compareWord(f *frame, o *operation, width, stride int) {
	for half, next := range []string{"second", "next"} {
		// width vectors hold 32 values; stride of them belong to each part.
		lanes := make([]reg.VecVirtual, width)
		for i := range lanes {
			now, was := f.at(half*32*stride + i/stride*stride + i%stride*32)
			lanes[i] = s.compare(o, width, now, was)
		}
		if o.skip && width > 1 {
			s.skip(lanes, misses(o), next)
		}
		word := s.bits(lanes, width)
		if misses(o) {
			s.NOTL(word.As32())
		}
		if o == same {
			s.XORL(f.flip.As32(), word.As32())
		}
		if f.places != nil {
			word = s.deal(word, f.places, 32, width/stride)
		}
		s.ORL(word.As32(), Mem{Base: f.dst, Disp: 4 * half})
		s.Label(next)
	}
}

// skip jumps to a label when no lane is meant.
func (s *set2) skip(lanes []reg.VecVirtual, misses bool, to string) {
	join := s.VPOR
	if misses {
		join = s.VPAND
	}
	sum, word := s.YMM(), s.GP32()
	join(lanes[0], lanes[1], sum)
	for _, l := range lanes[2:] {
		join(l, sum, sum)
	}
	s.VPMOVMSKB(sum, word)
	if misses {
		s.CMPL(word, I8(-1))
		s.JEQ(LabelRef(to))
		return
	}
	s.TESTL(word, word)
	s.JZ(LabelRef(to))
}

// bits returns the 32 bits of as many lanes.
func (s *set2) bits(lanes []reg.VecVirtual, width int) reg.GPVirtual {
	word := s.GP64()
	pack := func(instruction func(...Op)) {
		var packed []reg.VecVirtual
		for i := 0; i < len(lanes); i += 2 {
			y := s.YMM()
			instruction(lanes[i+1], lanes[i], y)
			packed = append(packed, y)
		}
		lanes = packed
	}
	switch width {
	case 2:
		pack(s.VPACKSSWB)
		s.VPERMQ(U8(0xd8), lanes[0], lanes[0])
	case 4:
		pack(s.VPACKSSDW)
		pack(s.VPACKSSWB)
		s.VPERMD(lanes[0], s.order, lanes[0])
	case 8:
		pack(s.VPACKSSDW)
		pack(s.VPACKSSDW)
		pack(s.VPACKSSWB)
		// Each half holds two bytes of each vector: bring them together.
		low, high, x := lanes[0].AsX(), s.XMM(), s.XMM()
		s.VEXTRACTI128(U8(1), lanes[0], high)
		s.VPUNPCKLWD(high, low, x)
		s.VPUNPCKHWD(high, low, high)
		upper := s.GP64()
		s.VPMOVMSKB(x, word.As32())
		s.VPMOVMSKB(high, upper.As32())
		s.SHLL(U8(16), upper.As32())
		s.ORL(upper.As32(), word.As32())
		return word
	}
	s.VPMOVMSKB(lanes[0], word.As32())
	return word
}

// compare fills the lanes of the vectors at now and was.
func (s *set2) compare(o *operation, width int, now, was Mem) reg.VecVirtual {
	add := lane(width, s.VPADDB, s.VPADDW, s.VPADDD, s.VPADDQ)
	sub := lane(width, s.VPSUBB, s.VPSUBW, s.VPSUBD, s.VPSUBQ)
	equals := lane(width, s.VPCMPEQB, s.VPCMPEQW, s.VPCMPEQD, s.VPCMPEQQ)
	exceeds := lane(width, s.VPCMPGTB, s.VPCMPGTW, s.VPCMPGTD, s.VPCMPGTQ)
	x, y := s.YMM(), s.YMM()
	switch o {
	case equal:
		equals(now, s.a, x)
	case within:
		add(now, s.minusA, x)
		exceeds(s.b, x, x)
	case withinSwapped:
		s.VMOVDQU(now, x)
		s.VPSHUFB(s.swapped, x, x)
		add(s.minusA, x, x)
		exceeds(s.b, x, x)
	case same:
		s.VMOVDQU(now, x)
		equals(was, x, x)
	case above:
		s.VPXOR(now, s.c, x)
		s.VPXOR(was, s.c, y)
		exceeds(y, x, x)
	case float:
		s.VMOVDQU(now, x)
		lane(width, nil, nil, s.VCMPPS, s.VCMPPD)(orderedGreater, was, x, x)
	case rise:
		s.VPXOR(now, s.c, x)
		s.VPXOR(was, s.c, y)
		down := s.YMM()
		exceeds(x, y, down)
		sub(y, x, x)
		add(s.minusA, x, x)
		exceeds(s.b, x, x)
		s.VPOR(down, x, x)
	}
	return x
}

// rare fills the places that have the first two terms.
func (s *set2) rare(p *patternRegs, disp int) reg.VecVirtual {
	x, y := s.YMM(), s.YMM()
	s.VPAND(p.at(p.first, disp), p.masks[0], x)
	s.VPCMPEQB(p.values[0], x, x)
	s.VPAND(p.at(p.second, disp), p.masks[1], y)
	s.VPCMPEQB(p.values[1], y, y)
	s.VPAND(x, y, y)
	return y
}

func (s *set2) rareInFour(p *patternRegs) {
	a, b, c, d := s.rare(p, 0), s.rare(p, 32), s.rare(p, 64), s.rare(p, 96)
	s.VPOR(a, b, a)
	s.VPOR(c, d, c)
	s.VPOR(a, c, a)
	s.VPTEST(a, a)
}

func (s *set2) rareInOne(p *patternRegs) {
	s.found = s.rare(p, 0)
	s.VPTEST(s.found, s.found)
}

func (s *set2) twoTerms(p *patternRegs) (aside func()) {
	var pair [2]reg.VecVirtual
	for i := range pair {
		x, v, at := s.YMM(), s.YMM(), s.term(p, i)
		s.VPBROADCASTD(p.mask(p.term, i), x)
		s.VPAND(p.at(at, 0), x, x)
		s.VPBROADCASTD(p.value(p.term, i), v)
		s.VPCMPEQB(v, x, x)
		pair[i] = x
	}
	s.VPAND(pair[0], pair[1], pair[1])
	s.VPAND(pair[1], s.found, s.found)
	s.VPTEST(s.found, s.found)
	return func() {}
}

func (s *set2) storeFound(p *patternRegs) {
	word := s.GP32()
	s.VPMOVMSKB(s.found, word)
	s.ORL(word, Mem{Base: p.dst})
}
