package kernel

import (
	"math"
	"math/bits"
)

// Percent is one percent of a former integer in [Deltas].
const Percent = 1_000_000

// Deltas selects the values by how much they have changed. The difference is
// the true one: it never wraps around.
//
// Integers have risen (Up) or fallen (Down) by Min to Max, both included, or
// with Relative by so many millionths of a percent of the former value's
// magnitude; see [Percent]. That is computed exactly. Floats have changed by
// MinF to MaxF, or with Relative percent, none of which may be negative; it is
// computed in float64 for both widths, now-was being rounded once. What has
// not changed has both risen and fallen by 0 and by 0 percent; a change from 0
// is no percentage. Differences with what is no number, and of infinities of
// the same sign, are no number and never selected.
type Deltas struct {
	Width      int
	Swap       bool // the values are stored big-endian
	Order      Order
	Relative   bool
	Up, Down   bool
	Min, Max   uint64  // integers
	MinF, MaxF float64 // floats
}

// Mark sets bit i of dst where the value at now[i*stride:] differs from the
// one at was[i*stride:] as told, for i from 0 to n-1, and clears all others of
// the first Words(n) words of dst. Both must hold (n-1)*stride+Width bytes.
func (k *Deltas) Mark(dst []uint64, now, was []byte, stride, n int) {
	dst = dst[:Words(n)]
	clear(dst)
	if n == 0 {
		return
	}
	last := (n-1)*stride + k.Width - 1
	_, _ = now[last], was[last]
	if !k.Relative && k.Order != Float && (!k.Swap || k.Width == 1) {
		if k.Up {
			k.markRise(dst, now, was, stride, n)
		}
		if k.Down {
			k.markRise(dst, was, now, stride, n)
		}
		return
	}
	// Most values have not changed, and that is seen faster.
	if k.unchangedFails() {
		pairs := Pairs{Width: k.Width, Relation: Changed}
		pairs.Mark(dst, now, was, stride, n)
	} else {
		Fill(dst, n)
	}
	switch k.Width {
	case 1:
		keepDelta[uint8](k, dst, now, was, stride)
	case 2:
		keepDelta[uint16](k, dst, now, was, stride)
	case 4:
		keepDelta[uint32](k, dst, now, was, stride)
	case 8:
		keepDelta[uint64](k, dst, now, was, stride)
	}
}

// unchangedFails reports whether no value is selected whose bits are as they
// were.
func (k *Deltas) unchangedFails() bool {
	if k.Order == Float {
		return k.MinF > 0
	}
	return k.Min > 0
}

// markRise adds the integers that have risen by Min to Max.
func (k *Deltas) markRise(dst []uint64, now, was []byte, stride, n int) {
	all := ^uint64(0) >> (64 - 8*k.Width)
	if k.Min > k.Max || k.Min > all {
		return
	}
	span := min(k.Max, all) - k.Min
	v := vector{level: CurrentLevel(), op: opRise, width: k.Width, a: k.Min, b: span, c: bias(k.Width, k.Order)}
	done := v.mark(dst, now, was, stride, n)
	if done == n {
		return
	}
	dst, now, was, n = dst[done/64:], now[done*stride:], was[done*stride:], n-done
	switch k.Width {
	case 1:
		markRise[uint8](k, dst, now, was, stride, n, span)
	case 2:
		markRise[uint16](k, dst, now, was, stride, n, span)
	case 4:
		markRise[uint32](k, dst, now, was, stride, n, span)
	case 8:
		markRise[uint64](k, dst, now, was, stride, n, span)
	}
}

// bias is what turns the order of integers into that of signed ones.
func bias(width int, order Order) uint64 {
	if order == Signed {
		return 0
	}
	return 1 << (8*width - 1)
}

func markRise[T unsigned](k *Deltas, dst []uint64, now, was []byte, stride, n int, span uint64) {
	var flip T
	if k.Order == Signed {
		flip = ^(^T(0) >> 1)
	}
	for i := range n {
		a, b := load[T](now, i*stride), load[T](was, i*stride)
		if a^flip >= b^flip && uint64(a-b)-k.Min <= span {
			dst[i/64] |= 1 << (i % 64)
		}
	}
}

// keepDelta clears the marks of values that have not changed as told.
func keepDelta[T unsigned](k *Deltas, dst []uint64, now, was []byte, stride int) {
	for w, word := range dst {
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			at := (w*64 + bit) * stride
			a, b := swapIf(load[T](now, at), k.Swap), swapIf(load[T](was, at), k.Swap)
			if k.Order == Float && !k.float(toFloat(a), toFloat(b)) || k.Order != Float && !integerDelta(k, a, b) {
				dst[w] &^= 1 << bit
			}
		}
	}
}

// toFloat returns the float of those bits.
func toFloat[T unsigned](v T) float64 {
	if sizeOf(v) == 4 {
		return float64(math.Float32frombits(uint32(v)))
	}
	return math.Float64frombits(uint64(v))
}

func (k *Deltas) float(now, was float64) bool {
	d := now - was
	size := math.Abs(d)
	if !(k.Up && d >= 0 || k.Down && d <= 0) {
		return false
	}
	if !k.Relative || size == 0 {
		return k.MinF <= size && size <= k.MaxF
	}
	base := math.Abs(was)
	return k.MinF*base <= size*100 && size*100 <= k.MaxF*base
}

func integerDelta[T unsigned](k *Deltas, now, was T) bool {
	var sign T
	if k.Order == Signed {
		sign = ^(^T(0) >> 1)
	}
	up, size := now^sign >= was^sign, now-was
	if !up {
		size = -size
	}
	if !(k.Up && up || k.Down && (!up || size == 0)) {
		return false
	}
	if !k.Relative || size == 0 {
		return k.Min <= uint64(size) && uint64(size) <= k.Max
	}
	base := was
	if was&sign != 0 {
		base = -base
	}
	sizeHi, sizeLo := bits.Mul64(uint64(size), 100*Percent)
	return !less(sizeHi, sizeLo, k.Min, uint64(base)) && !more(sizeHi, sizeLo, k.Max, uint64(base))
}

// less reports whether the number of 128 bits is less than a*b.
func less(hi, lo, a, b uint64) bool {
	h, l := bits.Mul64(a, b)
	return hi < h || hi == h && lo < l
}

// more reports whether the number of 128 bits is more than a*b.
func more(hi, lo, a, b uint64) bool {
	h, l := bits.Mul64(a, b)
	return hi > h || hi == h && lo > l
}
