package kernel

import (
	"math"
	"math/bits"
)

// Deltas selects the values by how much they have changed. The difference is
// the true one: it never wraps around. What has not changed has both risen and
// fallen, by 0.
//
// Integers have risen (Up) or fallen (Down) by Min to Max, both included, and
// floats by MinF to MaxF, none of which may be negative. Floats of both widths
// are subtracted in float64. A difference with what is no number, or of
// infinities of the same sign, is no number and never selected.
//
// With Relative the values have changed by MinShare to MaxShare (floats: MinF
// to MaxF) of what they were, which is their distance from Zero (ZeroF).
// Integers are compared exactly; the share of a float is its difference
// divided by what it was, rounded once each. A value that was Zero has changed
// by no share; where it has not changed at all, by a share of 0.
type Deltas struct {
	Width    int
	Swap     bool // the values are stored big-endian
	Order    Order
	Up, Down bool
	Relative bool

	Min, Max           uint64 // integers
	MinShare, MaxShare Share
	Zero               Int128

	MinF, MaxF float64 // floats
	ZeroF      float64
}

// Share is the exact fraction Num/Den.
type Share struct{ Num, Den uint64 }

// Int128 is the number Hi<<64 + Lo, of a magnitude of up to 1<<126.
type Int128 struct {
	Hi int64
	Lo uint64
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
	done := k.vector(dst, now, was, stride, n)
	if done == n {
		return
	}
	dst, now, was, n = dst[done/64:], now[done*stride:], was[done*stride:], n-done
	if k.unchangedFails() { // most values have not changed, and that is seen faster
		changed := Pairs{Width: k.Width, Relation: Changed}
		changed.Mark(dst, now, was, stride, n)
	} else {
		Fill(dst, n)
	}
	pass := k.integer
	if k.Order == Float {
		pass = k.float
	}
	keepPairs(dst, now, was, k.Width, stride, k.Swap, pass)
}

// unchangedFails reports whether no value is selected whose bits are as they
// were.
func (k *Deltas) unchangedFails() bool {
	switch {
	case k.Order == Float:
		return k.MinF > 0
	case k.Relative:
		return k.MinShare.Num > 0
	}
	return k.Min > 0
}

// vector marks the integers that have changed by an amount, like [vector.mark].
func (k *Deltas) vector(dst []uint64, now, was []byte, stride, n int) int {
	if k.Relative || k.Order == Float || k.Swap && k.Width > 1 {
		return 0
	}
	all := ^uint64(0) >> (64 - 8*k.Width)
	if k.Min > k.Max || k.Min > all {
		return n
	}
	v := vector{
		level: CurrentLevel(), op: opRise, width: k.Width,
		a: k.Min, b: min(k.Max, all) - k.Min, c: bias(k.Width, k.Order),
	}
	done := n
	if k.Up {
		done = v.mark(dst, now, was, stride, n)
	}
	if k.Down {
		done = v.mark(dst, was, now, stride, n) // the same number
	}
	return done
}

// bias is what turns the order of integers into that of signed ones.
func bias(width int, order Order) uint64 {
	if order == Signed {
		return 0
	}
	return 1 << (8*width - 1)
}

// float reports whether the float with the bits now has changed as told.
func (k *Deltas) float(now, was uint64) bool {
	before := toFloat(was, k.Width)
	change := toFloat(now, k.Width) - before
	if !(k.Up && change >= 0 || k.Down && change <= 0) {
		return false
	}
	change = math.Abs(change)
	if k.Relative && change != 0 {
		base := math.Abs(before - k.ZeroF)
		if base == 0 {
			return false
		}
		change /= base
	}
	return k.MinF <= change && change <= k.MaxF
}

// toFloat returns the float with those bits.
func toFloat(raw uint64, width int) float64 {
	if width == 4 {
		return float64(math.Float32frombits(uint32(raw)))
	}
	return math.Float64frombits(raw)
}

// integer reports whether the integer with the bits now has changed as told.
func (k *Deltas) integer(now, was uint64) bool {
	var sign uint64
	if k.Order == Signed {
		sign = 1 << (8*k.Width - 1)
	}
	a, b := now^sign, was^sign // in the order of the type
	if !(k.Up && a >= b || k.Down && a <= b) {
		return false
	}
	change := max(a, b) - min(a, b)
	switch {
	case !k.Relative:
		return k.Min <= change && change <= k.Max
	case change == 0:
		return k.MinShare.Num == 0
	}
	hi, lo := k.base(was, sign)
	return hi|lo != 0 && k.MinShare.compare(change, hi, lo) >= 0 && k.MaxShare.compare(change, hi, lo) <= 0
}

// base returns the magnitude of what a value was, as a number of 128 bits.
func (k *Deltas) base(was, sign uint64) (hi, lo uint64) {
	if was&sign != 0 {
		was, hi = was-2*sign, math.MaxUint64
	}
	lo, borrow := bits.Sub64(was, k.Zero.Lo, 0)
	hi, _ = bits.Sub64(hi, uint64(k.Zero.Hi), borrow)
	if int64(hi) < 0 {
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	return hi, lo
}

// compare tells how change compares with that share of a number of 128 bits:
// -1 for less, 1 for more.
func (s Share) compare(change, hi, lo uint64) int {
	aHi, aLo := bits.Mul64(change, s.Den)
	over, bMid := bits.Mul64(s.Num, hi)
	bHi, bLo := bits.Mul64(s.Num, lo)
	bHi, carry := bits.Add64(bHi, bMid, 0)
	switch {
	case over > 0 || carry > 0 || aHi < bHi || aHi == bHi && aLo < bLo:
		return -1
	case aHi == bHi && aLo == bLo:
		return 0
	}
	return 1
}
