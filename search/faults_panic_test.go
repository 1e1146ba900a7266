package search_test

import (
	"context"
	"testing"

	"quarry/search"
	"quarry/search/candidate"
	"quarry/search/text"
	"quarry/search/value"
	"quarry/session/bug"
	"quarry/session/sessiontest"
)

// A panic in a worker is the error of the search, the narrowing or the search for
// texts. What was there before is still there, and nothing more is held.
func TestFaultPanicInAWorker(t *testing.T) {
	store := candidate.NewStore(64<<10, "")
	f := sessiontest.NewFake(segment(0x10000, make([]byte, 64<<20)))
	q := search.Query{Type: value.U64, Condition: parse(t, value.U64, "unknown")}
	kept, err := search.Find(t.Context(), f, q, search.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	memory, file := store.InUse()
	for what, work := range map[string]func() error{
		"search": func() error {
			_, err := search.Find(t.Context(), f, q, search.Options{Store: store})
			return err
		},
		"narrowing": func() error {
			_, err := kept.Narrow(t.Context(), f, parse(t, value.U64, "same"), search.Options{Store: store})
			return err
		},
		"text search": func() error {
			return text.Find(context.Background(), f, text.Query{}, text.Options{}, func([]text.String) error { return nil })
		},
	} {
		sessiontest.Fault(t, "a panic in a worker of a "+what)
		f.OnRead = func(uint64, int) { panic("the memory is cursed") }
		if err := work(); !bug.Is(err) {
			t.Errorf("%s: %v", what, err)
		}
		f.OnRead = nil
		store.Collect()
		if m, d := store.InUse(); m != memory || d != file {
			t.Errorf("%s: %d and %d bytes are held, not %d and %d", what, m, d, memory, file)
		}
	}
	if again, err := kept.Narrow(t.Context(), f, parse(t, value.U64, "same"), search.Options{Store: store}); err != nil || again.Len() != kept.Len() {
		t.Errorf("afterwards: %v", err)
	}
}
