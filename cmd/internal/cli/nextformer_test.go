package cli

import (
	"encoding/binary"
	"testing"

	"quarry/search"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// The list after a narrowing shows what each candidate was before, wherever it
// stood in the list before.
func TestFormerValues(t *testing.T) {
	const base, count = 0x10000, 100_000
	raw := make([]byte, 4*count)
	for i := range count {
		binary.LittleEndian.PutUint32(raw[4*i:], uint32(i))
	}
	fake := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: base}},
		Data:   raw,
	})
	for _, typ := range []value.Type{value.I32, value.Any} {
		words := []string{"unknown"}
		if typ == value.Any {
			words = []string{">=", "0"}
		}
		c, err := condition.Parse(typ, words...)
		if err != nil {
			t.Fatal(err)
		}
		before, err := search.Find(t.Context(), fake, search.Query{Type: typ, Condition: c}, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		addrs := []uint64{base, base + 4, base + 4*500, base + 4*90_000, base + 4*(count-1)}
		for _, addr := range addrs {
			fake.Poke(addr, []byte{7, 7, 7, 7})
		}
		if c, err = condition.Parse(typ, "changed"); err != nil {
			t.Fatal(err)
		}
		g, err := before.Narrow(t.Context(), fake, c, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := former{before: before}
		defer f.close()
		seen := 0
		for m, err := range g.All() {
			if err != nil {
				t.Fatal(err)
			}
			if m.Type != value.I32 {
				continue
			}
			want := uint32(m.Addr-base) / 4
			if got := f.value(m); got == nil || binary.LittleEndian.Uint32(got) != want {
				t.Errorf("%v: %#x was % x, want %d", typ, m.Addr, got, want)
			}
			seen++
		}
		if seen != len(addrs) {
			t.Errorf("%v: %d candidates, want %d", typ, seen, len(addrs))
		}
		for _, addr := range addrs {
			fake.Poke(addr, binary.LittleEndian.AppendUint32(nil, uint32(addr-base)/4))
		}
	}
}
