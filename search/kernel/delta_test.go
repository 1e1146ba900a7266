package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
)

// deltaSubject makes up how much values shall have changed.
func deltaSubject(rng *rand.Rand, width int, order Order) subject {
	some := func() uint64 { return rng.Uint64() >> rng.IntN(64) * uint64(rng.IntN(2)) }
	k := Deltas{
		Width: width, Order: order, Swap: rng.IntN(3) == 0, Relative: rng.IntN(3) == 0,
		Up: rng.IntN(3) > 0, Down: rng.IntN(3) > 0,
		Min: some(), MinF: float64(rng.IntN(3)), MinShare: Share{some(), 1 + some()},
	}
	if k.Max = k.Min + some(); k.Max < k.Min && rng.IntN(2) == 0 {
		k.Max = math.MaxUint64
	}
	k.MaxShare = Share{max(k.MinShare.Num, some()), max(1, k.MinShare.Den>>rng.IntN(8))}
	k.MaxF = []float64{0, k.MinF, 10, 1e300, math.Inf(1)}[rng.IntN(5)]
	if rng.IntN(2) == 0 {
		k.Zero = Int128{int64(some()) >> 2, some()}
		k.ZeroF = float64(rng.IntN(3)) - 1
	}
	if rng.IntN(4) == 0 {
		k.Zero.Hi = 0
	}
	hit := k.integerReference
	if order == Float {
		hit = k.floatReference
	}
	return subject{name: fmt.Sprintf("deltas %+v", k), width: width, mark: k.Mark, hit: hit}
}

// number returns the value at buf.
func (k *Deltas) number(buf []byte) *big.Int {
	raw := number(buf, k.Width, k.Swap)
	v := new(big.Int).SetUint64(raw)
	if k.Order == Signed && raw>>(8*k.Width-1) != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*k.Width)))
	}
	return v
}

func (k *Deltas) integerReference(now, was []byte) bool {
	old := k.number(was)
	change := new(big.Int).Sub(k.number(now), old)
	if !(k.Up && change.Sign() >= 0 || k.Down && change.Sign() <= 0) {
		return false
	}
	change.Abs(change)
	if !k.Relative {
		return new(big.Int).SetUint64(k.Min).Cmp(change) <= 0 && change.Cmp(new(big.Int).SetUint64(k.Max)) <= 0
	}
	zero := new(big.Int).Lsh(big.NewInt(k.Zero.Hi), 64)
	old.Sub(old, zero.Add(zero, new(big.Int).SetUint64(k.Zero.Lo)))
	share := new(big.Rat)
	if old.Sign() != 0 {
		share.SetFrac(change, old.Abs(old))
	} else if change.Sign() != 0 {
		return false
	}
	return k.MinShare.rat().Cmp(share) <= 0 && share.Cmp(k.MaxShare.rat()) <= 0
}

func (s Share) rat() *big.Rat {
	return new(big.Rat).SetFrac(new(big.Int).SetUint64(s.Num), new(big.Int).SetUint64(s.Den))
}

func (k *Deltas) floatReference(now, was []byte) bool {
	float := func(buf []byte) float64 {
		raw := number(buf, k.Width, k.Swap)
		if k.Width == 4 {
			return float64(math.Float32frombits(uint32(raw)))
		}
		return math.Float64frombits(raw)
	}
	within := func(change float64) bool {
		if k.Relative && change != 0 {
			base := math.Abs(float(was) - k.ZeroF)
			return base != 0 && change >= 0 && change/base >= k.MinF && change/base <= k.MaxF
		}
		return change >= 0 && change >= k.MinF && change <= k.MaxF
	}
	change := float(now) - float(was)
	return k.Up && within(change) || k.Down && within(-change)
}
