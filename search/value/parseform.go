package value

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxForm bounds the length of a form, as typed and as printed.
const maxForm = 200

// printable are the characters a form is made of.
const printable = " \t0123456789abcdefABCDEFxXoOtTvV.*+-<>/|^"

const formHelp = "write it with v for the number a person sees, such as 2v+1, v*10, -v, v<<32, v^0x5a5a or text"

// ParseForm reads a stored form:
//
//	v             the number itself
//	2v+1  -3v-5   a linear form, also v*10, 10-v, 0.5v and v<<32
//	v<<1|1        a shift that leaves room for a tag
//	v^0x5a5a      with these bits inverted
//	text          as decimal digits
//
// A shift binds closer than a sum, as in Go: v<<3+1 is 8v+1. Errors are
// [*FormError].
func ParseForm(text string) (Form, error) {
	p := &formParser{text: text, rest: strings.ToLower(trimSpace(text))}
	if len(text) > maxForm {
		return Form{}, p.fail("it is too long")
	}
	switch {
	case p.rest == "" || strings.Trim(text, printable) != "":
		return Form{}, p.fail(formHelp)
	case p.rest == "text":
		return TextForm, nil
	case strings.Contains(p.rest, "^"):
		return p.xor()
	case strings.Contains(p.rest, "|"):
		return p.tagged()
	}
	f, err := p.sum()
	if err == nil && len(f.String()) > maxForm {
		return Form{}, p.fail("its numbers are too long")
	}
	return f, err
}

// formParser reads a form from left to right.
type formParser struct {
	text string // as typed
	rest string // in lower case, what has not been read yet
}

func (p *formParser) fail(want string) error { return &FormError{p.text, want} }

// failHere is fail for something that stands where the parser is.
func (p *formParser) failHere(want string) error {
	column := len(strings.TrimRight(p.text, " \t")) - len(p.rest) + 1
	return p.fail(fmt.Sprintf("column %d: %s", column, want))
}

// accept reads sign and the spaces around it, if it is next.
func (p *formParser) accept(sign string) bool {
	rest, ok := strings.CutPrefix(trimSpace(p.rest), sign)
	if ok {
		p.rest = trimSpace(rest)
	}
	return ok
}

// number reads a number without sign, if one is next.
func (p *formParser) number() (*big.Rat, bool) {
	digits := "0123456789."
	if strings.HasPrefix(p.rest, "0x") {
		digits = "0123456789abcdefx"
	}
	end := len(p.rest) - len(strings.TrimLeft(p.rest, digits))
	word := p.rest[:end]
	r, _, ok := parseDecimal(word)
	if !ok {
		n, _, whole := wholeNumber(word)
		if !whole {
			return nil, false
		}
		r = new(big.Rat).SetInt(n)
	}
	p.rest = p.rest[end:]
	return r, true
}

// sum reads terms with signs between them.
func (p *formParser) sum() (Form, error) {
	a, b := new(big.Rat), new(big.Rat)
	for first, seen := true, false; ; first = false {
		minus := p.accept("-")
		if !minus && !p.accept("+") && !first {
			return Form{}, p.failHere("write + or - between the parts")
		}
		n, isV, err := p.term()
		if err != nil {
			return Form{}, err
		}
		if minus {
			n.Neg(n)
		}
		switch {
		case isV && seen:
			return Form{}, p.fail("v stands in it twice; write it once, such as 2v+1")
		case isV:
			a, seen = n, true
		default:
			b.Add(b, n)
		}
		if p.rest != "" {
			continue
		}
		if a.Sign() == 0 {
			return Form{}, p.fail("v must stand in it, with a factor other than 0, such as 2v+1")
		}
		return linear(a, b), nil
	}
}

// term reads a number, or v with a factor or a shift.
func (p *formParser) term() (n *big.Rat, isV bool, err error) {
	n, hasNumber := p.number()
	if hasNumber {
		times := p.accept("*")
		if !p.accept("v") {
			if times {
				return nil, false, p.failHere("write v after *")
			}
			return n, false, p.noDivision()
		}
		return n, true, p.noDivision()
	}
	if !p.accept("v") {
		return nil, false, p.failHere(formHelp)
	}
	switch {
	case p.accept("<<"):
		k, ok := p.shift()
		if !ok {
			return nil, false, p.failHere("write a shift from 0 to 63")
		}
		return new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), k)), true, p.noDivision()
	case p.accept("*"):
		if n, hasNumber = p.number(); !hasNumber {
			return nil, false, p.failHere("write a number after *")
		}
		return n, true, p.noDivision()
	}
	return big.NewRat(1, 1), true, p.noDivision()
}

// shift reads a number of bits.
func (p *formParser) shift() (uint, bool) {
	end := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
	k, err := strconv.Atoi(p.rest[:end])
	if err != nil || k > 63 {
		return 0, false
	}
	p.rest = p.rest[end:]
	return uint(k), true
}

// noDivision refuses what would lose digits, and goes on to the next part.
func (p *formParser) noDivision() error {
	p.rest = trimSpace(p.rest)
	if strings.HasPrefix(p.rest, "/") || strings.HasPrefix(p.rest, ">>") {
		return p.failHere("a division loses digits; for floats write a factor, such as 0.1v")
	}
	return nil
}

// xor reads v^C or C^v.
func (p *formParser) xor() (Form, error) {
	left, right, _ := strings.Cut(p.rest, "^")
	left, right = trimSpace(left), trimSpace(right)
	if right == "v" {
		left, right = right, left
	}
	c, _, ok := wholeNumber(right)
	if left != "v" || !ok || !c.IsUint64() {
		return Form{}, p.fail("write v^ and a whole number of up to 64 bits, such as v^0x5a5a")
	}
	return xor(c.Uint64()), nil
}

// tagged reads v<<K|C.
func (p *formParser) tagged() (Form, error) {
	left, right, _ := strings.Cut(p.rest, "|")
	shift, ok := strings.CutPrefix(trimSpace(left), "v<<")
	k, err := strconv.Atoi(trimSpace(shift))
	c, _, whole := wholeNumber(trimSpace(right))
	if !ok || err != nil || k < 0 || k > 63 || !whole || c.Sign() < 0 || c.BitLen() > k {
		return Form{}, p.fail("a tag must fit below the shift, such as v<<1|1")
	}
	a := new(big.Int).Lsh(big.NewInt(1), uint(k))
	return linear(new(big.Rat).SetInt(a), new(big.Rat).SetInt(c)), nil
}
