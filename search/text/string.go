package text

import (
	"sync"
	"unicode"
)

// Encoding is how a text is stored.
type Encoding uint8

// The encodings.
const (
	UTF8 Encoding = iota
	UTF16LE
	UTF16BE
	encodings = iota
)

var encodingNames = [encodings]string{"utf8", "utf16le", "utf16be"}

// String returns the encoding in one lower-case word.
func (e Encoding) String() string { return encodingNames[e] }

// String is a text in memory.
type String struct {
	Addr     uint64
	Encoding Encoding
	Text     []byte // in UTF-8, whatever the encoding
	Chars    int    // characters
	Size     int    // bytes in memory
	Part     bool   // the text goes on in the next String of this encoding
}

// latest is the last character of UTF-16 that may be part of a text.
const latest = 0x20bf

// inUTF16 tells which units of UTF-16 may be part of a text: those of the
// alphabets, from Latin to Arabic, with the signs of typography and currency.
var inUTF16 = func() (table [latest + 1]bool) {
	for r := range table {
		table[r] = graphic(rune(r)) && (r < 0x700 || r >= 0x2010 && r < 0x205f || r >= 0x20a0)
	}
	return table
}()

// graphic reports whether a character may be part of a text.
func graphic(r rune) bool {
	if r < 0x80 {
		return r >= ' ' && r <= '~' || r == '\t'
	}
	return unicode.IsGraphic(r)
}

// basic has a bit for each character of the basic plane: whether it may be
// part of a text. Asking package unicode takes several times longer.
var basic = sync.OnceValue(func() *[0x10000 / 64]uint64 {
	var table [0x10000 / 64]uint64
	for r := range rune(0x10000) {
		if graphic(r) {
			table[r/64] |= 1 << (r % 64)
		}
	}
	return &table
})
