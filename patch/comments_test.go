package patch_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2/unstable"

	"quarry/patch"
	"quarry/search/value"
)

// commented has a comment wherever there can be one.
const commented = `# head 1

# head 2
title = "T" # behind the title
# above the version
quarry = 1
# below the version

# above target
[target] # behind target
# above exe
exe = "game"
# below target

# section
# above first

[[edit]] # behind first
# above name
name = "first"
at = "0x10"
type = "u8"
expect = [ # in the list
	# of its own
	1, # one
	2,
	# last
]
set = 3
enabled = true # not now
freeze = false # neither
names = { 0 = "none" } # names
# below first
# more below first

[[edit]]
name = "second"
find = "ab"
# once
matches = 1
set = "cd"
# below second

# foot 1

# foot 2
`

// canonical is how Encode writes it.
const canonical = `# head 1
# head 2
# above the version
quarry = 1
title = "T" # behind the title

# below the version
# above target
[target] # behind target
# above exe
exe = "game"
# below target

# section
# above first
[[edit]] # behind first
# above name
name = "first"
at = "0x10"
type = "u8"
# in the list
# of its own
# one
# last
expect = [1, 2]
set = 3
freeze = false # neither
names = { 0 = "none" } # names
enabled = true # not now
# below first
# more below first

[[edit]]
name = "second"
find = "ab"
type = "string"
# once
matches = 1
set = "cd"
# below second

# foot 1
# foot 2
`

func encode(t testing.TB, f *patch.File) string {
	t.Helper()
	data, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestComments(t *testing.T) {
	f := parse(t, commented)
	if diff := cmp.Diff(canonical, encode(t, f)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	survives(t, f)
	sameComments(t, []byte(commented), f)
	if again := encode(t, parse(t, canonical)); again != canonical {
		t.Errorf("written again:\n%s", cmp.Diff(canonical, again))
	}
}

// TestCommentsAnywhere puts comments and blank lines at random places.
func TestCommentsAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	lines := strings.Split(commented, "\n")
	for range 500 {
		var b strings.Builder
		for i, line := range lines {
			for random.IntN(3) == 0 {
				b.WriteString([]string{"\n", "# own\n", "\t# after a tab\n", "#\n"}[random.IntN(4)])
			}
			b.WriteString(line)
			if random.IntN(4) == 0 {
				fmt.Fprintf(&b, "  # behind %d  ", i)
			}
			b.WriteString([]string{"\n", "\r\n"}[random.IntN(2)])
		}
		f := parse(t, b.String())
		survives(t, f)
		sameComments(t, []byte(b.String()), f)
		if once := encode(t, f); once != encode(t, parse(t, once)) {
			t.Errorf("not the same when written twice:\n%s", once)
		}
		if t.Failed() {
			t.Fatalf("of\n%s", b.String())
		}
	}
}

// TestCommentsOfWhatRemains changes, adds, removes and reorders edits.
func TestCommentsOfWhatRemains(t *testing.T) {
	f := parse(t, "# head\nquarry = 1\n\n# above a\n[[edit]]\nname='a'\nat='1'\ntype='u8'\n# above expect\nexpect=1\nset=2 # two\n"+
		"\n# above b\n[[edit]]\nname='b' # b\nfind='x'\nmatches=1 # once\nset='y'\n\n# above c\n[[edit]]\nname='c' # c\nat='3'\ntype='u8'\n\n# foot\n")
	a, b := f.Edits[0], f.Edits[1]
	a.Set = number("9")
	b.At, b.Length, b.Find, b.Set, b.Matches = "7", 4, patch.Value{}, patch.Value{}, 0
	made := patch.Comments{Above: []string{"made\n[[edit]]"}, Behind: "by\na program"}
	f.Edits = []patch.Edit{b, {Name: "new", At: "0x20", Type: value.U8, Comments: made}, a}
	const want = `# head
quarry = 1

# above b
[[edit]]
name = "b" # b
at = "7"
type = "string"
length = 4

# made
# [[edit]]
[[edit]] # by a program
name = "new"
at = "0x20"
type = "u8"

# above a
[[edit]]
name = "a"
at = "1"
type = "u8"
# above expect
expect = 1
set = 9 # two

# foot
`
	if diff := cmp.Diff(want, encode(t, f)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// sameComments checks that a file read from data is written with the same
// comments as data has, wherever they stand.
func sameComments(t *testing.T, data []byte, f *patch.File) {
	t.Helper()
	if diff := cmp.Diff(commentsIn(data), commentsIn([]byte(encode(t, f)))); diff != "" {
		t.Errorf("comments -before +after:\n%s", diff)
	}
}

// commentsIn returns all comments of a document, sorted.
func commentsIn(data []byte) []string {
	var out []string
	var walk func(n *unstable.Node)
	walk = func(n *unstable.Node) {
		for ; n != nil; n = n.Next() {
			if n.Kind == unstable.Comment {
				out = append(out, string(n.Data))
			}
			walk(n.Child())
		}
	}
	p := unstable.Parser{KeepComments: true}
	p.Reset(data)
	for p.NextExpression() {
		walk(p.Expression())
	}
	slices.Sort(out)
	return out
}
