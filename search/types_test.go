package search_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// numbers are the types that a search for any of them looks at.
var numbers = []value.Type{value.U8, value.I16, value.I32, value.I64, value.F32, value.F64}

// typedKnown is a candidate of one type.
type typedKnown struct {
	known
	order int // of its type
}

// checkTypes compares a search of several types with a reference of each.
func checkTypes(t testing.TB, name string, g *search.Generation, refs []*reference) {
	t.Helper()
	var want []typedKnown
	for i, ref := range refs {
		for _, k := range ref.list {
			want = append(want, typedKnown{k, i})
		}
	}
	slices.SortStableFunc(want, func(a, b typedKnown) int { return cmp.Compare(a.addr, b.addr) })
	if g.Len() != uint64(len(want)) {
		t.Fatalf("%s: %d candidates, want %d", name, g.Len(), len(want))
	}
	i := 0
	for m, err := range g.All() {
		if err != nil {
			t.Fatal(err)
		}
		if k := want[i]; m.Addr != k.addr || string(m.Value) != string(k.was) || m.Type != numbers[k.order] {
			t.Fatalf("%s: candidate %d is %v %#x %x, want %v %#x %x", name, i, m.Type, m.Addr, m.Value, numbers[k.order], k.addr, k.was)
		}
		i++
	}
	for _, index := range []int{0, 1, len(want) / 3, len(want) / 2, len(want) - 1, len(want)} {
		page, err := g.Page(uint64(max(0, index)), 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range page {
			if k := want[index+i]; m.Addr != k.addr || m.Type != numbers[k.order] {
				t.Fatalf("%s: match %d is %v at %#x", name, index+i, m.Type, m.Addr)
			}
		}
	}
}

func TestSeveralTypesAtOnce(t *testing.T) {
	stores := map[string]*candidate.Store{
		"in memory": nil, "spilled": candidate.NewStore(tinyCeiling, t.TempDir()),
	}
	const start, size = 0x7f000000d000, 6 * 4096 // in two cells
	for name, store := range stores {
		for seed, first := range []string{"unknown", "0", "> 1"} {
			for _, align := range []int{0, 1} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, first, align), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(uint64(seed), 11))
					data := noise(rng, size)
					target := sessiontest.NewFake(segment(start, data))
					var refs []*reference
					for _, typ := range numbers {
						refs = append(refs, &reference{target: target, memory: session.Range{Start: start, End: start + size}, typ: typ})
						for _, k := range naiveRaw(t, start, data, typ, first, align) {
							k.first = k.was
							refs[len(refs)-1].list = append(refs[len(refs)-1].list, k)
						}
					}
					o := search.Options{Workers: 2, Store: store}
					g, err := search.FindTypes(context.Background(), target, parse(t, value.I32, first), align, o, numbers...)
					if err != nil {
						t.Fatal(err)
					}
					checkTypes(t, "find", g, refs)
					for _, text := range []string{"same", "not changed", "not 1", "changed", "up"} {
						change(rng, target, start, size)
						c := parse(t, value.I32, text)
						if g, err = g.Narrow(context.Background(), target, c, o); err != nil {
							t.Fatal(err)
						}
						for _, ref := range refs {
							ref.narrow(t, c, false, session.Range{})
						}
						checkTypes(t, text, g, refs)
					}
				})
			}
		}
	}
}

// Memory that all types look at is read once and stored once.
func TestTypesShareMemory(t *testing.T) {
	const blocks = 16
	const size = blocks * candidate.BlockSize
	data := make([]byte, size)
	random := rand.NewChaCha8([32]byte{3})
	_, _ = random.Read(data)
	target := sessiontest.NewFake(segment(0x100000, data))
	o := search.Options{Workers: 1}
	unknown := condition.Condition{Op: condition.Unknown}
	g, err := search.FindTypes(context.Background(), target, unknown, 0, o, numbers...)
	if err != nil {
		t.Fatal(err)
	}
	for step, text := range []string{"", "same", "not changed", "not 1"} {
		if text != "" {
			reads := target.Reads()
			if step == 3 { // everything changes, and nearly everything stays
				fresh := make([]byte, size)
				_, _ = random.Read(fresh)
				target.Poke(0x100000, fresh)
			}
			g = narrow(t, g, target, text)
			if n := target.Reads() - reads; n > blocks/4+1 || g.Scanned != size {
				t.Errorf("%q: %d reads of %d bytes", text, n, g.Scanned)
			}
		}
		if g.Len() < size*2 || g.Memory() > size*3/2 {
			t.Errorf("%q: %d candidates take %d bytes; the process has %d", text, g.Len(), g.Memory(), size)
		}
	}
}

// A narrowing of values that are all the same keeps them stored once.
func TestConstantsThatAreComparedStayShort(t *testing.T) {
	const size = 16 * candidate.BlockSize
	target := sessiontest.NewFake(segment(0x100000, make([]byte, size)))
	for _, text := range []string{"same", "not up", "not 5", "not changed", ">= 0"} {
		g := narrow(t, find(t, target, value.I32, "0", 0), target, text)
		if g.Len() != size/4 || g.Memory() > size/24 {
			t.Errorf("%q: %d candidates take %d bytes", text, g.Len(), g.Memory())
		}
		if page, err := g.Page(g.Len()-1, 5); err != nil || len(page) != 1 || page[0].Addr != 0x100000+size-4 {
			t.Errorf("%q: the last match is %v, %v", text, page, err)
		}
	}
}
