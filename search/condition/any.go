package condition

import (
	"errors"
	"slices"

	"quarry/search/kernel"
	"quarry/search/value"
)

// BindAny reads the operands of c as values of every type at once: it returns a
// test for each number type that can hold them, in the order of
// [value.Numbers], and one for the decimal digits, as value.String, when c asks
// for equality with a number. Where a signed and an unsigned type would find
// the very same places, the signed one stands for both. The type of b is not
// looked at. An operand that fits no type is a [*value.ParseError], as for
// [Condition.BindWith].
func (c Condition) BindAny(b Binding) ([]*Test, error) {
	var tests []*Test
	_, _, err := value.ParseWithin(value.F64, "0", b.Round)
	if err != nil {
		return nil, err
	}
	if !b.Form.Text() {
		if tests, err = c.bindNumbers(b); err != nil {
			return nil, err
		}
	}
	if b.Form.Text() || b.Form.Plain() && c.Op == Equal && !c.Not {
		b.Type, b.Form = value.String, value.TextForm
		test, err := c.BindWith(b)
		if err != nil && len(tests) == 0 {
			return nil, asAny(err)
		}
		if err == nil {
			tests = append(tests, test)
		}
	}
	return tests, nil
}

func (c Condition) bindNumbers(b Binding) ([]*Test, error) {
	var tests []*Test
	var last error
	for _, t := range value.Numbers() {
		b.Type = t
		test, err := c.BindWith(b)
		if err != nil {
			last = err
			continue
		}
		if !slices.ContainsFunc(tests, test.finds) {
			tests = append(tests, test)
		}
	}
	if len(tests) == 0 {
		return nil, asAny(last)
	}
	return tests, nil
}

// asAny returns err as one of an operand that fits no type.
func asAny(err error) error {
	var fault *value.ParseError
	if !errors.As(err, &fault) {
		return err
	}
	return &value.ParseError{Text: fault.Text, Type: value.Any, State: fault.State, Want: fault.Want}
}

// finds reports whether both tests find the same places by their present
// values: those whose bits are the same.
func (t *Test) finds(o *Test) bool {
	if t.Width != o.Width || t.not != o.not || t.Type.Float() != o.Type.Float() {
		return false
	}
	if (t.image == nil) != (o.image == nil) || t.image != nil && *t.image != *o.image {
		return false
	}
	a, b := t.numbers(), o.numbers()
	return a != nil && b != nil && slices.Equal(a.Within, b.Within)
}

// numbers returns the kernel for numbers, if that is what the test uses.
func (t *Test) numbers() *kernel.Numbers {
	m := t.first
	if inverted, ok := m.(*invertedNumbers); ok {
		m = inverted.then
	}
	numbers, _ := m.(*kernel.Numbers)
	return numbers
}
