package condition

import (
	"encoding/binary"

	"quarry/search/kernel"
	"quarry/search/value"
)

// Binding says how the values that a condition speaks of lie in memory, and
// how strictly they are compared.
type Binding struct {
	// Type is the type of the values.
	Type value.Type
	// Order is the byte order in which they are stored.
	Order binary.ByteOrder
	// Width is the size in bytes of the values found before. It is needed only
	// to compare with them when the type has no size of its own.
	Width int
	// Round is how far a float may be from the number typed, as a number from
	// 0 on. Empty means as far as the digits typed tell: 3.5 is 3.45..3.55.
	// It holds for = and != and for a change by one amount, not for ranges,
	// comparisons and percentages, and is not looked at for other types.
	Round string
	// Fold finds String and UTF16 in any case; see [value.Folded].
	Fold bool
	// Form is the form in which numbers are stored. A place whose bytes are no
	// number in that form meets no condition. For the type String, the form
	// [value.TextForm] looks for a number of any type in digits.
	Form value.Form
}

// Bind is [Condition.BindWith] for values of type t in the given byte order.
func (c Condition) Bind(t value.Type, order binary.ByteOrder, width int) (*Test, error) {
	return c.BindWith(Binding{Type: t, Order: order, Width: width})
}

// BindWith reads the operands of c as values of one type, which is not
// value.Any; see [Condition.BindAny]. Errors are [*value.ParseError] or
// [*SyntaxError].
func (c Condition) BindWith(b Binding) (*Test, error) {
	if b.Type == value.Any || b.Type == value.Invalid {
		return nil, &SyntaxError{c.String(), "name one type, such as -t i32"}
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	test := &Test{Type: b.Type, Width: b.Form.Size(b.Type), not: c.Not}
	var err error
	switch {
	case test.Width == 0:
		err = c.bindText(test, b)
	case c.NeedsOld():
		err = c.bindPairs(test, b)
	default:
		err = c.bindNumber(test, b)
	}
	if err != nil {
		return nil, err
	}
	if exact := c.Op == Equal && !c.Not; test.Width > 0 && !exact && b.Type.Integer() {
		test.image = newImage(b)
	}
	return test, nil
}

// check refuses a form or a tolerance that cannot be.
func (b Binding) check() error {
	if err := b.Form.Check(b.Type); err != nil {
		return err
	}
	_, _, err := value.ParseWithin(value.F64, "0", b.Round)
	return err
}

func (b Binding) swap() bool { return b.Order == binary.ByteOrder(binary.BigEndian) }

// bindText binds a condition on values without a size of their own.
func (c Condition) bindText(test *Test, b Binding) error {
	switch {
	case c.Op == Same || c.Op == Changed:
		test.Width = b.Width
		test.pairs = &kernel.Pairs{Width: b.Width, Relation: relations[c.Op]}
		return nil
	case c.Op == Equal:
		return c.bindPattern(test, b)
	case c.Op == Unknown:
		return &SyntaxError{c.String(), "an unknown value needs a number type, such as -t i32"}
	case b.Form.Text():
		return &SyntaxError{c.String(), "numbers stored as text can be =, !=, same or changed"}
	}
	return &SyntaxError{c.String(), "text and bytes can be =, !=, same or changed"}
}

// bindNumber binds a condition on the present value of a number.
func (c Condition) bindNumber(test *Test, b Binding) error {
	if c.Op == Unknown {
		test.first = everything{}
		return nil
	}
	within, err := c.intervals(b)
	if err != nil {
		return err
	}
	xor, _ := b.Form.Xor()
	single := len(within) == 1 && within[0].Lo == within[0].Hi
	if single {
		within[0].Lo ^= xor
		within[0].Hi ^= xor
	}
	numbers := &kernel.Numbers{Width: test.Width, Swap: b.swap(), Within: within}
	test.first = numbers
	if single && !c.Not {
		test.Constant = value.PutBits(nil, test.Type, within[0].Lo, b.Order)
	}
	if xor != 0 && !single {
		test.first = &invertedNumbers{invert(b.Type, xor, b.Order), numbers}
	}
	return nil
}

var relations = map[Op]kernel.Relation{Same: kernel.Same, Changed: kernel.Changed, Up: kernel.Up, Down: kernel.Down}

// bindPairs binds a condition that compares a number with what it was.
func (c Condition) bindPairs(test *Test, b Binding) error {
	if c.Op >= By {
		return c.bindChange(test, b)
	}
	op := c.Op
	if falling(b.Form) {
		op = mirrored(op)
	}
	pairs := &kernel.Pairs{Width: test.Width, Swap: b.swap(), Order: orderOf(b.Type), Relation: relations[op]}
	test.pairs = pairs
	if xor, ok := b.Form.Xor(); ok && (op == Up || op == Down) {
		test.pairs = &invertedPairs{invert(b.Type, xor, b.Order), pairs}
	}
	return nil
}

// orderOf returns how the values of a number type are compared.
func orderOf(t value.Type) kernel.Order {
	switch {
	case t.Float():
		return kernel.Float
	case t.Signed():
		return kernel.Signed
	}
	return kernel.Unsigned
}
