package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run ./internal/gen

func detect() Level {
	switch x := &cpu.X86; {
	case !x.HasAVX2 || !x.HasBMI2:
		return Portable
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}

// callPattern runs the vector kernel of patterns, and reports whether there is
// one. The number of terms must be even.
func callPattern(l Level, dst *uint64, buf *byte, words int, terms []term) bool {
	first := (*uint64)(unsafe.Pointer(&terms[0]))
	switch l {
	case AVX512:
		patternAVX512(dst, buf, words, first, len(terms))
	case AVX2:
		patternAVX2(dst, buf, words, first, len(terms))
	default:
		return false
	}
	return true
}
