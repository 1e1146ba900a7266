package patch

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"quarry/search/value"
)

// Encode writes the file so that [Parse] reads the same again. A file that Parse
// would refuse is a [*FileError].
func (f *File) Encode() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "quarry = %d\n", Version)
	writeString(&b, "title", f.Title)
	if f.Target != (Requirements{}) {
		f.Target.encode(&b)
	}
	for _, e := range f.Edits {
		e.encode(&b)
	}
	data := []byte(b.String())
	if !utf8.Valid(data) {
		return nil, &FileError{File: f.Name, Problem: "a text in it is not UTF-8", Advice: "write such text as type bytes"}
	}
	if _, err := Parse(f.Name, data); err != nil {
		return nil, err
	}
	return data, nil
}

func (q Requirements) encode(b *strings.Builder) {
	b.WriteString("\n[target]\n")
	writeString(b, "exe", q.Exe)
	writeString(b, "build-id", q.BuildID)
	writeString(b, "arch", q.Arch)
	if q.PID != 0 {
		fmt.Fprintf(b, "pid = %d\nstart = %d\n", q.PID, q.Start)
	}
}

func (e Edit) encode(b *strings.Builder) {
	b.WriteString("\n[[edit]]\n")
	writeString(b, "name", e.Name)
	writeString(b, "at", e.At)
	if e.Find.Text != "" {
		fmt.Fprintf(b, "find = %s\n", e.Find.encode())
	}
	writeString(b, "in", e.In)
	if e.Type != value.Invalid {
		fmt.Fprintf(b, "type = %q\n", e.Type)
	}
	switch {
	case e.Matches == All:
		b.WriteString("matches = \"all\"\n")
	case e.Matches != 0 && (e.Matches != 1 || e.Find.Text == ""):
		fmt.Fprintf(b, "matches = %d\n", e.Matches)
	}
	if e.Offset != 0 {
		fmt.Fprintf(b, "offset = %d\n", e.Offset)
	}
	if !e.Expect.IsZero() {
		fmt.Fprintf(b, "expect = %s\n", e.Expect.encode())
	}
	if e.Set.Text != "" {
		fmt.Fprintf(b, "set = %s\n", e.Set.encode())
	}
	if e.Disabled {
		b.WriteString("enabled = false\n")
	}
	if e.Optional {
		b.WriteString("optional = true\n")
	}
}

// encode writes a number as it was written, and all else as a string.
func (v Value) encode() string {
	if v.Number {
		return v.Text
	}
	return quote(v.Text)
}

func (e Expectation) encode() string {
	if e.Any {
		return `"any"`
	}
	// In a list even "any" is a value.
	if len(e.Values) == 1 && e.Values[0] != (Value{Text: "any"}) {
		return e.Values[0].encode()
	}
	texts := make([]string, len(e.Values))
	for i, v := range e.Values {
		texts[i] = v.encode()
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func writeString(b *strings.Builder, key, text string) {
	if text != "" {
		fmt.Fprintf(b, "%s = %s\n", key, quote(text))
	}
}

// quote writes a TOML string: between single quotes where that saves escapes.
// Bytes that are not UTF-8 stay as they are, for Encode to find.
func quote(text string) string {
	printable := strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) < 0
	if printable && strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") {
		return "'" + text + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for size := 0; len(text) > 0; text = text[size:] {
		var r rune
		r, size = utf8.DecodeRuneInString(text)
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case strconv.IsPrint(r):
			b.WriteString(text[:size])
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
