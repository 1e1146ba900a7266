package search_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search"
	"quarry/search/condition"
	"quarry/search/group"
	"quarry/search/value"
	"quarry/session/sessiontest"
)

// typedHit is a match with its type.
type typedHit struct {
	Addr  uint64
	Type  string
	Value string
}

func typedHits(t *testing.T, g *search.Generation) []typedHit {
	t.Helper()
	var out []typedHit
	for m, err := range g.All() {
		if err != nil {
			t.Fatal(err)
		}
		text, _ := m.Form.Format(m.Type, m.Value, g.Layout().Order)
		out = append(out, typedHit{m.Addr, m.Type.String(), text})
	}
	return out
}

func TestAnyFindsANumberHoweverItIsStored(t *testing.T) {
	data := make([]byte, 4096)
	little := binary.LittleEndian
	little.PutUint64(data[0x100:], 1234567)
	little.PutUint32(data[0x200:], math.Float32bits(1234567))
	little.PutUint64(data[0x300:], math.Float64bits(1234567))
	copy(data[0x401:], "1234567")
	copy(data[0x501:], "12345678") // another number
	target := sessiontest.NewFake(segment(0x10000, data))
	g := find(t, target, value.Any, "1234567", 0)
	want := []typedHit{
		{0x10100, "i32", "1234567"}, {0x10100, "i64", "1234567"}, {0x10200, "f32", "1.234567e+06"},
		{0x10300, "f64", "1.234567e+06"}, {0x10401, "string", "1234567"},
	}
	if diff := cmp.Diff(want, typedHits(t, g)); diff != "" {
		t.Error(diff)
	}
	little.PutUint64(data[0x300:], math.Float64bits(1234568))
	target.Poke(0x10300, data[0x300:0x308])
	copy(data[0x401:], "1234568")
	target.Poke(0x10401, data[0x401:0x408])
	want = []typedHit{{0x10300, "f64", "1.234568e+06"}, {0x10401, "string", "1234568"}}
	if diff := cmp.Diff(want, typedHits(t, narrow(t, g, target, "1234568"))); diff != "" {
		t.Error(diff)
	}
	want = want[:1]
	if diff := cmp.Diff(want, typedHits(t, narrow(t, g, target, "up by 1"))); diff != "" {
		t.Error(diff)
	}
}

// A number in digits that touches another digit is another number, also where
// a chunk ends between the two.
func TestDigitsAcrossChunkBorders(t *testing.T) {
	const chunk = 256 << 10
	data := make([]byte, 3*chunk)
	copy(data[chunk-3:], "777")
	copy(data[chunk:], "7")
	copy(data[2*chunk:], "777")
	copy(data[2*chunk-1:], "1")
	copy(data[1000:], "777 ")
	target := sessiontest.NewFake(segment(chunk*4, data))
	form, err := value.ParseForm("text")
	if err != nil {
		t.Fatal(err)
	}
	q := search.Query{Type: value.I32, Condition: condition.Condition{A: "777"}, Form: form}
	g, err := search.Find(context.Background(), target, q, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []typedHit{{chunk*4 + 1000, "i32", "777"}}
	if diff := cmp.Diff(want, typedHits(t, g)); diff != "" {
		t.Error(diff)
	}
}

func TestBindingOfAQuery(t *testing.T) {
	data := make([]byte, 4096)
	binary.BigEndian.PutUint32(data[0x100:], 100)
	binary.LittleEndian.PutUint32(data[0x200:], 201) // 2v+1
	binary.LittleEndian.PutUint32(data[0x300:], math.Float32bits(100.4))
	copy(data[0x400:], "HeLLo")
	form, err := value.ParseForm("2v+1")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		q    search.Query
		want []typedHit
	}{
		{"big-endian", search.Query{Type: value.I32, Condition: condition.Condition{A: "100"}, Order: binary.BigEndian},
			[]typedHit{{0x1100, "i32", "100"}}},
		{"stored form", search.Query{Type: value.I32, Condition: condition.Condition{A: "100"}, Form: form},
			[]typedHit{{0x1200, "i32", "100"}}},
		{"digits typed", search.Query{Type: value.F32, Condition: condition.Condition{A: "100"}}, []typedHit{{0x1300, "f32", "100.4"}}},
		{"tolerance", search.Query{Type: value.F32, Condition: condition.Condition{A: "100"}, Round: "0.1"}, nil},
		{"any case", search.Query{Type: value.String, Condition: condition.Condition{A: "hello"}, Fold: true},
			[]typedHit{{0x1400, "string", "HeLLo"}}},
	} {
		target := sessiontest.NewFake(segment(0x1000, data))
		g, err := search.Find(context.Background(), target, test.q, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, typedHits(t, g)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		same, err := g.Narrow(context.Background(), target, condition.Condition{Op: condition.Same}, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, typedHits(t, same)); diff != "" {
			t.Errorf("%s, narrowed: %s", test.name, diff)
		}
	}
}

func TestGroup(t *testing.T) {
	data := make([]byte, 4096)
	for _, at := range []int{0x100, 0x200} {
		binary.LittleEndian.PutUint32(data[at:], 100)
		binary.LittleEndian.PutUint32(data[at+4:], uint32(at))
	}
	target := sessiontest.NewFake(segment(0x1000, data))
	parsed, err := group.Parse("i32=100 i32=512", 0, false)
	if err != nil {
		t.Fatal(err)
	}
	g, err := search.Find(context.Background(), target, search.Query{Group: &parsed}, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []typedHit{{0x1200, "bytes", "64 00 00 00 00 02 00 00"}}
	if diff := cmp.Diff(want, typedHits(t, g)); diff != "" {
		t.Error(diff)
	}
}

// What can be signed as well as unsigned stays so until a narrowing tells.
func TestAnyKnowsNumbersBySignAndWithout(t *testing.T) {
	const at = 0x10040
	target := sessiontest.NewFake(segment(0x10000, make([]byte, 4096)))
	become := func(b byte) { target.Poke(at, []byte{b}) }
	of := func(g *search.Generation, size string) []typedHit {
		var out []typedHit
		for _, h := range typedHits(t, g) {
			if h.Addr == at && h.Type[1:] == size {
				out = append(out, h)
			}
		}
		return out
	}
	for _, test := range []struct {
		name string
		now  byte
		text string
		want []typedHit
	}{
		{"more than the signed type holds", 200, "200", []typedHit{{at, "u8", "200"}}},
		{"up as an unsigned number alone", 200, "up", []typedHit{{at, "u8", "200"}}},
		{"down as a signed number alone", 200, "down", []typedHit{{at, "i8", "-56"}}},
		{"up as both", 105, "up", []typedHit{{at, "i8", "105"}}},
		{"by much", 200, "by 100", []typedHit{{at, "u8", "200"}}},
		{"below zero", 156, "< 0", []typedHit{{at, "i8", "-100"}}},
	} {
		become(100)
		g := find(t, target, value.Any, "100", 0)
		if got := of(g, "8"); len(got) != 1 {
			t.Fatalf("100 is found as %v", got)
		}
		become(test.now)
		if diff := cmp.Diff(test.want, of(narrow(t, g, target, test.text), "8")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	become(100)
	g := find(t, target, value.Any, "100", 0)
	for i, now := range []byte{120, 90, 90, 130, 250, 100, 101} {
		become(now)
		text := []string{"up", "down", "same", "up", "up", "down", "101"}[i]
		if g = narrow(t, g, target, text); len(of(g, "8")) != 1 {
			t.Errorf("%s to %d: %v", text, now, of(g, "8"))
		}
	}
	if got := narrow(t, g, target, "not same"); got.Len() != 0 {
		t.Errorf("%d candidates have changed", got.Len())
	}
	if got := narrow(t, narrow(t, g, target, "changed"), target, "101"); got.Len() != 0 {
		t.Errorf("%d candidates of none", got.Len())
	}
}

// A bound that a type cannot hold lies below or above all its values.
func TestBoundsThatATypeCannotHold(t *testing.T) {
	data := make([]byte, 64)
	data[8] = 100
	data[9] = 200
	target := sessiontest.NewFake(segment(0x10000, data))
	for _, test := range []struct {
		typ  value.Type
		text string
		want uint64
	}{
		{value.U8, "> -1", 64}, {value.U8, ">= -1", 64}, {value.U8, "< -1", 0}, {value.U8, "< 256", 64}, {value.U8, "> 255", 0},
		{value.U8, "-5..150", 63}, {value.U8, "150..1000", 1}, {value.U8, "300..400", 0}, {value.U8, "not 300..400", 64},
		{value.I8, "0..255", 63}, {value.I8, "-300..-1", 1}, {value.I8, "<= 128", 64}, {value.I8, "> 128", 0}, {value.I8, ">= 100", 1},
		{value.U64, "< 99999999999999999999999", 8}, {value.I64, "> 99999999999999999999999", 0},
		{value.F32, "< 1e39", 16}, {value.F32, "> 1e39", 0}, {value.F32, "-1e39..1e39", 16}, {value.F32, "1e39..2e39", 0},
	} {
		if g := find(t, target, test.typ, test.text, 0); g.Len() != test.want {
			t.Errorf("%v %s: %d matches, want %d", test.typ, test.text, g.Len(), test.want)
		}
	}
	g := find(t, target, value.Any, "-5..200", 0)
	if !contains(typedHits(t, g), typedHit{0x10008, "u8", "100"}) || !contains(typedHits(t, g), typedHit{0x10009, "u8", "200"}) {
		t.Errorf("-5..200 is not found in bytes: %v", typedHits(t, g)[:20])
	}
	for _, text := range []string{"300..-5", "400..300", "-5..-6", "5..4"} {
		if _, err := parse(t, value.U8, text).Bind(value.U8, binary.LittleEndian, 0); !errors.Is(err, condition.ErrSyntax) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"300", "!= 300", "-1"} {
		if _, err := parse(t, value.U8, text).Bind(value.U8, binary.LittleEndian, 0); !errors.Is(err, value.ErrRange) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func contains(hits []typedHit, h typedHit) bool { return slices.Contains(hits, h) }

// A number in digits that has become part of a longer one is another number,
// however its candidate is read again.
func TestNarrowingKeepsWholeNumbersInDigits(t *testing.T) {
	for name, others := range map[string]int{"gathered": 0, "read in one piece": 2000} {
		data := make([]byte, 128<<10)
		for i := range others {
			copy(data[0x8000+i*12:], " 31337 ")
		}
		places := []int{0x100, 0x201, 0x302, 0x403, 0x504, 0}
		for _, at := range places {
			copy(data[at:], "31337 ")
		}
		copy(data[len(data)-6:], " 31337")
		target := sessiontest.NewFake(segment(0x10000, data))
		g := find(t, target, value.Any, "31337", 0)
		if want := uint64(others + 7); g.Len() != want {
			t.Fatalf("%s: %d matches, want %d", name, g.Len(), want)
		}
		poke := func(at int, text string) { target.Poke(0x10000+uint64(at), []byte(text)) }
		poke(0x100, "31337123 ")
		poke(0x200, "-31337 ")
		poke(0x301, "131337 ")
		poke(0x403, "31337.5")
		poke(0x504, "31337. ")
		if g = narrow(t, g, target, "31337"); g.Len() != uint64(others+3) {
			t.Errorf("%s: %d candidates are left, want %d: %v", name, g.Len(), others+3, hits(g)[:3])
		}
	}
}
