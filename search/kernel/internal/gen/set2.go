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
	interleave Mem // for VPERMD: the lower halves of two vectors in turn with the upper
}

func new2() set { return new(set2) }

func (*set2) suffix() string { return "AVX2" }
func (*set2) file() string   { return "avx2" }

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

func (s *set2) kernel(o *operation, width, stride int) {
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
	var order reg.VecVirtual
	if width == 4 {
		order = s.YMM()
		s.VMOVDQU(s.interleave, order)
	}

	s.Label("loop")
	for half, next := range []string{"second", "next"} {
		// width vectors hold 32 values; stride of them belong to each part.
		lanes := make([]reg.VecVirtual, width)
		for i := range lanes {
			at := Mem{Disp: half*32*stride + i/stride*stride + i%stride*32}
			a, b := at, at
			a.Base = now
			if was != nil {
				b.Base = was
			}
			lanes[i] = s.compare(o, width, a, b)
		}
		if o.skip && width > 1 {
			s.skip(lanes, misses(o), next)
		}
		word := s.bits(lanes, width, order)
		if misses(o) {
			s.NOTL(word.As32())
		}
		if o == same {
			s.XORL(flip.As32(), word.As32())
		}
		if places != nil {
			word = s.deal(word, places, 32, width/stride)
		}
		s.ORL(word.As32(), Mem{Base: dst, Disp: 4 * half})
		s.Label(next)
	}
	s.ADDQ(U8(8), dst)
	s.advance(64*stride, now, was)
	s.DECQ(words)
	s.JNZ(LabelRef("loop"))
	s.VZEROUPPER()
	s.RET()
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
func (s *set2) bits(lanes []reg.VecVirtual, width int, order reg.VecVirtual) reg.GPVirtual {
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
		s.VPERMD(lanes[0], order, lanes[0])
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

// operands broadcasts what the operation compares with.
func (s *set2) operands(o *operation, width int) {
	broadcast := func(value reg.GPVirtual) reg.VecVirtual {
		x, y := s.XMM(), s.YMM()
		s.VMOVQ(value, x)
		lane(width, s.VPBROADCASTB, s.VPBROADCASTW, s.VPBROADCASTD, s.VPBROADCASTQ)(x, y)
		return y
	}
	switch o {
	case equal:
		s.a = broadcast(s.param("a"))
	case within, withinSwapped, rise:
		a, b, sign := s.param("a"), s.param("b"), s.GP64()
		s.MOVQ(U64(1<<(8*width-1)), sign)
		s.NEGQ(a)
		s.XORQ(sign, a)
		s.XORQ(sign, b)
		s.minusA, s.b = broadcast(a), broadcast(b)
	}
	if o == above || o == rise {
		s.c = broadcast(s.param("c"))
	}
	if o == withinSwapped {
		s.swapped = s.YMM()
		s.VMOVDQU(s.swapping("swap256x", width, 32), s.swapped)
	}
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

// pattern is that of AVX-512, with 32 places at a time.
func (s *set2) pattern() {
	p := s.newPattern()
	v0, m0, v1, m1 := s.YMM(), s.YMM(), s.YMM(), s.YMM()
	for i, v := range []reg.VecVirtual{v0, v1} {
		s.VPBROADCASTD(p.value(p.terms, i), v)
	}
	for i, m := range []reg.VecVirtual{m0, m1} {
		s.VPBROADCASTD(p.mask(p.terms, i), m)
	}
	s.ADDQ(p.words, p.words) // halves of words, from here on
	both := func(disp int) reg.VecVirtual {
		x, y := s.YMM(), s.YMM()
		s.VPAND(p.at(p.first, disp), m0, x)
		s.VPCMPEQB(v0, x, x)
		s.VPAND(p.at(p.second, disp), m1, y)
		s.VPCMPEQB(v1, y, y)
		s.VPAND(x, y, y)
		return y
	}

	s.Label("four")
	s.CMPQ(p.words, U8(4))
	s.JB(LabelRef("few"))
	a, b, c, d := both(0), both(32), both(64), both(96)
	s.VPOR(a, b, a)
	s.VPOR(c, d, c)
	s.VPOR(a, c, a)
	s.VPTEST(a, a)
	s.JNZ(LabelRef("hits"))
	s.ADDQ(U32(128), p.place)
	s.ADDQ(U8(16), p.dst)
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
	s.VPTEST(k, k)
	s.JZ(LabelRef("next"))
	s.MOVQ(p.terms, p.term)
	s.ADDQ(U8(32), p.term)
	s.CMPQ(p.term, p.end)
	s.JAE(LabelRef("store"))
	s.Label("terms") // two at a time, so that they are tested once
	var pair [2]reg.VecVirtual
	for i := range pair {
		x, v, at := s.YMM(), s.YMM(), s.GP64()
		s.MOVQ(p.offset(p.term, i), at)
		s.ADDQ(p.buf, at)
		s.VPBROADCASTD(p.mask(p.term, i), x)
		s.VPAND(p.at(at, 0), x, x)
		s.VPBROADCASTD(p.value(p.term, i), v)
		s.VPCMPEQB(v, x, x)
		pair[i] = x
	}
	s.VPAND(pair[0], pair[1], pair[1])
	s.VPAND(pair[1], k, k)
	s.VPTEST(k, k)
	s.JZ(LabelRef("next"))
	s.ADDQ(U8(32), p.term)
	s.CMPQ(p.term, p.end)
	s.JB(LabelRef("terms"))
	s.Label("store")
	word := s.GP32()
	s.VPMOVMSKB(k, word)
	s.ORL(word, Mem{Base: p.dst})
	s.Label("next")
	s.ADDQ(U8(32), p.place)
	s.ADDQ(U8(4), p.dst)
	s.DECQ(p.words)
	s.DECQ(left)
	s.JNZ(LabelRef("one"))
	s.JMP(LabelRef("four"))

	s.Label("done")
	s.VZEROUPPER()
	s.RET()
}
