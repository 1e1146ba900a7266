package value

import (
	"fmt"
	"math/big"
	"strings"
)

// Form is the form in which a program stores the numbers a person sees. The
// zero value stores them as they are. Forms are comparable with == and print
// as [ParseForm] reads them.
//
// A linear form stores a*v+b. Integer types take whole a and b, and any whole v
// whose stored number the type can hold, also one that the type itself could
// not: i64 as v<<32 holds the numbers of i32, and u8 as v+300 those of
// -300..-45. Floats are computed as floats: v is rounded to the type, a*v+b in
// float64, and the result to the type again.
//
// The form v^C stores the bits of v with those of C inverted. The form text
// stores the digits that a person sees.
type Form struct {
	kind formKind
	a, b string // plain decimals; a alone holds C, in hexadecimal
}

// formKind tells which of the notations of [ParseForm] a form has.
type formKind uint8

const (
	plainForm formKind = iota
	linearForm
	xorForm
	textForm
)

// TextForm stores a number as its decimal digits.
var TextForm = Form{kind: textForm}

// FormError tells which text is no form, and what would work. It is
// [ErrSyntax].
type FormError struct {
	Text string
	Want string
}

func (e *FormError) Error() string { return fmt.Sprintf("%q is not a stored form: %s", e.Text, e.Want) }

// Unwrap returns [ErrSyntax].
func (e *FormError) Unwrap() error { return ErrSyntax }

// Plain reports whether numbers are stored as they are.
func (f Form) Plain() bool { return f.kind == plainForm }

// Text reports whether numbers are stored as decimal digits.
func (f Form) Text() bool { return f.kind == textForm }

// Linear returns the coefficients of a form a*v+b. They belong to the caller.
// A plain form is 1*v+0.
func (f Form) Linear() (a, b *big.Rat, ok bool) {
	switch f.kind {
	case plainForm:
		return big.NewRat(1, 1), new(big.Rat), true
	case linearForm:
		a, _ = new(big.Rat).SetString(f.a)
		b, _ = new(big.Rat).SetString(f.b)
		return a, b, true
	}
	return nil, nil, false
}

// Xor returns C of a form v^C.
func (f Form) Xor() (c uint64, ok bool) {
	if f.kind != xorForm {
		return 0, false
	}
	n, _ := new(big.Int).SetString(f.a, 0)
	return n.Uint64(), true
}

// Size returns the size in bytes of a number of type t that is stored in this
// form, or 0 when it depends on the number.
func (f Form) Size(t Type) int {
	if f.Text() {
		return 0
	}
	return t.Size()
}

// String writes the form: v, 2v+1, -v, v<<32, v^0x5a5a, text.
func (f Form) String() string {
	switch f.kind {
	case xorForm:
		return "v^" + f.a
	case textForm:
		return "text"
	}
	a, b, _ := f.Linear()
	return factor(a, b.Sign() == 0) + offset(b)
}

// factor writes a*v. Great powers of two are shifts, where nothing follows.
func factor(a *big.Rat, alone bool) string {
	if n := a.Num(); alone && a.IsInt() && n.Sign() > 0 {
		if k := n.BitLen() - 1; k >= 8 && k < 64 && int(n.TrailingZeroBits()) == k {
			return fmt.Sprintf("v<<%d", k)
		}
	}
	switch text := plainDecimal(a); text {
	case "1":
		return "v"
	case "-1":
		return "-v"
	default:
		return text + "v"
	}
}

// offset writes +b or -b, and nothing for 0.
func offset(b *big.Rat) string {
	switch text := plainDecimal(b); b.Sign() {
	case 0:
		return ""
	case 1:
		return "+" + text
	default:
		return text
	}
}

// plainDecimal writes a number that has a finite decimal expansion.
func plainDecimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}

// MarshalText writes the form as String does.
func (f Form) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// linear returns the form a*v+b.
func linear(a, b *big.Rat) Form {
	if b.Sign() == 0 && a.Cmp(big.NewRat(1, 1)) == 0 {
		return Form{}
	}
	return Form{kind: linearForm, a: plainDecimal(a), b: plainDecimal(b)}
}

// xor returns the form v^c.
func xor(c uint64) Form {
	if c == 0 {
		return Form{}
	}
	return Form{kind: xorForm, a: fmt.Sprintf("%#x", c)}
}

// trimSpace removes the spaces that may stand between the parts of a form.
func trimSpace(text string) string { return strings.Trim(text, " \t") }
