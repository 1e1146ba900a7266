package gameconqueror

import (
	"encoding/binary"
	"fmt"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/search/value"
)

// types are the types of entries, and scanmem's own names for them, which older
// versions let through. GameConqueror shows integers signed.
var types = map[string]value.Type{
	"int8": value.I8, "int16": value.I16, "int32": value.I32, "int64": value.I64,
	"uint8": value.U8, "uint16": value.U16, "uint32": value.U32, "uint64": value.U64,
	"float32": value.F32, "float64": value.F64, "float": value.F32,
	"bytearray": value.Bytes, "string": value.String,
	"i8": value.I8, "i16": value.I16, "i32": value.I32, "i64": value.I64,
	"i8s": value.I8, "i16s": value.I16, "i32s": value.I32, "i64s": value.I64,
	"i8u": value.U8, "i16u": value.U16, "i32u": value.U32, "i64u": value.U64,
	"f32": value.F32, "f64": value.F64,
}

// unsigned are the types for values above those of a signed one.
var unsigned = map[value.Type]value.Type{value.I8: value.U8, value.I16: value.U16, value.I32: value.U32, value.I64: value.U64}

// typeOf returns the type of an entry. "int" and "number" name several; the
// value decides, as it does for an integer that only its unsigned form can hold.
func typeOf(w row) (t value.Type, why string) {
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(w.kind)), " ")
	switch kind {
	case "int", "number":
		t = value.Guess(w.value)
		if !t.Number() || kind == "int" && !t.Integer() {
			return value.Invalid, fmt.Sprintf("%q could be several types, and its value does not tell which", w.kind)
		}
		return t, ""
	}
	t, ok := types[kind]
	if !ok {
		return value.Invalid, fmt.Sprintf("%q is no type that is known", w.kind)
	}
	if wide := unsigned[t]; wide != value.Invalid {
		if _, err := value.ParseInteger(t, w.value); err != nil {
			if _, err := value.ParseInteger(wide, w.value); err == nil {
				return wide, ""
			}
		}
	}
	return t, ""
}

// lengthOf returns the length of a text or of bytes, which the list only tells by
// the value that it shows.
func lengthOf(t value.Type, w row) (length int, why string) {
	const unknown = "its value does not tell how long it is"
	if t == value.String {
		text, ok := textOf(w)
		if !ok || text == "" || w.value == "??" {
			return 0, unknown
		}
		return len(text), ""
	}
	p, err := value.ParsePattern(w.value)
	if err != nil {
		return 0, unknown
	}
	return len(p.Bytes), ""
}

// valueOf returns the value that a locked entry is kept at.
func valueOf(t value.Type, w row) (v patch.Value, why string) {
	text := w.value
	if t == value.String {
		var ok bool
		if text, ok = textOf(w); !ok {
			return v, "its value has escapes that are not known"
		}
	}
	raw, err := value.Encode(t, text, binary.LittleEndian)
	if err != nil {
		return v, err.Error()
	}
	return foreign.Value(t, raw), ""
}

// textOf returns the text of a string, without the escapes of older versions. ok
// is false for escapes other than of backslashes, quotes and white space.
func textOf(w row) (text string, ok bool) {
	if !w.old || !strings.Contains(w.value, `\`) {
		return w.value, true
	}
	var b strings.Builder
	for rest := w.value; rest != ""; rest = rest[1:] {
		if rest[0] != '\\' {
			b.WriteByte(rest[0])
			continue
		}
		if rest = rest[1:]; rest == "" {
			return "", false
		}
		i := strings.IndexByte(`\'"ntr`, rest[0])
		if i < 0 {
			return "", false
		}
		b.WriteByte("\\'\"\n\t\r"[i])
	}
	return b.String(), true
}
