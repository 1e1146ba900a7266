package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// bitmap returns n bits, and the same as truths.
func bitmap(rng *rand.Rand, n int) ([]uint64, []bool) {
	marks, truths := make([]uint64, Words(n)), make([]bool, n)
	for i := range truths {
		if truths[i] = rng.IntN(2) == 0; truths[i] {
			marks[i/64] |= 1 << (i % 64)
		}
	}
	return marks, truths
}

func TestBitmaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	at := func(truths []bool, i int) bool { return i < len(truths) && truths[i] }
	for n := range 300 {
		a, x := bitmap(rng, n)
		b, y := bitmap(rng, n)
		shift := rng.IntN(200)
		for _, test := range []struct {
			name string
			do   func(dst []uint64)
			want func(i int) bool
		}{
			{"Not", func(dst []uint64) { Not(dst, n) }, func(i int) bool { return !x[i] }},
			{"Fill", func(dst []uint64) { Fill(dst, n) }, func(int) bool { return true }},
			{"OrShifted", func(dst []uint64) { OrShifted(dst, b, shift) }, func(i int) bool { return x[i] || at(y, i+shift) }},
			{"OrShifted to itself", func(dst []uint64) { OrShifted(dst, dst, shift) }, func(i int) bool { return x[i] || at(x, i+shift) }},
		} {
			want, some := make([]uint64, Words(n)), false
			for i := range n {
				if test.want(i) {
					want[i/64] |= 1 << (i % 64)
					some = true
				}
			}
			got := slices.Clone(a)
			test.do(got)
			if !slices.Equal(got, want) || Any(got) != some {
				t.Fatalf("%s, %d bits, shift %d: %x, want %x", test.name, n, shift, got, want)
			}
		}
	}
}
