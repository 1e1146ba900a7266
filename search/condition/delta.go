package condition

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"quarry/search/kernel"
	"quarry/search/value"
)

// pairTest looks at the bits of a value and of what it was.
type pairTest interface {
	pass(now, was uint64) bool
}

// changes is the kernel of changes by an amount.
type changes struct {
	typ   value.Type
	order binary.ByteOrder
	test  pairTest
}

func (k *changes) Mark(dst []uint64, now, was []byte, stride, n int) {
	clear(dst[:kernel.Words(n)])
	for i := range n {
		at := i * stride
		if k.test.pass(value.Bits(k.typ, now[at:], k.order), value.Bits(k.typ, was[at:], k.order)) {
			dst[i/64] |= 1 << (i % 64)
		}
	}
}

// distance returns how far apart two integers are, given what makes their bits
// order as they do, and whether the way from was to now has the direction.
func distance(now, was, sign uint64, d direction) (uint64, bool) {
	now, was = now^sign, was^sign
	if now >= was {
		return now - was, d != downwards || now == was
	}
	return was - now, d != upwards
}

// integerChange passes integers that changed by lo..hi.
type integerChange struct {
	sign      uint64
	direction direction
	lo, hi    uint64
}

func (k *integerChange) pass(now, was uint64) bool {
	change, ok := distance(now, was, k.sign, k.direction)
	return ok && change >= k.lo && change <= k.hi
}

// floatDistance returns how far apart two floats are; it is no number where the
// way from was to now does not have the direction.
func floatDistance(now, was float64, d direction) float64 {
	change := now - was
	if change > 0 && d == downwards || change < 0 && d == upwards {
		return math.NaN()
	}
	return math.Abs(change)
}

// floatChanges passes floats that changed by lo..hi.
type floatChanges struct {
	typ       value.Type
	direction direction
	lo, hi    float64
}

func (k *floatChanges) pass(now, was uint64) bool {
	change := floatDistance(value.Float(k.typ, now), value.Float(k.typ, was), k.direction)
	return change >= k.lo && change <= k.hi
}

// floatPercent passes floats that changed by lo..hi of what they were, less
// offset.
type floatPercent struct {
	typ       value.Type
	direction direction
	lo, hi    float64
	offset    float64
}

func (k *floatPercent) pass(now, was uint64) bool {
	before := value.Float(k.typ, was)
	change := floatDistance(value.Float(k.typ, now), before, k.direction)
	base := math.Abs(before - k.offset)
	if base == 0 {
		return change == 0 && k.lo == 0
	}
	share := change / base
	return share >= k.lo && share <= k.hi
}

// integerPercent passes integers that changed by lo..hi of what they were, less
// offset.
type integerPercent struct {
	typ       value.Type
	direction direction
	lo, hi    ratio
	offset    *big.Int
}

func (k *integerPercent) pass(now, was uint64) bool {
	change, ok := distance(now, was, signBit(k.typ), k.direction)
	if !ok {
		return false
	}
	base := k.base(was)
	if base.hi == 0 && base.lo == 0 {
		return change == 0 && k.lo.num == 0
	}
	return k.lo.compare(change, base) >= 0 && k.hi.compare(change, base) <= 0
}

// base returns the magnitude that the percentages are of.
func (k *integerPercent) base(was uint64) wide {
	if k.offset.Sign() == 0 {
		if s := value.Signed(k.typ, was); k.typ.Signed() && s < 0 {
			return wide{lo: uint64(-s)}
		}
		return wide{lo: was}
	}
	v := new(big.Int).SetUint64(was)
	if k.typ.Signed() {
		v.SetInt64(value.Signed(k.typ, was))
	}
	if v.Abs(v.Sub(v, k.offset)); v.BitLen() > 128 {
		return wide{math.MaxUint64, math.MaxUint64} // any change is next to nothing
	}
	lo := new(big.Int).And(v, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	return wide{hi: v.Rsh(v, 64).Uint64(), lo: lo}
}

// wide is a number of 128 bits.
type wide struct{ hi, lo uint64 }

// ratio is a share of a number.
type ratio struct{ num, den uint64 }

// set reports whether r fits.
func (k *ratio) set(r *big.Rat) bool {
	k.num, k.den = r.Num().Uint64(), r.Denom().Uint64()
	return r.Num().IsUint64() && r.Denom().IsUint64()
}

// compare tells how change compares with that share of base: -1 for less, 1 for
// more.
func (k *ratio) compare(change uint64, base wide) int {
	aHi, aLo := bits.Mul64(change, k.den)
	over, bMid := bits.Mul64(k.num, base.hi)
	bHi, bLo := bits.Mul64(k.num, base.lo)
	bHi, carry := bits.Add64(bHi, bMid, 0)
	switch {
	case over > 0 || carry > 0 || aHi < bHi || aHi == bHi && aLo < bLo:
		return -1
	case aHi == bHi && aLo == bLo:
		return 0
	}
	return 1
}
