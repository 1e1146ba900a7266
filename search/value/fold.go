package value

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// Folded is a text to look for whatever the case of its letters.
//
// A letter stands for itself, its capital and its small letter, as Unicode maps
// single letters, as far as they are encoded with as many bytes: in UTF-8 a and
// A, ä and Ä, я and Я, but not ⱥ and Ⱥ. What takes more than one letter (ß and
// SS) or depends on the language (i and İ) is not equal. Bytes of a String that
// are no UTF-8 stand for themselves.
type Folded struct {
	// Pattern is what all forms of the text fit. Where Exact says so, nothing
	// else fits it.
	Pattern Pattern
	letters []letter // those that the pattern cannot tell from other bytes
}

// letter is a letter at a place in a text, in its forms.
type letter struct {
	offset int
	forms  [][]byte
}

// Fold returns the text that a String or UTF16 is, in any case. Errors are
// those of [Encode].
func Fold(t Type, text string, order binary.ByteOrder) (Folded, error) {
	raw, err := Encode(t, text, order)
	if err != nil {
		return Folded{}, err
	}
	f := Folded{Pattern: ExactPattern(raw)}
	if t != String && t != UTF16 {
		return f, nil
	}
	at := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			at++
		} else {
			at += f.add(at, caseForms(t, r, order))
		}
		text = text[size:]
	}
	return f, nil
}

// caseForms returns the encodings of a letter that are equal but for case, its
// own first.
func caseForms(t Type, r rune, order binary.ByteOrder) [][]byte {
	var forms [][]byte
	for _, form := range []rune{r, unicode.ToLower(r), unicode.ToUpper(r)} {
		raw, _ := Encode(t, string(form), order) // a rune is always encoded
		if len(forms) == 0 || len(raw) == len(forms[0]) && !bytes.Equal(raw, forms[0]) {
			forms = append(forms, raw)
		}
	}
	return forms
}

// add lets the pattern pass all forms of the letter at that offset, and returns
// their length.
func (f *Folded) add(offset int, forms [][]byte) int {
	size := len(forms[0])
	mask := f.Pattern.Mask[offset : offset+size]
	for _, form := range forms[1:] {
		for i, b := range form {
			mask[i] &^= b ^ forms[0][i]
		}
	}
	free := 0
	for i, m := range mask {
		f.Pattern.Bytes[offset+i] &= m
		for ; m != 0xff; m |= m + 1 {
			free++
		}
	}
	// Where one bit tells both forms apart, the mask lets pass nothing else.
	if len(forms) > 2 || free > 1 {
		f.letters = append(f.letters, letter{offset, forms})
	}
	return size
}

// Exact reports whether only forms of the text fit the pattern.
func (f Folded) Exact() bool { return len(f.letters) == 0 }

// Match reports whether memory begins with a form of the text.
func (f Folded) Match(memory []byte) bool {
	if !f.Pattern.Match(memory) {
		return false
	}
	for _, l := range f.letters {
		if !l.match(memory[l.offset:]) {
			return false
		}
	}
	return true
}

func (l letter) match(memory []byte) bool {
	for _, form := range l.forms {
		if bytes.HasPrefix(memory, form) {
			return true
		}
	}
	return false
}
