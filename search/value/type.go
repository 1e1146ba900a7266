package value

import (
	"errors"
	"fmt"
	"strings"
)

// Type is the type of a value in a process's memory.
type Type uint8

// The types. Integers are two's complement; F32 and F64 are IEEE 754; String
// is UTF-8 (or any bytes) without terminator; UTF16 is UTF-16 in the byte
// order of the process; Bytes is a pattern of bytes; Any stands for every
// number type at once in a search.
const (
	Invalid Type = iota
	I8
	I16
	I32
	I64
	U8
	U16
	U32
	U64
	F32
	F64
	String
	UTF16
	Bytes
	Any
)

// Numbers are the number types, in the order in which Any tries and lists them.
var numbers = [...]Type{I8, I16, I32, I64, U8, U16, U32, U64, F32, F64}

// Numbers returns the number types, in the order in which they are listed.
func Numbers() []Type { return append([]Type(nil), numbers[:]...) }

var typeNames = [...]string{
	Invalid: "invalid", I8: "i8", I16: "i16", I32: "i32", I64: "i64",
	U8: "u8", U16: "u16", U32: "u32", U64: "u64", F32: "f32", F64: "f64",
	String: "string", UTF16: "utf16", Bytes: "bytes", Any: "any",
}

// aliases are the names that C, scanmem, Cheat Engine and Windows use.
var aliases = map[string]Type{
	"int8": I8, "int16": I16, "int32": I32, "int64": I64,
	"uint8": U8, "uint16": U16, "uint32": U32, "uint64": U64,
	"short": I16, "int": I32, "long": I64,
	"byte": U8, "word": U16, "dword": U32, "qword": U64,
	"float": F32, "float32": F32, "double": F64, "float64": F64,
	"text": String, "str": String, "wstring": UTF16, "aob": Bytes, "bytearray": Bytes,
}

// ErrType is the state of a type name that does not exist.
var ErrType = errors.New("no such type")

// ParseType reads a type name or one of the neighbours' names for it, in any
// case. The error is [ErrType].
func ParseType(name string) (Type, error) {
	lower := strings.ToLower(name)
	for t := I8; t <= Any; t++ {
		if typeNames[t] == lower {
			return t, nil
		}
	}
	if t, ok := aliases[lower]; ok {
		return t, nil
	}
	return Invalid, fmt.Errorf("%q: %w; types are %s", name, ErrType, strings.Join(TypeNames(), " "))
}

// TypeNames returns the names of all types, without aliases.
func TypeNames() []string { return append([]string(nil), typeNames[I8:]...) }

// String returns the type's name.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return typeNames[Invalid]
}

// MarshalText writes the type's name, so that JSON and TOML show it.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Size returns the size of a value in bytes, or 0 when it depends on the value.
func (t Type) Size() int {
	switch t {
	case I8, U8:
		return 1
	case I16, U16:
		return 2
	case I32, U32, F32:
		return 4
	case I64, U64, F64:
		return 8
	}
	return 0
}

// Integer reports whether t is one of the integer types.
func (t Type) Integer() bool { return t >= I8 && t <= U64 }

// Signed reports whether t is one of the signed integer types.
func (t Type) Signed() bool { return t >= I8 && t <= I64 }

// Float reports whether t is F32 or F64.
func (t Type) Float() bool { return t == F32 || t == F64 }

// Number reports whether t is an integer or floating-point type.
func (t Type) Number() bool { return t >= I8 && t <= F64 }

// Bits returns the size of a number type in bits.
func (t Type) Bits() int { return t.Size() * 8 }
