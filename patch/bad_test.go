package patch_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
)

var update = flag.Bool("update", false, "write testdata/bad/errors.txt anew")

// TestBadFiles reads files that are wrong in one way each. What is said about
// each stands in errors.txt: row, column and problem, and below it the hint. After
// a change, look at the difference that this makes there:
//
//	go test ./patch -run TestBadFiles -update
func TestBadFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	var said strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		f, err := patch.Parse(name, data)
		var bad *patch.FileError
		if f != nil || !errors.As(err, &bad) || !errors.Is(err, patch.ErrFile) {
			t.Errorf("%s: %v, %v", name, f, err)
			continue
		}
		if bad.Row < 1 || bad.Column < 1 || bad.Problem == "" || strings.ContainsAny(err.Error()+bad.Hint(), "\n\r\x00") {
			t.Errorf("%s: no row, column or problem in one line: %#v", name, bad)
		}
		fmt.Fprintln(&said, err)
		if hint := bad.Hint(); hint != "" {
			fmt.Fprintf(&said, "  hint: %s\n", hint)
		}
	}
	const golden = "testdata/bad/errors.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(said.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), said.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestParseLimits: what is too much, too long or too deep is told.
func TestParseLimits(t *testing.T) {
	const head = "quarry = 1\n[[edit]]\nat = '0x10'\ntype = 'i32'\n"
	edits := func(n int) string { return "quarry = 1\n" + strings.Repeat("[[edit]]\nat='1'\ntype='u8'\n", n) }
	var keys strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&keys, "k%d = 1\n", i)
	}
	for _, c := range []struct{ name, text, want string }{
		{"deep lists", head + "expect = " + strings.Repeat("[", 1e6), "f.toml:5:10010: arrays and inline tables are nested more than the maximum of 10000 levels deep"},
		{"deep lists, closed", head + "expect = " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), `f.toml:5:10: edit 1: expect: a value is a number or a string, not a list`},
		{"deep tables", head + "names = " + strings.Repeat("{a=", 1e6), "f.toml:5:30009: arrays and inline tables are nested more than the maximum of 10000 levels deep"},
		{"deep tables, closed", head + "names = " + strings.Repeat("{1=", 9000) + "1" + strings.Repeat("}", 9000), `f.toml:5:10: edit 1: names: 1: it is a string, not a table`},
		{"deep names of tables", head + "[" + strings.Repeat("a.", 1e6) + "a]", "f.toml:5:2: " + strings.Repeat("a.", 200) + "…: no such table"},
		{"many edits", edits(100_001), "f.toml:300002:3: edit: there are more than 100,000 of them"},
		{"many keys", head + keys.String(), "f.toml:5:1: edit 1: k0: no such key"},
		{"long number", head + "expect = " + strings.Repeat("9", 1e6), "f.toml:5:10: edit 1: expect: a number of more than 2048 characters"},
		{"long quoted number", head + "expect = '" + strings.Repeat("9", 1e6) + "'", "f.toml:5:10: edit 1: expect: a number of more than 2048 characters"},
		{"long exponent", head + "expect = 1e999999999", "f.toml:5:10: edit 1: expect: \"1e999999999\" is not a value of type i32: write a whole number, such as 42, -7 or 0x2a"},
		{"long text", "quarry = 1\n[[edit]]\nfind = '" + strings.Repeat("a", 1<<20+1) + "'\nset = 'b'", "f.toml:3:8: edit 1: find: it has 1048577 bytes, and 1048576 are the most"},
		{"long name", "quarry = 1\n[[edit]]\nname = '" + strings.Repeat("a", 1e6) + "'", ""},
		{"long type", head + "show = '" + strings.Repeat("a", 1e6) + "'", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := patch.Parse("f.toml", []byte(c.text))
			if f != nil || !errors.Is(err, patch.ErrFile) {
				t.Fatalf("%v, %v", f, err)
			}
			if got := err.Error(); len(got) > 2000 || c.want != "" && got != c.want {
				t.Errorf("error is %.2000s\nwant %s", got, c.want)
			}
		})
	}
	f, err := patch.Parse("f.toml", []byte(edits(100_000)))
	if err != nil || len(f.Edits) != 100_000 {
		t.Fatalf("100,000 edits: %v", err)
	}
	f.Edits = append(f.Edits, f.Edits[0])
	if _, err := f.Encode(); err != nil {
		t.Errorf("one more is written: %v", err)
	}
}
