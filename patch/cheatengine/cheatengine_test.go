package cheatengine_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/patch/cheatengine"
	"quarry/patch/foreign"
	"quarry/search/value"
	"quarry/session/sessiontest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var formEqual = cmp.Comparer(func(a, b value.Form) bool { return a == b })

// show writes edits and omissions, one in a line.
func show(f *patch.File, omissions []foreign.Omission) string {
	var b strings.Builder
	fmt.Fprintf(&b, "title %q\n", f.Title)
	for _, e := range f.Edits {
		fmt.Fprintf(&b, "%q", e.Name)
		for _, p := range []struct{ key, text string }{
			{"in group", e.Group}, {"at", e.At}, {"find", e.Find.Text}, {"in", e.In}, {"type", e.Type.String()},
			{"expect", e.Expect.String()}, {"set", e.Set.Text},
		} {
			if p.text != "" {
				fmt.Fprintf(&b, " %s %s", p.key, p.text)
			}
		}
		fmt.Fprintf(&b, " matches %d offset %d length %d hex %v freeze %v", e.Matches, e.Offset, e.Length, e.Hex, e.Freeze)
		for _, n := range e.Names {
			fmt.Fprintf(&b, " %s=%s", n.Value.Text, n.Name)
		}
		b.WriteString("\n")
	}
	for _, o := range omissions {
		fmt.Fprintf(&b, "omitted %s\n", o)
	}
	return b.String()
}

func TestParse(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.CT")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, omissions, err := cheatengine.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(name, ".CT") + ".golden"
		got := show(f, omissions)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		checkRoundTrip(t, f)
		marked, _, err := cheatengine.Parse(name, append([]byte("\xef\xbb\xbf"), data...))
		if diff := cmp.Diff(f, marked, formEqual); err != nil || diff != "" {
			t.Errorf("%s with a byte order mark: %v\n%s", name, err, diff)
		}
	}
}

// checkRoundTrip writes a file, and reads it again: edits of which nothing is
// lost are the same.
func checkRoundTrip(t *testing.T, f *patch.File) {
	t.Helper()
	out, lost, err := cheatengine.Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	again, omissions, err := cheatengine.Parse(f.Name, out)
	if err != nil || omissions != nil {
		t.Fatalf("%v, %v\n%s", omissions, err, out)
	}
	left := make(map[string]bool)
	for _, o := range lost {
		left[o.What] = true
	}
	byName := make(map[string]patch.Edit)
	for _, e := range again.Edits {
		byName[e.Name] = e
	}
	for i, e := range f.Edits {
		if e.Name == "" || left[foreign.Label(e, i)] {
			continue
		}
		if diff := cmp.Diff(e, byName[e.Name], formEqual); diff != "" {
			t.Errorf("-first +again:\n%s\n%s", diff, out)
		}
	}
	if twice, _, _ := cheatengine.Encode(again); lost == nil && string(twice) != string(out) {
		t.Errorf("written again:\n%s\nnot\n%s", twice, out)
	}
}

// table puts entries into a table.
func table(entries string) string {
	return "<CheatTable>\n<CheatEntries>\n" + entries + "\n</CheatEntries>\n</CheatTable>"
}

func TestParseErrors(t *testing.T) {
	entry := func(body string) string { return table("<CheatEntry>" + body + "</CheatEntry>") }
	for _, c := range []struct{ data, want string }{
		{"", "x:1:1: there is no element in it"},
		{"<?xml version=\"1.0\"?>\n", "x:2:1: there is no element in it"},
		{"<Table/>", "x:1:1: the outermost element is <Table>"},
		{"<CheatTable>", "x:1:13: not XML: unexpected EOF"},
		{"<CheatTable>\n<A></B></CheatTable>", "x:2:8: not XML: element <A> closed by </B>"},
		{"<CheatTable/><CheatTable/>", "x:1:14: a second element follows the table"},
		{"<CheatTable>é&lol;</CheatTable>", "x:1:19: not XML: invalid character entity &lol;"},
		{"<!DOCTYPE t [<!ENTITY a \"b\">]><CheatTable/>", "x:1:1: a document type is declared, and entities of a file are not expanded"},
		{"<?xml version=\"1.0\" encoding=\"cp1252\"?><CheatTable/>", `x:1:40: not XML: the encoding "cp1252" is not read`},
		{"<CheatTable>\n" + strings.Repeat("<a>", 100), "x:2:298: elements nest deeper than 100"},
		{"\xff\xfe<\x00", "x:1:1: it is UTF-16"},
		{"<CheatTable>\xff", "x:1:13: a byte is not UTF-8"},
		{"<CheatTable>\x01</CheatTable>", "x:1:14: not XML: illegal character code U+0001"},
		{entry("<GroupHeader>yes</GroupHeader>"), `x:3:13: <GroupHeader> holds "yes"`},
		{entry("<ShowAsHex>2</ShowAsHex>"), `x:3:13: <ShowAsHex> holds "2"`},
		{entry("\n<ShowAsSigned>-1</ShowAsSigned>"), `x:4:1: <ShowAsSigned> holds "-1"`},
		{entry("<VariableType>String</VariableType><Length>ten</Length>"), `x:3:48: <Length> holds "ten"`},
		{entry("<VariableType>String</VariableType><Unicode>x</Unicode>"), `x:3:48: <Unicode> holds "x"`},
		{entry("<VariableType>Array of byte</VariableType><ByteLength>99999999999</ByteLength>"), `x:3:55: <ByteLength> holds "99999999999"`},
		{entry("<VariableType>Binary</VariableType><BitStart>-1</BitStart>"), `x:3:48: <BitStart> holds "-1"`},
		{entry("<VariableType>Binary</VariableType><BitLength>0x8</BitLength>"), `x:3:48: <BitLength> holds "0x8"`},
		{"<CheatTable><CheatCodes><CodeEntry><Actual><Byte>100</Byte></Actual></CodeEntry></CheatCodes></CheatTable>", `x:1:44: "100" is no byte`},
	} {
		f, omissions, err := cheatengine.Parse("x", []byte(c.data))
		if f != nil || omissions != nil || !errors.Is(err, patch.ErrFile) || err.Error() != c.want {
			t.Errorf("%s: %v, %v, %v\nwant %s", c.data, f, omissions, err, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	entry := "<CheatEntry><VariableType>Byte</VariableType><Address>" + strings.Repeat("[", 100) + "a</Address></CheatEntry>"
	for _, c := range []struct{ data, want string }{
		{table(strings.Repeat(entry, foreign.MaxEntries+1)), "there are more than 100000 entries"},
		{"<CheatTable>" + strings.Repeat("<a/>", 2_000_000), "there are more than 2000000 elements"},
		{strings.Repeat(" ", foreign.MaxFile+1), "the file is larger than 64 MiB"},
	} {
		f, _, err := cheatengine.Parse("x", []byte(c.data))
		if f != nil || !errors.Is(err, patch.ErrFile) || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
	doubling := "[ENABLE]\n"
	for i := range 60 {
		doubling += fmt.Sprintf("define(n%d,n%d n%d)\n", i, i+1, i+1)
	}
	for _, c := range []struct{ entry, want string }{
		{"<Address>" + strings.Repeat("+1", 5000) + "</Address>", "4:1: entry 1: its address is relative to that of its group, which has none"},
		{"<Address>a" + strings.Repeat("+1", 300) + "</Address>", "4:1: entry 1: its address is too long"},
		{"<Address>1</Address><Offsets>" + strings.Repeat("<Offset>0</Offset>", 65) + "</Offsets>", "4:1: entry 1: it follows more than 64 pointers"},
		{"<VariableType>Auto Assembler Script</VariableType><AssemblerScript>" + doubling + "n0:\n</AssemblerScript>", "65:1: entry 1: its defines make it too long"},
		{"<VariableType>Auto Assembler Script</VariableType><AssemblerScript>[ENABLE]" + strings.Repeat("\n10:", 513) + "</AssemblerScript>", "517:1: entry 1: it has more than 512 places"},
	} {
		f, omissions, err := cheatengine.Parse("x", []byte(table("\n<CheatEntry>"+c.entry+"</CheatEntry>")))
		if err != nil || len(f.Edits) > 0 || len(omissions) != 1 || omissions[0].String() != c.want {
			t.Errorf("%v, %v; want %s", omissions, err, c.want)
		}
	}
}

// TestScripts reads one script each: it becomes edits, or is refused.
func TestScripts(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"", "omitted 3:88: entry \"s\": it has no [ENABLE] section\n"},
		{"[ENABLE]\n[DISABLE]", "omitted 3:88: entry \"s\": it writes no bytes\n"},
		{"[ENABLE]\n10:\n db 90", "omitted 5:1: entry \"s\": neither assert nor [DISABLE] tells what was there before\n"},
		{"[ENABLE]\n10:\n jmp 20", "omitted 5:1: entry \"s\": \"jmp 20\" is more than replacing bytes\n"},
		{"[ENABLE]\ncreatethread(10)", "omitted 4:1: entry \"s\": createthread is more than replacing bytes\n"},
		{"[ENABLE]\ndb 90", "omitted 4:1: entry \"s\": bytes stand before the first label\n"},
		{"[ENABLE]\n10:\ndb 1FF", "omitted 5:1: entry \"s\": \"1FF\" is no number of that size\n"},
		{"[ENABLE]\naobscan(hit,zz)", "omitted 4:1: entry \"s\": \"zz\" is no signature\n"},
		{"[ENABLE]\naobscan(hit,90)\nhit:\ndb 91\n[DISABLE]\nhit:\ndb 92", "omitted 6:1: entry \"s\": its signature, asserts and [DISABLE] section disagree about what was there\n"},
		{"[ENABLE]\naobscan(hit,90 ?? 90)\nhit:\ndb 1\nhit+2:\ndb 2", "omitted 6:1: entry \"s\": what stands between the bytes that it writes is not known\n"},
		{"[ENABLE]\naobscan(hit,90 90)\nhit:\ndb 1 1\nhit+1:\ndb 2", "omitted 8:1: entry \"s\": it writes twice to the same byte\n"},
		{"10:\ndb 1\n[ENABLE]", "omitted 3:1: entry \"s\": it writes before [ENABLE]\n"},
		{"[ENABLE]\nnop 0", "omitted 4:1: entry \"s\": nop 0 is not understood\n"},
		{"[ENABLE]\naobscan(add,90)", "omitted 4:1: entry \"s\": the signature \"add\" is called as a hexadecimal number\n"},
		{"{$luacode}", "omitted 3:88: entry \"s\": it holds {$luacode}, which is code to execute\n"},
		{"[enable]\naobscanregion(HIT,1000,2000,90 C3) /* here */\nlabel(back)\nhit-1: db 'x' ; was 90\nback:\n", "find ?? 90 c3 in 0x1000..0x2000 type bytes set 78 matches 1 offset 0\n"},
		{"[ENABLE]\naobscan(hit,90 91 92)\nhit:\nnop\nhit+2:\nnop", "find 90 91 92 in all type bytes set 90 91 90 matches 1 offset 0\n"},
		{"define(spot,game.exe+10)\n[ENABLE]\nassert(spot,01 ?? 03)\nspot:\ndb 4 5", "at game.exe+0x10 type bytes expect 01 ?? 03 set 04 05 matches 0 offset 0\n"},
	} {
		data := table(`<CheatEntry><Description>"s"</Description><VariableType>Auto Assembler Script</VariableType><AssemblerScript>` + c.script + "</AssemblerScript></CheatEntry>")
		f, omissions, err := cheatengine.Parse("x", []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(show(f, omissions), "\n")
		got = strings.TrimPrefix(strings.Replace(got, " length 0 hex false freeze off", "", 1), `"s" `)
		want := c.want
		if strings.HasPrefix(want, "omitted 3:") { // where the entry begins to tell of its script
			_, want, _ = strings.Cut(want, ": ")
			_, got, _ = strings.Cut(got, ": ")
		}
		if got != want {
			t.Errorf("%s\ngot  %swant %s", c.script, got, want)
		}
		checkRoundTrip(t, f)
	}
}

func TestEncodeOmits(t *testing.T) {
	form, _ := value.ParseForm("2v")
	text := func(s string) patch.Value { return patch.Value{Text: s} }
	f := &patch.File{Title: "a\nb", Target: patch.Requirements{Exe: "game"}, Edits: []patch.Edit{
		{Name: "text", Find: text("abc"), Type: value.String, Set: text("abd")},
		{Name: "all", Find: text("01"), Type: value.Bytes, Set: text("02"), Matches: patch.All},
		{Name: "stored", At: "0x10", Type: value.I32, Stored: form},
		{Name: "region", At: "heap+0x10", Type: value.I32},
		{Name: "symbol", At: "&x", Type: value.I32},
		{Name: "counted", At: "all+8", Type: value.I32},
		{Name: "long", At: "0x10", Type: value.String},
		{Name: "behind", At: "[0x10]", Type: value.Bytes, Expect: patch.Expectation{Values: []patch.Value{text("01")}}, Set: text("02")},
		{Name: "a  b", At: "0x20", Type: value.I32, Note: "n", Group: "x//y", Optional: true, Disabled: true, Set: text("5"), Expect: patch.Expectation{Any: true}},
		{Name: "wild", Find: text("?? 01"), In: "heap", Type: value.Bytes, Set: text("02"), Matches: 1},
	}}
	_, omissions, err := cheatengine.Encode(f)
	var lines []string
	for _, o := range omissions {
		lines = append(lines, o.String())
	}
	want := []string{
		"target: a table does not say what program it is for",
		`entry "text": it is located by a value of type string, and scripts look for bytes`,
		`entry "all": it is for several places, and scripts find the first one`,
		`entry "stored": its numbers are stored as 2v`,
		`entry "region": "heap" means a region here`,
		`entry "symbol": its address &x is none that Cheat Engine knows`,
		`entry "counted": its address is counted from the entry "all"`,
		`entry "long": its length is not known`,
		`entry "behind": it replaces bytes behind a pointer, which scripts without code cannot`,
		`entry "a  b": a table cannot hold its note, that it is optional, that it is off, what it sets, its name as it is, its group`,
		`entry "wild": a table cannot hold where it searches (heap), how it is taken back`,
		"title: a table can only hold printed text there",
	}
	if diff := cmp.Diff(want, lines); err != nil || diff != "" {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
}

func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/orchard.CT")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(table(`<CheatEntry><Description>"a"</Description><VariableType>Double</VariableType><LastState Value="NAN" Activated="1"/><Address>"a b"-7fffffffffffffff</Address></CheatEntry>`)))
	f.Add([]byte(table(`<CheatEntry><Description>"s"</Description><VariableType>Auto Assembler Script</VariableType><AssemblerScript>define(a,b)
[ENABLE]
aobscan(x,1 ?)
assert(x-ffff,90)
x-5:
db 'a' 1
[DISABLE]
x-5:
nop 2</AssemblerScript></CheatEntry>`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var file *patch.File
		var err error
		sessiontest.Allocates(t, 400*len(data)+1<<20, func() { file, _, err = cheatengine.Parse("x", data) })
		if err != nil {
			if file != nil || !errors.Is(err, patch.ErrFile) {
				t.Fatalf("%v and %v", file, err)
			}
			return
		}
		checkRoundTrip(t, file)
	})
}

// FuzzScript reads scripts and addresses of entries, which FuzzParse seldom
// reaches behind the XML.
func FuzzScript(f *testing.F) {
	f.Add("[ENABLE]\naobscanmodule(hit,game.exe,90 ?? 4?)\nhit+1:\nnop 3\n[DISABLE]\nhit+1:\ndb 1 2 3", "game.exe+10", "8", "0:a")
	f.Add("[ENABLE]\naobscanregion(hit,1,2,90)\nassert(\"a b\"-8,1 2)\n\"a b\"-8:\ndb 1\n7fffffffffffffff:\ndq 1", "[[\"a+1\"+8]-10]", "-10+8", "1:a\n?:b")
	f.Add("define(x,y y)define(y,x x)\n{ a }//\nfffffffffffffff0-20:\ndb 'a'", "ffffffffffffffff+8-4", "0", "-1:x:y")
	f.Fuzz(func(t *testing.T, script, address, offset, list string) {
		var b strings.Builder
		for _, text := range []string{
			"<CheatEntry><Description>\"s\"</Description><VariableType>Auto Assembler Script</VariableType><AssemblerScript>", script,
			"</AssemblerScript></CheatEntry><CheatEntry><Description>", list, "</Description><VariableType>4 Bytes</VariableType><Address>", address,
			"</Address><Offsets><Offset>", offset, "</Offset></Offsets><DropDownList>", list,
			"</DropDownList><CheatEntries><CheatEntry><Description>c</Description><VariableType>8 Bytes</VariableType><ShowAsHex>1</ShowAsHex><Address>+",
			offset, "</Address><DropDownListLink>", list, "</DropDownListLink></CheatEntry></CheatEntries></CheatEntry>",
		} {
			if strings.HasPrefix(text, "<") && strings.HasSuffix(text, ">") {
				b.WriteString(text)
			} else if err := xml.EscapeText(&b, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		data := []byte(table(b.String()))
		var file *patch.File
		var err error
		sessiontest.Allocates(t, 400*len(data)+1<<20, func() { file, _, err = cheatengine.Parse("x", data) })
		if err == nil {
			checkRoundTrip(t, file)
		}
	})
}

func Example() {
	const data = `<CheatTable><CheatEntries><CheatEntry>
		<Description>"Apples"</Description>
		<VariableType>4 Bytes</VariableType>
		<Address>"game.exe"+1234</Address>
		<Offsets><Offset>8</Offset><Offset>12</Offset></Offsets>
	</CheatEntry></CheatEntries><LuaScript>print(1)</LuaScript></CheatTable>`
	file, omissions, err := cheatengine.Parse("game.CT", []byte(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file.Edits[0].Name, "at", file.Edits[0].At)
	fmt.Println(omissions[0])
	// Output:
	// Apples at [[game.exe+0x1234]+0x12]+0x8
	// 6:30: <LuaScript>: it is code to execute
}

// Tables that say the same again and again, and deeper and deeper, take no more than
// they are worth.
func TestHostileTablesAreBounded(t *testing.T) {
	const n = 1 << 12
	many := func(n int, text string) string { return strings.Repeat(text, n) }
	entry := func(inside string) string {
		return "<CheatEntry><ID>0</ID><VariableType>4 Bytes</VariableType><Address>10</Address>" + inside + "</CheatEntry>"
	}
	script := func(text string) string {
		return "<CheatEntry><Description>\"s\"</Description><VariableType>Auto Assembler Script</VariableType><AssemblerScript>" +
			text + "</AssemblerScript></CheatEntry>"
	}
	var doubled strings.Builder
	for i := range 60 {
		fmt.Fprintf(&doubled, "define(d%d,d%d d%d)\n", i, i+1, i+1)
	}
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "%d:value\n", i)
	}
	linked := entry("<Description>\"list\"</Description><DropDownList>" + list.String() + "</DropDownList>")
	long := "<Description>\"" + many(1<<14, "x") + "\"</Description>"
	for name, inside := range map[string]string{
		"names that double":    script(doubled.String() + "[ENABLE]\nd0:\ndb d0\n[DISABLE]\n"),
		"a name for each":      script(many(n, "define(a,b)\n") + "[ENABLE]\na:\ndb 1\n[DISABLE]\n"),
		"nops":                 script("[ENABLE]\n" + many(n, "10:\nnop ffffff\n") + "[DISABLE]\n"),
		"comments":             script(many(n, "{ { // \n")),
		"links to a list":      linked + many(n, entry("<DropDownListLink>list</DropDownListLink>")),
		"the same name":        many(n, entry("<Description>\"a\"</Description>")),
		"a long name of all":   many(20, "<CheatEntry>"+long+"<GroupHeader>1</GroupHeader><CheatEntries>") + many(n, entry("")) + many(20, "</CheatEntries></CheatEntry>"),
		"offsets":              entry("<Offsets>" + many(n, "<Offset>8</Offset>") + "</Offsets>"),
		"children of pointers": entry("<Offsets>" + many(40, "<Offset>8</Offset>") + "</Offsets><CheatEntries>" + many(n, "<CheatEntry><VariableType>Byte</VariableType><Address>+4</Address></CheatEntry>") + "</CheatEntries>"),
		"elements":             many(1<<16, "<a/>"),
	} {
		data := []byte(table(inside))
		sessiontest.Allocates(t, 1000*len(data)+1<<20, func() {
			if _, _, err := cheatengine.Parse("x", data); err != nil && !errors.Is(err, patch.ErrFile) {
				t.Error(err)
			}
		})
		if t.Failed() {
			t.Errorf("in a table of %s, %d bytes", name, len(data))
			return
		}
	}
}
