package foreign

import (
	"fmt"
	"strconv"
	"strings"

	"quarry/search/address"
)

// Module writes the name of a module, or another name, as an address expression
// takes it: in quotes where it could be read as something else. ok is false for
// a name that no expression can hold.
func Module(name string) (text string, ok bool) {
	if name == "" || strings.ContainsAny(name, "\r\n\t\x00") || strings.Contains(name, `"`) {
		return "", false
	}
	plain := strings.IndexFunc(name, func(r rune) bool {
		return r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
	if _, err := strconv.ParseUint(name, 0, 64); plain && err != nil && (name[0] < '0' || name[0] > '9') {
		return name, true
	}
	return `"` + name + `"`, true
}

// Offset writes what is added to an address, and nothing for 0.
func Offset(by int64) string {
	switch {
	case by == 0:
		return ""
	case by < 0:
		return fmt.Sprintf("-%#x", uint64(-by))
	}
	return fmt.Sprintf("+%#x", by)
}

// Place is an address expression taken to pieces: an address, or a name, or a
// pointer stored at another place, and an offset.
type Place struct {
	Name    string // a module or symbol; empty for an address
	Address uint64
	Pointer *Place // when set, the address is stored there
	Offset  int64
}

// String writes the place as package address reads it. A name must be one that
// [Module] takes.
func (p Place) String() string {
	switch {
	case p.Pointer != nil:
		return "[" + p.Pointer.String() + "]" + Offset(p.Offset)
	case p.Name != "":
		name, _ := Module(p.Name)
		return name + Offset(p.Offset)
	}
	return fmt.Sprintf("%#x", p.Address) + Offset(p.Offset)
}

// ParsePlace takes an address expression to pieces. Of the ways to read an
// unquoted name it takes the shortest name, as other tools do; offsets are added up. ok is false for
// symbols written with &, and for what is no expression at all.
func ParsePlace(text string) (p Place, ok bool) {
	e, err := address.Parse(text)
	if err != nil {
		return Place{}, false
	}
	p, ok = parsePlace(e.String())
	for at := &p; at != nil; at = at.Pointer {
		if at.Name == "" && at.Pointer == nil {
			at.Address, at.Offset = at.Address+uint64(at.Offset), 0
		}
	}
	return p, ok
}

// parsePlace reads an expression as address.Expr writes it.
func parsePlace(text string) (p Place, ok bool) {
	rest := ""
	switch {
	case strings.HasPrefix(text, "["):
		end := strings.LastIndexByte(text, ']')
		inner, ok := parsePlace(text[1:max(1, end)])
		if !ok {
			return Place{}, false
		}
		p.Pointer, rest = &inner, text[end+1:]
	case strings.HasPrefix(text, `"`), strings.HasPrefix(text, "'"):
		end := strings.IndexByte(text[1:], text[0]) + 1
		p.Name, rest = text[1:end], text[end+1:]
	case strings.HasPrefix(text, "&"):
		return Place{}, false
	default:
		if p, rest = baseOf(text); p.Name != "" {
			p.Offset, ok = sum(rest)
			_, named := Module(p.Name)
			return p, ok && named
		}
	}
	p.Offset, ok = sum(rest)
	if p.Name != "" {
		_, named := Module(p.Name)
		ok = ok && named
	}
	return p, ok
}

// baseOf reads the number or the unquoted name that text begins with.
func baseOf(text string) (p Place, rest string) {
	for i := 1; i <= len(text); i++ {
		if i < len(text) && text[i] != '+' && text[i] != '-' {
			continue
		}
		if _, ok := sum(text[i:]); !ok {
			continue
		}
		if n, err := strconv.ParseUint(text[:i], 0, 64); err == nil {
			return Place{Address: n}, text[i:]
		}
		return Place{Name: text[:i]}, text[i:]
	}
	return Place{Name: text}, ""
}

// sum adds up offsets such as +0x10-8.
func sum(text string) (total int64, ok bool) {
	for text != "" {
		if text[0] != '+' && text[0] != '-' {
			return 0, false
		}
		end := strings.IndexAny(text[1:], "+-") + 1
		if end == 0 {
			end = len(text)
		}
		n, err := strconv.ParseUint(text[1:end], 0, 63)
		if err != nil {
			return 0, false
		}
		if text[0] == '-' {
			total -= int64(n)
		} else {
			total += int64(n)
		}
		text = text[end:]
	}
	return total, true
}
