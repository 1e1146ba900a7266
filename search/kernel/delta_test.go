package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
)

// deltaSubject makes up how much values shall have changed.
func deltaSubject(rng *rand.Rand, width int, order Order) subject {
	k := Deltas{
		Width: width, Order: order, Swap: rng.IntN(3) == 0, Relative: rng.IntN(3) == 0,
		Up: rng.IntN(3) > 0, Down: rng.IntN(3) > 0,
		Min: rng.Uint64() >> rng.IntN(64) * uint64(rng.IntN(2)), MinF: float64(rng.IntN(3)),
	}
	if k.Max = k.Min + rng.Uint64()>>rng.IntN(64); k.Max < k.Min && rng.IntN(2) == 0 {
		k.Max = math.MaxUint64
	}
	k.MaxF = []float64{0, k.MinF, 10, 1e300, math.Inf(1)}[rng.IntN(5)]
	hit := k.integerReference
	if order == Float {
		hit = k.floatReference
	}
	return subject{name: fmt.Sprintf("deltas %+v", k), width: width, mark: k.Mark, hit: hit}
}

// integer returns the value at buf.
func (k *Deltas) integer(buf []byte) *big.Int {
	raw := number(buf, k.Width, k.Swap)
	v := new(big.Int).SetUint64(raw)
	if k.Order == Signed && raw>>(8*k.Width-1) != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*k.Width)))
	}
	return v
}

func (k *Deltas) integerReference(now, was []byte) bool {
	old := k.integer(was)
	d := new(big.Int).Sub(k.integer(now), old)
	if !(k.Up && d.Sign() >= 0 || k.Down && d.Sign() <= 0) {
		return false
	}
	d.Abs(d)
	lo, hi := new(big.Int).SetUint64(k.Min), new(big.Int).SetUint64(k.Max)
	if k.Relative && d.Sign() != 0 {
		old.Abs(old)
		d.Mul(d, big.NewInt(100*Percent))
		lo.Mul(lo, old)
		hi.Mul(hi, old)
	}
	return lo.Cmp(d) <= 0 && d.Cmp(hi) <= 0
}

func (k *Deltas) floatReference(now, was []byte) bool {
	float := func(buf []byte) float64 {
		raw := number(buf, k.Width, k.Swap)
		if k.Width == 4 {
			return float64(math.Float32frombits(uint32(raw)))
		}
		return math.Float64frombits(raw)
	}
	d, base := float(now)-float(was), math.Abs(float(was))
	within := func(d float64) bool {
		if k.Relative && d != 0 {
			return d >= 0 && d*100 >= k.MinF*base && d*100 <= k.MaxF*base
		}
		return d >= 0 && d >= k.MinF && d <= k.MaxF
	}
	return k.Up && within(d) || k.Down && within(-d)
}
