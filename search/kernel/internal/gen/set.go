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
	begin(*build.Context)
	kernel(o *operation, width, stride int)
	pattern()
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

// swapping is the order of bytes that swaps the values in a vector of so many
// bytes.
func (s *base) swapping(name string, width, size int) Mem {
	if m, ok := s.swaps[width]; ok {
		return m
	}
	m := s.StaticGlobal(fmt.Sprintf("%s%d", name, width))
	s.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range size {
		s.AddDatum(i, U8(i%16/width*width+width-1-i%width))
	}
	s.swaps[width] = m
	return m
}
