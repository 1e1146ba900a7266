package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNear(t *testing.T) {
	words := []string{"find", "freeze", "narrow", "matches", "maps", "set", "label"}
	for word, want := range map[string][]string{
		"fnid": {"find"}, "finds": {"find"}, "nar": {"narrow"}, "ma": {"maps", "matches"}, "map": {"maps"}, "FIND": {"find"},
		"zzz": nil, "x": nil, "": nil, "labell": {"label"}, "st": {"set"},
	} {
		got := near(word, words)
		if word == "ma" {
			want = []string{"matches", "maps"}
		}
		if diff := cmp.Diff(want, got); diff != "" && !(len(want) == 0 && len(got) == 0) {
			t.Errorf("near(%q): %s", word, diff)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"fnid", "find", 1}, {"heep", "heap", 1}, {"abc", "abc", 0}, {"kitten", "sitting", 3}} {
		if got := mistakes(test.a, test.b); got != test.want {
			t.Errorf("from %q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// A word that is nearly right gets the right one as advice.
func TestDidYouMean(t *testing.T) {
	for line, want := range map[string]string{
		"fnid 3":                 "did you mean find?",
		"patch aply x.toml":      "did you mean apply?",
		"find 3 --lmit 3":        "did you mean --limit?",
		"find 3 -t i23":          "did you mean i32",
		"find 3 --in heep":       "did you mean heap?",
		"find 3 --zzz":           "find --help shows the flags",
		"quarry":                 "--help lists the verbs",
		"replace a b -t strng":   "did you mean string?",
		"find 3 --json --colour": "did you mean --color?",
	} {
		code, _, stderr := at(t, strings.Fields(line)...)
		if code != ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %q; want %q", line, code, stderr, want)
		}
	}
}
