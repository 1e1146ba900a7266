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
// the very same places, the signed one stands for both, and the other is its
// [Test.Twin]; where a range reaches beyond the signed one, the unsigned one
// stands alone. The type of b is not looked at. An operand that fits no type
// is a [*value.ParseError], as for [Condition.BindWith].
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
		switch i := slices.IndexFunc(tests, test.Equivalent); {
		case test.empty():
			continue
		case i >= 0 && !c.NeedsOld():
			tests[i].Twin = t
			continue
		case c.Op == Between:
			tests = slices.DeleteFunc(tests, test.covers)
		}
		tests = append(tests, test)
	}
	if len(tests) == 0 && last != nil {
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

// Equivalent reports whether two tests of numbers are known to let the same
// bytes pass.
func (t *Test) Equivalent(o *Test) bool {
	if !t.alike(o) {
		return false
	}
	if p, ok := t.pairs.(*kernel.Pairs); ok {
		q, ok := o.pairs.(*kernel.Pairs)
		return ok && p.Relation == q.Relation && (p.Relation == kernel.Same || p.Relation == kernel.Changed)
	}
	a, b := t.numbers(), o.numbers()
	return a != nil && b != nil && slices.Equal(a.Within, b.Within)
}

// alike reports whether two tests may differ in nothing but the values that
// they let pass.
func (t *Test) alike(o *Test) bool {
	if t.Width != o.Width || t.not != o.not || t.Type.Float() != o.Type.Float() {
		return false
	}
	return (t.image == nil) == (o.image == nil) && (t.image == nil || *t.image == *o.image)
}

// covers reports whether a test of unsigned numbers lets all bytes pass that
// one of signed numbers does.
func (t *Test) covers(o *Test) bool {
	a, b := t.numbers(), o.numbers()
	if !t.alike(o) || t.not || a == nil || b == nil || len(a.Within) != 1 || len(b.Within) != 1 {
		return false
	}
	in := b.Within[0]
	return !t.Type.Signed() && o.Type.Signed() && in.Lo <= in.Hi && a.Within[0].Lo <= in.Lo && in.Hi <= a.Within[0].Hi
}

// empty reports whether the test lets nothing pass.
func (t *Test) empty() bool {
	numbers := t.numbers()
	return numbers != nil && len(numbers.Within) == 0 && !t.not
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
