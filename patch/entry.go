package patch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"quarry/search/value"
)

// Check returns a [*FileError] when the edit is not one that a file may hold.
func (e Edit) Check() error {
	if _, err := compile(e, anyOrder); err != nil {
		return fileError("", e.label(0), err)
	}
	return nil
}

// Width returns how many bytes the edit is about: those of its type, or as many
// as its Length or its values have. It is 0 for an edit that [Edit.Check]
// refuses.
func (e Edit) Width() int {
	c, err := compile(e, anyOrder)
	if err != nil {
		return 0
	}
	return max(c.width(), c.Length, c.Stored.Size(c.Type), c.Type.Size())
}

// ValueOf returns the value of the edit's type that raw holds in a process of
// that byte order, or the zero Value when none stands for exactly these bytes.
func (e Edit) ValueOf(raw []byte, order binary.ByteOrder) Value {
	if e.Order != nil {
		order = e.Order
	}
	t := e.Type
	if t == value.Invalid {
		t = e.Guess()
	}
	var text string
	switch ok := true; {
	case t == value.String:
		text = string(raw)
	case t == value.Bytes:
		text = fmt.Sprintf("% x", raw)
	default:
		if text, ok = e.Stored.Format(t, raw, order); !ok {
			return Value{}
		}
	}
	back, err := e.Stored.Encode(t, text, order)
	if err != nil || !bytes.Equal(back, raw) || !utf8.ValidString(text) {
		return Value{}
	}
	return NewValue(t, text)
}

// NewValue returns a value of a type as a patch file would best hold it: whole
// numbers that TOML reads as people do stand without quotes.
func NewValue(t value.Type, text string) Value {
	n, err := strconv.ParseInt(text, 10, 64)
	return Value{Text: text, Number: t.Integer() && err == nil && strconv.FormatInt(n, 10) == text}
}

// Is reports whether raw, read in a process of that byte order, holds v.
func (e Edit) Is(v Value, raw []byte, order binary.ByteOrder) bool {
	if e.Order != nil {
		order = e.Order
	}
	t := e.Type
	if t == value.Invalid {
		t = e.Guess()
	}
	want, err := e.Stored.Encode(t, v.Text, order)
	return err == nil && bytes.Equal(want, raw)
}
