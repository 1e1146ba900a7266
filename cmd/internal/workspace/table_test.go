package workspace

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search/value"
)

func tableOf(edits ...patch.Edit) table { return table{}.holdingEdits(edits) }

func names(t table) string {
	var out []string
	for _, e := range t.file.Edits {
		out = append(out, e.Name+"@"+e.At)
	}
	return strings.Join(out, " ")
}

func TestWithAll(t *testing.T) {
	at := func(name, at string) patch.Edit { return patch.Edit{Name: name, At: at, Type: value.I32} }
	was := tableOf(at("a", "1"), at("", "2"), at("frozen1", "3"))
	for _, c := range []struct {
		name  string
		added []patch.Edit
		want  string
	}{
		{"same name", []patch.Edit{at("a", "9")}, "a@9 @2 frozen1@3"},
		{"no name, same place", []patch.Edit{at("", "0x2"), at("", "3")}, "a@1 @0x2 frozen1@3"},
		{"twice in one file", []patch.Edit{at("", "2"), at("", "2")}, "a@1 @2 frozen1@3 @2"},
		{"now with a name", []patch.Edit{at("b", "2")}, "a@1 b@2 frozen1@3"},
		{"two names of one place", []patch.Edit{at("b", "1")}, "a@1 @2 frozen1@3 b@1"},
	} {
		if got := names(was.withAll(c.added)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestBaseOfAddress(t *testing.T) {
	r := referrer{tableOf(patch.Edit{Name: "base"}, patch.Edit{Name: "base-2"}, patch.Edit{Name: "my base"}, patch.Edit{Name: "game"}), map[string]bool{"game": true}}
	for at, want := range map[string][3]string{
		"base":            {"", "base", ""},
		"base+8":          {"", "base", "+8"},
		"[[ base + 8]-4]": {"[[ ", "base", " + 8]-4]"},
		"base-2+8":        {"", "base-2", "+8"},
		`["my base"]+8`:   {"[", "my base", "]+8"},
		"'my base'":       {"", "my base", ""},
		"game+8":          {"game+8", "", ""}, // a module
		"&base":           {"&base", "", ""},  // a symbol
		"0x10":            {"0x10", "", ""},
		"basement":        {"basement", "", ""},
		`"base`:           {`"base`, "", ""},
	} {
		before, name, behind := r.base(at)
		if diff := cmp.Diff(want, [3]string{before, name, behind}); diff != "" {
			t.Errorf("%s: -want +got:\n%s", at, diff)
		}
	}
	for name, want := range map[string]string{"lives": "lives", "my lives": `"my lives"`, "a+8": `"a+8"`, `a"b`: `'a"b'`, `a"'`: ""} {
		if word, ok := nameInAddress(name); word != want || ok != (want != "") {
			t.Errorf("%s: %s, %v", name, word, ok)
		}
	}
}

func TestSplitReference(t *testing.T) {
	for reference, want := range map[string][]string{
		"1, 2,3..5": {"1", "2", "3..5"}, "[a,b],1": {"[a,b]", "1"}, `"a,b"+8,c`: {`"a,b"+8`, "c"},
		"&Map<int, int>::x,1": {"&Map<int, int>::x", "1"}, "Bob's,2": {"Bob's", "2"}, "[a,b": {"[a", "b"}, "": {""},
	} {
		if diff := cmp.Diff(want, splitReference(reference)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", reference, diff)
		}
	}
}

func TestCheckLoadable(t *testing.T) {
	for _, c := range []struct{ size, edits int }{{MaxPatch + 1, 1}, {1, maxTable + 1}} {
		if err := CheckLoadable("a.toml", make([]byte, c.size), c.edits); !errors.Is(err, patch.ErrFile) {
			t.Errorf("%d bytes, %d edits: %v", c.size, c.edits, err)
		}
	}
	if err := CheckLoadable("a.toml", make([]byte, MaxPatch), maxTable); err != nil {
		t.Error(err)
	}
}
