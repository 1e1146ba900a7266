package workspace

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The words of a reference hold all that was typed, but for blanks and commas.
func FuzzSplitReference(f *testing.F) {
	for _, text := range []string{"3", "1..5,7", "all", `"a,b",c`, "[x+1,2]", "f(a, b)", "'", ",,", "))("} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) { // put together, halves of a character make another
			return
		}
		words := splitReference(text)
		if len(words) == 0 {
			t.Fatalf("%q has no word", text)
		}
		plain := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == ',' || strings.TrimSpace(string(r)) == "" {
					return -1
				}
				return r
			}, s)
		}
		if got := plain(strings.Join(words, "")); got != plain(text) {
			t.Errorf("%q is split into %q", text, words)
		}
	})
}
