package kernel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/value"
)

// memory returns n bytes in which values repeat often enough to be found:
// mostly small numbers, zeros and runs, some noise.
func memory(rng *rand.Rand, n int) []byte {
	buf := make([]byte, n)
	for at := 0; at < n; {
		run := min(1+rng.IntN(100), n-at)
		switch rng.IntN(4) {
		case 0: // zeros
		case 1:
			for i := range run {
				buf[at+i] = byte(rng.IntN(3))
			}
		case 2:
			fill := byte(rng.IntN(256))
			for i := range run {
				buf[at+i] = fill
			}
		default:
			for i := range run {
				buf[at+i] = byte(rng.Uint32())
			}
		}
		at += run
	}
	return buf
}

// reference computes by the plainest means what a kernel should.
func reference(n int, hit func(i int) bool) []uint64 {
	dst := make([]uint64, Words(n))
	for i := range n {
		if hit(i) {
			dst[i/64] |= 1 << (i % 64)
		}
	}
	return dst
}

func number(buf []byte, width int, swap bool) uint64 {
	var word [8]byte
	copy(word[:], buf[:width])
	if swap {
		for i := range width {
			word[i] = buf[width-1-i]
		}
	}
	return binary.LittleEndian.Uint64(word[:])
}

// dirty returns marks as a kernel may find them.
func dirty(n int) []uint64 {
	dst := make([]uint64, Words(n))
	for i := range dst {
		dst[i] = 0xdeadbeefdeadbeef
	}
	return dst
}

func TestNumbersAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		width := 1 << rng.IntN(4)
		stride := 1 << rng.IntN(5)
		n := rng.IntN(400)
		phase := rng.IntN(16)
		buf := memory(rng, phase+n*stride+width)[phase:]
		swap := rng.IntN(4) == 0
		k := Numbers{Width: width, Swap: swap}
		all := uint64(math.MaxUint64) >> (64 - 8*width)
		for range rng.IntN(3) {
			lo := rng.Uint64() & all
			if rng.IntN(2) == 0 {
				lo = number(buf, width, swap) // something that is there
			}
			hi := lo
			if rng.IntN(2) == 0 {
				hi = (lo + rng.Uint64()>>rng.IntN(64)) & all
			}
			k.Within = append(k.Within, Interval{lo, hi})
		}
		want := reference(n, func(i int) bool {
			v := number(buf[i*stride:], width, swap)
			for _, in := range k.Within {
				if in.Lo <= in.Hi && in.Lo <= v && v <= in.Hi || in.Lo > in.Hi && (v >= in.Lo || v <= in.Hi) {
					return true
				}
			}
			return false
		})
		got := dirty(n)
		k.Mark(got, buf, stride, n)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v stride %d, %d values:\n%s", k, stride, n, diff)
		}
	}
}

func TestPatternAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		n, stride := 1+rng.IntN(2000), 1<<rng.IntN(3)
		size := 1 + rng.IntN(12)
		buf := memory(rng, n*stride+size)
		p := value.ExactPattern(bytes.Clone(buf[rng.IntN(n):][:size]))
		if rng.IntN(2) == 0 {
			for i := range p.Mask {
				p.Mask[i] = []byte{0xff, 0xff, 0xff, 0xf0, 0x0f, 0}[rng.IntN(6)]
				p.Bytes[i] &= p.Mask[i]
			}
		}
		want := reference(n, func(i int) bool { return p.Match(buf[i*stride:]) })
		got := dirty(n)
		NewPattern(p).Mark(got, buf, stride, n)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%v stride %d, %d places:\n%s", p, stride, n, diff)
		}
	}
}

// Zeros everywhere are the worst case of a search that jumps from hit to hit.
func TestPatternOverlapping(t *testing.T) {
	const n = 70000
	got := dirty(n)
	NewPattern(value.ExactPattern([]byte{0, 0, 0})).Mark(got, make([]byte, n+2), 1, n)
	count := 0
	for _, w := range got {
		count += bits.OnesCount64(w)
	}
	if count != n {
		t.Errorf("%d of %d overlapping places found", count, n)
	}
}

func TestPairsAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		order := Order(rng.IntN(4))
		width := 1 << rng.IntN(4)
		if order == Float {
			width = 4 << rng.IntN(2)
		}
		n, stride := rng.IntN(300), 1<<rng.IntN(4)
		was := memory(rng, n*stride+width)
		now := bytes.Clone(was)
		for range rng.IntN(50) {
			now[rng.IntN(len(now))] = byte(rng.Uint32())
		}
		k := Pairs{Width: width, Swap: rng.IntN(4) == 0, Order: order, Relation: Relation(rng.IntN(2))}
		if order != Raw {
			k.Relation = Relation(rng.IntN(4))
		}
		want := reference(n, func(i int) bool {
			a, b := now[i*stride:][:width], was[i*stride:][:width]
			switch k.Relation {
			case Same:
				return bytes.Equal(a, b)
			case Changed:
				return !bytes.Equal(a, b)
			case Down:
				a, b = b, a
			}
			return above(k, a, b)
		})
		got := dirty(n)
		k.Mark(got, now, was, stride, n)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v stride %d, %d values:\n%s", k, stride, n, diff)
		}
	}
}

// above compares by the type's own operator.
func above(k Pairs, a, b []byte) bool {
	x, y := number(a, k.Width, k.Swap), number(b, k.Width, k.Swap)
	switch {
	case k.Order == Unsigned:
		return x > y
	case k.Order == Signed:
		shift := 64 - 8*k.Width
		return int64(x<<shift) > int64(y<<shift)
	case k.Width == 4:
		return math.Float32frombits(uint32(x)) > math.Float32frombits(uint32(y))
	}
	return math.Float64frombits(x) > math.Float64frombits(y)
}

func TestFloatOrderAtTheEdges(t *testing.T) {
	edges := []float64{math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, math.Copysign(0, -1), 0,
		math.SmallestNonzeroFloat64, 1, math.MaxFloat64, math.Inf(1), math.NaN(), math.Copysign(math.NaN(), -1)}
	for _, a := range edges {
		for _, b := range edges {
			now := binary.LittleEndian.AppendUint64(nil, math.Float64bits(a))
			was := binary.LittleEndian.AppendUint64(nil, math.Float64bits(b))
			got := make([]uint64, 1)
			(&Pairs{Width: 8, Order: Float, Relation: Up}).Mark(got, now, was, 8, 1)
			if (got[0] == 1) != (a > b) {
				t.Errorf("%v above %v: %v", a, b, got[0] == 1)
			}
		}
	}
}

func BenchmarkNumbers(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	random := make([]byte, 64<<10)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	dst := make([]uint64, Words(len(random)))
	for _, bench := range []struct {
		name   string
		within Interval
		stride int
		buf    []byte
	}{
		{"rare", Interval{123456789, 123456789}, 4, random},
		{"all", Interval{0, 0}, 4, make([]byte, 64<<10)},
		{"unaligned", Interval{123456789, 123456789}, 1, random},
		{"range", Interval{123456789, 123466789}, 4, random},
	} {
		b.Run(bench.name, func(b *testing.B) {
			k := Numbers{Width: 4, Within: []Interval{bench.within}}
			n := (len(bench.buf)-4)/bench.stride + 1
			b.SetBytes(int64(len(bench.buf)))
			b.ReportAllocs()
			for b.Loop() {
				k.Mark(dst, bench.buf, bench.stride, n)
			}
		})
	}
}

func ExampleNumbers() {
	buf := []byte{7, 0, 9, 0, 7, 0, 8, 0} // four u16
	marks := make([]uint64, Words(4))
	k := Numbers{Width: 2, Within: []Interval{{7, 8}}}
	k.Mark(marks, buf, 2, 4)
	fmt.Printf("%04b\n", marks[0])
	// Output: 1101
}
