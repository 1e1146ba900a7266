package candidate

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// thin returns a set of some of the candidates of s, as a narrowing that
// changes no value makes it, and what it should hold.
func thin(t testing.TB, rng *rand.Rand, store *Store, s *Set) (*Set, []pair) {
	t.Helper()
	var scratch Scratch
	var want []pair
	builders := []*Builder{
		store.NewWriter().NewBuilder(s.Width(), s.Stride(), s.Constant()),
		store.NewWriter().NewBuilder(s.Width(), s.Stride(), s.Constant()),
	}
	for i := range s.Blocks() {
		b := s.Block(i)
		marks := marksOf(rng, b.Last()-b.First()+1)
		must(t, b.Mask(&scratch, marks))
		positions, err := b.Positions(&scratch, nil)
		must(t, err)
		values, err := b.Values(&scratch, nil, positions)
		must(t, err)
		for k, p := range positions {
			if at := int(p) - b.First(); marks[at/64]>>(at%64)&1 == 1 {
				want = append(want, pair{b.Addr(p), string(values[k*s.Width():][:s.Width()])})
			}
		}
		must(t, builders[rng.IntN(2)].AddUnchanged(b, b.First(), marks, &scratch))
	}
	return join(t, builders...), want
}

func TestNarrowingThatChangesNothing(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			var scratch Scratch
			for range 60 {
				set, _ := randomSet(t, rng, store)
				for range 3 {
					next, want := thin(t, rng, store, set)
					if diff := cmp.Diff(want, pairs(t, next)); diff != "" {
						t.Fatal(diff)
					}
					checkBlocks(t, rng, next, &scratch)
					set = next
				}
			}
		})
	}
}

// keep returns the set of those candidates of every block that are marked.
func keep(t testing.TB, store *Store, s *Set, marks []uint64) *Set {
	t.Helper()
	var scratch Scratch
	b := store.NewWriter().NewBuilder(s.Width(), s.Stride(), s.Constant())
	for i := range s.Blocks() {
		must(t, b.AddUnchanged(s.Block(i), 0, marks, &scratch))
	}
	return join(t, b)
}

func TestSharingBetweenGenerations(t *testing.T) {
	const n, blocks = BlockSize / 4, 64
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			set := filled(t, store, blocks, every(n, 1), noise(BlockSize), nil)
			for _, test := range []struct {
				name  string
				marks []uint64
				most  uint64 // bytes for each block, beside those of set
			}{
				{"all", every(n, 1), 48},
				{"every second", every(n, 2), BlockSize/32*9/8 + 64},
				{"every 8th", every(n, 8), BlockSize/32*9/8 + 64},
				{"every 9th, packed", every(n, 9), BlockSize/32*9/8 + BlockSize/8 + 64},
			} {
				next := keep(t, store, set, test.marks)
				memory, file := Usage(set)
				both, bothFile := Usage(set, next)
				if more := (both + bothFile - memory - file) / blocks; more > test.most {
					t.Errorf("%s: %d bytes more for a block, want at most %d", test.name, more, test.most)
				}
			}
		})
	}
}

// A set must not hold large slabs of a former one for a few values.
func TestLittleThatIsLeftIsCopied(t *testing.T) {
	const n, blocks = BlockSize / 4, 256
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			set := filled(t, store, blocks, every(n, 1), noise(BlockSize), nil)
			var scratch Scratch
			b := store.NewWriter().NewBuilder(4, 4, nil)
			marks := every(n, 1)
			for i := 0; i < blocks; i += 32 { // whole blocks, but few
				must(t, b.AddUnchanged(set.Block(i), 0, marks, &scratch))
			}
			next := join(t, b)
			if memory, file := Usage(next); memory+file > blocks/32*BlockSize*4 {
				t.Errorf("%d bytes in memory and %d in the file for %d blocks", memory, file, next.Blocks())
			}
			want := pairs(t, set)
			var got []pair
			for i := 0; i < blocks; i += 32 {
				got = append(got, want[i*n:(i+1)*n]...)
			}
			if !slices.Equal(got, pairs(t, next)) {
				t.Error("candidates or values are lost")
			}
		})
	}
}

// The types of one search look at the same memory, which is stored once.
func TestBuildersOfOneWriterShareMemory(t *testing.T) {
	const blocks = 12
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			w := store.NewWriter()
			widths := []int{1, 2, 4, 8}
			var builders []*Builder
			for _, width := range widths {
				builders = append(builders, w.NewBuilder(width, width, nil))
			}
			memory := noise(BlockSize)
			for i := range uint64(blocks) {
				piece := &Piece{Addr: i * BlockSize, Data: memory}
				for k, b := range builders {
					must(t, b.AddWindow(i*BlockSize, 0, every(BlockSize/widths[k], 1), piece))
				}
			}
			var sets []*Set
			for k, b := range builders {
				set := join(t, b)
				sets = append(sets, set)
				i := 0
				for c, err := range set.All() {
					must(t, err)
					if at := i * widths[k] % BlockSize; string(c.Value) != string(memory[at:at+widths[k]]) {
						t.Fatalf("width %d, candidate %d: %x", widths[k], i, c.Value)
					}
					i++
				}
			}
			if inMemory, file := Usage(sets...); inMemory+file > blocks*BlockSize*5/4 {
				t.Errorf("%d bytes in memory and %d in the file for %d searched", inMemory, file, blocks*BlockSize)
			}
		})
	}
}
