package cli

import (
	"testing"

	"quarry/search"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

// Whoever finds no text is not told to look for a number of another type.
func TestAdviceWhenNothingIsFound(t *testing.T) {
	fake := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x10000}},
		Data:   make([]byte, 4096),
	})
	for typ, want := range map[value.Type]advice{value.I32: adviceNothing, value.String: adviceNoText, value.UTF16: adviceNoText} {
		c, err := condition.Parse(typ, "77")
		if err != nil {
			t.Fatal(err)
		}
		g, err := search.Find(t.Context(), fake, search.Query{Type: typ, Condition: c}, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := adviceFor(g); got != want {
			t.Errorf("%s: %q, want %q", typ, got, want)
		}
	}
}
