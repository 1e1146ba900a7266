package workspace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"quarry/patch"
	"quarry/search"
	"quarry/search/value"
	"quarry/session/symbol"
)

// variable returns the variable at an address, if one of the words of a reference
// is the name of it, and not a place in it or where it leads.
func (a *atlas) variable(words []string, addr uint64) (symbol.Symbol, bool) {
	named := func(word string) bool { return !strings.HasPrefix(word, "0x") && !strings.ContainsAny(word, "+-[]") }
	words = slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !named(word) })
	if len(words) == 0 {
		return symbol.Symbol{}, false
	}
	symbols, err := a.symbolsNow()
	if err != nil {
		return symbol.Symbol{}, false
	}
	at, offset, ok, err := symbols.At(addr)
	if err != nil || !ok || offset != 0 || at.Kind != symbol.Object {
		return symbol.Symbol{}, false
	}
	for _, word := range words {
		if s, err := symbols.Find(strings.TrimPrefix(word, "&")); err == nil && s.Addr == addr {
			return s, true
		}
	}
	return symbol.Symbol{}, false
}

// typeAt returns the type of what is at the address that a word of a reference
// names, where nobody tells: a variable that the word is the name of is a whole
// number as wide as it, and all else an i32. What more a variable is, a float or a
// pointer, a symbol does not tell.
func (a *atlas) typeAt(word string, addr uint64) value.Type {
	if s, ok := a.variable([]string{word}, addr); ok {
		if fits := wholeNumbers(s.Size); len(fits) > 0 {
			return fits[0]
		}
	}
	return value.I32
}

// typeFor returns the type that a text is written as at an address that one of
// the words names, where nobody tells: a number is as wide as the variable, lest
// the one beside it is written over, and what is no number is not written over one.
// Whether a variable as wide as a number is a text, a symbol does not tell.
func (a *atlas) typeFor(words []string, addr uint64, text string) (value.Type, error) {
	t := value.Guess(text)
	s, ok := a.variable(words, addr)
	fits := wholeNumbers(s.Size)
	switch {
	case !ok || s.Size == 0:
		return t, nil
	case len(fits) == 0:
		if n := uint64(len(text)); t == value.String && n > s.Size {
			return t, &patch.LengthError{Fits: int(s.Size), Have: int(n)}
		}
		return t, nil
	case t.Float() && s.Size == 8:
		return value.F64, nil
	case t.Float() && s.Size == 4:
		return value.F32, nil
	}
	for _, fit := range fits {
		if _, err := value.Encode(fit, text, binary.LittleEndian); err == nil {
			return fit, nil
		}
	}
	_, err := value.Encode(fits[0], text, binary.LittleEndian)
	if t == value.String {
		err = &adviceError{err, fmt.Sprintf("%s has %d bytes, as a number has; if it is a text, add -t string", s.Name(), s.Size)}
	}
	return fits[0], err
}

// typeOf returns the type of a place that a word names: its own, else the one that
// a text is written as there, else that of what is there.
func (a *atlas) typeOf(word string, m search.Match, text string) (value.Type, error) {
	switch {
	case m.Type != value.Invalid:
		return m.Type, nil
	case text != "":
		return a.typeFor([]string{word}, m.Addr, text)
	}
	return a.typeAt(word, m.Addr), nil
}

// wholeNumbers returns the types of whole numbers that are as wide.
func wholeNumbers(size uint64) []value.Type {
	switch size {
	case 1:
		return []value.Type{value.I8, value.U8}
	case 2:
		return []value.Type{value.I16, value.U16}
	case 4:
		return []value.Type{value.I32, value.U32}
	case 8:
		return []value.Type{value.I64, value.U64}
	}
	return nil
}
