package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// set is an instruction set that kernels are written for.
//
// A kernel goes through memory by 64 values, whose bits fill one word. Values
// at a stride below their width overlap, so that a vector holds only each
// width/stride-th of them: as many vectors, each begun a stride later, hold
// them all. Compared, these vectors make one word in which the bits of the
// first come first; it is dealt out to the places of the values with PDEP.
type set interface {
	suffix() string
	file() string
	size() int        // of a vector in bytes
	signedOnly() bool // there is no comparison of unsigned numbers
	begin(*build.Context)
	common() *base

	vector() reg.VecVirtual
	load(Mem) reg.VecVirtual
	broadcast(value reg.GPVirtual, width int) reg.VecVirtual

	// prepare loads what else compareWord uses.
	prepare(width int)
	// compareWord adds the bits of 64 values to the word at f.dst.
	compareWord(f *frame, o *operation, width, stride int)

	// rareInFour and rareInOne look for the first two terms at the places of
	// four vectors or one. The zero flag tells that they are nowhere; the
	// places found in one are remembered.
	rareInFour(p *patternRegs)
	rareInOne(p *patternRegs)
	// twoTerms keeps the places that have the next two terms too; the zero flag
	// tells that none has. What is done in rare cases is written aside.
	twoTerms(p *patternRegs) (aside func())
	// storeFound adds the bits of the places found to those at p.dst.
	storeFound(p *patternRegs)
}

// base holds what the kernels of both sets have in common. Its vectors are
// operands of the kernel being written, the same in all lanes.
type base struct {
	*build.Context
	minusA, a, b, c reg.VecVirtual
	swapped         reg.VecVirtual // the order of bytes that swaps a value
	swaps           map[int]Mem
}

func (s *base) begin(c *build.Context) {
	*s = base{Context: c, swaps: make(map[int]Mem)}
}

func (s *base) common() *base { return s }

func (*base) prepare(int) {}

type instruction = func(...Op)

// lane picks the form of an instruction for lanes of width bytes.
func lane(width int, one, two, four, eight instruction) instruction {
	return map[int]instruction{1: one, 2: two, 4: four, 8: eight}[width]
}

// param loads a parameter.
func (s *base) param(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name), r)
	return r
}

// places returns the mask for PDEP with a bit at each width/stride-th place;
// nil where values do not overlap.
func (s *base) places(width, stride int) reg.GPVirtual {
	if width == stride {
		return nil
	}
	var mask uint64
	for i := 0; i < 64; i += width / stride {
		mask |= 1 << i
	}
	r := s.GP64()
	s.MOVQ(U64(mask), r)
	return r
}

// deal deals out the lowest n bits of word, which come from so many parts.
func (s *base) deal(word, places reg.GPVirtual, n, parts int) reg.GPVirtual {
	sum, part := s.GP64(), s.GP64()
	s.PDEPQ(places, word, sum)
	for i := 1; i < parts; i++ {
		s.SHRQ(U8(n/parts), word)
		s.PDEPQ(places, word, part)
		s.SHLQ(U8(i), part)
		s.ORQ(part, sum)
	}
	return sum
}

// advance moves pointers on.
func (s *base) advance(by int, pointers ...reg.GPVirtual) {
	for _, p := range pointers {
		if p != nil {
			s.ADDQ(U32(by), p)
		}
	}
}

// swapping is the order of bytes that swaps the values in a vector of so many
// bytes.
func (s *base) swapping(width, size int) Mem {
	if m, ok := s.swaps[width]; ok {
		return m
	}
	m := s.StaticGlobal(fmt.Sprintf("swap%dx%d", 8*size, width))
	s.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range size {
		s.AddDatum(i, U8(i%16/width*width+width-1-i%width))
	}
	s.swaps[width] = m
	return m
}
