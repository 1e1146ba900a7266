package kernel

import (
	"math/bits"
	"unsafe"
)

// Interval is a span of raw bit patterns, both ends included. It wraps: where
// Lo > Hi it goes from Lo over the greatest pattern to 0 and on to Hi. Ranges
// of signed numbers are such intervals.
type Interval struct {
	Lo, Hi uint64
}

// Numbers selects the values whose bits lie in one of a few intervals.
type Numbers struct {
	Width  int        // size of a value: 1, 2, 4 or 8 bytes
	Swap   bool       // the values are stored big-endian
	Within []Interval // none selects nothing
}

// Mark sets bit i of dst where the value at buf[i*stride:] is selected, for i
// from 0 to n-1, and clears all others of the first Words(n) words of dst. buf
// must hold (n-1)*stride+Width bytes.
func (k *Numbers) Mark(dst []uint64, buf []byte, stride, n int) {
	dst = dst[:Words(n)]
	clear(dst)
	if n == 0 {
		return
	}
	_ = buf[(n-1)*stride+k.Width-1]
	for _, in := range k.Within {
		done := k.markVector(dst, buf, stride, n, in)
		if done == n {
			continue
		}
		dst, buf, n := dst[done/64:], buf[done*stride:], n-done
		switch k.Width {
		case 1:
			mark[uint8](dst, buf, stride, n, in, k.Swap)
		case 2:
			mark[uint16](dst, buf, stride, n, in, k.Swap)
		case 4:
			mark[uint32](dst, buf, stride, n, in, k.Swap)
		case 8:
			mark[uint64](dst, buf, stride, n, in, k.Swap)
		}
	}
}

// markVector adds the values within in to dst and returns how many it has
// looked at, as [vector.mark] does. Overlapping values that are equal to one
// are a pattern of bytes.
func (k *Numbers) markVector(dst []uint64, buf []byte, stride, n int, in Interval) int {
	level := CurrentLevel()
	if level == Portable || n < least {
		return 0
	}
	all := ^uint64(0) >> (64 - 8*k.Width)
	swap := k.Swap && k.Width > 1
	v := vector{level: level, op: opWithin, width: k.Width, a: in.Lo & all, b: (in.Hi - in.Lo) & all}
	var terms [8]term
	switch {
	case v.b != 0 && swap:
		v.op = opWithinSwapped
	case v.b != 0:
	case stride < k.Width:
		v.op, v.terms = opPattern, terms[:k.Width]
		for i := range v.terms {
			shift := 8 * i
			if swap {
				shift = 8 * (k.Width - 1 - i)
			}
			v.terms[i] = newTerm(i, byte(v.a>>shift), 0xff)
		}
		arrange(v.terms)
	default:
		v.op = opEqual
		if swap {
			v.a = bits.ReverseBytes64(v.a) >> (64 - 8*k.Width)
		}
	}
	return v.mark(dst, buf, nil, stride, n)
}

// unsigned is what values are loaded as, by their width.
type unsigned interface {
	uint8 | uint16 | uint32 | uint64
}

// mark adds the values within in to dst.
func mark[T unsigned](dst []uint64, buf []byte, stride, n int, in Interval, swap bool) {
	lo, span := T(in.Lo), T(in.Hi)-T(in.Lo)
	size := int(unsafe.Sizeof(lo))
	switch {
	case swap && span != 0:
		markSwapped(dst, buf, stride, n, lo, span)
	case span == 0 && stride == size:
		markEqual(dst, buf, n, swapIf(lo, swap))
	case span == 0:
		markRange(dst, buf, stride, n, swapIf(lo, swap), 0)
	default:
		markRange(dst, buf, stride, n, lo, span)
	}
}

func load[T unsigned](buf []byte, offset int) T {
	return *(*T)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), offset))
}

func swapIf[T unsigned](v T, swap bool) T {
	if !swap {
		return v
	}
	return T(bits.ReverseBytes64(uint64(v)) >> (64 - 8*unsafe.Sizeof(v)))
}

// markRange adds the values v with v-lo <= span.
func markRange[T unsigned](dst []uint64, buf []byte, stride, n int, lo, span T) {
	for w := range dst {
		var word uint64
		for b, at := 0, w*64*stride; b < min(64, n-w*64); b, at = b+1, at+stride {
			var hit uint64
			if load[T](buf, at)-lo <= span {
				hit = 1
			}
			word |= hit << b
		}
		dst[w] |= word
	}
}

// markSwapped is markRange for values stored big-endian.
func markSwapped[T unsigned](dst []uint64, buf []byte, stride, n int, lo, span T) {
	for i := range n {
		if swapIf(load[T](buf, i*stride), true)-lo <= span {
			dst[i/64] |= 1 << (i % 64)
		}
	}
}

// markEqual adds the values equal to want, which lie side by side. It takes
// eight words at a time and looks closer only where one of them holds want.
func markEqual[T unsigned](dst []uint64, buf []byte, n int, want T) {
	const block = 64
	size := int(unsafe.Sizeof(want))
	lanes := ^uint64(0) / (1<<(8*size-1)<<1 - 1) // 1 in each lane
	all, high := uint64(want)*lanes, lanes<<(8*size-1)
	end := n * size
	at := 0
	for ; at+block <= end; at += block {
		if anyLane(buf, at, all, lanes, high) {
			addEqual(dst, buf, at/size, (at+block)/size, want)
		}
	}
	addEqual(dst, buf, at/size, n, want)
}

// anyLane reports whether a lane of the 64 bytes at buf[at:] equals that of
// all: x-1 borrows into the high bit of a lane only where the lane is zero, or
// above one that is.
func anyLane(buf []byte, at int, all, lanes, high uint64) bool {
	p := (*[8]uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), at))
	a, b, c, d := p[0]^all, p[1]^all, p[2]^all, p[3]^all
	e, f, g, h := p[4]^all, p[5]^all, p[6]^all, p[7]^all
	zero := (a-lanes)&^a | (b-lanes)&^b | (c-lanes)&^c | (d-lanes)&^d |
		(e-lanes)&^e | (f-lanes)&^f | (g-lanes)&^g | (h-lanes)&^h
	return zero&high != 0
}

// addEqual adds the values from..to-1 that equal want. A block of 64 bytes
// never crosses a word of dst, as it holds at most 64 values.
func addEqual[T unsigned](dst []uint64, buf []byte, from, to int, want T) {
	size := int(unsafe.Sizeof(want))
	for i := from; i < to; i++ {
		var hit uint64
		if load[T](buf, i*size) == want {
			hit = 1
		}
		dst[i/64] |= hit << (i % 64)
	}
}
