package foreign_test

import (
	"testing"

	"quarry/patch/foreign"
)

// TestPosition asks for positions forwards and backwards.
func TestPosition(t *testing.T) {
	s, err := foreign.NewSource("x", []byte("\xef\xbb\xbfaé€b\n\ncd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, row, column int }{
		{0, 1, 1}, {6, 1, 4}, {1, 1, 2}, {3, 1, 3}, {7, 1, 5}, {8, 2, 1}, {10, 3, 2}, {9, 3, 1}, {0, 1, 1}, {99, 3, 3}, {-1, 1, 1},
	} {
		if row, column := s.Position(c.at); row != c.row || column != c.column {
			t.Errorf("offset %d: %d:%d, want %d:%d", c.at, row, column, c.row, c.column)
		}
	}
}

func TestPlace(t *testing.T) {
	for text, want := range map[string]string{
		"game+0x10": "game+0x10", "game + 16-8": "game+0x8", "0x10+8": "0x18", "[[a+8]-1]+0": "[[a+0x8]-0x1]",
		`"my game"+8`: `"my game"+0x8`, "'2048'": `"2048"`, "game-2+8": "game+0x6", "libstdc++": `"libstdc++"`,
		"&x": "", "[&x]": "", "game+": "\"game+\"", "]": "", "": "", `'a"b'`: "",
	} {
		p, ok := foreign.ParsePlace(text)
		if ok != (want != "") || ok && p.String() != want {
			t.Errorf("%s: %v, %v; want %s", text, p, ok, want)
		}
	}
}

func TestNames(t *testing.T) {
	var n foreign.Names
	for _, c := range [][2]string{{"a", "a"}, {"a", "a 2"}, {"a 2", "a 2 2"}, {"a", "a 3"}, {"", ""}, {"", ""}, {"5", "entry 5"}, {"5", "entry 5 2"}, {"&x", "entry &x"}} {
		if got := n.Unique(c[0]); got != c[1] {
			t.Errorf("%q becomes %q, want %q", c[0], got, c[1])
		}
	}
}

func TestRenamed(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "Lives": "", "2nd": "", "5": `bad name: "5" cannot be told from a row; it is called "entry 5"`,
	} {
		if got := foreign.Renamed(name, "entry "+name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
