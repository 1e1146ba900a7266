package gameconqueror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/freeze"
	"quarry/search/value"
)

// kinds are the types that GameConqueror knows.
var kinds = map[value.Type]string{
	value.I8: "int8", value.I16: "int16", value.I32: "int32", value.I64: "int64",
	value.U8: "int8", value.U16: "int16", value.U32: "int32", value.U64: "int64",
	value.F32: "float32", value.F64: "float64", value.Bytes: "bytearray", value.String: "string",
}

// Encode writes the edits that are at an absolute address as a cheat list of the
// present version, and lists what cannot be said in one. GameConqueror unlocks
// all entries when it reads a list.
func Encode(f *patch.File) ([]byte, []foreign.Omission, error) {
	var omissions []foreign.Omission
	add := func(what, why string) { omissions = append(omissions, foreign.Omission{What: what, Why: why}) }
	if f.Title != "" {
		add("title", "a cheat list has none")
	}
	if f.Target != (patch.Requirements{}) {
		add("target", "a cheat list does not say what program it is for")
	}
	rows := make([]json.RawMessage, 0, len(f.Edits))
	for i, e := range f.Edits {
		label := foreign.Label(e, i)
		columns, why := columnsOf(e)
		if why != "" {
			add(label, why)
			continue
		}
		if o, ok := lostOf(e).Omission(label, "a cheat list"); ok {
			omissions = append(omissions, o)
		}
		raw, err := plainJSON(columns)
		if err != nil {
			return nil, nil, &patch.FileError{File: f.Name, Edit: label, Problem: err.Error(), Cause: err}
		}
		rows = append(rows, raw)
	}
	var b bytes.Buffer
	b.WriteString("{\"cheat_list\": [")
	for i, raw := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  ")
		b.Write(raw)
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), omissions, nil
}

// plainJSON writes a value in one line, without escaping what only HTML needs.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// columnsOf returns the row of an edit, or why there is none.
func columnsOf(e patch.Edit) (columns []any, why string) {
	place, ok := foreign.ParsePlace(e.At)
	if e.Type == value.Invalid {
		e.Type = e.Guess()
	}
	kind, known := kinds[e.Type]
	text, why := shownValue(e)
	switch {
	case e.At == "":
		return nil, "it is located by content, not by address"
	case !ok || place.Name != "" || place.Pointer != nil:
		return nil, fmt.Sprintf("%s is no absolute address", e.At)
	case !known:
		return nil, fmt.Sprintf("GameConqueror has no type %s", e.Type)
	case !e.Stored.Plain():
		return nil, fmt.Sprintf("its numbers are stored as %s", e.Stored)
	case e.Order != nil:
		return nil, "it has a byte order of its own"
	case why != "":
		return nil, why
	}
	name := e.Name
	if name == "" {
		name = unnamed
	}
	return []any{locked(e), name, place.Address + uint64(place.Offset), kind, text, true}, ""
}

// locked reports whether GameConqueror can keep the value of an edit.
func locked(e patch.Edit) bool {
	return e.Freeze.Mode == freeze.Lock && e.Set.Text != "" && !e.Disabled
}

// shownValue returns the value of an entry. One that is not locked has any of the
// right length.
func shownValue(e patch.Edit) (text, why string) {
	switch {
	case locked(e):
		return e.Set.Text, ""
	case e.Type.Number():
		return "0", ""
	}
	length := e.Length
	for _, v := range append([]patch.Value{e.Set}, e.Expect.Values...) {
		if length > 0 || v.Text == "" {
			continue
		}
		if length = len(v.Text); e.Type == value.Bytes {
			p, err := value.ParsePattern(v.Text)
			if err != nil {
				return "", err.Error()
			}
			length = len(p.Bytes)
		}
	}
	switch {
	case length <= 0 || length > 1<<16:
		return "", fmt.Sprintf("GameConqueror tells the length of a value by the value, and %d is none it could show", length)
	case e.Type == value.Bytes:
		return strings.TrimSpace(strings.Repeat("00 ", length)), ""
	}
	return strings.Repeat(" ", length), ""
}

// lostOf returns what a row cannot say of an edit that it can otherwise hold.
func lostOf(e patch.Edit) foreign.Lost {
	var lost foreign.Lost
	lost.Add(e.Group != "", "its group")
	lost.Add(e.Note != "", "its note")
	lost.Add(e.Type.Integer() && !e.Type.Signed(), "that it is unsigned")
	lost.Add(e.Hex, "that it is shown in hexadecimal")
	lost.Add(len(e.Names) > 0, "its names for values")
	lost.Add(e.Set.Text != "" && !locked(e), "what it sets")
	lost.Add(e.Freeze != (freeze.Rule{}) && e.Freeze != (freeze.Rule{Mode: freeze.Lock}), "how it is frozen")
	lost.Add(!e.Expect.Any && len(e.Expect.Values) > 0, "what is expected there")
	lost.Add(e.Disabled, "that it is off")
	lost.Add(e.Optional, "that it is optional")
	return lost
}
