package value

import (
	"fmt"
	"strings"
)

// Pattern is a run of bytes to look for. Byte i of memory fits when
// memory[i]&Mask[i] == Bytes[i].
type Pattern struct {
	Bytes []byte
	Mask  []byte // 0xff for a byte that must be equal, 0 for a wildcard, 0xf0 or 0x0f for half of one
}

// ExactPattern returns the pattern that only raw fits.
func ExactPattern(raw []byte) Pattern {
	mask := make([]byte, len(raw))
	for i := range mask {
		mask[i] = 0xff
	}
	return Pattern{Bytes: raw, Mask: mask}
}

// ParsePattern reads bytes in hexadecimal, with or without spaces, where ??,
// ?, * and xx stand for any byte and 4? or ?4 for any half of one. At least
// one half byte must be given. The error is a [*ParseError] that names the
// column.
func ParsePattern(text string) (Pattern, error) {
	var p Pattern
	for i := 0; i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		b, mask, size, ok := patternByte(text[i:])
		if !ok {
			return Pattern{}, patternError(text, fmt.Sprintf(
				"column %d is no byte; write two hexadecimal digits, or ?? for any byte", i+1))
		}
		p.Bytes, p.Mask = append(p.Bytes, b), append(p.Mask, mask)
		i += size
	}
	if strings.Trim(string(p.Mask), "\x00") == "" {
		return Pattern{}, patternError(text, "at least one byte must be given")
	}
	return p, nil
}

func patternError(text, want string) error {
	return &ParseError{Text: text, Type: Bytes, State: ErrSyntax, Want: want}
}

// patternByte reads the byte that text begins with and returns its length.
func patternByte(text string) (b, mask byte, size int, ok bool) {
	if text[0] == '*' {
		return 0, 0, 1, true
	}
	if len(text) >= 2 && strings.EqualFold(text[:2], "xx") {
		return 0, 0, 2, true
	}
	if text[0] == '?' && (len(text) == 1 || text[1] == ' ' || text[1] == '\t') {
		return 0, 0, 1, true
	}
	if len(text) < 2 {
		return 0, 0, 0, false
	}
	high, highMask, ok1 := halfByte(text[0])
	low, lowMask, ok2 := halfByte(text[1])
	return high<<4 | low, highMask<<4 | lowMask, 2, ok1 && ok2
}

func halfByte(c byte) (b, mask byte, ok bool) {
	switch {
	case c == '?':
		return 0, 0, true
	case c >= '0' && c <= '9':
		return c - '0', 0xf, true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, 0xf, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, 0xf, true
	}
	return 0, 0, false
}

// Exact reports whether the pattern has no wildcard.
func (p Pattern) Exact() bool {
	for _, m := range p.Mask {
		if m != 0xff {
			return false
		}
	}
	return true
}

// Match reports whether memory begins with bytes that fit the pattern.
func (p Pattern) Match(memory []byte) bool {
	if len(memory) < len(p.Bytes) {
		return false
	}
	for i, m := range p.Mask {
		if memory[i]&m != p.Bytes[i] {
			return false
		}
	}
	return true
}

// String writes the pattern as [ParsePattern] reads it.
func (p Pattern) String() string {
	var b strings.Builder
	for i := range p.Bytes {
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, shift := range []int{4, 0} {
			if p.Mask[i]>>shift&0xf == 0 {
				b.WriteByte('?')
			} else {
				fmt.Fprintf(&b, "%x", p.Bytes[i]>>shift&0xf)
			}
		}
	}
	return b.String()
}
