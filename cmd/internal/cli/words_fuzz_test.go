package cli

import (
	"io"
	"slices"
	"strings"
	"testing"

	"quarry/cmd/internal/settings"
	"quarry/cmd/internal/shellwords"
	"quarry/search/value"
)

// What is typed is what a verb is given: marks go off again, shorthand and aliases
// put words before it and lose none.
func FuzzWords(f *testing.F) {
	for _, line := range []string{"find -5", "-10..-5", `"--help" -t i8`, "'' x", "set 1 -- -5", "lives 3", "> 5", "-q lives", "!=", "\\"} {
		f.Add(line)
	}
	config, err := settings.Parse("config", []byte("[aliases]\nlives = \"find --in heap\"\n"))
	if err != nil {
		f.Fatal(err)
	}
	e := newEnv(Streams{Out: io.Discard, Err: io.Discard})
	e.config = *config
	e.prompt = new(prompt)
	f.Fuzz(func(t *testing.T, line string) {
		words, err := shellwords.Split(line)
		if err != nil || strings.Contains(line, mark) {
			return
		}
		if got := values(protect(words)); !slices.Equal(got, words) {
			t.Errorf("%q protected is %q", words, got)
		}
		for _, open := range []value.Type{value.Invalid, value.I32, value.String} {
			expanded := expand(line, words, open)
			if n := len(expanded) - len(words); n < 0 || !slices.Equal(values(expanded[n:]), words) {
				t.Errorf("%q expanded is %q", words, expanded)
			}
			if !slices.Contains(words, "lives") {
				continue // making a tree of verbs takes its time
			}
			unaliased := values(e.unalias(expanded))
			for _, word := range words {
				if word != "lives" && !slices.Contains(unaliased, word) {
					t.Errorf("%q lost %q: %q", words, word, unaliased)
				}
			}
		}
	})
}
