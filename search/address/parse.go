package address

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of pointers, maxLength the length of the text:
// the ways to read a name grow with it.
const (
	maxDepth  = 64
	maxLength = 4096
)

// MaxNames is how many entries may stand behind an address, each of which the
// address of the one before begins with. An address behind more is [ErrNames].
const MaxNames = 64

// Parse reads an address expression; see the package comment for the notation.
// Spaces are allowed around its parts. The error is a [*SyntaxError].
func Parse(text string) (Expr, error) {
	if len(text) > maxLength {
		return Expr{}, &SyntaxError{Text: text[:20] + "…", Column: maxLength + 1, Reason: "the expression is too long"}
	}
	p := &parser{text: text, rest: text}
	root, err := p.sum(0)
	if err != nil {
		return Expr{}, err
	}
	if p.rest != "" {
		return Expr{}, p.fail(fmt.Sprintf("%q is too much", p.rest), "put a name with spaces in quotes")
	}
	return Expr{root}, nil
}

// parser reads text from left to right.
type parser struct {
	text string
	rest string // what has not been read
}

func (p *parser) fail(reason, advice string) error {
	return &SyntaxError{Text: p.text, Column: len(p.text) - len(p.rest) + 1, Reason: reason, Advice: advice}
}

func (p *parser) skipSpace() { p.rest = strings.TrimLeft(p.rest, " \t") }

// sum reads a term and the offsets behind it.
func (p *parser) sum(depth int) (node, error) {
	p.skipSpace()
	base, err := p.term(depth)
	if err != nil {
		return nil, err
	}
	offsets, rest, err := parseOffsets(p.rest)
	p.rest = rest
	if err != nil {
		return nil, p.fail(err.Error(), "write an offset as +0x10 or -16")
	}
	if offsets == nil {
		return base, nil
	}
	return shifted{base, offsets}, nil
}

func (p *parser) term(depth int) (node, error) {
	const advice = "write 0x7ffd1234, game+0x10, heap+0x20, &symbol or [game+0x10]+8"
	if p.rest == "" {
		return nil, p.fail("an address is missing", advice)
	}
	switch p.rest[0] {
	case '[':
		return p.pointer(depth)
	case '&':
		p.rest = p.rest[1:]
		w, err := p.word()
		return symbolName{w}, err
	case '+', '-', ']':
		return nil, p.fail("an address or a name is missing", advice)
	}
	n, rest, ok := leadingNumber(p.rest)
	if ok {
		p.rest = rest
		return number(n), nil
	}
	if digits := p.rest[:len(p.rest)-len(rest)]; tooLarge(digits) {
		return nil, p.fail(fmt.Sprintf("%s is out of range: an address has 64 bits", digits), "")
	}
	w, err := p.word()
	return name{w}, err
}

func (p *parser) pointer(depth int) (node, error) {
	if depth == maxDepth {
		return nil, p.fail(fmt.Sprintf("pointers nest deeper than %d", maxDepth), "")
	}
	p.rest = p.rest[1:]
	at, err := p.sum(depth + 1)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(p.rest, "]") {
		return nil, p.fail("the bracket is not closed", "write a pointer as [game+0x10]")
	}
	p.rest = p.rest[1:]
	return pointer{at}, nil
}

// word reads a name: between quotes, or up to a character that no name holds.
func (p *parser) word() (word, error) {
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		text, err := p.quoted()
		return word{text, true}, err
	}
	end := nameEnd(p.rest)
	if end == 0 {
		return word{}, p.fail("a name is missing", "")
	}
	w := word{text: p.rest[:end]}
	p.rest = p.rest[end:]
	if strings.HasSuffix(w.text, ":") && p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		text, err := p.quoted() // libfoo.so:"ns::Map<int, int>::x"
		return word{w.text + text, true}, err
	}
	// "game+ 8": the sign belongs to the offset, while "libstdc++" keeps its own.
	if last := end - 1; last > 0 && (w.text[last] == '+' || w.text[last] == '-') {
		after := strings.TrimLeft(p.rest, " \t")
		if after != "" && after[0] >= '0' && after[0] <= '9' {
			p.rest = w.text[last:] + after
			w.text = w.text[:last]
		}
	}
	return w, nil
}

// quoted reads what stands between two quotes.
func (p *parser) quoted() (string, error) {
	end := strings.IndexByte(p.rest[1:], p.rest[0]) + 1
	if end <= 1 {
		return "", p.fail("the quotes hold no name or are not closed", `write "my game"+0x10`)
	}
	text := p.rest[1:end]
	p.rest = p.rest[end+1:]
	return text, nil
}

var errNoNumber = errors.New("a number is missing")

// parseOffsets reads as many offsets as text begins with, nil when there are
// none, and returns what follows them.
func parseOffsets(text string) (offsets []offset, rest string, err error) {
	for {
		rest = strings.TrimLeft(text, " \t")
		if rest == "" || rest[0] != '+' && rest[0] != '-' {
			return offsets, rest, nil
		}
		minus := rest[0] == '-'
		rest = strings.TrimLeft(rest[1:], " \t")
		by, after, ok := leadingNumber(rest)
		if !ok {
			return nil, rest, errNoNumber
		}
		offsets = append(offsets, offset{minus, by})
		text = after
	}
}

// tooLarge reports whether text is a number of more than 64 bits.
func tooLarge(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	if rest := strings.TrimPrefix(strings.ToLower(text), "0x"); len(rest) < len(text) {
		_, err = strconv.ParseUint(rest, 16, 64)
	}
	return errors.Is(err, strconv.ErrRange)
}

// leadingNumber reads the number, hexadecimal with 0x or decimal, that text
// begins with. It must end where an expression can: "7zip" begins with none.
func leadingNumber(text string) (n uint64, rest string, ok bool) {
	end := strings.IndexAny(text, " \t+-[]\"'&")
	if end < 0 {
		end = len(text)
	}
	digits, base := text[:end], 10
	if len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X") {
		digits, base = digits[2:], 16
	}
	n, err := strconv.ParseUint(digits, base, 64)
	return n, text[end:], err == nil
}
