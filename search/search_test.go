package search_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// hit is a match as tests compare it.
type hit struct {
	Addr  uint64
	Value string
}

func hits(g *search.Generation) []hit {
	var out []hit
	for m, err := range g.All() {
		if err != nil {
			panic(err)
		}
		out = append(out, hit{m.Addr, value.Format(m.Type, m.Value, g.Layout().Order)})
	}
	return out
}

func parse(t testing.TB, typ value.Type, text string) condition.Condition {
	t.Helper()
	c, err := condition.Parse(typ, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func find(t testing.TB, target session.Target, typ value.Type, text string, align int) *search.Generation {
	t.Helper()
	q := search.Query{Type: typ, Condition: parse(t, typ, text), Align: align}
	g, err := search.Find(context.Background(), target, q, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func narrow(t testing.TB, g *search.Generation, target session.Target, text string) *search.Generation {
	t.Helper()
	next, err := g.Narrow(context.Background(), target, parse(t, g.Type, text), search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// segment returns a segment at start that holds data.
func segment(start uint64, data []byte) sessiontest.Segment {
	return sessiontest.Segment{Region: session.Region{Range: session.Range{Start: start}}, Data: data}
}

// noise returns n bytes in which small numbers, zeros and runs are frequent.
func noise(rng *rand.Rand, n int) []byte {
	out := make([]byte, n)
	for at := 0; at < n; {
		run := min(1+rng.IntN(3000), n-at)
		kind := rng.IntN(4)
		fill := byte(rng.IntN(256))
		for i := at; i < at+run; i++ {
			switch kind {
			case 1:
				out[i] = byte(rng.IntN(3))
			case 2:
				out[i] = fill
			case 3:
				out[i] = byte(rng.Uint32())
			}
		}
		at += run
	}
	return out
}

// naive searches a piece of memory value by value.
func naive(t testing.TB, start uint64, data []byte, typ value.Type, text string, align int) []hit {
	t.Helper()
	test, err := parse(t, typ, text).Bind(typ, binary.LittleEndian, 0)
	if err != nil {
		t.Fatal(err)
	}
	if align == 0 {
		align = max(1, typ.Size())
	}
	var out []hit
	for at := 0; at+test.Width <= len(data); at += align {
		marks := make([]uint64, 1)
		raw := data[at : at+test.Width]
		if test.Mark(marks, raw, nil, test.Width, 1); marks[0] == 1 {
			out = append(out, hit{start + uint64(at), value.Format(typ, raw, binary.LittleEndian)})
		}
	}
	return out
}

func TestFindAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	data := noise(rng, 5*candidate.BlockSize+4096)
	// The second segment touches the first, so that values cross the border.
	const start = 0x7f0000001000
	cut := 3*candidate.BlockSize - 4096
	target := sessiontest.NewFake(segment(start, data[:cut]), segment(start+uint64(cut), data[cut:]))
	for _, test := range []struct {
		typ   value.Type
		text  string
		align int
	}{
		{value.I8, "-1", 0}, {value.U8, "1", 0}, {value.I16, "> 200", 0}, {value.U16, "257", 1},
		{value.I32, "0", 0}, {value.I32, "0", 1}, {value.I32, "< -5", 0}, {value.I32, "-300000..1000", 2},
		{value.U32, ">= 4000000000", 0}, {value.I64, "0", 0}, {value.I64, "!= 0", 0}, {value.U64, "> 9223372036854775807", 4},
		{value.F32, "0", 0}, {value.F32, "-1..1", 0}, {value.F64, "> 1e10", 0}, {value.F64, "not 0..1", 1},
		{value.String, string(data[candidate.BlockSize-3 : candidate.BlockSize+4]), 0},
		{value.String, "\x00\x00", 0}, {value.Bytes, "0? ?? 01", 0}, {value.Bytes, "00 00 00 00", 4},
		{value.I32, "unknown", 0}, {value.I64, "unknown", 1},
	} {
		g := find(t, target, test.typ, test.text, test.align)
		want := naive(t, start, data, test.typ, test.text, test.align)
		if diff := cmp.Diff(want, hits(g)); diff != "" {
			t.Errorf("%v %q align %d: %d, want %d", test.typ, test.text, test.align, g.Len(), len(want))
		}
		if len(want) == 0 {
			t.Errorf("%v %q align %d: nothing to find; the test proves nothing", test.typ, test.text, test.align)
		}
		if g.Scanned != uint64(len(data)) {
			t.Errorf("%d bytes scanned, want %d", g.Scanned, len(data))
		}
	}
}

func TestNarrowAgainstReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const start = 0x10000
	for _, typ := range []value.Type{value.I8, value.I32, value.U64, value.F32, value.F64} {
		for _, first := range []string{"unknown", "0", "1..100", "!= 0"} {
			for _, second := range []string{"changed", "same", "up", "down", "not up", "0", "> 0", "!= 0"} {
				was := noise(rng, candidate.BlockSize+8192)
				target := sessiontest.NewFake(segment(start, append([]byte(nil), was...)))
				g := find(t, target, typ, first, 0)
				now := append([]byte(nil), was...)
				for range 2000 {
					now[rng.IntN(len(now))] = byte(rng.IntN(4))
				}
				target.Poke(start, now)
				got := hits(narrow(t, g, target, second))
				if diff := cmp.Diff(naiveNarrow(t, g, start, now, was, second), got); diff != "" {
					t.Fatalf("%v %q then %q: %s", typ, first, second, diff[:min(len(diff), 500)])
				}
			}
		}
	}
}

// naiveNarrow narrows value by value.
func naiveNarrow(t *testing.T, g *search.Generation, start uint64, now, was []byte, text string) []hit {
	t.Helper()
	width := g.Type.Size()
	test, err := parse(t, g.Type, text).Bind(g.Type, binary.LittleEndian, width)
	if err != nil {
		t.Fatal(err)
	}
	var out []hit
	for m := range g.All() {
		at := int(m.Addr - start)
		marks := make([]uint64, 1)
		if test.Mark(marks, now[at:at+width], was[at:at+width], width, 1); marks[0] == 1 {
			out = append(out, hit{m.Addr, value.Format(g.Type, now[at:at+width], binary.LittleEndian)})
		}
	}
	return out
}

// The neighbours' faults, one test each. See also those of kernel and value.

func TestMatchAtFirstAndLastByteOfRegion(t *testing.T) {
	data := make([]byte, 8192)
	copy(data, "needle")
	copy(data[8192-6:], "needle")
	target := sessiontest.NewFake(segment(0x1000, data))
	want := []hit{{0x1000, "needle"}, {0x1000 + 8192 - 6, "needle"}}
	if diff := cmp.Diff(want, hits(find(t, target, value.String, "needle", 0))); diff != "" {
		t.Error(diff)
	}
}

func TestMatchAcrossEveryChunkBorderIsFoundOnce(t *testing.T) {
	data := make([]byte, 9*candidate.BlockSize)
	var want []hit
	for border := candidate.BlockSize; border < len(data); border += candidate.BlockSize {
		copy(data[border-3:], "needle")
		want = append(want, hit{uint64(0x10000 + border - 3), "needle"})
	}
	target := sessiontest.NewFake(segment(0x10000, data))
	if diff := cmp.Diff(want, hits(find(t, target, value.String, "needle", 0))); diff != "" {
		t.Error(diff)
	}
}

func TestOverlappingMatchesAreAllFound(t *testing.T) {
	target := sessiontest.NewFake(segment(0x1000, append([]byte("aaaa"), make([]byte, 4092)...)))
	if got := find(t, target, value.String, "aa", 0).Len(); got != 3 {
		t.Errorf("%d matches, want 3", got)
	}
}

func TestSearchForZeroTakesLittleMemory(t *testing.T) {
	const size = 64 << 20
	target := sessiontest.NewFake(segment(0x100000, make([]byte, size)))
	g := find(t, target, value.I32, "0", 0)
	if g.Len() != size/4 {
		t.Errorf("%d matches, want %d", g.Len(), size/4)
	}
	if g.Memory() > size/24 {
		t.Errorf("%d bytes held for %d searched", g.Memory(), size)
	}
}

func TestUnknownTakesNoMoreMemoryThanItReads(t *testing.T) {
	const size = 16 << 20
	data := make([]byte, size)
	rng := rand.NewChaCha8([32]byte{})
	_, _ = rng.Read(data)
	target := sessiontest.NewFake(segment(0x100000, data))
	if g := find(t, target, value.I32, "unknown", 0); g.Memory() > size*9/8 {
		t.Errorf("%d bytes held for %d searched", g.Memory(), size)
	}
}

func TestInt64IsNotComparedThroughFloat(t *testing.T) {
	data := binary.LittleEndian.AppendUint64(nil, 1<<53+1)
	target := sessiontest.NewFake(segment(0x1000, data))
	if got := hits(find(t, target, value.I64, "9007199254740992", 0)); got != nil {
		t.Errorf("2^53 finds %v", got)
	}
	want := []hit{{0x1000, "9007199254740993"}}
	if diff := cmp.Diff(want, hits(find(t, target, value.I64, "9007199254740993", 0))); diff != "" {
		t.Error(diff)
	}
}

func TestHoleDoesNotDropItsRegion(t *testing.T) {
	data := make([]byte, 4*4096)
	for page := range 4 {
		copy(data[page*4096+100:], "needle")
	}
	target := sessiontest.NewFake(segment(0x10000, data))
	target.Hole(session.Range{Start: 0x11000, End: 0x12000})
	want := []hit{{0x10064, "needle"}, {0x12064, "needle"}, {0x13064, "needle"}}
	if diff := cmp.Diff(want, hits(find(t, target, value.String, "needle", 0))); diff != "" {
		t.Error(diff)
	}
}

// A page that cannot be read must not be searched with what the buffer held
// before.
func TestHoleGivesNoPhantomMatch(t *testing.T) {
	data := make([]byte, 16*candidate.BlockSize)
	for at := 0; at < len(data); at += 4 {
		data[at] = 7
	}
	target := sessiontest.NewFake(segment(0x10000, data))
	hole := session.Range{Start: 0x10000 + 9*candidate.BlockSize, End: 0x10000 + 10*candidate.BlockSize}
	target.Hole(hole)
	g := find(t, target, value.I32, "7", 0)
	for m := range g.All() {
		if hole.Contains(m.Addr) {
			t.Fatalf("phantom match at %#x", m.Addr)
		}
	}
	if want := uint64(15 * candidate.BlockSize / 4); g.Len() != want {
		t.Errorf("%d matches, want %d", g.Len(), want)
	}
}

func TestVanishedCandidatesAreDroppedAndCounted(t *testing.T) {
	for _, density := range []int{4, 4096} { // read in one piece, and one by one
		data := make([]byte, 8*4096)
		for at := 0; at < len(data); at += density {
			data[at] = 7
		}
		target := sessiontest.NewFake(segment(0x10000, data))
		g := find(t, target, value.I32, "7", 0)
		target.Hole(session.Range{Start: 0x12000, End: 0x14000})
		next := narrow(t, g, target, "same")
		lost := uint64(2 * 4096 / density)
		if next.Lost != lost || next.Len() != g.Len()-lost {
			t.Errorf("every %d bytes: %d lost, %d kept of %d; want %d lost", density, next.Lost, next.Len(), g.Len(), lost)
		}
	}
}

func TestProcessThatDiesDuringSearch(t *testing.T) {
	target := sessiontest.NewFake(segment(0x100000, make([]byte, 64*candidate.BlockSize)))
	g := find(t, target, value.I32, "0", 0)
	target.OnRead = func(uint64, int) {
		if target.Reads() > 3 {
			target.Gone()
		}
	}
	_, err := search.Find(context.Background(), target, search.Query{Type: value.I32, Condition: parse(t, value.I32, "0")}, search.Options{})
	if !errors.Is(err, session.ErrGone) {
		t.Errorf("Find: %v, want ErrGone", err)
	}
	if _, err := g.Narrow(context.Background(), target, parse(t, value.I32, "0"), search.Options{}); !errors.Is(err, session.ErrGone) {
		t.Errorf("Narrow: %v, want ErrGone", err)
	}
}

func TestCancelledSearchStopsAndKeepsTheFormerGeneration(t *testing.T) {
	target := sessiontest.NewFake(segment(0x100000, make([]byte, 64*candidate.BlockSize)))
	g := find(t, target, value.I32, "0", 0)
	ctx, cancel := context.WithCancel(context.Background())
	target.OnRead = func(uint64, int) { cancel() }
	reads := target.Reads()
	if _, err := g.Narrow(ctx, target, parse(t, value.I32, "0"), search.Options{Workers: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("Narrow: %v, want Canceled", err)
	}
	if n := target.Reads() - reads; n > 4 {
		t.Errorf("%d reads after the cancellation", n)
	}
	if g.Len() != 64*candidate.BlockSize/4 {
		t.Error("the former generation changed")
	}
}

func TestSearchEndsAtZeroAndTheFormerGenerationIsThere(t *testing.T) {
	target := sessiontest.NewFake(segment(0x1000, []byte{100, 0, 0, 0}))
	g := find(t, target, value.I32, "100", 0)
	if n := narrow(t, g, target, "95").Len(); n != 0 {
		t.Errorf("%d matches", n)
	}
	if n := narrow(t, g, target, "100").Len(); n != 1 {
		t.Errorf("going back gives %d matches, want 1", n)
	}
}

func TestNewMappingsAreSearched(t *testing.T) {
	target := sessiontest.NewFake(segment(0x1000, []byte("needle")))
	find(t, target, value.String, "needle", 0)
	target.Add(segment(0x9000, []byte("needle")))
	if n := find(t, target, value.String, "needle", 0).Len(); n != 2 {
		t.Errorf("%d matches, want 2", n)
	}
}

func TestAbsentPagesAreNotRead(t *testing.T) {
	target := sessiontest.NewFake(segment(0x10000, make([]byte, 1<<20)))
	target.SetPresent(session.Range{Start: 0x20000, End: 0x21000})
	target.OnRead = func(addr uint64, n int) {
		if addr < 0x20000 || addr+uint64(n) > 0x21000 {
			t.Errorf("%d bytes at %#x are read", n, addr)
		}
	}
	if g := find(t, target, value.I32, "0", 0); g.Len() != 1024 || g.Scanned != 4096 {
		t.Errorf("%d matches in %d bytes", g.Len(), g.Scanned)
	}
}

func TestSparseNarrowingGathers(t *testing.T) {
	data := make([]byte, 1<<20)
	for at := 0; at < len(data); at += 4096 {
		data[at] = 7
	}
	target := sessiontest.NewFake(segment(0x100000, data))
	g := find(t, target, value.I32, "7", 0)
	reads := target.Reads()
	narrow(t, g, target, "same")
	if target.Reads() != reads || target.Gathers() != 1 {
		t.Errorf("256 scattered candidates took %d reads and %d gathers", target.Reads()-reads, target.Gathers())
	}
}

func TestQueriesThatCannotRun(t *testing.T) {
	target := sessiontest.NewFake(segment(0x1000, make([]byte, 4096)))
	for _, test := range []struct {
		q     search.Query
		state error
	}{
		{search.Query{Condition: condition.Condition{Op: condition.Changed}}, search.ErrQuery},
		{search.Query{Condition: condition.Condition{A: "1"}, Align: 3}, search.ErrQuery},
		{search.Query{Condition: condition.Condition{A: "1"}, Align: -4}, search.ErrQuery},
		{search.Query{Type: value.U8, Condition: condition.Condition{A: "300"}}, value.ErrRange},
		{search.Query{Type: value.I32, Condition: condition.Condition{A: "x"}}, value.ErrSyntax},
	} {
		if g, err := search.Find(context.Background(), target, test.q, search.Options{}); g != nil || !errors.Is(err, test.state) {
			t.Errorf("%+v: %v, %v; want %v", test.q, g, err, test.state)
		}
	}
	if target.Reads() != 0 {
		t.Error("a query that cannot run reads the process")
	}
}

func TestBigEndianTarget(t *testing.T) {
	target := sessiontest.NewFake(segment(0x1000, []byte{0, 0, 0, 100, 0xff, 0xff, 0xff, 0xfe}))
	layout := target.Layout()
	layout.Order = binary.BigEndian
	target.SetLayout(layout)
	if diff := cmp.Diff([]hit{{0x1000, "100"}}, hits(find(t, target, value.I32, "100", 0))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]hit{{0x1004, "-2"}}, hits(find(t, target, value.I32, "< 0", 0))); diff != "" {
		t.Error(diff)
	}
}

func TestProgressIsTold(t *testing.T) {
	target := sessiontest.NewFake(segment(0x100000, make([]byte, 400*candidate.BlockSize)))
	var last search.Progress
	q := search.Query{Condition: condition.Condition{A: "0"}}
	_, err := search.Find(context.Background(), target, q, search.Options{Progress: func(p search.Progress) {
		if p.Done < last.Done || p.Done > p.Total || p.Total != 400*candidate.BlockSize || p.Matches != p.Done/4 {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func Example() {
	target := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000}},
		Data:   []byte{100, 0, 0, 0, 7, 0, 0, 0, 100, 0, 0, 0},
	})
	ctx := context.Background()

	q := search.Query{Condition: condition.Condition{Op: condition.Equal, A: "100"}}
	g, err := search.Find(ctx, target, q, search.Options{})
	fmt.Println(g.Len(), "candidates", err)

	target.Poke(0x1008, []byte{95})
	g, err = g.Narrow(ctx, target, condition.Condition{Op: condition.Down}, search.Options{})
	for m := range g.All() {
		fmt.Printf("%#x\n", m.Addr)
	}
	fmt.Println(err)
	// Output:
	// 2 candidates <nil>
	// 0x1008
	// <nil>
}
