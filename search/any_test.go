package search_test

import (
	"context"
	"encoding/binary"
	"math"
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
