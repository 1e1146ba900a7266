package repl

import (
	"strings"
	"testing"

	prompt "github.com/c-bata/go-prompt"
	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/shellwords"
)

// document is the line as go-prompt hands it to a completer, the cursor at its end.
func document(line string) prompt.Document {
	b := prompt.NewBuffer()
	b.InsertText(line, false, true)
	return *b.Document()
}

// newTestCompleter returns a completer in a window of 80×24 behind a prompt of two columns.
func newTestCompleter(complete func(string) []Suggestion) *completer {
	c := &completer{complete: complete, notices: new(Notices), setRows: func(int) {}, window: size{80, 24}}
	c.begin(2)
	return c
}

// completed returns what the line becomes when go-prompt takes the suggestion for candidate.
func completed(t *testing.T, line, candidate string) string {
	t.Helper()
	c := newTestCompleter(func(string) []Suggestion { return []Suggestion{{Text: candidate}} })
	d := document(line)
	found := c.suggest(d)
	if len(found) == 0 {
		return "none"
	}
	return strings.TrimSuffix(line, d.GetWordBeforeCursorUntilSeparator(wordSeparators)) + found[0].Text
}

// go-prompt's completion knows no quotes: it replaces what follows the last blank.
func TestCompletionInQuotes(t *testing.T) {
	for _, tt := range []struct{ name, line, candidate, want string }{
		{"plain", "save fi", "file", "save file"},
		{"first word", "sa", "save", "save"},
		{"new word", "save ", "file", "save file"},
		{"needs quotes", "save my", "my file", "save 'my file'"},
		{"open double quote", `save "my`, "my file", `save "my file"`},
		{"blank in double quotes", `save "my fi`, "my file", `save "my file"`},
		{"quote in double quotes", `save "my fi`, `my fi"le\`, `save "my fi\"le\\"`},
		{"blank in single quotes", "save 'my fi", "my file", "save 'my file'"},
		{"quote in single quotes", "save 'it", "it's mine", `save 'it'\''s mine'`},
		{"escaped blank", `save my\ fi`, "my file of mine", `save my\ file\ of\ mine`},
		{"backslash at the end", `save my\`, "my file", `save my\ file`},
		{"quotes inside the word", `save "my dir"/fi`, "my dir/file 1", `save "my dir"/file\ 1`},
		{"does not continue what was typed", `save "My`, "my file", `save 'my file'`},
		{"does not continue what was typed before the blank", `save "My fi`, "my file", "none"},
		{"comment", "save # fi", "file", "none"},
		{"comment sign", "save ", "#1", "save '#1'"},
		{"control characters", "save ", "a\x1b[2J", "none"},
		{"no width", "save ", "\u200b", "none"},
		{"empty", "save ", "", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := completed(t, tt.line, tt.candidate)
			if got != tt.want {
				t.Fatalf("completed line %q, want %q", got, tt.want)
			}
			if got == "none" {
				return
			}
			words, err := shellwords.Split(got)
			if err != nil || words[len(words)-1] != tt.candidate {
				t.Errorf("Split(%q) = %q, %v, want the last word %q", got, words, err, tt.candidate)
			}
		})
	}
}

// go-prompt panics if the suggestions for a text shrink while one is selected.
func TestSuggestionsAreComputedOncePerText(t *testing.T) {
	var asked []string
	c := newTestCompleter(func(line string) []Suggestion {
		asked = append(asked, line)
		return []Suggestion{{Text: "ab"}, {Text: "ac"}, {Text: "ad"}}[:4-min(len(asked), 3)]
	})
	for _, line := range []string{"a", "", "a", "", "a", "ab", "", "ab"} {
		c.suggest(document(line))
	}
	if diff := cmp.Diff([]string{"a", "ab"}, asked); diff != "" {
		t.Errorf("Complete was asked for (-want +got):\n%s", diff)
	}
	c.begin(2)
	c.suggest(document("ab"))
	if len(asked) != 3 {
		t.Errorf("Complete was not asked again for the next line")
	}
}

// What was not there in time comes with the next key, also where that is Tab.
func TestNoSuggestionsAreNotKept(t *testing.T) {
	var late []Suggestion
	c := newTestCompleter(func(string) []Suggestion { return late })
	if got := c.suggest(document("a")); len(got) != 0 {
		t.Errorf("suggestions %v too early", got)
	}
	late = []Suggestion{{Text: "ab"}}
	if got := c.suggest(document("a")); len(got) != 1 {
		t.Errorf("%d suggestions when there is one", len(got))
	}
}

func TestEmptyLineSuggestsOnlyWhenAsked(t *testing.T) {
	c := newTestCompleter(func(string) []Suggestion { return []Suggestion{{Text: "a"}} })
	if got := c.suggest(document("")); got != nil {
		t.Errorf("suggestions %v before Tab", got)
	}
	c.listAll = true
	if got := c.suggest(document("")); len(got) != 1 {
		t.Errorf("suggestions %v after Tab, want one", got)
	}
	c.suggest(document("a"))
	if got := c.suggest(document("")); got != nil {
		t.Errorf("suggestions %v after typing", got)
	}
}

// go-prompt draws only "too small" in a low window, and panics in a narrow one.
func TestSuggestionsFitTheWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		window size
		line   string
		rows   int // 0: no suggestions
	}{
		{"large", size{80, 24}, "a", 6},
		{"seven rows", size{80, 7}, "a", 5},
		{"five rows", size{80, 5}, "a", 3},
		{"three rows", size{80, 3}, "a", 1},
		{"two rows", size{80, 2}, "a", 0},
		{"one row", size{80, 1}, "a", 0},
		{"long line", size{80, 5}, strings.Repeat("a", 200), 1},
		{"line that fills the window", size{80, 5}, strings.Repeat("a", 400), 0},
		{"narrow", size{9, 24}, "a", 6},
		{"too narrow", size{8, 24}, "a", 0},
		{"no width at all", size{1, 24}, "a", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newTestCompleter(func(string) []Suggestion { return []Suggestion{{Text: "x"}} })
			rows := 0
			c.setRows = func(n int) { rows = n }
			c.window = tt.window
			found := c.suggest(document(tt.line))
			if rows != tt.rows || (len(found) > 0) != (tt.rows > 0) {
				t.Errorf("%d suggestions in %d rows, want %d rows", len(found), rows, tt.rows)
			}
		})
	}
}

func TestCompleteThatPanics(t *testing.T) {
	c := newTestCompleter(func(string) []Suggestion { panic("boom") })
	for _, line := range []string{"a", "ab"} {
		if got := c.suggest(document(line)); got != nil {
			t.Errorf("suggestions %v", got)
		}
	}
	lines, _ := c.notices.take()
	if diff := cmp.Diff([]string{`completion is off: it failed on "a": boom`}, lines); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

func TestManySuggestionsAreCut(t *testing.T) {
	c := newTestCompleter(func(string) []Suggestion {
		return []Suggestion{1000: {}, 999: {Text: "x"}}
	})
	if got := len(c.suggest(document("a"))); got != 1 {
		t.Errorf("%d suggestions, want the one that is not empty", got)
	}
	many := make([]Suggestion, 1000)
	for i := range many {
		many[i] = Suggestion{Text: "x", Description: "two\nlines"}
	}
	c = newTestCompleter(func(string) []Suggestion { return many })
	found := c.suggest(document("a"))
	if len(found) != maxSuggestions || found[0].Description != "two lines" {
		t.Errorf("%d suggestions, the first %v", len(found), found[0])
	}
}
