package foreign_test

import (
	"testing"

	"quarry/patch/foreign"
)

// A place that is read is written so that it is read as the same.
func FuzzParsePlace(f *testing.F) {
	for _, text := range []string{"0x10", "game+0x4a30", "[game+0x40]+0x10", `"a b"+1`, "[[x.so+1]-2]+3", "&f", "heap", "["} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := foreign.ParsePlace(text)
		if !ok {
			return
		}
		again, ok := foreign.ParsePlace(p.String())
		if !ok || again.String() != p.String() {
			t.Errorf("%q is %s, which is read as %s, %v", text, p, again, ok)
		}
	})
}
