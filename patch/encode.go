package patch

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"quarry/patch/freeze"
	"quarry/search/value"
)

// Encode writes the file so that [Parse] reads the same again, with its
// comments. A file that Parse would refuse is a [*FileError], but for one with
// too many edits: what takes back very many writes can still be shown.
func (f *File) Encode() ([]byte, error) {
	w := new(writer)
	w.comments(f.Comments.Above)
	w.pairs(f.Comments, pair{key: "quarry", value: strconv.Itoa(Version)}, str("title", f.Title))
	if f.Target != (Requirements{}) || !f.TargetComments.IsZero() {
		f.Target.encode(w, f.TargetComments)
	}
	for _, e := range f.Edits {
		e.encode(w)
	}
	if len(f.Comments.Below) > 0 {
		w.WriteByte('\n')
		w.comments(f.Comments.Below)
	}
	data := []byte(w.String())
	if !utf8.Valid(data) {
		return nil, &FileError{File: f.Name, Problem: "a text in it is not UTF-8", Advice: "write such text as type bytes"}
	}
	if _, err := parse(f.Name, data, math.MaxInt); err != nil {
		return nil, err
	}
	return data, nil
}

func (q Requirements) encode(w *writer, c Comments) {
	w.header("[target]", c)
	w.pairs(c, str("exe", q.Exe), str("build-id", q.BuildID), str("arch", q.Arch))
	if q.PID != 0 {
		w.pairs(c, pair{key: "pid", value: strconv.Itoa(q.PID)}, pair{key: "start", value: strconv.FormatUint(q.Start, 10)})
	}
	w.comments(c.Below)
}

func (e Edit) encode(w *writer) {
	w.header("[[edit]]", e.Comments)
	w.pairs(e.Comments,
		str("name", e.Name), str("group", e.Group), str("note", e.Note),
		str("at", e.At), pair{key: "find", value: e.Find.encode()}, str("in", e.In),
		pair{key: "type", value: encodeType(e.Type)},
		pair{key: "length", value: encodeLength(e.Length)},
		pair{key: "stored", value: quote(e.Stored.String()), implied: e.Stored.Plain()},
		pair{key: "endian", value: encodeOrder(e.Order)},
	)
	if e.Find.Text != "" || e.Matches != 0 {
		w.pairs(e.Comments, pair{key: "matches", value: encodeMatches(e.Matches), implied: e.Find.Text != "" && e.Matches == 1})
	}
	if e.Find.Text != "" || e.Offset != 0 {
		w.pairs(e.Comments, pair{key: "offset", value: strconv.Itoa(e.Offset), implied: e.Offset == 0})
	}
	w.pairs(e.Comments,
		pair{key: "expect", value: e.Expect.encode()}, pair{key: "set", value: e.Set.encode()},
		pair{key: "freeze", value: encodeFreeze(e.Freeze), implied: e.Freeze.Mode == freeze.Off},
		pair{key: "interval", value: encodeInterval(e.Freeze.Interval)},
	)
	if e.Hex {
		w.pairs(e.Comments, str("show", "hex"))
	}
	w.pairs(e.Comments,
		pair{key: "names", value: encodeNames(e.Names)},
		flag("enabled", !e.Disabled, true), flag("optional", e.Optional, false),
	)
	w.comments(e.Comments.Below)
}

// str is a key whose value is a string; without one it is left out.
func str(key, text string) pair {
	if text == "" {
		return pair{}
	}
	return pair{key: key, value: quote(text)}
}

// flag is a key whose value is true or false.
func flag(key string, on, implied bool) pair {
	return pair{key: key, value: strconv.FormatBool(on), implied: on == implied}
}

func encodeType(t value.Type) string {
	if t == value.Invalid {
		return ""
	}
	return quote(t.String())
}

func encodeOrder(order binary.ByteOrder) string {
	switch {
	case order == nil:
		return ""
	case order.Uint16([]byte{0, 1}) == 1:
		return `"big"`
	}
	return `"little"`
}

// encodeMatches writes how often content must match; 0 means once.
func encodeMatches(n int) string {
	if n == All {
		return `"all"`
	}
	return strconv.Itoa(max(n, 1))
}

func encodeFreeze(r freeze.Rule) string {
	switch r.Mode {
	case freeze.Off:
		return "false"
	case freeze.Lock:
		return "true"
	}
	return quote(r.String())
}

// encodeInterval writes a time in ASCII.
func encodeInterval(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return quote(strings.ReplaceAll(d.String(), "µ", "u"))
}

func encodeNames(names []Named) string {
	if len(names) == 0 {
		return ""
	}
	parts := make([]string, len(names))
	for i, n := range names {
		key := n.Value.Text
		if key == "" || strings.Trim(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
			key = quote(key)
		}
		parts[i] = key + " = " + quote(n.Name)
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// encode writes a number as it was written, and all else as a string.
func (v Value) encode() string {
	if v.Text == "" {
		return ""
	}
	if v.Number {
		return v.Text
	}
	return quote(v.Text)
}

func (e Expectation) encode() string {
	switch {
	case e.Any:
		return `"any"`
	case e.IsZero():
		return ""
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

func encodeLength(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
