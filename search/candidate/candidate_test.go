package candidate

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type pair struct {
	Addr  uint64
	Value string
}

func pairs(s *Set) []pair {
	var out []pair
	for addr, raw := range s.All() {
		out = append(out, pair{addr, string(raw)})
	}
	return out
}

// marksOf returns n random marks, from none to all set.
func marksOf(rng *rand.Rand, n int) []uint64 {
	marks := make([]uint64, (n+63)/64)
	density := rng.IntN(5)
	for i := range n {
		set := false
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

func TestSetHoldsWhatWasAdded(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		width, stride := 1+rng.IntN(9), 1<<rng.IntN(4)
		var constant []byte
		if rng.IntN(2) == 0 {
			constant = bytes.Repeat([]byte{7}, width)
		}
		builders := []*Builder{NewBuilder(width, stride, constant), NewBuilder(width, stride, constant)}
		var want []pair
		for i := range 1 + rng.IntN(6) {
			base, first, n := uint64(i)<<20, rng.IntN(200), 1+rng.IntN(3000)
			window := make([]byte, n*stride+width)
			for i := range window {
				window[i] = byte(rng.Uint32())
			}
			marks := marksOf(rng, n)
			var positions []uint16
			var packed []byte
			for i := range n {
				if marks[i/64]>>(i%64)&1 == 0 {
					continue
				}
				raw := window[i*stride:][:width]
				positions, packed = append(positions, uint16(first+i)), append(packed, raw...)
				if constant != nil {
					raw = constant
				}
				want = append(want, pair{base + uint64((first+i)*stride), string(raw)})
			}
			b := builders[rng.IntN(2)]
			if rng.IntN(2) == 0 {
				b.AddWindow(base, first, marks, window)
			} else {
				b.AddPacked(base, positions, packed)
			}
		}
		set := Join(builders...)
		if diff := cmp.Diff(want, pairs(set)); diff != "" {
			t.Fatal(diff)
		}
		if set.Len() != uint64(len(want)) {
			t.Fatalf("%d candidates, want %d", set.Len(), len(want))
		}
		checkBlocks(t, rng, set)
	}
}

// checkBlocks compares the ways to look into a block with each other.
func checkBlocks(t *testing.T, rng *rand.Rand, set *Set) {
	t.Helper()
	index := uint64(0)
	for i := range set.Blocks() {
		b := set.Block(i)
		positions := b.Positions(nil)
		if len(positions) != b.Len() || int(positions[0]) != b.First() || int(positions[len(positions)-1]) != b.Last() {
			t.Fatalf("block %d: positions %v of %d, %d..%d", i, positions, b.Len(), b.First(), b.Last())
		}
		marks := make([]uint64, (b.Last()-b.First()+64)/64)
		for i := range marks {
			marks[i] = ^uint64(0)
		}
		b.Mask(marks)
		if b.b.form != formRun {
			for _, p := range positions {
				at := int(p) - b.First()
				if marks[at/64]>>(at%64)&1 == 0 {
					t.Fatalf("block %d: Mask clears position %d", i, p)
				}
				marks[at/64] &^= 1 << (at % 64)
			}
			left := 0
			for _, w := range marks {
				left += bits.OnesCount64(w)
			}
			if left != 0 {
				t.Fatalf("block %d: Mask leaves %d bits that stand for no candidate", i, left)
			}
		}
		values := b.Values(nil, positions)
		pick := uint64(rng.IntN(b.Len()))
		for addr, raw := range set.From(index + pick) {
			if addr != b.Addr(positions[pick]) || !bytes.Equal(raw, values[int(pick)*set.Width():][:set.Width()]) {
				t.Fatalf("block %d: From(%d) gives %#x %x", i, index+pick, addr, raw)
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

func TestMemoryGrowsWithInformation(t *testing.T) {
	all := make([]uint64, BlockSize/4/64)
	every2 := make([]uint64, len(all))
	for i := range all {
		all[i], every2[i] = ^uint64(0), 0x5555555555555555
	}
	window := make([]byte, BlockSize)
	const blocks = 256
	fill := func(marks []uint64, constant []byte) *Set {
		b := NewBuilder(4, 4, constant)
		for i := range uint64(blocks) {
			b.AddWindow(i*BlockSize, 0, marks, window)
		}
		return Join(b)
	}
	for _, test := range []struct {
		name string
		set  *Set
		most uint64 // bytes for each block
	}{
		{"every value, the same", fill(all, make([]byte, 4)), 64},
		{"every second value, the same", fill(every2, make([]byte, 4)), BlockSize/32*9/8 + 64},
		{"every value, unknown", fill(all, nil), BlockSize*9/8 + 64},
	} {
		if got := test.set.Memory() / blocks; got > test.most {
			t.Errorf("%s: %d bytes for a block, want at most %d", test.name, got, test.most)
		}
	}
}

func ExampleSet_All() {
	b := NewBuilder(2, 2, nil)
	b.AddWindow(0x1000, 0, []uint64{0b101}, []byte{1, 0, 2, 0, 3, 0})
	for addr, raw := range Join(b).All() {
		fmt.Printf("%#x %x\n", addr, raw)
	}
	// Output:
	// 0x1000 0100
	// 0x1004 0300
}
