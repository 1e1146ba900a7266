package kernel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/value"
)

// memory returns n bytes in which values repeat often enough to be found:
// mostly small numbers, zeros and runs, some noise, floats at the edges.
func memory(rng *rand.Rand, n int) []byte {
	buf := make([]byte, 0, n+100)
	for len(buf) < n {
		run := 1 + rng.IntN(100)
		switch rng.IntN(5) {
		case 0:
			buf = append(buf, make([]byte, run)...)
		case 1:
			for range run {
				buf = append(buf, byte(rng.IntN(3)))
			}
		case 2:
			buf = append(buf, bytes.Repeat([]byte{byte(rng.Uint32())}, run)...)
		case 3:
			edges := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1, -1.5, 3e9}
			f := edges[rng.IntN(len(edges))]
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(f))
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(f)))
		default:
			for range run {
				buf = append(buf, byte(rng.Uint32()))
			}
		}
	}
	return buf[:n:n]
}

// later returns memory as it is after some of its bytes have changed.
func later(rng *rand.Rand, was []byte) []byte {
	now := bytes.Clone(was)
	for range rng.IntN(2 + len(now)/8) {
		at := rng.IntN(len(now))
		if rng.IntN(2) == 0 {
			now[at] += byte(rng.IntN(5)) - 2
		} else {
			now[at] = byte(rng.Uint32())
		}
	}
	return now
}

// subject is a kernel with the plainest form of what it should do.
type subject struct {
	name  string
	width int
	mark  func(dst []uint64, now, was []byte, stride, n int)
	hit   func(now, was []byte) bool // of one value
}

func number(buf []byte, width int, swap bool) uint64 {
	var word [8]byte
	copy(word[:], buf[:width])
	if swap {
		slices.Reverse(word[:width])
	}
	return binary.LittleEndian.Uint64(word[:])
}

// subjects returns kernels of all kinds, whose operands are made up or taken
// from sample.
func subjects(rng *rand.Rand, sample []byte) []subject {
	var all []subject
	for _, width := range []int{1, 2, 4, 8} {
		all = append(all, numberSubjects(rng, sample, width)...)
		for order := Raw; order <= Float; order++ {
			if order == Float && width < 4 {
				continue
			}
			for _, relation := range []Relation{Same, Changed, Up, Down} {
				if order != Raw || relation <= Changed {
					all = append(all, pairSubject(Pairs{width, rng.IntN(3) == 0, order, relation}))
				}
			}
			if order != Raw {
				all = append(all, deltaSubject(rng, width, order), deltaSubject(rng, width, order))
			}
		}
	}
	for _, width := range []int{3, 5, 13, 16, 64, 65, 200} {
		all = append(all, pairSubject(Pairs{Width: width}), pairSubject(Pairs{Width: width, Relation: Changed}))
	}
	for range 12 {
		all = append(all, patternSubject(rng, sample))
	}
	return all
}

func numberSubjects(rng *rand.Rand, sample []byte, width int) []subject {
	last := uint64(math.MaxUint64) >> (64 - 8*width)
	some := func() uint64 { return rng.Uint64() & last }
	var all []subject
	for _, swap := range []bool{false, true} {
		there := number(sample[rng.IntN(len(sample)-8):], width, swap)
		lo, hi := some(), some()
		for name, within := range map[string][]Interval{
			"none":    nil,
			"equal":   {{there, there}},
			"zero":    {{0, 0}},
			"missing": {{hi, hi}},
			"two":     {{there, there}, {lo, hi}},
			"all":     {{0, last}},
			"allFrom": {{there, (there - 1) & last}},
			"narrow":  {{there, (there + 3) & last}},
			"signed":  {{last - 1, 2}},
			"wide":    {{lo, hi}},
			"other":   {{hi, lo}},
			"but one": {{(there + 1) & last, (there - 1) & last}},
		} {
			k := &Numbers{Width: width, Swap: swap, Within: within}
			all = append(all, subject{
				name:  fmt.Sprintf("numbers %s %+v", name, *k),
				width: width,
				mark:  func(dst []uint64, now, _ []byte, stride, n int) { k.Mark(dst, now, stride, n) },
				hit: func(now, _ []byte) bool {
					v := number(now, width, swap)
					return slices.ContainsFunc(within, func(in Interval) bool {
						if in.Lo <= in.Hi {
							return in.Lo <= v && v <= in.Hi
						}
						return v >= in.Lo || v <= in.Hi
					})
				},
			})
		}
	}
	slices.SortFunc(all, func(a, b subject) int { return strings.Compare(a.name, b.name) })
	return all
}

func patternSubject(rng *rand.Rand, sample []byte) subject {
	size := 1 + rng.IntN(20)
	p := value.ExactPattern(bytes.Clone(sample[rng.IntN(len(sample)-size):][:size]))
	switch rng.IntN(4) {
	case 0:
		for i := range p.Mask {
			p.Mask[i] = []byte{0xff, 0xff, 0xff, 0xdf, 0xf0, 0x0f, 0}[rng.IntN(7)]
			p.Bytes[i] &= p.Mask[i]
		}
	case 1:
		clear(p.Bytes)
	}
	return subject{
		name:  fmt.Sprintf("pattern %v", p),
		width: size,
		mark:  func(dst []uint64, now, _ []byte, stride, n int) { NewPattern(p).Mark(dst, now, stride, n) },
		hit:   func(now, _ []byte) bool { return p.Match(now) },
	}
}

func pairSubject(k Pairs) subject {
	return subject{
		name:  fmt.Sprintf("pairs %+v", k),
		width: k.Width,
		mark:  k.Mark,
		hit: func(now, was []byte) bool {
			now, was = now[:k.Width], was[:k.Width]
			switch k.Relation {
			case Same:
				return bytes.Equal(now, was)
			case Changed:
				return !bytes.Equal(now, was)
			case Down:
				now, was = was, now
			}
			return above(k, now, was)
		},
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

// check runs a subject on all levels and compares with the reference.
func check(t testing.TB, s subject, now, was []byte, stride, n int) {
	t.Helper()
	words := Words(n)
	const guard = 0xdeadbeefdeadbeef
	want := make([]uint64, words, words+1)
	for i := range n {
		if s.hit(now[i*stride:], was[i*stride:]) {
			want[i/64] |= 1 << (i % 64)
		}
	}
	want = append(want, guard)
	for l := Portable; l <= best; l++ {
		before := SetLevel(l)
		got := slices.Repeat([]uint64{guard}, words+1)
		s.mark(got[:words], now, was, stride, n)
		SetLevel(before)
		if !slices.Equal(got, want) {
			t.Fatalf("%s, stride %d, %d values, %v (-want +got):\n%s", s.name, stride, n, l, cmp.Diff(want, got))
		}
	}
}

// strides are those of searches, and some of values side by side.
var strides = []int{1, 2, 4, 8, 16, 32, 64, 128, 3, 5, 13}

func TestKernelsAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	numbers := make([]int, 0, 40)
	for _, stride := range strides {
		for n := range 300 {
			if n <= 2 || n%64 <= 1 || n%64 == 63 || rng.IntN(20) == 0 {
				numbers = append(numbers, n)
			}
		}
		for _, n := range append(numbers, 4096/stride+1, 4096, 5000+rng.IntN(200)) {
			phase := rng.IntN(64)
			was := memory(rng, 64+n*stride+200)
			now := later(rng, was)
			for _, s := range subjects(rng, now) {
				if n > 1000 && rng.IntN(8) > 0 {
					continue
				}
				// Memory ends with the last value.
				size := 0
				if n > 0 {
					size = (n-1)*stride + s.width
				}
				check(t, s, now[phase:][:size:size], was[phase/2:][:size:size], stride, n)
			}
		}
		numbers = numbers[:0]
	}
}

// FuzzKernels looks at memory that the fuzzer makes up.
func FuzzKernels(f *testing.F) {
	f.Add(uint64(1), []byte("some memory with words in it, and some memory without"), uint8(0), uint8(3))
	f.Add(uint64(2), make([]byte, 700), uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, data []byte, stride, phase uint8) {
		if len(data) < 32 || len(data) > 4096 {
			return
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		distance := strides[int(stride)%len(strides)]
		now := data[int(phase)%16:]
		was := later(rng, now)
		for _, s := range subjects(rng, slices.Concat(now, now)) {
			if len(now) < s.width || rng.IntN(8) > 0 {
				continue
			}
			n := (len(now)-s.width)/distance + 1
			size := (n-1)*distance + s.width
			check(t, s, now[:size:size], was[:size:size], distance, n)
		}
	})
}

// Zeros everywhere are the worst case of a search that jumps from hit to hit.
func TestPatternOverlapping(t *testing.T) {
	const n = 70000
	got := make([]uint64, Words(n))
	NewPattern(value.ExactPattern([]byte{0, 0, 0})).Mark(got, make([]byte, n+2), 1, n)
	want := make([]uint64, Words(n))
	if Fill(want, n); !slices.Equal(got, want) {
		t.Error("not all overlapping places are found")
	}
}

func TestFloatOrderAtTheEdges(t *testing.T) {
	edges := []float64{math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, math.Copysign(0, -1), 0,
		math.SmallestNonzeroFloat64, 1, math.MaxFloat64, math.Inf(1), math.NaN(), math.Copysign(math.NaN(), -1)}
	var now, was []byte
	for _, a := range edges {
		for _, b := range edges {
			now = binary.LittleEndian.AppendUint64(now, math.Float64bits(a))
			was = binary.LittleEndian.AppendUint64(was, math.Float64bits(b))
		}
	}
	for _, relation := range []Relation{Up, Down} {
		check(t, pairSubject(Pairs{Width: 8, Order: Float, Relation: relation}), now, was, 8, len(edges)*len(edges))
	}
}

// Kernels are called with whatever stack there is, and allocate nothing.
func TestKernelsAllocateNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n = 3000
	now := memory(rng, 32*n+200)
	was := later(rng, now)
	dst := make([]uint64, Words(n))
	pattern := NewPattern(value.ExactPattern([]byte("word")))
	for _, stride := range []int{1, 4, 8, 16, 32} {
		allocs := testing.AllocsPerRun(10, func() {
			(&Numbers{Width: 4, Within: []Interval{{1, 1}, {5, 90}}}).Mark(dst, now, stride, n)
			(&Pairs{Width: 4}).Mark(dst, now, was, stride, n)
			(&Pairs{Width: 4, Order: Signed, Relation: Up}).Mark(dst, now, was, stride, n)
			(&Deltas{Width: 4, Order: Signed, Up: true, Max: 5}).Mark(dst, now, was, stride, n)
			pattern.Mark(dst, now, stride, n)
		})
		if allocs > 0 {
			t.Errorf("stride %d: %v allocations", stride, allocs)
		}
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

func ExampleDeltas() {
	was, now := []byte{10, 20, 30, 250}, []byte{15, 10, 35, 255} // four u8
	marks := make([]uint64, Words(4))
	k := Deltas{Width: 1, Order: Unsigned, Up: true, Min: 5, Max: 5}
	k.Mark(marks, now, was, 1, 4)
	fmt.Printf("by 5: %04b\n", marks[0])
	k = Deltas{Width: 1, Order: Unsigned, Relative: true, Up: true, Down: true, MinShare: Share{1, 2}, MaxShare: Share{1, 1}}
	k.Mark(marks, now, was, 1, 4)
	fmt.Printf("by half or more: %04b\n", marks[0])
	// Output:
	// by 5: 1101
	// by half or more: 0011
}

// Preparing a pattern takes time that grows with its length, not its square: a
// line at the prompt may hold a megabyte.
func TestLongPattern(t *testing.T) {
	const n = 1 << 20
	buf := bytes.Repeat([]byte("a"), n+2)
	dst := make([]uint64, 1)
	NewPattern(value.ExactPattern(buf[:n])).Mark(dst, buf, 1, 3)
	if dst[0] != 0b111 {
		t.Errorf("marks %b", dst[0])
	}
}
