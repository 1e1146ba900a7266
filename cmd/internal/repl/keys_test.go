package repl

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// splitKeys splits b into keys as the keyboard does when nothing more comes.
func splitKeys(b []byte) []string {
	var keys []string
	for len(b) > 0 {
		n, _ := keyLength(b)
		keys = append(keys, string(b[:n]))
		b = b[n:]
	}
	return keys
}

func TestKeyLength(t *testing.T) {
	for _, tt := range []struct {
		name, input string
		want        []string
	}{
		{"text", "ab", []string{"a", "b"}},
		{"other scripts", "é日", []string{"é", "日"}},
		{"no text", "\xff\xc3(", []string{"\xff", "\xc3", "("}},
		{"three arrows in one read", "\x1b[A\x1b[A\x1bOB", []string{"\x1b[A", "\x1b[A", "\x1bOB"}},
		{"modifiers", "\x1b[1;5Cx", []string{"\x1b[1;5C", "x"}},
		{"numbered", "\x1b[3~\x1b[3;5~", []string{"\x1b[3~", "\x1b[3;5~"}},
		{"Linux console F1", "\x1b[[Ax", []string{"\x1b[[A", "x"}},
		{"Alt", "\x1bb\x1bé\x1b\x7f", []string{"\x1bb", "\x1bé", "\x1b\x7f"}},
		{"Escape and Enter", "\x1b\r", []string{"\x1b", "\r"}},
		{"two Escapes and an arrow", "\x1b\x1b[A", []string{"\x1b", "\x1b[A"}},
		{"broken sequence", "\x1b[1\r", []string{"\x1b[1", "\r"}},
		{"unfinished sequence", "\x1b[1;", []string{"\x1b[1;"}},
		{"paste", "\x1b[200~a\x1b[201~", []string{"\x1b[200~", "a", "\x1b[201~"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, splitKeys([]byte(tt.input))); diff != "" {
				t.Errorf("keys of %q (-want +got):\n%s", tt.input, diff)
			}
		})
	}
}

func TestKeyThatIsNotWhole(t *testing.T) {
	for _, input := range []string{"\x1b", "\x1b[", "\x1b[1;5", "\x1bO", "\x1b[[", "\xc3", "\xe6\x97", "\x1b\xc3"} {
		if n, whole := keyLength([]byte(input)); whole || n != len(input) {
			t.Errorf("keyLength(%q) = %d, %t, want %d, false", input, n, whole, len(input))
		}
	}
}

func TestTranslate(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		pasting   bool
		want      stroke
	}{
		{"character", "é", false, stroke{text, "é"}},
		{"no character", "\xff", false, stroke{text, "\uFFFD"}},
		{"C1 control character", "\u009b", false, stroke{}},
		{"Enter", "\r", false, stroke{command, keyEnter}},
		{"NUL", "\x00", false, stroke{}},
		{"Ctrl-C", "\x03", false, stroke{command, keyCtrlC}},
		{"unused control character", "\x13", false, stroke{}},
		{"Escape", "\x1b", false, stroke{}},
		{"Home in application mode", "\x1bOH", false, stroke{command, keyHome}},
		{"Home by number", "\x1b[7~", false, stroke{command, keyHome}},
		{"End", "\x1b[4~", false, stroke{command, keyEnd}},
		{"Ctrl-Right", "\x1b[1;5C", false, stroke{command, keyWordRight}},
		{"Ctrl-Left of an old terminal", "\x1b[5D", false, stroke{command, keyWordLeft}},
		{"Ctrl-Left of rxvt", "\x1bOd", false, stroke{command, keyWordLeft}},
		{"Shift-Left", "\x1b[1;2D", false, stroke{command, keyLeft}},
		{"Alt-f", "\x1bf", false, stroke{command, keyWordRight}},
		{"Alt-Backspace", "\x1b\x7f", false, stroke{command, keyCtrlW}},
		{"Alt-x", "\x1bx", false, stroke{}},
		{"unknown sequence", "\x1b[15~", false, stroke{}},
		{"cursor position report", "\x1b[12;40R", false, stroke{}},
		{"device attributes", "\x1b[?1;2c", false, stroke{}},
		{"Linux console F1", "\x1b[[A", false, stroke{}},
		{"the private key, typed", "\x1b[\x24", false, stroke{}},
		{"paste begins", "\x1b[200~", false, stroke{kind: pasteBegin}},
		{"paste ends", "\x1b[201~", true, stroke{kind: pasteEnd}},
		{"tab in a paste", "\t", true, stroke{text, " "}},
		{"Enter in a paste", "\r", true, stroke{command, keyEnter}},
		{"Ctrl-C in a paste", "\x03", true, stroke{}},
		{"arrow in a paste", "\x1b[A", true, stroke{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, translate([]byte(tt.key), tt.pasting), cmp.AllowUnexported(stroke{})); diff != "" {
				t.Errorf("translate(%q, %t) (-want +got):\n%s", tt.key, tt.pasting, diff)
			}
		})
	}
}

func FuzzKeys(f *testing.F) {
	for _, input := range []string{"abc", "\x1b[A\x1b[1;5Cé\xff\x1b", "\x1b[[A\x1bO", "\x1b[200~a\tb\r\x1b[201~", "\x1b\x1b\x1b["} {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		var joined []byte
		for rest := input; len(rest) > 0; {
			n, whole := keyLength(rest)
			if n < 1 || n > len(rest) || !whole && n != len(rest) {
				t.Fatalf("keyLength(%q) = %d, %t", rest, n, whole)
			}
			translate(rest[:n], false)
			translate(rest[:n], true)
			joined, rest = append(joined, rest[:n]...), rest[n:]
		}
		if !bytes.Equal(joined, input) {
			t.Errorf("keys of %q joined are %q", input, joined)
		}
	})
}
