package cheatengine

import (
	"fmt"
	"strconv"
	"strings"

	"quarry/patch/foreign"
	"quarry/search/address"
)

// maxAddress bounds the length of an address, maxPointers how deep pointers
// nest, as package address does. maxSigns bounds its parts: the ways to read a
// name grow with them.
const (
	maxAddress  = 4096
	maxPointers = 64
	maxSigns    = 256
)

// parseAddress reads an address as Cheat Engine writes it: hexadecimal numbers
// and names, added up, with pointers in brackets. why tells what cannot be read.
func parseAddress(text string) (p foreign.Place, why string) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return p, "it has no address"
	case len(text) > maxAddress, strings.Count(text, "[") > maxPointers, strings.Count(text, "+")+strings.Count(text, "-") > maxSigns:
		return p, "its address is too long"
	case strings.HasPrefix(text, "$"):
		return p, "its address is a variable of a script"
	}
	var ok bool
	if p, ok = readSum(text); !ok {
		return p, fmt.Sprintf("its address %q is no sum of names and hexadecimal numbers", text)
	}
	if name := baseName(p); name == "heap" || name == "stack" {
		return p, fmt.Sprintf("%q means a region here", name)
	}
	if _, err := address.Parse(p.String()); err != nil {
		return p, err.Error()
	}
	return p, ""
}

// baseName returns the name that a place is counted from, or the empty string.
func baseName(p foreign.Place) string {
	for p.Pointer != nil {
		p = *p.Pointer
	}
	return p.Name
}

// readSum reads a base and what is added to it.
func readSum(text string) (p foreign.Place, ok bool) {
	rest := ""
	switch text = strings.TrimSpace(text); {
	case text == "":
		return p, false
	case text[0] == '[':
		end := closing(text)
		if end < 0 {
			return p, false
		}
		inner, ok := readSum(text[1:end])
		if !ok {
			return p, false
		}
		p.Pointer, rest = &inner, text[end+1:]
	case text[0] == '"' || text[0] == '\'':
		end := strings.IndexByte(text[1:], text[0]) + 1
		if end == 0 {
			return p, false
		}
		p.Name, rest = text[1:end], text[end+1:]
	default:
		return readPlain(text)
	}
	return finish(p, rest)
}

// closing returns where the bracket that text begins with is closed, or -1.
func closing(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

// readPlain reads a number or an unquoted name. The name ends at the first sign
// behind which there are only numbers: those of modules may hold signs too.
func readPlain(text string) (p foreign.Place, ok bool) {
	for i := 1; i <= len(text); i++ {
		if i < len(text) && text[i] != '+' && text[i] != '-' {
			continue
		}
		if _, ok := readOffsets(text[i:]); !ok {
			continue
		}
		base := strings.TrimSpace(text[:i])
		if n, ok := readHex(base); ok {
			p.Address = n
		} else {
			p.Name = base
		}
		return finish(p, text[i:])
	}
	return p, false
}

// finish adds the offsets in rest and checks the name.
func finish(p foreign.Place, rest string) (foreign.Place, bool) {
	by, ok := readOffsets(rest)
	p.Offset = by
	if p.Pointer == nil && p.Name == "" {
		p.Address, p.Offset = p.Address+uint64(by), 0
		return p, ok
	}
	if p.Pointer == nil {
		_, named := foreign.Module(p.Name)
		ok = ok && named && !strings.ContainsAny(p.Name, "[]*,")
	}
	return p, ok
}

// readOffsets adds up numbers with signs. Nothing is 0.
func readOffsets(text string) (total int64, ok bool) {
	for {
		if text = strings.TrimSpace(text); text == "" {
			return total, true
		}
		if text[0] != '+' && text[0] != '-' {
			return 0, false
		}
		end := strings.IndexAny(text[1:], "+-") + 1
		if end == 0 {
			end = len(text)
		}
		n, ok := readHex(strings.TrimSpace(text[1:end]))
		if !ok {
			return 0, false
		}
		if text[0] == '-' {
			total -= int64(n)
		} else {
			total += int64(n)
		}
		text = text[end:]
	}
}

// readHex reads a number: hexadecimal, with or without 0x or $, or decimal
// behind #.
func readHex(text string) (uint64, bool) {
	if digits, ok := strings.CutPrefix(text, "#"); ok {
		n, err := strconv.ParseUint(digits, 10, 64)
		return n, err == nil
	}
	digits := strings.TrimPrefix(text, "$")
	if len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X") {
		digits = digits[2:]
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil
}

// readPointer lays the offsets of an entry on its address. They are listed from
// the last one applied to the first.
func readPointer(base foreign.Place, offsets []string) (p foreign.Place, why string) {
	p = base
	if len(offsets) > maxPointers {
		return p, fmt.Sprintf("it follows more than %d pointers", maxPointers)
	}
	for i := len(offsets) - 1; i >= 0; i-- {
		text := strings.TrimSpace(offsets[i])
		if text != "" && text[0] != '-' && text[0] != '+' {
			text = "+" + text
		}
		by, ok := readOffsets(text)
		if !ok || text == "" {
			return p, fmt.Sprintf("its offset %q is no hexadecimal number", offsets[i])
		}
		inner := p
		p = foreign.Place{Pointer: &inner, Offset: by}
	}
	if _, err := address.Parse(p.String()); err != nil {
		return p, err.Error()
	}
	return p, ""
}

// writeAddress writes a place as an address and the offsets of a pointer.
func writeAddress(p foreign.Place) (text string, offsets []string) {
	for ; p.Pointer != nil; p = *p.Pointer {
		offsets = append(offsets, strings.TrimPrefix(writeOffset(p.Offset, true), "+"))
	}
	if p.Name != "" {
		return `"` + p.Name + `"` + writeOffset(p.Offset, false), offsets
	}
	return fmt.Sprintf("%08X", p.Address+uint64(p.Offset)), offsets
}

// writeOffset writes an offset with its sign. Nothing stands for 0, unless zero
// says otherwise.
func writeOffset(by int64, zero bool) string {
	switch {
	case by == 0 && !zero:
		return ""
	case by < 0:
		return fmt.Sprintf("-%X", uint64(-by))
	}
	return fmt.Sprintf("+%X", by)
}
