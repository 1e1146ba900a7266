package x64dbg_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
	"quarry/patch/x64dbg"
	"quarry/search/value"
	"quarry/session/sessiontest"
)

var formEqual = cmp.Comparer(func(a, b value.Form) bool { return a == b })

// replace is the edit that a run of bytes becomes.
func replace(at, before, after string) patch.Edit {
	return patch.Edit{
		At: at, Type: value.Bytes, Set: patch.Value{Text: after},
		Expect: patch.Expectation{Values: []patch.Value{{Text: before}}},
	}
}

const sample = ">Orchard.exe\r\n0000000000001C41:0A->0B\r\n0000000000001C40:74->EB\r\n" +
	"0000000000002000:01->00\r\n\r\n>my game-2.dll\r\n10:ff->90\r\n>ORCHARD.EXE\r\n2001:02->03\r\n"

func TestParse(t *testing.T) {
	f, omissions, err := x64dbg.Parse("a.1337", []byte(sample))
	if err != nil || omissions != nil {
		t.Fatal(omissions, err)
	}
	want := &patch.File{Name: "a.1337", Edits: []patch.Edit{
		replace("Orchard.exe+0x1c40", "74 0a", "eb 0b"),
		replace("Orchard.exe+0x2000", "01 02", "00 03"),
		replace(`"my game-2.dll"+0x10`, "ff", "90"),
	}}
	if diff := cmp.Diff(want, f, formEqual); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := f.Encode(); err != nil {
		t.Errorf("as a patch file: %v", err)
	}
	checkRoundTrip(t, f)
}

// checkRoundTrip writes what was read, and reads it again.
func checkRoundTrip(t *testing.T, f *patch.File) {
	t.Helper()
	out, omissions, err := x64dbg.Encode(f)
	if err != nil || omissions != nil {
		t.Fatalf("%v, %v", omissions, err)
	}
	again, _, err := x64dbg.Parse(f.Name, out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(f, again, formEqual); diff != "" {
		t.Errorf("-first +again:\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"", "x:1:1: there is no patch in it"},
		{"\n \n", "x:3:1: there is no patch in it"},
		{"1:2->3", "x:1:1: a patch stands before the name of its module"},
		{">", "x:1:1: the name of a module is missing or cannot be one"},
		{"\n  > ", "x:2:3: the name of a module is missing or cannot be one"},
		{">a\"b", "x:1:1: the name of a module is missing or cannot be one"},
		{">a\x00b", "x:1:1: the name of a module is missing or cannot be one"},
		{">a\n12->3", "x:2:1: there is no colon behind the offset"},
		{">a\n1:2>3", "x:2:3: there is no -> between two bytes"},
		{">a\n1:2-> 3 4", `x:2:6: "3 4" is no byte`},
		{">a\n1:->3", `x:2:3: "" is no byte`},
		{">a\n1:2->", `x:2:6: "" is no byte`},
		{">a\n1:123->3", `x:2:3: "123" is no byte`},
		{">a\n1:2->100", `x:2:6: "100" is no byte`},
		{">a\n1:2->+1", `x:2:6: "+1" is no byte`},
		{">a\n 0x1:2->3", `x:2:2: "0x1" is no hexadecimal offset`},
		{">a\n-1:2->3", `x:2:1: "-1" is no hexadecimal offset`},
		{">a\n:2->3", `x:2:1: "" is no hexadecimal offset`},
		{">a\nFFFFFFFFFFFFFFFF:2->3", `x:2:1: "FFFFFFFFFFFFFFFF" is no hexadecimal offset`},
		{">a\n1:2->3\n>b\n>A\n1:2->3", "x:5:1: the byte at 1 is patched twice"},
		{">é\n1:2->\xff", "x:2:6: a byte is not UTF-8"},
		{"\xff\xfe>\x00", "x:1:1: it is UTF-16"},
	} {
		f, omissions, err := x64dbg.Parse("x", []byte(c.data))
		if f != nil || omissions != nil || !errors.Is(err, patch.ErrFile) || err.Error() != c.want {
			t.Errorf("%q: %v, %v, %v\nwant %s", c.data, f, omissions, err, c.want)
		}
	}
}

func TestEncodeOmits(t *testing.T) {
	whole := replace("game+0x10", "01 02", "03")
	with := func(change func(*patch.Edit)) patch.Edit { e := whole; change(&e); return e }
	for _, c := range []struct {
		edit patch.Edit
		want string
	}{
		{with(func(e *patch.Edit) { e.Disabled = true }), "entry 1: it is off, and a .1337 file has only patches that are on"},
		{with(func(e *patch.Edit) { e.Set.Text = "" }), "entry 1: it sets nothing"},
		{patch.Edit{Name: "x", Find: patch.Value{Text: "01"}, Type: value.Bytes, Set: patch.Value{Text: "02"}}, `entry "x": it is located by content, not by module and offset`},
		{with(func(e *patch.Edit) { e.At = "0x10" }), "entry 1: 0x10 is no module and offset"},
		{with(func(e *patch.Edit) { e.At = "[game]+8" }), "entry 1: [game]+8 is no module and offset"},
		{with(func(e *patch.Edit) { e.At = "&x" }), "entry 1: &x is no module and offset"},
		{with(func(e *patch.Edit) { e.Type = value.I32 }), "entry 1: its type is i32, not bytes"},
		{with(func(e *patch.Edit) { e.Expect = patch.Expectation{Any: true} }), "entry 1: it does not say exactly which bytes are there before"},
		{with(func(e *patch.Edit) { e.Expect.Values = []patch.Value{{Text: "?? 01"}} }), "entry 1: it does not say exactly which bytes are there before"},
		{with(func(e *patch.Edit) { e.Set.Text = "01 02 03" }), "entry 1: what it sets are not bytes that fit"},
	} {
		out, omissions, err := x64dbg.Encode(&patch.File{Edits: []patch.Edit{c.edit}})
		if err != nil || len(out) > 0 || len(omissions) != 1 || omissions[0].String() != c.want {
			t.Errorf("%q, %v, %v\nwant %s", out, omissions, err, c.want)
		}
	}
	lossy := with(func(e *patch.Edit) {
		e.Name, e.Group, e.Note, e.Optional = "n", "g", "o", true
		e.Freeze = freeze.Rule{Mode: freeze.Lock}
	})
	out, omissions, _ := x64dbg.Encode(&patch.File{Title: "t", Target: patch.Requirements{Exe: "x"}, Edits: []patch.Edit{lossy}})
	want := []foreign.Omission{
		{What: "title", Why: "a .1337 file has none"},
		{What: "target", Why: "a .1337 file names modules only"},
		{What: `entry "n"`, Why: "a .1337 file cannot hold its name, its group, its note, that it is frozen, that it is optional"},
	}
	if diff := cmp.Diff(want, omissions); diff != "" || string(out) != ">game\r\n0000000000000010:01->03\r\n" {
		t.Errorf("%s\n-want +got:\n%s", out, diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(">a\n1:2->3"))
	f.Add([]byte(">heap\n0:0->0\n>0x10\n7fffffffffff:1->2"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var file *patch.File
		var err error
		sessiontest.Allocates(t, 400*len(data)+1<<20, func() { file, _, err = x64dbg.Parse("x", data) })
		if err != nil {
			if file != nil || !errors.Is(err, patch.ErrFile) {
				t.Fatalf("%v and %v", file, err)
			}
			return
		}
		if len(file.Edits) > 0 {
			checkRoundTrip(t, file)
		}
	})
}

func Example() {
	file, _, err := x64dbg.Parse("jump.1337", []byte(">game.exe\n1C40:74->EB\n1C41:0A->0B\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := file.Edits[0]
	fmt.Println(e.At, "from", e.Expect, "to", e.Set.Text)
	// Output: game.exe+0x1c40 from 74 0a to eb 0b
}
