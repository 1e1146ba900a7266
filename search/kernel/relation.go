package kernel

import (
	"bytes"
	"math"
	"math/bits"
)

// Order tells how two values of equal width are compared.
type Order uint8

// The orders. Raw values can only be the same or not.
const (
	Raw Order = iota
	Unsigned
	Signed
	Float
)

// Relations between a present and a former value.
type Relation uint8

// The relations. A float that is no number is neither above nor below another.
const (
	Same Relation = iota // the bytes are equal
	Changed
	Up   // the present value is greater
	Down // the present value is less
)

// Pairs selects the values that stand in a relation to what they were.
type Pairs struct {
	Width    int
	Swap     bool // the values are stored big-endian
	Order    Order
	Relation Relation
}

// Mark sets bit i of dst where the value at now[i*stride:] stands in the
// relation to the one at was[i*stride:], for i from 0 to n-1, and clears all
// others of the first Words(n) words of dst. Both must hold
// (n-1)*stride+Width bytes.
func (k *Pairs) Mark(dst []uint64, now, was []byte, stride, n int) {
	dst = dst[:Words(n)]
	clear(dst)
	if n == 0 {
		return
	}
	last := (n-1)*stride + k.Width - 1
	_, _ = now[last], was[last]
	if k.Relation == Same || k.Relation == Changed {
		if done := k.vectorEquality(dst, now, was, stride, n); done < n {
			k.markEquality(dst[done/64:], now[done*stride:], was[done*stride:], stride, n-done)
		}
		return
	}
	if done := k.vectorOrder(dst, now, was, stride, n); done < n {
		k.markOrder(dst[done/64:], now[done*stride:], was[done*stride:], stride, n-done)
	}
}

// vectorEquality marks values that are the same or not, like [vector.mark].
func (k *Pairs) vectorEquality(dst []uint64, now, was []byte, stride, n int) int {
	level, changed := CurrentLevel(), k.Relation == Changed
	if k.Width > 8 || !powerOfTwo(k.Width) || stride < k.Width {
		return sameBytes(level, dst, now, was, k.Width, stride, n, changed)
	}
	v := vector{level: level, op: opSame, width: k.Width}
	if changed {
		v.c = ^uint64(0)
	}
	return v.mark(dst, now, was, stride, n)
}

// vectorOrder marks values that are above or below, like [vector.mark].
func (k *Pairs) vectorOrder(dst []uint64, now, was []byte, stride, n int) int {
	if k.Swap && k.Width > 1 {
		return 0
	}
	v := vector{level: CurrentLevel(), op: opAbove, width: k.Width, c: bias(k.Width, k.Order)}
	if k.Order == Float {
		v.op = opAboveFloat
	}
	if k.Relation == Down {
		now, was = was, now
	}
	return v.mark(dst, now, was, stride, n)
}

// markOrder is Mark in pure Go for values that are above or below. Most have
// not changed, and that is seen faster.
func (k *Pairs) markOrder(dst []uint64, now, was []byte, stride, n int) {
	changed := Pairs{Width: k.Width, Relation: Changed}
	changed.Mark(dst, now, was, stride, n)
	keepPairs(dst, now, was, k.Width, stride, k.Swap, k.ordered)
}

// ordered reports whether the value with the bits now is above the one with
// the bits was, or below it. Keys turn each order into that of unsigned
// numbers.
func (k *Pairs) ordered(now, was uint64) bool {
	a, aOK := orderKey(now, k.Width, k.Order)
	b, bOK := orderKey(was, k.Width, k.Order)
	if k.Relation == Down {
		a, b = b, a
	}
	return a > b && aOK && bOK
}

// markEquality serves values of any width.
func (k *Pairs) markEquality(dst []uint64, now, was []byte, stride, n int) {
	changed := k.Relation == Changed
	for w := range dst {
		from, to := w*64, min(n, w*64+64)
		lo, hi := from*stride, (to-1)*stride+k.Width
		if bytes.Equal(now[lo:hi], was[lo:hi]) {
			if !changed {
				dst[w] = ^uint64(0) >> (64 - (to - from))
			}
			continue
		}
		for i := from; i < to; i++ {
			at := i * stride
			if !bytes.Equal(now[at:at+k.Width], was[at:at+k.Width]) == changed {
				dst[w] |= 1 << (i - from)
			}
		}
	}
}

// orderKey maps the bits of a value to an unsigned number that orders as the
// value does; ok is false for a float that is no number.
func orderKey(raw uint64, width int, order Order) (key uint64, ok bool) {
	sign := uint64(1) << (8*width - 1)
	switch order {
	case Signed:
		return raw ^ sign, true
	case Float:
		infinity := math.Float64bits(math.Inf(1))
		if width == 4 {
			infinity = uint64(math.Float32bits(float32(math.Inf(1))))
		}
		magnitude := raw &^ sign
		if raw&sign != 0 {
			return sign - magnitude, magnitude <= infinity
		}
		return sign + magnitude, magnitude <= infinity
	}
	return raw, true
}

// keepPairs clears the marks of the values that do not pass. It is given the
// bits of each and of what it was, as numbers of this machine.
func keepPairs(dst []uint64, now, was []byte, width, stride int, swap bool, pass func(now, was uint64) bool) {
	switch width {
	case 1:
		keepPairsOf[uint8](dst, now, was, stride, swap, pass)
	case 2:
		keepPairsOf[uint16](dst, now, was, stride, swap, pass)
	case 4:
		keepPairsOf[uint32](dst, now, was, stride, swap, pass)
	case 8:
		keepPairsOf[uint64](dst, now, was, stride, swap, pass)
	}
}

func keepPairsOf[T unsigned](dst []uint64, now, was []byte, stride int, swap bool, pass func(now, was uint64) bool) {
	for w, word := range dst {
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			at := (w*64 + bit) * stride
			if !pass(uint64(swapIf(load[T](now, at), swap)), uint64(swapIf(load[T](was, at), swap))) {
				dst[w] &^= 1 << bit
			}
		}
	}
}
