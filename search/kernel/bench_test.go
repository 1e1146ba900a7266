package kernel

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"quarry/search/value"
)

// benchSize is a piece of memory that stays in the second cache, as the pieces
// of a search do.
const benchSize = 64 << 10

// benchMarker is a kernel to measure.
type benchMarker struct {
	name   string
	stride int
	width  int
	now    []byte
	was    []byte // nil for those that look at present values only
	mark   func(dst []uint64, now, was []byte, stride, n int)
}

func (m benchMarker) run(b *testing.B) {
	n := (len(m.now)-m.width)/m.stride + 1
	dst := make([]uint64, Words(n))
	b.SetBytes(int64(len(m.now)))
	b.ReportAllocs()
	for b.Loop() {
		m.mark(dst, m.now, m.was, m.stride, n)
	}
}

// benchLevels measures on each level. Rates are in memory looked at; for pairs
// in that of one side.
func benchLevels(b *testing.B, all []benchMarker) {
	for l := best; l >= Portable; l-- {
		for _, m := range all {
			b.Run(m.name+"/"+l.String(), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				m.run(b)
			})
		}
	}
}

func random(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 8))
	buf := make([]byte, benchSize)
	for i := range buf {
		buf[i] = byte(rng.Uint32())
	}
	return buf
}

func BenchmarkNumbers(b *testing.B) {
	noise, zeros := random(7), make([]byte, benchSize)
	numbers := func(name string, width, stride int, now []byte, swap bool, within ...Interval) benchMarker {
		k := &Numbers{Width: width, Swap: swap, Within: within}
		mark := func(dst []uint64, now, _ []byte, stride, n int) { k.Mark(dst, now, stride, n) }
		return benchMarker{name, stride, width, now, nil, mark}
	}
	exact, span := Interval{123456789, 123456789}, Interval{123456789, 123466789}
	half := Interval{0, 1 << 31}
	benchLevels(b, []benchMarker{
		numbers("i8", 1, 1, noise, false, Interval{77, 77}),
		numbers("i16", 2, 2, noise, false, exact),
		numbers("i32", 4, 4, noise, false, exact),
		numbers("i64", 8, 8, noise, false, exact),
		numbers("i32-all", 4, 4, zeros, false, Interval{}),
		numbers("i32-swapped", 4, 4, noise, true, exact),
		numbers("i32-every-2", 4, 2, noise, false, exact),
		numbers("i32-every-1", 4, 1, noise, false, exact),
		numbers("i32-every-1-all", 4, 1, zeros, false, Interval{}),
		numbers("i32-every-16", 4, 16, noise, false, exact),
		numbers("i64-every-1", 8, 1, noise, false, exact),
		numbers("range-i8", 1, 1, noise, false, Interval{77, 79}),
		numbers("range-i16", 2, 2, noise, false, span),
		numbers("range-i32", 4, 4, noise, false, span),
		numbers("range-i64", 8, 8, noise, false, span),
		numbers("range-i32-half", 4, 4, noise, false, half),
		numbers("range-f32-both", 4, 4, noise, false, span, Interval{1<<31 + 5, 1<<31 + 90}),
		numbers("range-i32-swapped", 4, 4, noise, true, span),
		numbers("range-i32-every-1", 4, 1, noise, false, span),
		numbers("range-i32-every-1-half", 4, 1, noise, false, half),
		numbers("range-i64-every-1", 8, 1, noise, false, span),
	})
}

func BenchmarkPattern(b *testing.B) {
	noise, zeros := random(9), make([]byte, benchSize)
	text := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog and runs away. "), benchSize/59+1)[:benchSize]
	pattern := func(name string, stride int, now []byte, p value.Pattern) benchMarker {
		k := NewPattern(p)
		mark := func(dst []uint64, now, _ []byte, stride, n int) { k.Mark(dst, now, stride, n) }
		return benchMarker{name, stride, k.Len(), now, nil, mark}
	}
	wild, err := value.ParsePattern("48 8b 05 ?? ?? ?? ?? 48 85 c0 74 ?? 4? 89 c7 e8")
	if err != nil {
		b.Fatal(err)
	}
	folded := value.ExactPattern([]byte("HELLO WORLD"))
	for i := range folded.Mask {
		folded.Mask[i] = 0xdf
		folded.Bytes[i] &= 0xdf
	}
	benchLevels(b, []benchMarker{
		pattern("wildcards", 1, noise, wild),
		pattern("string", 1, noise, value.ExactPattern([]byte("Hello world"))),
		pattern("string-folded", 1, noise, folded),
		pattern("string-in-text", 1, text, value.ExactPattern([]byte("lazy cat"))),
		pattern("string-every-4", 4, noise, value.ExactPattern([]byte("Hello world"))),
		pattern("zeros-in-zeros", 1, zeros, value.ExactPattern(make([]byte, 16))),
		pattern("zeros-in-noise", 1, noise, value.ExactPattern(make([]byte, 16))),
		pattern("one-byte", 1, noise, value.ExactPattern([]byte{77})),
	})
}

func BenchmarkPairs(b *testing.B) {
	was := random(10)
	now := bytes.Clone(was)
	for i := 0; i < len(now); i += 1001 {
		now[i]++
	}
	pairs := func(name string, stride int, k Pairs) benchMarker {
		return benchMarker{name, stride, k.Width, now, was, k.Mark}
	}
	deltas := func(name string, stride int, k Deltas) benchMarker {
		return benchMarker{name, stride, k.Width, now, was, k.Mark}
	}
	benchLevels(b, []benchMarker{
		pairs("same-i8", 1, Pairs{Width: 1}),
		pairs("same-i32", 4, Pairs{Width: 4}),
		pairs("same-i64", 8, Pairs{Width: 8}),
		pairs("changed-i32", 4, Pairs{Width: 4, Relation: Changed}),
		pairs("changed-i32-every-1", 1, Pairs{Width: 4, Relation: Changed}),
		pairs("same-text16-every-1", 1, Pairs{Width: 16}),
		pairs("up-i32", 4, Pairs{Width: 4, Order: Signed, Relation: Up}),
		pairs("down-u64", 8, Pairs{Width: 8, Order: Unsigned, Relation: Down}),
		pairs("up-f32", 4, Pairs{Width: 4, Order: Float, Relation: Up}),
		pairs("up-f64", 8, Pairs{Width: 8, Order: Float, Relation: Up}),
		pairs("up-i32-every-1", 1, Pairs{Width: 4, Order: Signed, Relation: Up}),
		deltas("up-by-i32", 4, Deltas{Width: 4, Order: Signed, Up: true, Min: 1, Max: 1}),
		deltas("by-i32", 4, Deltas{Width: 4, Order: Signed, Up: true, Down: true, Min: 1, Max: 9}),
		deltas("by-percent-i32", 4, Deltas{Width: 4, Order: Signed, Relative: true, Up: true, Down: true, MinShare: Share{1, 100}, MaxShare: Share{9, 100}}),
		deltas("by-f32", 4, Deltas{Width: 4, Order: Float, Up: true, Down: true, MinF: 1, MaxF: 9}),
		deltas("by-f64", 8, Deltas{Width: 8, Order: Float, Up: true, Down: true, MinF: 1, MaxF: 9}),
		deltas("by-percent-f64", 8, Deltas{Width: 8, Order: Float, Relative: true, Up: true, Down: true, MinF: 0.01, MaxF: 0.09}),
	})
}
