package gameconqueror_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
	"quarry/patch/gameconqueror"
	"quarry/search/value"
	"quarry/session/sessiontest"
)

var formEqual = cmp.Comparer(func(a, b value.Form) bool { return a == b })

// kept is the edit of a locked entry.
func kept(name, at string, typ value.Type, set string, mode freeze.Mode) patch.Edit {
	return patch.Edit{
		Name: name, At: at, Type: typ, Set: patch.Value{Text: set, Number: typ.Number()},
		Expect: patch.Expectation{Any: true}, Freeze: freeze.Rule{Mode: mode},
	}
}

func TestParse(t *testing.T) {
	f, omissions, err := gameconqueror.Parse("orchard.json", []byte(orchard))
	if err != nil {
		t.Fatal(err)
	}
	want := []patch.Edit{
		kept("Apples", "0x55ba345d6020", value.I32, "999", freeze.Lock),
		{Name: "Basket size", At: "0x55ba345d6024", Type: value.U8},
		{At: "0x1000", Type: value.F64},
		kept("Apples 2", "0x2000", value.F32, "0.25", freeze.Lock),
		kept("Greeting", "0x3000", value.String, "Hello <you>", freeze.Lock),
		{Name: "Name", At: "0x3020", Type: value.String, Length: 4},
		kept("Code", "0x4000", value.Bytes, "90 90 c3", freeze.Lock),
		{Name: "Table", At: "0x4010", Type: value.Bytes, Length: 2},
	}
	if diff := cmp.Diff(want, f.Edits, formEqual); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantOmitted := []foreign.Omission{{Row: 10, Column: 3, What: `entry "Gone"`, Why: "its value does not tell how long it is"}}
	if diff := cmp.Diff(wantOmitted, omissions); diff != "" {
		t.Errorf("omissions, -want +got:\n%s", diff)
	}
	checkRoundTrip(t, f)
}

func TestParseFormer(t *testing.T) {
	f, omissions, err := gameconqueror.Parse("x", []byte(former))
	if err != nil {
		t.Fatal(err)
	}
	want := []patch.Edit{
		kept("Apples", "0x55ba5a2a5560", value.I32, "-5", freeze.Lock),
		kept("Score", "0x55ba5a2a5564", value.U64, "18446744073709551615", freeze.UpOnly),
		kept("Heat", "0x10", value.F32, "1e+30", freeze.DownOnly),
		kept("Greeting", "0x20", value.String, "it's\n", freeze.Lock),
		{Name: "Plain", At: "0x40", Type: value.I32},
		{Name: "Broken", At: "0x60", Type: value.I16},
	}
	if diff := cmp.Diff(want, f.Edits, formEqual); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var lines []string
	for _, o := range omissions {
		lines = append(lines, o.String())
	}
	wantLines := []string{
		`1:2: "version": it is no part of a cheat list that is known`,
		`6:1: entry "Odd": its value does not tell how long it is`,
		`8:1: entry "Many": "number" could be several types, and its value does not tell which`,
		`9:1: entry "Broken": it is not frozen: "??" is not a value of type i16: write a whole number, such as 42, -7 or 0x2a`,
		`10:1: entry "Unknown": "complex" is no type that is known`,
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("omissions, -want +got:\n%s", diff)
	}
}

// checkRoundTrip writes what was read, and reads it again. What a list cannot
// hold must be the same when written once more.
func checkRoundTrip(t *testing.T, f *patch.File) {
	t.Helper()
	out, lost, err := gameconqueror.Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	again, omissions, err := gameconqueror.Parse(f.Name, out)
	if err != nil || omissions != nil {
		t.Fatalf("%v, %v\n%s", omissions, err, out)
	}
	held := make(map[string]bool)
	for _, o := range lost {
		held[o.What] = true
	}
	var whole, wholeAgain []patch.Edit
	for i, e := range f.Edits {
		if !held[foreign.Label(e, i)] && e.Name != "" {
			whole = append(whole, e)
		}
	}
	for i, e := range again.Edits {
		if !held[foreign.Label(e, i)] && e.Name != "" {
			wholeAgain = append(wholeAgain, e)
		}
	}
	if diff := cmp.Diff(whole, wholeAgain, formEqual); diff != "" {
		t.Errorf("-first +again:\n%s", diff)
	}
	if twice, _, _ := gameconqueror.Encode(again); len(lost) == 0 && string(twice) != string(out) {
		t.Errorf("written again:\n%s\nnot\n%s", twice, out)
	}
}

func TestParseErrors(t *testing.T) {
	row := func(columns string) string { return "{\"cheat_list\": [\n[" + columns + "]]}" }
	for _, c := range []struct{ data, want string }{
		{"", "x:1:1: the file ends in the middle"},
		{"[]", "x:1:1: the object is missing"},
		{"{", "x:1:2: the file ends in the middle"},
		{"{}", "x:1:2: cheat_list is missing"},
		{`{"a": 1}`, "x:1:8: cheat_list is missing"},
		{`{"cheat_list": {}}`, "x:1:16: the list is missing"},
		{`{"cheat_list": []} x`, "x:1:20: something follows the cheat list"},
		{`{"cheat_list": [], "cheat_list": []}`, "x:1:20: cheat_list is there twice"},
		{`{"cheat_list": [1]}`, "x:1:17: an entry is a list"},
		{`{"cheat_list": [[1`, "x:1:19: the file ends in the middle"},
		{row(``), "x:2:1: an entry has 6 columns that are known, not 0"},
		{row(`true, "a", 1, "int8", "1", true, 1, 1`), "x:2:1: an entry has 6 columns that are known, not 8"},
		{row(`1, "a", 1, "int8", "1", true`), "x:2:2: whether it is locked is true or false"},
		{row(`true, 2, 1, "int8", "1", true`), "x:2:8: the description is a text"},
		{row(`true, "é", -1, "int8", "1", true`), "x:2:13: this is no address"},
		{row(`true, "a", 18446744073709551616, "int8", "1", true`), "x:2:13: this is no address"},
		{row(`true, "a", 1.5, "int8", "1", true`), "x:2:13: this is no address"},
		{row(`"=", true, "a", "xyz", "int8", "1", true`), "x:2:18: this is no address"},
		{row(`true, "a", 1, 8, "1", true`), "x:2:16: the type is a text"},
		{row(`true, "a", 1, "int8", true, true`), "x:2:24: the value is a text or a number"},
		{row(`true, "a", 1, "int8", "1", 1`), "x:2:29: whether it is valid is true or false"},
		{row(`true, ["a"], 1, "int8", "1", 1`), "x:2:8: a column of an entry is a text, a number, true or false"},
		{row(strings.Repeat("1,", 20)), "x:2:34: an entry has too many columns"},
		{row("true,\n tru"), "x:3:2: not JSON: invalid character ']' in literal true (expecting 'e')"},
		{`{"a": ` + strings.Repeat("[", 101), "x:1:107: it nests deeper than 100"},
		{"{\"cheat_list\xff", "x:1:13: a byte is not UTF-8"},
		{"\xfe\xff", "x:1:1: it is UTF-16"},
	} {
		f, omissions, err := gameconqueror.Parse("x", []byte(c.data))
		if f != nil || omissions != nil || !errors.Is(err, patch.ErrFile) || err.Error() != c.want {
			t.Errorf("%s: %v, %v, %v\nwant %s", c.data, f, omissions, err, c.want)
		}
	}
}

func TestTooManyEntries(t *testing.T) {
	row := `[true,"",1,"int8","1",true],`
	data := `{"cheat_list": [` + strings.Repeat(row, foreign.MaxEntries) + row[:len(row)-1] + "]}"
	f, _, err := gameconqueror.Parse("x", []byte(data))
	if f != nil || err == nil || !strings.HasSuffix(err.Error(), "there are more than 100000 entries") {
		t.Error(err)
	}
	big := make([]byte, foreign.MaxFile+1)
	if f, _, err = gameconqueror.Parse("x", big); f != nil || err == nil || err.Error() != "x: the file is larger than 64 MiB" {
		t.Error(err)
	}
}

func TestEncodeOmits(t *testing.T) {
	form, _ := value.ParseForm("2v")
	any := patch.Expectation{Any: true}
	f := &patch.File{Title: "t", Target: patch.Requirements{Exe: "game"}, Edits: []patch.Edit{
		{Name: "found", Find: patch.Value{Text: "x"}},
		{Name: "module", At: "game+0x10", Type: value.I32},
		{Name: "wide", At: "0x10", Type: value.UTF16},
		{Name: "stored", At: "0x10", Type: value.I32, Stored: form},
		{Name: "long", At: "0x10", Type: value.Bytes},
		{Name: "rich", At: "0x10+0x10", Type: value.U16, Group: "g", Note: "n", Hex: true, Optional: true,
			Names: []patch.Named{{Value: patch.Value{Text: "1"}, Name: "on"}}, Set: patch.Value{Text: "5"}, Expect: any},
		{Name: "rising", At: "0x20", Type: value.I32, Set: patch.Value{Text: "5"}, Expect: any, Freeze: freeze.Rule{Mode: freeze.UpOnly}},
		{At: "0x30", Type: value.I32},
	}}
	out, omissions, err := gameconqueror.Encode(f)
	want := "{\"cheat_list\": [\n" +
		"  [false,\"rich\",32,\"int16\",\"0\",true],\n  [false,\"rising\",32,\"int32\",\"0\",true],\n  [false,\"No Description\",48,\"int32\",\"0\",true]\n]}\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
	var lines []string
	for _, o := range omissions {
		lines = append(lines, o.String())
	}
	wantLines := []string{
		"title: a cheat list has none",
		"target: a cheat list does not say what program it is for",
		`entry "found": it is located by content, not by address`,
		`entry "module": game+0x10 is no absolute address`,
		`entry "wide": GameConqueror has no type utf16`,
		`entry "stored": its numbers are stored as 2v`,
		`entry "long": GameConqueror tells the length of a value by the value, and 0 is none it could show`,
		`entry "rich": a cheat list cannot hold its group, its note, that it is unsigned, that it is shown in hexadecimal, its names for values, what it sets, that it is optional`,
		`entry "rising": a cheat list cannot hold what it sets, how it is frozen`,
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(orchard))
	f.Add([]byte(former))
	f.Add([]byte(`{"cheat_list": [[true, "a", 1, "float32", "nan", true], [true, "a", 1, "string", " ", true]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var file *patch.File
		var err error
		sessiontest.Allocates(t, 400*len(data)+1<<20, func() { file, _, err = gameconqueror.Parse("x", data) })
		if err != nil {
			if file != nil || !errors.Is(err, patch.ErrFile) {
				t.Fatalf("%v and %v", file, err)
			}
			return
		}
		checkRoundTrip(t, file)
	})
}

func Example() {
	const list = `{"cheat_list": [[true, "Apples", 4096, "int32", "999", true]]}`
	file, _, err := gameconqueror.Parse("orchard.json", []byte(list))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := file.Edits[0]
	fmt.Println(e.Name, "at", e.At, e.Type, "is kept at", e.Set.Text, "by", e.Freeze)
	// Output: Apples at 0x1000 i32 is kept at 999 by lock
}

// Lists that say the same again and again, and deeper and deeper, take no more than
// they are worth.
func TestHostileListsAreBounded(t *testing.T) {
	const n = 1 << 13
	many := func(n int, text string) string { return strings.Repeat(text, n) }
	for name, text := range map[string]string{
		"lists in lists": many(n, "["),
		"objects":        many(n, `{"a":`),
		"rows":           `{"cheat_list": [` + many(n, `[true,"a",1,"int32","1",true],`) + `[true,"a",1,"int32","1",true]]}`,
		"empty rows":     `{"cheat_list": [` + many(n, "[],") + "[]]}",
		"a long row":     `{"cheat_list": [[` + many(n, "1,") + "1]]}",
		"long numbers":   `{"cheat_list": [[true,"a",` + many(n, "9") + `,"int32","1",true]]}`,
		"bytes":          `{"cheat_list": [[true,"a",1,"bytearray","` + many(n, "?? ") + `",true]]}`,
		"unknown keys":   "{" + many(n, `"a": 1,`) + `"cheat_list": []}`,
	} {
		data := []byte(text)
		sessiontest.Allocates(t, 400*len(data)+1<<20, func() {
			if _, _, err := gameconqueror.Parse("x", data); err != nil && !errors.Is(err, patch.ErrFile) {
				t.Error(err)
			}
		})
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
