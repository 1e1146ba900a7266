package workspace

import (
	"strings"

	"quarry/search/value"
	"quarry/session/symbol"
)

// typeAt returns the type of what is at the address that a word of a reference
// names, where nobody tells: a variable that the word is the name of is a whole
// number as wide as it, and all else an i32. What more a variable is, a float or a
// pointer, a symbol does not tell.
func (w *Workspace) typeAt(word string, addr uint64) value.Type {
	if strings.HasPrefix(word, "0x") || strings.ContainsAny(word, "+-[]") { // a number, a place in it, or where it leads
		return value.I32
	}
	at, offset, ok, err := w.symbols.At(addr)
	if err != nil || !ok || offset != 0 || at.Kind != symbol.Object {
		return value.I32
	}
	found, err := w.symbols.Find(strings.TrimPrefix(word, "&"))
	if err != nil || found.Addr != addr {
		return value.I32
	}
	switch found.Size {
	case 1:
		return value.I8
	case 2:
		return value.I16
	case 8:
		return value.I64
	}
	return value.I32
}
