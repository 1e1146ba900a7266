package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// frame is what stands around each comparison: the parameters of a kernel and
// its way through memory.
type frame struct {
	dst, now, was, words reg.GPVirtual // was is nil where only present values count
	flip                 reg.GPVirtual // turns the bits of same
	places               reg.GPVirtual // see base.places
}

// kernel writes a kernel that compares 64 values at a time.
func kernel(s set, o *operation, width, stride int) {
	b := s.common()
	f := &frame{dst: b.param("dst"), now: b.param("now")}
	if o.pair {
		f.was = b.param("was")
	}
	f.words = b.param("words")
	operands(s, o, width)
	if o == same {
		f.flip = b.param("c")
	}
	f.places = b.places(width, stride)
	s.prepare(width)

	b.Label("loop")
	s.compareWord(f, o, width, stride)
	b.ADDQ(U8(8), f.dst)
	b.advance(64*stride, f.now, f.was)
	b.DECQ(f.words)
	b.JNZ(LabelRef("loop"))
	b.leave()
}

// at is the present and the former memory at a distance from where the frame
// has come to.
func (f *frame) at(disp int) (now, was Mem) {
	now, was = Mem{Base: f.now, Disp: disp}, Mem{Disp: disp}
	if f.was != nil {
		was.Base = f.was
	}
	return now, was
}

// operands broadcasts what the operation compares with.
func operands(s set, o *operation, width int) {
	b := s.common()
	switch o {
	case equal:
		b.a = s.broadcast(b.param("a"), width)
	case within, withinSwapped, rise:
		least, span := b.param("a"), b.param("b")
		b.NEGQ(least)
		if s.signedOnly() {
			sign := b.GP64()
			b.MOVQ(U64(1<<(8*width-1)), sign)
			b.XORQ(sign, least)
			b.XORQ(sign, span)
		}
		b.minusA, b.b = s.broadcast(least, width), s.broadcast(span, width)
	}
	if o == above || o == rise {
		b.c = s.broadcast(b.param("c"), width)
	}
	if o == withinSwapped {
		b.swapped = s.load(b.swapping(width, s.size()))
	}
}

// leave ends a kernel.
func (b *base) leave() {
	b.VZEROUPPER()
	b.RET()
}
