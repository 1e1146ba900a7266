package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// code returns a listing of instructions of a byte each; jumps tells where some
// of them go.
func code(n int, jumps map[int]int) Listing {
	l := Listing{Executable: true}
	for i := range n {
		in := Instruction{Address: Address(0x10 + i), Bytes: Code{byte(i)}, Text: "x", Flow: "next"}
		if to, ok := jumps[i]; ok {
			target := Address(0x10 + to)
			in.Flow, in.Target = "branch", &target
		}
		l.Instructions = append(l.Instructions, in)
	}
	return l
}

func TestArrows(t *testing.T) {
	for _, test := range []struct {
		name  string
		n     int
		jumps map[int]int
		want  []string
	}{
		{"none", 2, nil, []string{"  ", "  "}},
		{"forward", 3, map[int]int{0: 2}, []string{"╭─ ", "│  ", "╰> "}},
		{"back", 2, map[int]int{1: 0}, []string{"╭> ", "╰─ "}},
		{"to itself", 1, map[int]int{0: 0}, []string{" > "}},
		{"outside", 2, map[int]int{0: 9}, []string{"  ", "  "}},
		{"nested", 4, map[int]int{0: 3, 1: 2}, []string{"╭── ", "│╭─ ", "│╰> ", "╰─> "}},
		{"crossing", 4, map[int]int{0: 2, 1: 3}, []string{" ╭─ ", "╭┼─ ", "│╰> ", "╰─> "}},
		{"two to one", 4, map[int]int{0: 3, 1: 3}, []string{"╭─ ", "├─ ", "│  ", "╰> "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := code(test.n, test.jumps)
			a := newArrows(l.Instructions, false)
			var got []string
			for i := range l.Instructions {
				got = append(got, a.row(i))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListing(t *testing.T) {
	l := code(3, map[int]int{2: 0})
	l.Function, l.Module, l.Size = "f", "game", 3
	l.Instructions[0].Labels = []string{"f", "entry\x1b"}
	l.Instructions[1].Refers = []Reference{{Address: 0x99, Name: "lives", Text: `"ouch"`}}
	l.Instructions[2].TargetName = "f"
	want := `   f:  3 bytes in game
   entry?:
╭> 0x10  00  x
│  0x11  01  x  # 0x99 lives "ouch"
╰─ 0x12  02  x <f>
`
	if diff := cmp.Diff(want, string(drawn(t, l, false))); diff != "" {
		t.Error(diff)
	}
	l.ASCII = true
	if got := string(drawn(t, l, false)); strings.ContainsFunc(got, func(r rune) bool { return r > 126 }) {
		t.Error(got)
	}
}

// Any number of jumps can be drawn.
func TestManyArrows(t *testing.T) {
	jumps := make(map[int]int)
	for i := range 200 {
		jumps[i] = (i * 37) % 200
	}
	drawn(t, code(200, jumps), true)
}
