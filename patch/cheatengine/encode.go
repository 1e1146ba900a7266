package cheatengine

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
	"quarry/search/value"
)

// tableVersion is the version of the table format that is written.
const tableVersion = 42

// maxGroups bounds how deep groups nest: each takes two of the elements that may
// nest in a table.
const maxGroups = 40

// Encode writes a file as a table, and lists what a table cannot say. The error
// is always nil: it is there for the formats that have one.
func Encode(f *patch.File) ([]byte, []foreign.Omission, error) {
	w := &writer{names: make(map[string]bool)}
	for _, e := range f.Edits {
		w.names[e.Name] = e.Name != ""
	}
	fmt.Fprintf(&w.out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<CheatTable CheatEngineTableVersion=\"%d\">\n  <CheatEntries>\n", tableVersion)
	if f.Target != (patch.Requirements{}) {
		w.omit("target", "a table does not say what program it is for")
	}
	for i, e := range f.Edits {
		w.writeEdit(e, i)
	}
	w.openGroup(nil)
	w.out.WriteString("  </CheatEntries>\n")
	switch {
	case f.Title == "":
	case foreign.OneLine(f.Title) != f.Title || !valid(f.Title):
		w.omit("title", "a table can only hold printed text there")
	default:
		w.element(1, "Comments", f.Title)
	}
	w.out.WriteString("</CheatTable>\n")
	return w.out.Bytes(), w.omissions, nil
}

// writer writes the elements of a table.
type writer struct {
	out       bytes.Buffer
	omissions []foreign.Omission
	names     map[string]bool // of the edits
	group     []string        // that is open
	id        int
}

func (w *writer) omit(what, why string) {
	w.omissions = append(w.omissions, foreign.Omission{What: what, Why: why})
}

// entry is what the element of an edit will say beside its name.
type entry struct {
	body []element
	lost foreign.Lost
}

// element is an element of an entry: with text, or written already.
type element struct{ name, text, raw string }

func (e *entry) add(name, text string) { e.body = append(e.body, element{name: name, text: text}) }

func (w *writer) writeEdit(e patch.Edit, index int) {
	label := foreign.Label(e, index)
	out, why := w.entryOf(e, index)
	if why != "" {
		w.omit(label, why)
		return
	}
	name := e.Name
	if name == "" {
		name = unnamed
	} else if !nameable(name) {
		out.lost = append(out.lost, "its name as it is")
		name = sanitize(name)
	}
	group := strings.Split(e.Group, "/")
	if e.Group == "" {
		group = nil
	}
	if len(group) > maxGroups || slices.ContainsFunc(group, func(g string) bool { return !nameable(g) }) {
		out.lost = append(out.lost, "its group")
		group = nil
	}
	w.openGroup(group)
	w.begin(name)
	for _, part := range out.body {
		if part.raw != "" {
			fmt.Fprintf(&w.out, "%s%s\n", w.indent(1), part.raw)
			continue
		}
		w.element(w.depth()+1, part.name, part.text)
	}
	w.end()
	if o, ok := out.lost.Omission(label, "a table"); ok {
		w.omissions = append(w.omissions, o)
	}
}

// depth returns how deep entries of the open group are indented.
func (w *writer) depth() int { return 2 + 2*len(w.group) }

func (w *writer) indent(more int) string { return strings.Repeat("  ", w.depth()+more) }

// openGroup closes the groups that are open and opens others, as far as they
// differ.
func (w *writer) openGroup(group []string) {
	same := 0
	for same < len(group) && same < len(w.group) && group[same] == w.group[same] {
		same++
	}
	for len(w.group) > same {
		fmt.Fprintf(&w.out, "%s</CheatEntries>\n", strings.Repeat("  ", w.depth()-1))
		w.group = w.group[:len(w.group)-1]
		w.end()
	}
	for _, name := range group[same:] {
		w.begin(name)
		w.element(w.depth()+1, "GroupHeader", "1")
		fmt.Fprintf(&w.out, "%s<CheatEntries>\n", w.indent(1))
		w.group = append(slices.Clip(w.group), name)
	}
}

func (w *writer) begin(name string) {
	fmt.Fprintf(&w.out, "%s<CheatEntry>\n", w.indent(0))
	w.element(w.depth()+1, "ID", fmt.Sprint(w.id))
	w.element(w.depth()+1, "Description", `"`+name+`"`)
	w.id++
}

func (w *writer) end() { fmt.Fprintf(&w.out, "%s</CheatEntry>\n", w.indent(0)) }

func (w *writer) element(depth int, name, text string) {
	fmt.Fprintf(&w.out, "%s<%s>%s</%s>\n", strings.Repeat("  ", depth), name, escape(text), name)
}

// escape writes text as XML. Line ends stay, for people to read.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#xD;", "\t", "&#x9;").Replace(text)
}

// escapeAttr writes text as the value of an attribute.
func escapeAttr(text string) string { return strings.ReplaceAll(escape(text), "\n", "&#xA;") }

// valid reports whether XML can hold all characters of a text.
func valid(text string) bool {
	var b bytes.Buffer
	return xml.EscapeText(&b, []byte(text)) == nil && (!strings.Contains(b.String(), "\uFFFD") || strings.Contains(text, "\uFFFD"))
}

// nameable reports whether a name comes back as it is from a table.
func nameable(name string) bool {
	return name != "" && name != unnamed && foreign.OneLine(name) == name && valid(name)
}

// sanitize makes a name that a table can hold.
func sanitize(name string) string {
	return foreign.OneLine(strings.Map(func(r rune) rune {
		if !valid(string(r)) {
			return ' '
		}
		return r
	}, name))
}

// entryOf returns what a table can say of an edit, or why it can say nothing.
func (w *writer) entryOf(e patch.Edit, index int) (out entry, why string) {
	if e.Type == value.Invalid {
		e.Type = e.Guess()
	}
	switch {
	case !e.Stored.Plain():
		return out, fmt.Sprintf("its numbers are stored as %s", e.Stored)
	case e.Order != nil:
		return out, "it has a byte order of its own"
	}
	out.lost.Add(e.Note != "", "its note")
	out.lost.Add(e.Optional, "that it is optional")
	out.lost.Add(e.Disabled, "that it is off")
	var script string
	switch {
	case e.At == "":
		script, why = scriptOfSignature(e, index, &out)
	case e.Set.Text != "" && e.Freeze.Mode == freeze.Off && e.Type == value.Bytes && len(e.Expect.Values) == 1:
		script, why = w.scriptOfPlace(e, &out)
	default:
		return out, w.valueEntry(e, &out)
	}
	if why != "" {
		return out, why
	}
	out.lost.Add(len(e.Names) > 0, "its names for values")
	out.lost.Add(e.Hex, "that it is shown in hexadecimal")
	out.lost.Add(e.Freeze != (freeze.Rule{}), "how it is frozen")
	out.add("VariableType", "Auto Assembler Script")
	out.add("AssemblerScript", script)
	return out, ""
}

// placeOf takes the address of an edit to pieces, or tells why a table has none
// like it.
func (w *writer) placeOf(e patch.Edit) (p foreign.Place, why string) {
	p, ok := foreign.ParsePlace(e.At)
	switch name := baseName(p); {
	case !ok:
		return p, fmt.Sprintf("its address %s is none that Cheat Engine knows", e.At)
	case w.names[name]:
		return p, fmt.Sprintf("its address is counted from the entry %q", name)
	}
	text, offsets := writeAddress(p)
	again, why := parseAddress(text)
	if why == "" {
		again, why = readPointer(again, offsets)
	}
	if why == "" && (again.String() != p.String() || !valid(text)) {
		why = fmt.Sprintf("its address %s is none that Cheat Engine knows", e.At)
	}
	return again, why
}

// valueEntry writes an edit as an entry with a value.
func (w *writer) valueEntry(e patch.Edit, out *entry) (why string) {
	place, why := w.placeOf(e)
	if why != "" {
		return why
	}
	k := kind{typ: e.Type, hex: e.Hex}
	frozen := e.Freeze.Mode == freeze.Lock && e.Set.Text != "" && !e.Disabled
	if frozen {
		shown, ok := k.shown(e.Set)
		if frozen = ok && shown != "" && valid(shown); frozen {
			out.body = append(out.body, element{raw: fmt.Sprintf(`<LastState Value="%s" Activated="1"/>`, escapeAttr(shown))})
		}
	}
	out.lost.Add(e.Set.Text != "" && !frozen, "what it sets")
	out.lost.Add(e.Freeze != (freeze.Rule{}) && (!frozen || e.Freeze.Interval != 0), "how it is frozen")
	out.lost.Add(len(e.Expect.Values) > 0, "what is expected there")
	if e.Hex {
		out.add("ShowAsHex", "1")
	}
	if why := k.write(e, out); why != "" {
		return why
	}
	address, offsets := writeAddress(place)
	out.add("Address", address)
	if len(offsets) > 0 {
		var b strings.Builder
		for _, o := range offsets {
			fmt.Fprintf(&b, "<Offset>%s</Offset>", o)
		}
		out.body = append(out.body, element{raw: "<Offsets>" + b.String() + "</Offsets>"})
	}
	return ""
}

// kindNames are the names of types that a table has.
var kindNames = map[value.Type]string{
	value.I8: "Byte", value.I16: "2 Bytes", value.I32: "4 Bytes", value.I64: "8 Bytes",
	value.U8: "Byte", value.U16: "2 Bytes", value.U32: "4 Bytes", value.U64: "8 Bytes",
	value.F32: "Float", value.F64: "Double",
	value.String: "String", value.UTF16: "String", value.Bytes: "Array of byte",
}

// write adds the names and the type of an entry.
func (k kind) write(e patch.Edit, out *entry) (why string) {
	name, ok := kindNames[k.typ]
	if !ok {
		return fmt.Sprintf("Cheat Engine has no type %s", k.typ)
	}
	k.writeNames(e.Names, out)
	if k.typ.Integer() {
		out.add("ShowAsSigned", map[bool]string{true: "1", false: "0"}[k.typ.Signed()])
	}
	out.add("VariableType", name)
	if k.typ.Size() > 0 {
		return ""
	}
	length := e.Length
	for _, v := range append([]patch.Value{e.Set}, e.Expect.Values...) {
		if length <= 0 && v.Text != "" {
			raw, err := value.Encode(k.typ, v.Text, orderOfTables)
			if err != nil {
				return err.Error()
			}
			length = len(raw)
		}
	}
	switch {
	case length <= 0 || length > maxLength:
		return "its length is not known"
	case k.typ == value.Bytes:
		out.add("ByteLength", fmt.Sprint(length))
		return ""
	case k.typ == value.UTF16 && length%2 != 0:
		return "its length is no whole number of UTF-16 units"
	case k.typ == value.UTF16:
		length /= 2
	}
	out.add("Length", fmt.Sprint(length))
	out.add("Unicode", map[bool]string{true: "1", false: "0"}[k.typ == value.UTF16])
	out.add("CodePage", "0")
	out.add("ZeroTerminate", "0")
	return ""
}

// writeNames adds names for values as a drop-down list.
func (k kind) writeNames(names []patch.Named, out *entry) {
	var b strings.Builder
	left := 0
	for _, n := range names {
		shown, ok := k.shown(n.Value)
		line := shown + ":" + n.Name
		if again, _ := k.readNames(line); !ok || len(again) != 1 || again[0] != n || !valid(line) {
			left++
			continue
		}
		b.WriteString(escape(line) + "\n")
	}
	out.lost.Add(left > 0, fmt.Sprintf("%d of its names for values", left))
	if b.Len() > 0 {
		out.body = append(out.body, element{raw: "<DropDownList DisplayValueAsItem=\"1\">\n" + b.String() + "</DropDownList>"})
	}
}
