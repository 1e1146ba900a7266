package search_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// tinyCeiling is small enough for every search of a test to use the file.
const tinyCeiling = 64 << 10

// known is a candidate as the reference knows it.
type known struct {
	addr       uint64
	was, first []byte
}

// reference narrows candidates one by one.
type reference struct {
	target *sessiontest.Fake
	memory session.Range
	typ    value.Type
	list   []known
	lost   int
}

// narrow keeps the candidates that meet c now. since makes it compare with the
// first values.
func (r *reference) narrow(t testing.TB, c condition.Condition, since bool, hole session.Range) {
	t.Helper()
	r.lost = 0
	if len(r.list) == 0 {
		return
	}
	width := len(r.list[0].was)
	test, err := c.Bind(r.typ, binary.LittleEndian, width)
	if err != nil {
		t.Fatal(err)
	}
	hole.Start, hole.End = max(hole.Start, r.memory.Start), max(hole.End, r.memory.Start)
	snapshot := r.target.Peek(r.memory.Start, int(hole.Start-r.memory.Start))
	snapshot = append(snapshot, make([]byte, hole.Size())...)
	snapshot = append(snapshot, r.target.Peek(hole.End, int(r.memory.End-hole.End))...)
	var kept []known
	marks := make([]uint64, 1)
	for _, k := range r.list {
		if hole.Start < k.addr+uint64(width) && k.addr < hole.End {
			r.lost++
			continue
		}
		now, was := snapshot[k.addr-r.memory.Start:][:width], k.was
		if since {
			was = k.first
		}
		if test.Mark(marks, now, was, width, 1); marks[0] == 1 {
			kept = append(kept, known{k.addr, now, k.first})
		}
	}
	r.list = kept
}

// check compares a generation with the reference.
func (r *reference) check(t testing.TB, name string, g *search.Generation) {
	t.Helper()
	if g.Len() != uint64(len(r.list)) || g.Lost != uint64(r.lost) {
		t.Fatalf("%s: %d candidates and %d lost, want %d and %d", name, g.Len(), g.Lost, len(r.list), r.lost)
	}
	i := 0
	for m, err := range g.All() {
		if err != nil {
			t.Fatal(err)
		}
		if k := r.list[i]; m.Addr != k.addr || !bytes.Equal(m.Value, k.was) {
			t.Fatalf("%s: candidate %d is %#x %x, want %#x %x", name, i, m.Addr, m.Value, k.addr, k.was)
		}
		i++
	}
}

// change makes the process write here and there, much or little.
func change(rng *rand.Rand, target *sessiontest.Fake, start uint64, size int) {
	for range []int{0, 1, 5, 500}[rng.IntN(4)] {
		n := []int{1, 4, 5000}[rng.IntN(3)]
		raw := make([]byte, n)
		fill := byte(rng.IntN(3))
		for i := range raw {
			if raw[i] = fill; rng.IntN(2) == 0 {
				raw[i] = byte(rng.Uint32())
			}
		}
		target.Poke(start+uint64(rng.IntN(size-n)), raw)
	}
}

// TestChainsOfNarrowings runs random chains of conditions over a process that
// changes, with and without a ceiling, and compares each step with a reference
// that looks at candidate by candidate.
func TestChainsOfNarrowings(t *testing.T) {
	stores := map[string]*candidate.Store{
		"in memory": nil, "spilled": candidate.NewStore(tinyCeiling, t.TempDir()),
	}
	firsts := []struct {
		typ   value.Type
		text  string
		align int
	}{
		{value.I32, "unknown", 0}, {value.I32, "0", 0}, {value.U8, "1", 0}, {value.I16, "unknown", 1},
		{value.F64, "not 0", 0}, {value.I64, "> 1000", 4}, {value.String, "\x00\x00\x00", 0}, {value.I32, "0..2000000", 16},
	}
	for name, store := range stores {
		for seed, first := range firsts {
			t.Run(fmt.Sprintf("%s/%v %q", name, first.typ, first.text), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(seed), 7))
				const start, size = 0x7f0000001000, 2*candidate.BlockSize + 4096
				data := noise(rng, size)
				target := sessiontest.NewFake(segment(start, data))
				ref := &reference{target: target, memory: session.Range{Start: start, End: start + size}, typ: first.typ}
				for _, h := range naiveRaw(t, start, data, first.typ, first.text, first.align) {
					ref.list = append(ref.list, known{h.addr, h.was, h.was})
				}
				q := search.Query{Type: first.typ, Condition: parse(t, first.typ, first.text), Align: first.align}
				g, err := search.Find(context.Background(), target, q, search.Options{Store: store, Workers: 3})
				if err != nil {
					t.Fatal(err)
				}
				ref.check(t, "find", g)
				chain(t, rng, ref, g)
			})
		}
	}
}

// chain narrows g several times, each time after the process changed.
func chain(t *testing.T, rng *rand.Rand, ref *reference, g *search.Generation) {
	t.Helper()
	conditions := []condition.Condition{{Op: condition.Same}, {Op: condition.Changed}, {Op: condition.Same, Not: true}, {Op: condition.Changed, Not: true}}
	if ref.typ.Number() {
		for _, text := range []string{"same", "not changed", "up", "down", "not up", "not down", "not 1", "> 0", "not 30..40"} {
			conditions = append(conditions, parse(t, ref.typ, text))
		}
	}
	var hole session.Range
	for step := range 8 {
		change(rng, ref.target, ref.memory.Start+0x5000, int(ref.memory.Size())-0x5000) // beside the hole
		if step == 4 && rng.IntN(2) == 0 {
			hole = session.Range{Start: ref.memory.Start + 0x3000, End: ref.memory.Start + 0x5000}
			ref.target.Hole(hole)
		}
		c := conditions[rng.IntN(len(conditions))]
		since := rng.IntN(3) == 0
		before := ref.list
		ref.narrow(t, c, since, hole)
		narrow := g.Narrow
		if since {
			narrow = g.NarrowSinceFirst
		}
		next, err := narrow(context.Background(), ref.target, c, search.Options{Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		ref.check(t, fmt.Sprintf("step %d, %v, since first: %v", step, c, since), next)
		if len(ref.list) < len(before)/20 { // undo: go on with the former generation
			ref.list, ref.lost = before, int(g.Lost)
			ref.check(t, "the former generation", g)
		} else {
			g = next
		}
	}
}

// naiveRaw is naive with raw values.
func naiveRaw(t testing.TB, start uint64, data []byte, typ value.Type, text string, align int) []known {
	t.Helper()
	test, err := parse(t, typ, text).Bind(typ, binary.LittleEndian, 0)
	if err != nil {
		t.Fatal(err)
	}
	if align == 0 {
		align = max(1, typ.Size())
	}
	var out []known
	for at := 0; at+test.Width <= len(data); at += align {
		marks := make([]uint64, 1)
		raw := data[at : at+test.Width]
		if test.Mark(marks, raw, nil, test.Width, 1); marks[0] == 1 {
			out = append(out, known{addr: start + uint64(at), was: bytes.Clone(raw)})
		}
	}
	return out
}

func TestSinceFirstComparesWithTheFirstSearch(t *testing.T) {
	target := sessiontest.NewFake(segment(0x1000, []byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}))
	first := find(t, target, value.I32, "unknown", 0)
	target.Poke(0x1000, []byte{9})
	target.Poke(0x1004, []byte{8})
	second := narrow(t, first, target, "changed")
	target.Poke(0x1000, []byte{1})
	third, err := second.NarrowSinceFirst(context.Background(), target, parse(t, value.I32, "same"), search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := hits(third); len(got) != 1 || got[0] != (hit{0x1000, "1"}) {
		t.Errorf("same as at first: %v", got)
	}
	if third.First() != first || first.First() != first {
		t.Error("the first search is not known any more")
	}
}

// A narrowing that changes nothing takes no memory for values.
func TestGenerationsShareWhatDidNotChange(t *testing.T) {
	const size = 4 << 20
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	target := sessiontest.NewFake(segment(0x100000, data))
	first := find(t, target, value.I32, "unknown", 0)
	for _, text := range []string{"same", "not changed", "not 1234567", "> -2147483648"} {
		next := narrow(t, first, target, text)
		alone, _ := search.Usage(first)
		both, _ := search.Usage(first, next)
		if more := both - alone; next.Len() < first.Len()-10 || more > size/32+size/16 {
			t.Errorf("%q: %d bytes more for %d of %d candidates", text, more, next.Len(), first.Len())
		}
	}
	target.Poke(0x100000, make([]byte, size/4))
	constant := find(t, target, value.I32, "0", 0)
	if next := narrow(t, constant, target, "same"); next.Memory() > size/24 {
		t.Errorf("%d bytes for values that are all 0", next.Memory())
	}
}

func TestErrorOfTheFileKeepsTheFormerGeneration(t *testing.T) {
	const size = 1 << 20
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	target := sessiontest.NewFake(segment(0x100000, data))
	g := find(t, target, value.I32, "unknown", 0)
	target.Poke(0x100000, make([]byte, size))
	broken := candidate.NewStore(tinyCeiling, "/nonexistent")
	if _, err := g.Narrow(context.Background(), target, parse(t, value.I32, "unknown"), search.Options{}); !errors.Is(err, search.ErrQuery) {
		t.Errorf("narrowing by unknown: %v", err)
	}
	_, _ = rand.NewChaCha8([32]byte{9}).Read(data)
	target.Poke(0x100000, data)
	next, err := g.Narrow(context.Background(), target, parse(t, value.I32, "changed"), search.Options{Store: broken})
	if next != nil || !errors.Is(err, candidate.ErrStorage) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, %v; want ErrStorage", next, err)
	}
	if memory, file := broken.InUse(); memory != 0 || file != 0 {
		t.Errorf("%d bytes in memory and %d in the file are left", memory, file)
	}
	if g.Len() != size/4 || narrow(t, g, target, "changed").Len() < size/4-10 {
		t.Error("the former generation is lost")
	}
	_, err = search.Find(context.Background(), target, search.Query{Type: value.I32, Condition: parse(t, value.I32, "unknown")}, search.Options{Store: broken})
	if !errors.Is(err, candidate.ErrStorage) {
		t.Errorf("Find: %v, want ErrStorage", err)
	}
}

// A search that is stopped leaves nothing in memory or in the file.
func TestCancelledSearchLeavesNothing(t *testing.T) {
	data := make([]byte, 64*candidate.BlockSize)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	target := sessiontest.NewFake(segment(0x100000, data))
	store := candidate.NewStore(tinyCeiling, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	target.OnRead = func(uint64, int) {
		if target.Reads() > 8 {
			cancel()
		}
	}
	q := search.Query{Type: value.I32, Condition: parse(t, value.I32, "unknown")}
	if _, err := search.Find(ctx, target, q, search.Options{Store: store}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want Canceled", err)
	}
	if memory, file := store.InUse(); memory != 0 || file != 0 {
		t.Errorf("%d bytes in memory and %d in the file are left", memory, file)
	}
}

// Neighbouring dense blocks are read together.
func TestDenseNarrowingReadsLargePieces(t *testing.T) {
	const blocks = 64
	target := sessiontest.NewFake(segment(0x100000, make([]byte, blocks*candidate.BlockSize)))
	g := find(t, target, value.I32, "0", 0)
	reads := target.Reads()
	if next := narrow(t, g, target, "same"); next.Len() != g.Len() || next.Scanned != blocks*candidate.BlockSize {
		t.Errorf("%d of %d candidates, %d bytes scanned", next.Len(), g.Len(), next.Scanned)
	}
	if n := target.Reads() - reads; n > blocks/4+1 {
		t.Errorf("%d reads for %d blocks", n, blocks)
	}
}

// Candidates that lie far apart take one call for at least some hundreds.
func TestScatteredNarrowingMakesFewCalls(t *testing.T) {
	for _, distance := range []int{512, 1 << 10, 4 << 10, 20 << 10} {
		rng := rand.New(rand.NewPCG(uint64(distance), 1))
		data := make([]byte, 32<<20)
		for at := 0; at+4 <= len(data); at += 4 + rng.IntN(2*distance/4)*4 {
			data[at] = 7
		}
		target := sessiontest.NewFake(segment(0x100000, data))
		g := find(t, target, value.I32, "7", 0)
		reads, gathers := target.Reads(), target.Gathers()
		if next := narrow(t, g, target, "same"); next.Len() != g.Len() {
			t.Errorf("every %d bytes: %d of %d candidates are the same", distance, next.Len(), g.Len())
		}
		calls := target.Reads() - reads + target.Gathers() - gathers
		if calls > int(g.Len())/256+2 {
			t.Errorf("every %d bytes: %d calls for %d candidates", distance, calls, g.Len())
		}
	}
}

func TestPagesOfMatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const start = 0x40000
	data := noise(rng, 3*candidate.BlockSize)
	target := sessiontest.NewFake(segment(start, data))
	g := find(t, target, value.I32, "0..1000000", 0)
	all := hits(g)
	for range 50 {
		index, limit := rng.IntN(len(all)+3), rng.IntN(2000)
		page, err := g.Page(uint64(index), limit)
		if err != nil {
			t.Fatal(err)
		}
		want := all[min(index, len(all)):min(index+limit, len(all))]
		if len(page) != len(want) {
			t.Fatalf("%d matches from %d on, want %d", len(page), index, len(want))
		}
		for i, m := range page {
			if m.Addr != want[i].Addr || value.Format(m.Type, m.Value, g.Layout().Order) != want[i].Value {
				t.Fatalf("match %d is %#x %x, want %v", index+i, m.Addr, m.Value, want[i])
			}
		}
	}
	runtime.KeepAlive(g)
}

func TestNarrowingToAnotherLengthHints(t *testing.T) {
	target := sessiontest.NewFake(segment(0x100000, []byte("String 1")))
	g := find(t, target, value.String, "String 1", 0)
	_, err := g.Narrow(context.Background(), target, parse(t, value.String, "String 10"), search.Options{})
	var length *search.LengthError
	if !errors.As(err, &length) || !errors.Is(err, search.ErrQuery) || length.Candidates != 8 || length.Asked != 9 || session.Hint(err) == "" {
		t.Errorf("error %v", err)
	}
}
