package candidate

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session/sessiontest"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

type pair struct {
	Addr  uint64
	Value string
}

func pairs(t testing.TB, s *Set) []pair {
	t.Helper()
	var out []pair
	for c, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, pair{c.Addr, string(c.Value)})
	}
	return out
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func join(t testing.TB, builders ...*Builder) *Set {
	t.Helper()
	set, err := Join(context.Background(), builders...)
	must(t, err)
	return set
}

// stores returns stores with and without a ceiling, for tests to run on each.
func stores(t testing.TB) map[string]*Store {
	return map[string]*Store{"no store": nil, "in memory": NewStore(1<<30, ""), "spilled": NewStore(64<<10, t.TempDir())}
}

// marksOf returns n random marks, from none to all set.
func marksOf(rng *rand.Rand, n int) []uint64 {
	marks := make([]uint64, (n+63)/64)
	density := rng.IntN(6)
	for i := range n {
		set := density == 5
		switch density {
		case 1:
			set = rng.IntN(50) == 0
		case 2:
			set = rng.IntN(2) == 0
		case 3:
			set = rng.IntN(50) != 0
		case 4:
			set = i > n/3 && i < n/2
		}
		if set {
			marks[i/64] |= 1 << (i % 64)
		}
	}
	return marks
}

// memoryOf returns n bytes that are all different, all the same or all zero.
func memoryOf(rng *rand.Rand, n int) []byte {
	memory := make([]byte, n)
	kind := rng.IntN(3)
	for i := range memory {
		switch kind {
		case 0:
			memory[i] = byte(rng.Uint32())
		case 1:
			memory[i] = 7
		}
	}
	return memory
}

// reference is a set as a test knows it.
type reference struct {
	width, stride int
	pairs         []pair
}

// add adds the marked candidates, with their values or the constant.
func (r *reference) add(base uint64, first int, marks []uint64, window, constant []byte) (positions []uint16, packed []byte) {
	for i := range len(marks) * 64 {
		if marks[i/64]>>(i%64)&1 == 0 {
			continue
		}
		raw := window[i*r.stride:][:r.width]
		positions, packed = append(positions, uint16(first+i)), append(packed, raw...)
		if constant != nil {
			raw = constant
		}
		r.pairs = append(r.pairs, pair{base + uint64((first+i)*r.stride), string(raw)})
	}
	return positions, packed
}

// randomSet makes a set of two writers, and what it should hold.
func randomSet(t testing.TB, rng *rand.Rand, store *Store) (*Set, *reference) {
	width, stride := 1+rng.IntN(9), 1<<rng.IntN(4)
	want := &reference{width: width, stride: stride}
	var constant []byte
	if rng.IntN(3) == 0 {
		constant = bytes.Repeat([]byte{7}, width)
	}
	builders := []*Builder{
		store.NewWriter().NewBuilder(width, stride, constant),
		store.NewWriter().NewBuilder(width, stride, constant),
	}
	for i := range 1 + rng.IntN(8) {
		base, first, n := uint64(i)<<20, rng.IntN(200), 1+rng.IntN(3000)
		window := memoryOf(rng, n*stride+width)
		marks := marksOf(rng, n)
		positions, packed := want.add(base, first, marks, window, constant)
		b := builders[rng.IntN(2)]
		if rng.IntN(2) == 0 {
			before := rng.IntN(9)
			piece := &Piece{Addr: base + uint64(first*stride-min(before, first*stride)), Data: append(make([]byte, min(before, first*stride)), window...)}
			must(t, b.AddWindow(base, first, marks, piece))
		} else {
			must(t, b.AddPacked(base, positions, packed))
		}
	}
	return join(t, builders...), want
}

func TestSetHoldsWhatWasAdded(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			var scratch Scratch
			for range 100 {
				set, want := randomSet(t, rng, store)
				if diff := cmp.Diff(want.pairs, pairs(t, set)); diff != "" {
					t.Fatal(diff)
				}
				if set.Len() != uint64(len(want.pairs)) {
					t.Fatalf("%d candidates, want %d", set.Len(), len(want.pairs))
				}
				checkBlocks(t, rng, set, &scratch)
			}
		})
	}
}

// checkBlocks compares the ways to look into a block with each other.
func checkBlocks(t *testing.T, rng *rand.Rand, set *Set, scratch *Scratch) {
	t.Helper()
	index := uint64(0)
	for i := range set.Blocks() {
		b := set.Block(i)
		positions, err := b.Positions(scratch, nil)
		must(t, err)
		if len(positions) != b.Len() || int(positions[0]) != b.First() || int(positions[len(positions)-1]) != b.Last() {
			t.Fatalf("block %d: positions %v of %d, %d..%d", i, positions, b.Len(), b.First(), b.Last())
		}
		checkMask(t, b, positions, scratch)
		checkValues(t, rng, b, positions, scratch)
		values, err := b.Values(scratch, nil, positions)
		must(t, err)
		pick := uint64(rng.IntN(b.Len()))
		for c, err := range set.From(index + pick) {
			must(t, err)
			if c.Addr != b.Addr(positions[pick]) || !bytes.Equal(c.Value, values[int(pick)*set.Width():][:set.Width()]) {
				t.Fatalf("block %d: From(%d) gives %#x %x", i, index+pick, c.Addr, c.Value)
			}
			break
		}
		if found, ok := set.Lookup(b.Base()); !ok || found != b {
			t.Fatalf("block %d: Lookup does not find it", i)
		}
		index += uint64(b.Len())
	}
	if _, ok := set.Lookup(0xdead); ok {
		t.Fatal("Lookup finds what is not there")
	}
}

func checkMask(t *testing.T, b Block, positions []uint16, scratch *Scratch) {
	t.Helper()
	n := b.Last() - b.First() + 1
	marks := make([]uint64, (n+63)/64)
	for i := range n {
		marks[i/64] |= 1 << (i % 64)
	}
	must(t, b.Mask(scratch, marks))
	for _, p := range positions {
		at := int(p) - b.First()
		if marks[at/64]>>(at%64)&1 == 0 {
			t.Fatalf("Mask clears position %d", p)
		}
		marks[at/64] &^= 1 << (at % 64)
	}
	left := 0
	for _, w := range marks {
		left += bits.OnesCount64(w)
	}
	if left != 0 {
		t.Fatalf("Mask leaves %d bits that stand for no candidate", left)
	}
}

// checkValues looks at the values of some positions, and at the window.
func checkValues(t *testing.T, rng *rand.Rand, b Block, positions []uint16, scratch *Scratch) {
	t.Helper()
	width := b.set.Width()
	all, err := b.Values(scratch, nil, positions)
	must(t, err)
	window, err := b.Window(scratch)
	must(t, err)
	if window != nil && len(window) != b.Span() {
		t.Fatalf("window of %d bytes, want %d", len(window), b.Span())
	}
	var some []uint16
	var want []byte
	for i, p := range positions {
		value := all[i*width:][:width]
		if window != nil && !bytes.Equal(window[(int(p)-b.First())*b.set.Stride():][:width], value) {
			t.Fatalf("the window holds something else at position %d", p)
		}
		if rng.IntN(2) == 0 {
			some, want = append(some, p), append(want, value...)
		}
	}
	if got, err := b.Values(scratch, nil, some); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("values of some positions: %x, %v; want %x", got, err, want)
	}
}

// every returns n marks of which each k-th is set.
func every(n, k int) []uint64 {
	marks := make([]uint64, (n+63)/64)
	for i := 0; i < n; i += k {
		marks[i/64] |= 1 << (i % 64)
	}
	return marks
}

// noise returns n random bytes.
func noise(n int) []byte {
	raw := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(raw)
	return raw
}

// filled returns a set of some blocks that are all alike.
func filled(t testing.TB, store *Store, blocks int, marks []uint64, window, constant []byte) *Set {
	t.Helper()
	b := store.NewWriter().NewBuilder(4, 4, constant)
	for i := range uint64(blocks) {
		must(t, b.AddWindow(i*BlockSize, 0, marks, &Piece{Addr: i * BlockSize, Data: window}))
	}
	return join(t, b)
}

func TestMemoryGrowsWithInformation(t *testing.T) {
	const n = BlockSize / 4
	all, every2 := every(n, 1), every(n, 2)
	zeros := make([]byte, BlockSize)
	const blocks = 256
	for _, test := range []struct {
		name             string
		marks            []uint64
		window, constant []byte
		most             uint64 // bytes for each block
	}{
		{"every value, constant", all, zeros, make([]byte, 4), 64},
		{"every value, the same", all, zeros, nil, 80},
		{"every second value, constant", every2, zeros, make([]byte, 4), BlockSize/32*9/8 + 64},
		{"every second value, the same", every2, zeros, nil, BlockSize/32*9/8 + 80},
		{"every value, unknown", all, noise(BlockSize), nil, BlockSize*9/8 + 64},
		{"every second value, unknown", every2, noise(BlockSize), nil, BlockSize*5/8 + 64},
	} {
		memory, file := Usage(filled(t, nil, blocks, test.marks, test.window, test.constant))
		if got := memory / blocks; got > test.most || file != 0 {
			t.Errorf("%s: %d bytes for a block, %d in a file; want at most %d", test.name, got, file, test.most)
		}
	}
}

func ExampleSet_All() {
	b := new(Store).NewWriter().NewBuilder(2, 2, nil)
	memory := &Piece{Addr: 0x1000, Data: []byte{1, 0, 2, 0, 3, 0}}
	if err := b.AddWindow(0x1000, 0, []uint64{0b101}, memory); err != nil {
		fmt.Println(err)
	}
	set, err := Join(context.Background(), b)
	if err != nil {
		fmt.Println(err)
	}
	for c, err := range set.All() {
		fmt.Printf("%#x %x %v\n", c.Addr, c.Value, err)
	}
	// Output:
	// 0x1000 0100 <nil>
	// 0x1004 0300 <nil>
}
