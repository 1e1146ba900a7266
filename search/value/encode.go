package value

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encode returns the bytes that text is stored as in a process with that byte
// order. Bytes takes plain bytes only; see [ParsePattern] for wildcards. An
// empty text is an error. Errors are [*ParseError].
func Encode(t Type, text string, order binary.ByteOrder) ([]byte, error) {
	if text == "" {
		return nil, &ParseError{text, t, ErrSyntax, "it is empty"}
	}
	switch {
	case t.Integer():
		bits, err := ParseInteger(t, text)
		if err != nil {
			return nil, err
		}
		return PutBits(nil, t, bits, order), nil
	case t.Float():
		f, err := ParseFloat(t, text)
		if err != nil {
			return nil, err
		}
		return PutBits(nil, t, FloatBits(t, f), order), nil
	case t == String:
		return []byte(text), nil
	case t == UTF16:
		return encodeUTF16(text, order)
	case t == Bytes:
		p, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		if !p.Exact() {
			return nil, &ParseError{text, t, ErrSyntax, "wildcards have no bytes to write"}
		}
		return p.Bytes, nil
	}
	return nil, &ParseError{text, t, ErrSyntax, "name one type, such as i32"}
}

func encodeUTF16(text string, order binary.ByteOrder) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, &ParseError{text, UTF16, ErrSyntax, "it is not valid UTF-8"}
	}
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = PutBits(out, U16, uint64(unit), order)
	}
	return out, nil
}

// PutBits appends the bits of a number of type t to dst in the given byte
// order and returns the extended slice.
func PutBits(dst []byte, t Type, bits uint64, order binary.ByteOrder) []byte {
	var word [8]byte
	size := t.Size()
	if order == binary.ByteOrder(binary.BigEndian) {
		binary.BigEndian.PutUint64(word[:], bits)
		return append(dst, word[8-size:]...)
	}
	binary.LittleEndian.PutUint64(word[:], bits)
	return append(dst, word[:size]...)
}

// Bits returns the bits of a number of type t stored in raw, zero-extended.
// raw must hold at least t.Size() bytes.
func Bits(t Type, raw []byte, order binary.ByteOrder) uint64 {
	switch t.Size() {
	case 1:
		return uint64(raw[0])
	case 2:
		return uint64(order.Uint16(raw))
	case 4:
		return uint64(order.Uint32(raw))
	}
	return order.Uint64(raw)
}

// Float returns the number that the bits of an F32 or F64 stand for.
func Float(t Type, bits uint64) float64 {
	if t == F32 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// Signed returns the number that the bits of a signed integer type stand for.
func Signed(t Type, bits uint64) int64 {
	shift := 64 - t.Bits()
	return int64(bits<<shift) >> shift
}

// Format shows raw as a value of type t: numbers in decimal, floats with the
// fewest digits that tell them from their neighbours, text as it is, bytes in
// hexadecimal. [Encode] reads the result back to the same bytes, where raw is
// valid for its type; text may hold control characters, see [Quote].
func Format(t Type, raw []byte, order binary.ByteOrder) string {
	if size := t.Size(); size > len(raw) {
		return fmt.Sprintf("% x", raw)
	}
	switch {
	case t.Signed():
		return strconv.FormatInt(Signed(t, Bits(t, raw, order)), 10)
	case t.Integer():
		return strconv.FormatUint(Bits(t, raw, order), 10)
	case t.Float():
		return strconv.FormatFloat(Float(t, Bits(t, raw, order)), 'g', -1, t.Bits())
	case t == String:
		return string(raw)
	case t == UTF16:
		return decodeUTF16(raw, order)
	}
	return fmt.Sprintf("% x", raw)
}

func decodeUTF16(raw []byte, order binary.ByteOrder) string {
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) >= 2; raw = raw[2:] {
		units = append(units, order.Uint16(raw))
	}
	return string(utf16.Decode(units))
}

// Quote shows raw as [Format] does, with text in double quotes and everything
// in it that is not printable escaped, so that it is safe on a terminal.
func Quote(t Type, raw []byte, order binary.ByteOrder) string {
	text := Format(t, raw, order)
	if t == String || t == UTF16 {
		return strconv.Quote(strings.TrimRight(text, "\x00"))
	}
	return text
}
