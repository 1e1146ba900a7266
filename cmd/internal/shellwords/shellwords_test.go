package shellwords

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       []string
	}{
		{"nothing", "", []string{}},
		{"blanks", " \t ", []string{}},
		{"words", "  find  100\t-t i32 ", []string{"find", "100", "-t", "i32"}},
		{"single quotes keep all", `set 1 'a "b" \c'`, []string{"set", "1", `a "b" \c`}},
		{"double quotes", `find "String 1"`, []string{"find", "String 1"}},
		{"backslash in double quotes", `"\"\\\$\n"`, []string{`"\$\n`}},
		{"backslash outside", `a\ b \'c\" \\`, []string{"a b", `'c"`, `\`}},
		{"quotes inside a word", `a'b c'd"e f"`, []string{"ab cde f"}},
		{"empty word", `find ''`, []string{"find", ""}},
		{"comment", "find 1 # the first", []string{"find", "1"}},
		{"only a comment", "# nothing", []string{}},
		{"no comment in a word", "a#b '#' \\#", []string{"a#b", "#", "#"}},
		{"operators are ordinary", "find <=5|>3&;$x* `y`", []string{"find", "<=5|>3&;$x*", "`y`"}},
		{"other scripts", "find 'héllo 日本'", []string{"find", "héllo 日本"}},
		{"bytes that are no text", "a\xff\xfe b", []string{"a\xff\xfe", "b"}},
		{"carriage return", "find 1\r", []string{"find", "1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Split(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Split(%q) (-want +got):\n%s", tt.line, diff)
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, tt := range []struct {
		line string
		want SyntaxError
	}{
		{`find "a b`, SyntaxError{6, "the double quote is not closed"}},
		{`é 'x`, SyntaxError{3, "the single quote is not closed"}},
		{`a b\`, SyntaxError{4, "nothing follows the backslash"}},
		{`"a\`, SyntaxError{1, "the double quote is not closed"}},
	} {
		words, err := Split(tt.line)
		var got *SyntaxError
		if !errors.As(err, &got) || words != nil {
			t.Errorf("Split(%q) = %q, %v, want a SyntaxError", tt.line, words, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", tt.line, diff)
		}
	}
	if got, want := (&SyntaxError{6, "the double quote is not closed"}).Error(), "column 6: the double quote is not closed"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestSplitPartial(t *testing.T) {
	type result struct {
		Done  []string
		Last  string
		Start int
	}
	for _, tt := range []struct {
		name, line string
		want       result
	}{
		{"nothing", "", result{[]string{}, "", 0}},
		{"first word", "fi", result{[]string{}, "fi", 0}},
		{"after a blank", "find ", result{[]string{"find"}, "", 5}},
		{"open double quote", `save "my fi`, result{[]string{"save"}, "my fi", 5}},
		{"open single quote", `save a 'my fi`, result{[]string{"save", "a"}, "my fi", 7}},
		{"quote just opened", `save "`, result{[]string{"save"}, "", 5}},
		{"closed quote", `save 'my fi'`, result{[]string{"save"}, "my fi", 5}},
		{"trailing backslash", `save my\`, result{[]string{"save"}, "my", 5}},
		{"escaped blank", `save my\ fi`, result{[]string{"save"}, "my fi", 5}},
		{"comment", "find 1 # a", result{[]string{"find", "1"}, "", 10}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got result
			got.Done, got.Last, got.Start = SplitPartial(tt.line)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("SplitPartial(%q) (-want +got):\n%s", tt.line, diff)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"":           "''",
		"plain":      "plain",
		"<=5|$x*":    "<=5|$x*",
		"a b":        "'a b'",
		"#1":         "'#1'",
		"a#1":        "a#1",
		`it's`:       `"it's"`,
		`it's "\"`:   `"it's \"\\\""`,
		"two\nlines": "'two\nlines'",
	} {
		if got := Quote(word); got != want {
			t.Errorf("Quote(%q) = %s, want %s", word, got, want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, word := range []string{"", "a", "a b", "it's", `"\`, "#", "\xff\n\r\t", "'\"'", "$`x", "\x00"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		got, err := Split("before " + Quote(word) + "\tafter")
		if err != nil {
			t.Fatalf("Split(Quote(%q)): %v", word, err)
		}
		if diff := cmp.Diff([]string{"before", word, "after"}, got); diff != "" {
			t.Errorf("Split(Quote(%q)) (-want +got):\n%s", word, diff)
		}
	})
}

func FuzzSplit(f *testing.F) {
	for _, line := range []string{"", "a b", `a "b c`, `a\`, "'a' # b", `"\a\"" 'x`, "a\xc3 \r\n", "\\\x00"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		done, last, start := SplitPartial(line)
		if start < 0 || start > len(line) {
			t.Fatalf("SplitPartial(%q) starts at %d", line, start)
		}
		words, err := Split(line)
		if err != nil {
			if words != nil {
				t.Errorf("Split(%q) = %q with error %v", line, words, err)
			}
			return
		}
		if start < len(line) {
			done = append(done, last)
		}
		if diff := cmp.Diff(words, done); diff != "" {
			t.Errorf("SplitPartial(%q) differs from Split (-Split +SplitPartial):\n%s", line, diff)
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = Quote(w)
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || !cmp.Equal(words, again) {
			t.Errorf("Split(%q) = %q, quoted and split again %q, %v", line, words, again, err)
		}
	})
}
