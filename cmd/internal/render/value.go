package render

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"quarry/search/value"
	"quarry/session"
)

// Address is an address; its JSON form is a hexadecimal string.
type Address uint64

// String writes the address as 0x….
func (a Address) String() string { return fmt.Sprintf("%#x", uint64(a)) }

// MarshalText writes the address as String does.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Value is a value of the process. Its JSON form is a number for numbers, exact
// for 64 bits too, and a string for text, bytes and what is no finite number.
type Value struct {
	Type  value.Type
	Raw   []byte
	Order binary.ByteOrder
	Form  value.Form // in which the program stores it
	Hex   bool       // show a plain integer in hexadecimal, to a person
}

// String shows the value for a person.
func (v Value) String() string {
	if v.Hex && v.Type.Integer() && v.Form.Plain() {
		return fmt.Sprintf("%#x", value.Bits(v.Type, v.Raw, v.Order))
	}
	if v.Form.Plain() {
		return value.Quote(v.Type, v.Raw, v.Order)
	}
	text, ok := v.Form.Format(v.Type, v.Raw, v.Order)
	if !ok {
		return fmt.Sprintf("% x", v.Raw)
	}
	return text
}

// MarshalJSON writes the value.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.Form.Plain() {
		shown, ok := v.Form.Format(v.Type, v.Raw, v.Order)
		if number := []byte(shown); ok && v.Type.Number() && json.Valid(number) {
			return number, nil
		}
		return json.Marshal(v.String())
	}
	text := value.Format(v.Type, v.Raw, v.Order)
	if v.Type.Integer() {
		return []byte(text), nil
	}
	if v.Type.Float() {
		f := value.Float(v.Type, value.Bits(v.Type, v.Raw, v.Order))
		if !math.IsInf(f, 0) && !math.IsNaN(f) {
			return strconv.AppendFloat(nil, f, 'g', -1, v.Type.Bits()), nil
		}
	}
	return json.Marshal(text)
}

// lost returns the bytes of a text, in hexadecimal, where its JSON form does not
// tell them: JSON has no bytes but those of UTF-8. It is empty otherwise.
func (v Value) lost() string {
	if v.Type != value.String && v.Type != value.UTF16 {
		return ""
	}
	text := value.Format(v.Type, v.Raw, v.Order)
	if again, err := value.Encode(v.Type, text, v.Order); err == nil && utf8.ValidString(text) && bytes.Equal(again, v.Raw) || len(v.Raw) == 0 {
		return ""
	}
	return hex.EncodeToString(v.Raw)
}

// Place is where an address lies: the kind of its region and, in a program or
// library, the distance from its base.
type Place struct {
	Region string `json:"region"`
	Module string `json:"module,omitempty"` // name+0x…
}

// String shows the place for a person.
func (p Place) String() string {
	if p.Module == "" {
		return p.Region
	}
	return p.Region + " " + Printable(p.Module)
}

// Places tells places in one look at a process.
type Places struct {
	Regions []session.Region
	Modules []session.Module
}

// Of returns the place of an address.
func (p Places) Of(addr uint64) Place {
	r, ok := session.FindRegion(p.Regions, addr)
	if !ok {
		return Place{Region: "unmapped"}
	}
	place := Place{Region: r.Kind.String()}
	for _, m := range p.Modules {
		if m.Base <= addr && addr < m.End && m.Name == r.Module {
			place.Module = fmt.Sprintf("%s+%#x", m.Name, addr-m.Base)
		}
	}
	return place
}
