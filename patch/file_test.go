package patch_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search/value"
	"quarry/session/sessiontest"
)

// greeting is the example of DESIGN.md.
const greeting = `quarry = 1                       # version of this format
title  = "Greeting and lives"
[target]                         # refuse any other program
exe      = "game"
build-id = "3f0c"                # optional, as exact as you like
arch     = "amd64"

[[edit]]
name = "greeting"
find = "String 1"                # located by content …
in   = "heap"
type = "string"
matches = 1                      # … which must match exactly once (or "all")
set  = "Replaced"

[[edit]]
name   = "lives"
at     = "game+0x4a30"           # located by address expression
type   = "i32"
expect = 3                       # refuse if something else is there
set    = 99
freeze = true

[[edit]]
name = "no damage"
find = "29 f8 89 05 ?? ?? ?? ??"
in   = "module:game"
type = "bytes"
set  = "90 90"                   # shorter than the pattern: only these bytes change
`

// formEqual compares stored forms, which cmp cannot look into.
var formEqual = cmp.Comparer(func(a, b value.Form) bool { return a == b })

func parse(t testing.TB, data string) *patch.File {
	t.Helper()
	f, err := patch.Parse("test.toml", []byte(data))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return f
}

func number(text string) patch.Value { return patch.Value{Text: text, Number: true} }

func form(t testing.TB, text string) value.Form {
	t.Helper()
	f, err := value.ParseForm(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func str(text string) patch.Value { return patch.Value{Text: text} }

// keys are comments behind values.
func keys(pairs ...string) patch.Comments {
	c := patch.Comments{Keys: make(map[string]patch.Comments)}
	for i := 0; i < len(pairs); i += 2 {
		c.Keys[pairs[i]] = patch.Comments{Behind: pairs[i+1]}
	}
	return c
}

func TestParse(t *testing.T) {
	want := &patch.File{
		Name: "test.toml", Title: "Greeting and lives",
		Target: patch.Requirements{Exe: "game", BuildID: "3f0c", Arch: "amd64"},
		Edits: []patch.Edit{
			{Name: "greeting", Find: str("String 1"), In: "heap", Type: value.String, Matches: 1, Set: str("Replaced"),
				Comments: keys("find", "# located by content …", "matches", `# … which must match exactly once (or "all")`)},
			{Name: "lives", At: "game+0x4a30", Type: value.I32, Expect: patch.Expectation{Values: []patch.Value{number("3")}}, Set: number("99"),
				Freeze:   freeze.Rule{Mode: freeze.Lock},
				Comments: keys("at", "# located by address expression", "expect", "# refuse if something else is there")},
			{Name: "no damage", Find: str("29 f8 89 05 ?? ?? ?? ??"), In: "module:game", Type: value.Bytes, Matches: 1, Set: str("90 90"),
				Comments: keys("set", "# shorter than the pattern: only these bytes change")},
		},
		Comments: keys("quarry", "# version of this format"),
		TargetComments: patch.Comments{
			Behind: "# refuse any other program",
			Keys:   keys("build-id", "# optional, as exact as you like").Keys,
		},
	}
	if diff := cmp.Diff(want, parse(t, greeting), formEqual); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestParseEdit reads one edit each and checks that it survives being written.
func TestParseEdit(t *testing.T) {
	whatever := patch.Expectation{Any: true}
	expect := func(values ...patch.Value) patch.Expectation { return patch.Expectation{Values: values} }
	for _, c := range []struct {
		text string
		want patch.Edit
	}{
		{"at='0x10'\nexpect='any'\nset=5", patch.Edit{At: "0x10", Expect: whatever, Type: value.I32, Set: number("5")}},
		{"at='0x10'\nexpect=['any']\nset='any'", patch.Edit{At: "0x10", Expect: expect(str("any")), Type: value.String, Set: str("any")}},
		{"at='0x10'\nexpect='1..5'\nset=9", patch.Edit{At: "0x10", Expect: expect(str("1..5")), Type: value.I32, Set: number("9")}},
		{"at='0x10'\nexpect=[1, '3..5', 0x10]\nset=9", patch.Edit{At: "0x10", Expect: expect(number("1"), str("3..5"), number("0x10")), Type: value.I32, Set: number("9")}},
		{"at='0x10'\ntype='string'\nexpect='1..5'\nset='9'", patch.Edit{At: "0x10", Expect: expect(str("1..5")), Type: value.String, Set: str("9")}},
		{"at='0x10'\ntype='u64'\nexpect='any'\nset=0xFFFF_FFFF_FFFF_FFFF", patch.Edit{At: "0x10", Expect: whatever, Type: value.U64, Set: number("0xFFFFFFFFFFFFFFFF")}},
		{"at='0x10'\ntype='u64'\nexpect='any'\nset='0xFFFFFFFFFFFFFFFF'", patch.Edit{At: "0x10", Expect: whatever, Type: value.U64, Set: str("0xFFFFFFFFFFFFFFFF")}},
		{"at='0x10'\ntype='i64'\nexpect='any'\nset=9007199254740993", patch.Edit{At: "0x10", Expect: whatever, Type: value.I64, Set: number("9007199254740993")}},
		{"at='0x10'\ntype='i32'\nexpect='any'\nset=12e4", patch.Edit{At: "0x10", Expect: whatever, Type: value.I32, Set: number("12e4")}},
		{"at='0x10'\ntype='i32'\nexpect='any'\nset='12e4'", patch.Edit{At: "0x10", Expect: whatever, Type: value.I32, Set: str("12e4")}},
		{"at='0x10'\ntype='f32'\nexpect=1\nset=inf", patch.Edit{At: "0x10", Expect: expect(number("1")), Type: value.F32, Set: number("inf")}},
		{"at='0x10'\ntype='dword'\nexpect=-1\nset=-2", patch.Edit{}},
		{"at='0x10'\ntype='int32'\nexpect=-1\nset=-2", patch.Edit{At: "0x10", Expect: expect(number("-1")), Type: value.I32, Set: number("-2")}},
		{"at='[game+8]+0x10'\ntype='bytes'\nexpect='1? ?? 90'\nset='01 02'", patch.Edit{At: "[game+8]+0x10", Expect: expect(str("1? ?? 90")), Type: value.Bytes, Set: str("01 02")}},
		{"find=100\nset=200", patch.Edit{Find: number("100"), Type: value.I32, Matches: 1, Set: number("200")}},
		{"find='100'\nset='200'", patch.Edit{Find: str("100"), Type: value.I32, Matches: 1, Set: str("200")}},
		{"find=5000000000\nset=1", patch.Edit{Find: number("5000000000"), Type: value.I64, Matches: 1, Set: number("1")}},
		{"find=1.5\nset=1", patch.Edit{Find: number("1.5"), Type: value.F32, Matches: 1, Set: number("1")}},
		{"find='a'\nmatches='all'\nset='b'\nenabled=false\noptional=true", patch.Edit{Find: str("a"), Type: value.String, Matches: patch.All, Set: str("b"), Disabled: true, Optional: true}},
		{"find='abc'\nmatches=3\noffset=1\nset='b'\nenabled=true\nin='heap, anon'", patch.Edit{Find: str("abc"), In: "heap, anon", Type: value.String, Matches: 3, Offset: 1, Set: str("b")}},
		{"at='0x10'\ntype='i32'", patch.Edit{At: "0x10", Type: value.I32}},
		{"at='0x10'\nexpect=3", patch.Edit{At: "0x10", Type: value.I32, Expect: expect(number("3"))}},
		{"at='0x10'\ntype='string'\nlength=16\nname='n'\ngroup='Player/Stats'\nnote='''two\nlines'''", patch.Edit{At: "0x10", Type: value.String, Length: 16, Name: "n", Group: "Player/Stats", Note: "two\nlines"}},
		{"at='0x10'\ntype='utf16'\nlength=16\nendian='big'", patch.Edit{At: "0x10", Type: value.UTF16, Length: 16, Order: binary.BigEndian}},
		{"at='0x10'\ntype='i32'\nstored='text'\nlength=4", patch.Edit{At: "0x10", Type: value.I32, Length: 4, Stored: value.TextForm}},
		{"at='0x10'\ntype='i32'\nstored='2v+1'\nendian='little'\nexpect=3\nset=4", patch.Edit{At: "0x10", Type: value.I32, Stored: form(t, "2v+1"), Order: binary.LittleEndian, Expect: expect(number("3")), Set: number("4")}},
		{"at='0x10'\ntype='i32'\nfreeze=true", patch.Edit{At: "0x10", Type: value.I32, Freeze: freeze.Rule{Mode: freeze.Lock}}},
		{"at='0x10'\ntype='i32'\nfreeze=false", patch.Edit{At: "0x10", Type: value.I32}},
		{"at='0x10'\ntype='i32'\nfreeze='up-only'\ninterval='100us'", patch.Edit{At: "0x10", Type: value.I32, Freeze: freeze.Rule{Mode: freeze.UpOnly, Interval: 100 * time.Microsecond}}},
		{"at='0x10'\ntype='f32'\nfreeze='1.5 .. 5'\ninterval='1h'", patch.Edit{At: "0x10", Type: value.F32, Freeze: freeze.Rule{Mode: freeze.Within, Low: "1.5", High: "5", Interval: time.Hour}}},
		{"at='0x10'\ntype='u8'\nshow='hex'\nnames={0='none', 0x1='sword', '+2'='\"3\"'}", patch.Edit{At: "0x10", Type: value.U8, Hex: true, Names: []patch.Named{{Value: str("0"), Name: "none"}, {Value: str("0x1"), Name: "sword"}, {Value: str("+2"), Name: `"3"`}}}},
		{"at='0x10'\ntype='f64'\nnames={1.5='x'}", patch.Edit{At: "0x10", Type: value.F64, Names: []patch.Named{{Value: str("1.5"), Name: "x"}}}},
		{"find='100..200'\nset=5", patch.Edit{Find: str("100..200"), Type: value.I32, Matches: 1, Set: number("5")}},
		{"find='> 1.5'\nset=5", patch.Edit{Find: str("> 1.5"), Type: value.F32, Matches: 1, Set: number("5")}},
		{"find='not 0'\ntype='u8'\nset=5", patch.Edit{Find: str("not 0"), Type: value.U8, Matches: 1, Set: number("5")}},
		{"find='not now'\nset='5'", patch.Edit{Find: str("not now"), Type: value.String, Matches: 1, Set: str("5")}},
		{"find='changed'\nset='5'", patch.Edit{Find: str("changed"), Type: value.String, Matches: 1, Set: str("5")}},
		{"at='0x10'\nexpect=['> 5', 3]\nset=5", patch.Edit{At: "0x10", Type: value.I32, Expect: expect(str("> 5"), number("3")), Set: number("5")}},
		{`find="tab\tquote\"\\é\u0001"` + "\nset='''it's'''", patch.Edit{Find: str("tab\tquote\"\\é\x01"), Type: value.String, Matches: 1, Set: str("it's")}},
	} {
		t.Run(c.text, func(t *testing.T) {
			f, err := patch.Parse("", []byte("quarry = 1\n[[edit]]\n"+c.text+"\n"))
			if c.want.At+c.want.Find.Text == "" {
				if !errors.Is(err, value.ErrRange) { // -1 as u32
					t.Errorf("error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]patch.Edit{c.want}, f.Edits, formEqual); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			survives(t, f)
		})
	}
}

// survives checks that a file is the same after being written and read.
func survives(t *testing.T, f *patch.File) {
	t.Helper()
	data, err := f.Encode()
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	again, err := patch.Parse(f.Name, data)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	if diff := cmp.Diff(f, again, formEqual); diff != "" {
		t.Errorf("-before +after:\n%s%s", diff, data)
	}
}

func TestEncode(t *testing.T) {
	f := parse(t, greeting)
	survives(t, f)
	data, _ := f.Encode()
	const want = `quarry = 1 # version of this format
title = "Greeting and lives"

[target] # refuse any other program
exe = "game"
build-id = "3f0c" # optional, as exact as you like
arch = "amd64"

[[edit]]
name = "greeting"
find = "String 1" # located by content …
in = "heap"
type = "string"
matches = 1 # … which must match exactly once (or "all")
set = "Replaced"

[[edit]]
name = "lives"
at = "game+0x4a30" # located by address expression
type = "i32"
expect = 3 # refuse if something else is there
set = 99
freeze = true

[[edit]]
name = "no damage"
find = "29 f8 89 05 ?? ?? ?? ??"
in = "module:game"
type = "bytes"
set = "90 90" # shorter than the pattern: only these bytes change
`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestManual reads the examples of the manual.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../docs/patch-files.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```toml\n")[1:]
	if len(blocks) < 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		example, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(example, "quarry") {
			example = "quarry = 1\n" + example
		}
		f := parse(t, example)
		survives(t, f)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, f := range []*patch.File{
		{Edits: []patch.Edit{{Find: str("a"), At: "0x10", Set: str("b")}}},
		{Edits: []patch.Edit{{Find: str("a\xff"), Set: str("b")}}},
		{Edits: []patch.Edit{{Find: number("no number"), Set: str("b")}}},
	} {
		if data, err := f.Encode(); !errors.Is(err, patch.ErrFile) || data != nil {
			t.Errorf("Encode = %q, %v", data, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const head = "quarry = 1\n[[edit]]\nname = \"lives\"\n" // then row 4
	const at = "at = \"game+0x10\"\n"                       // then row 5
	for _, c := range []struct{ text, want, hint string }{
		{"", "f.toml:1:1: quarry: it is missing", "begin the file with: quarry = 1"},
		{"quarry = 2", "f.toml:1:10: quarry: the format of this file is 2, and this quarry reads 1", ""},
		{"quarry = '1'", "f.toml:1:10: quarry: the version of the format is a number, 1", ""},
		{"quarry = 1\n", "f.toml:1:1: edit: it is missing", "each change begins with [[edit]] on a line of its own"},
		{"quarry = 1\ntitel = 'x'", "f.toml:2:1: titel: no such key", "a patch file has the keys quarry, title, target, edit"},
		{"quarry = 1\ntitle = 5", "f.toml:2:9: title: it is a string, not a number", ""},
		{"quarry = 1\ntitle = 'x'\ntitle = 'y'", "f.toml:3:1: title: it is there twice", ""},
		{"quarry = 1\nedit = []", "f.toml:2:8: edit: it is an array of tables", "write [[edit]] on a line of its own"},
		{"quarry = 1\ntarget = {exe = 'x'}", "f.toml:2:10: target: it is a table", "write [target] on a line of its own"},
		{"quarry = 1\n[edit]", "f.toml:2:2: edit: no such table", "write [[edit]], with two brackets"},
		{"quarry = 1\n[edits]", "f.toml:2:2: edits: no such table", "a patch file has the tables [target] and [[edit]]"},
		{"quarry = 1\n[target]\n[target]", "f.toml:3:2: target: it is there twice", ""},
		{"quarry = 1\n[[target]]", "f.toml:2:3: target: no such table", "write [target], with one bracket"},
		{"quarry = 1\n[target]\nexe = ''", "f.toml:3:7: target.exe: it is empty", ""},
		{"quarry = 1\n[target]\nbuild-id = '3g'", `f.toml:3:12: target.build-id: "3g" is not hexadecimal`, ""},
		{"quarry = 1\n[target]\npid = 5", "f.toml:2:2: target.start: it is missing", "pid and start together name a process"},
		{"quarry = 1\n[target]\npid = 0\nstart = 1", "f.toml:3:7: target.pid: 0 is not in 1..2147483647", ""},
		{"quarry = 1\nx = ", "f.toml:2:4: expected value, not end of input", "the file is TOML: a line is [table], key = value or # comment, and text stands in quotes"},
		{"quarry = 1\n[[edit]\n", "", ""},
		{head + at + "type = \"u8\"\nexpect = 3\nset =  300", `f.toml:7:8: edit "lives": set: 300 does not fit u8: it holds 0..255`, `name another type, such as type = "i64" or "f64", if this is not the one that the program uses`},
		{head + at + "type = 'u9'\nset = 1", `f.toml:5:8: edit "lives": type: "u9": no such type; types are i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 string utf16 bytes any`, ""},
		{head + at + "type = 'any'\nset = 1", `f.toml:5:8: edit "lives": type: a value is written as one type: name it, such as i32`, ""},
		{head + at + "set = 1", `f.toml:2:3: edit "lives": expect: it is missing`, `write what is there before the edit, or expect = "any" to overwrite whatever is there`},
		{head + "find = 1", `f.toml:2:3: edit "lives": set: it is missing`, "write set = VALUE, the value to write"},
		{head + at + "find = 'x'\nset = 'y'", `f.toml:4:6: edit "lives": at: an edit has find or at, not both`, `write find = "what is there", or at = "game+0x10"`},
		{head + "set = 'y'", `f.toml:2:3: edit "lives": find: it is missing, and so is at`, `write find = "what is there", or at = "game+0x10"`},
		{head + "find = 'abc'\nset = 'defg'", `f.toml:5:7: edit "lives": set: the new value has 4 bytes, and only 3 fit`, "shorten it to 3 bytes; what follows belongs to something else"},
		{head + "find = '01 02'\ntype = 'bytes'\nset = '01 02 03'", `f.toml:6:7: edit "lives": set: the new value has 3 bytes, and only 2 fit`, "lengthen what is looked for, if need be with ??, so that nothing unknown is overwritten"},
		{head + "find = '01 02'\ntype = 'bytes'\nset = '01 ??'", `f.toml:6:7: edit "lives": set: wildcards have no bytes to write`, "a shorter set leaves the rest as it is; offset says where it begins"},
		{head + "find = '01 0z'\ntype = 'bytes'\nset = '01'", `f.toml:4:8: edit "lives": find: "01 0z" is not a value of type bytes: column 4 is no byte; write two hexadecimal digits, or ?? for any byte`, ""},
		{head + "find = 90\ntype = 'bytes'\nset = '01'", `f.toml:4:8: edit "lives": find: 90 is a number, and the type is bytes`, "put it in quotes"},
		{head + "find = 'ab'\noffset = 2\nset = 'c'", `f.toml:5:10: edit "lives": offset: 2 is past the end of find, which has 2 bytes`, ""},
		{head + "find = 'ab'\noffset = 1\nset = 'cd'", `f.toml:6:7: edit "lives": set: the new value has 2 bytes, and only 1 fit`, "shorten it to 1 byte; what follows belongs to something else"},
		{head + "find = 'ab'\nexpect = 'ab'\nset = 'cd'", `f.toml:5:10: edit "lives": expect: it goes with at; what find finds is what is expected`, ""},
		{head + "find = 'ab'\nin = 'haep'\nset = 'cd'", `f.toml:5:6: edit "lives": in: scope "haep": no such scope; did you mean heap?`, "a scope is writable, heap, anon, stack, data, exec, all, module:NAME or START..END, several joined by commas"},
		{head + "find = 'ab'\nmatches = 0\nset = 'cd'", `f.toml:5:11: edit "lives": matches: it is a number from 1 on, or "all"`, ""},
		{head + "find = 'ab'\nset = true", `f.toml:5:7: edit "lives": set: a value is a number or a string, not true or false`, "put it in quotes"},
		{head + "find = 'ab'\nset = 1979-05-27", `f.toml:5:7: edit "lives": set: a value is a number or a string, not a date`, "put it in quotes"},
		{head + "find = ['ab']\nset = 'cd'", `f.toml:4:8: edit "lives": find: a value is a number or a string, not a list`, "put it in quotes"},
		{head + "find = 'ab'\nset = ''", `f.toml:5:7: edit "lives": set: it is empty`, ""},
		{head + "at = 'game+'\nexpect = 1\nset = 2\nmatches = 2", `f.toml:7:11: edit "lives": matches: it goes with find`, ""},
		{head + "at = '[game'\nexpect = 1\nset = 2", `f.toml:4:6: edit "lives": at: address "[game": column 6: the bracket is not closed`, "write a pointer as [game+0x10]"},
		{head + at + "offset = 8\nexpect = 1\nset = 2", `f.toml:5:10: edit "lives": offset: it goes with find`, `write at = "game+0x10+8"`},
		{head + at + "expect = []\nset = 2", `f.toml:5:10: edit "lives": expect: the list is empty`, `write expect = "any" to overwrite whatever is there`},
		{head + at + "expect = '5..1'\nset = 2", `f.toml:5:10: edit "lives": expect: "5..1" is not a condition: the first end is above the second`, ""},
		{head + at + "expect = '> 5..6'\nset = 2\ntype='i32'", "", ""},
		{head + at + "expect = ['ab', 'abc']\nset = 'cd'", `f.toml:5:17: edit "lives": expect: the values of a list have the same length, and these have 2 and 3 bytes`, ""},
		{head + at + "expect = 1\nset = 2\nenabled = 1", `f.toml:7:11: edit "lives": enabled: it is true or false, not a number`, ""},
		{head + at + "expect = 1\nset = 2\nfroze = 1", `f.toml:7:1: edit "lives": froze: no such key`, "an edit has the keys name, group, note, find, in, matches, offset, at, expect, type, length, stored, endian, set, freeze, interval, show, names, enabled, optional"},
		{head + at + "expect = 1\nset = 2\n[[edit]]\nname='lives'\nfind='a'\nset='b'", `f.toml:8:6: edit "lives": name: another edit has this name`, ""},
		{"quarry = 1\n[[edit]]\nfind='é'\ntype = 'u8'  # ünü\nset='b'", `f.toml:3:6: edit 1: find: "é" is not a value of type u8: write a whole number, such as 42, -7 or 0x2a`, `name another type, such as type = "i64" or "f64", if this is not the one that the program uses`},
	} {
		t.Run(c.text, func(t *testing.T) {
			f, err := patch.Parse("f.toml", []byte(c.text))
			var fileErr *patch.FileError
			if !errors.As(err, &fileErr) || !errors.Is(err, patch.ErrFile) || f != nil {
				t.Fatalf("Parse = %v, %v", f, err)
			}
			if strings.Contains(err.Error(), "\n") || fileErr.Row == 0 {
				t.Errorf("not one line with a position: %q", err)
			}
			if c.want == "" {
				return
			}
			if diff := cmp.Diff([]string{c.want, c.hint}, []string{err.Error(), fileErr.Hint()}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(greeting))
	for _, seed := range []string{
		"quarry=1\n[[edit]]\nat='0x10'\nexpect=[1,'3..5']\nset=9",
		"quarry=1\n[target]\npid=1\nstart=0x10\n[[edit]]\nfind='4? ??'\ntype='bytes'\nset='90'\nmatches='all'",
		"quarry=1\n[[edit]]\nat='[\"a b\"+8]-1'\nexpect='any'\nset=1_000.5\ntype='f64'",
		"quarry = 1\ntarget.exe = {a = [1, {}]}",
		commented,
		"quarry=1\n[[edit]]\nat='0x10'\ntype='u8'\nnames={0='a',\"-1\"='b'}\nfreeze='1..5'\ninterval='1.5ms'\nshow='hex'\nendian='big'",
		"quarry=1\n[[edit]]\nat='a'\ntype='string'\nlength=5\nnote=\"\"\"\n# a\n\"\"\"",
	} {
		f.Add([]byte(seed))
	}
	bad, _ := filepath.Glob("testdata/bad/*.toml")
	for _, path := range bad {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var file *patch.File
		var err error
		sessiontest.Allocates(t, 400*len(data)+1<<20, func() { file, err = patch.Parse("f.toml", data) })
		if err != nil {
			if file != nil || !errors.Is(err, patch.ErrFile) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("Parse = %v, %q", file, err)
			}
			return
		}
		survives(t, file)
		sameComments(t, data, file)
	})
}

// Files that say the same again and again, and deeper and deeper, take no more than
// they are worth.
func TestHostileFilesAreBounded(t *testing.T) {
	const n = 1 << 15
	many := func(n int, text string) string { return strings.Repeat(text, n) }
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"lists in lists":       "a = " + many(n, "["),
		"closed lists":         "a = " + many(5000, "[") + many(5000, "]"),
		"tables in tables":     "a = " + many(n, "{a = "),
		"dotted keys":          many(n, "a.") + "a = 1",
		"many dotted keys":     numbered(1000, many(100, "a.")+"k%d = 1\n"),
		"many tables":          numbered(n, "[t%d]\n"),
		"many keys":            numbered(n, "k%d = 1\n"),
		"many edits":           many(n, "[[edit]]\n"),
		"many sound edits":     numbered(1<<12, "[[edit]]\nname='e%d'\nat='0x10'\ntype='u8'\nset=1\n"),
		"many comments":        many(n, "# a\n") + "quarry = 2",
		"comments of edits":    many(1<<12, "# a\n\n[[edit]] # b\n# c\nat='1' # d\nset=1\n"),
		"long text":            "title = \"" + many(n, "\\u0041"),
		"values expected":      "[[edit]]\nat='1'\nset=1\nexpect=[" + many(n, "1,") + "1]\n",
		"names of values":      "[[edit]]\nat='1'\ntype='u32'\nset=1\nnames={" + numbered(n, "%d='a',") + "x='b'}\n",
		"pointers in pointers": "[[edit]]\nset=1\nat='" + many(n, "[") + "1" + many(n, "]") + "'\n",
		"wildcards":            "[[edit]]\ntype='bytes'\nset='90'\nfind='" + many(n, "?? ") + "90'\n",
	} {
		data := []byte("quarry = 1\n" + text)
		sessiontest.Allocates(t, 1000*len(data)+1<<20, func() {
			if _, err := patch.Parse(name, data); err != nil && !errors.Is(err, patch.ErrFile) {
				t.Error(err)
			}
		})
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
