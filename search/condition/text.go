package condition

import (
	"math/bits"

	"quarry/search/kernel"
	"quarry/search/value"
)

// bindPattern binds a condition on text, bytes or a number in digits.
func (c Condition) bindPattern(test *Test, b Binding) error {
	pattern, marker, err := c.pattern(b)
	if err != nil {
		return err
	}
	test.Width, test.first, test.lone = len(pattern.Bytes), marker, b.Form.Text()
	if pattern.Exact() && !c.Not {
		test.Constant = pattern.Bytes
	}
	return nil
}

func (c Condition) pattern(b Binding) (value.Pattern, Marker, error) {
	var pattern value.Pattern
	var err error
	switch {
	case b.Form.Text():
		var digits string
		digits, err = c.digits(b.Type)
		pattern = value.ExactPattern([]byte(digits))
	case b.Type == value.Bytes:
		pattern, err = value.ParsePattern(c.A)
	case b.Fold:
		folded, err := value.Fold(b.Type, c.A, b.Order)
		if err != nil || folded.Exact() {
			return folded.Pattern, kernel.NewPattern(folded.Pattern), err
		}
		return folded.Pattern, &anyCase{folded, kernel.NewPattern(folded.Pattern)}, nil
	default:
		var raw []byte
		raw, err = value.Encode(b.Type, c.A, b.Order)
		pattern = value.ExactPattern(raw)
	}
	if err != nil {
		return value.Pattern{}, nil, err
	}
	return pattern, kernel.NewPattern(pattern), nil
}

// digits returns the operand in decimal digits: of a number of type t, or of
// any number where t is none.
func (c Condition) digits(t value.Type) (string, error) {
	if t.Number() {
		return value.Digits(t, c.A)
	}
	switch guess := value.Guess(c.A); guess {
	case value.String:
		return "", &value.ParseError{Text: c.A, Type: t, State: value.ErrSyntax, Want: "only numbers are stored as text in digits, such as 100"}
	case value.F32:
		return value.Digits(value.F64, c.A)
	default:
		return value.Digits(guess, c.A)
	}
}

// anyCase is the kernel of a text in any case, where the pattern lets pass more
// than its forms.
type anyCase struct {
	text    value.Folded
	pattern *kernel.Pattern
}

// Mark implements [Marker].
func (k *anyCase) Mark(dst []uint64, buf []byte, stride, n int) {
	k.pattern.Mark(dst, buf, stride, n)
	keep(dst, n, func(i int) bool { return k.text.Match(buf[i*stride:]) })
}

// keep clears those of the first n bits of dst that do not pass.
func keep(dst []uint64, n int, pass func(i int) bool) {
	for w, word := range dst[:kernel.Words(n)] {
		for ; word != 0; word &= word - 1 {
			if i := bits.TrailingZeros64(word); !pass(w*64 + i) {
				dst[w] &^= 1 << i
			}
		}
	}
}
