package condition

import (
	"encoding/binary"
	"math"

	"quarry/search/kernel"
	"quarry/search/value"
)

// Test is a condition bound to a type: it looks at the bytes of many values at
// once. A Test never changes and may be used by several goroutines.
type Test struct {
	// Type is the type of the values.
	Type value.Type
	// Width is the size of each value in bytes.
	Width int
	// Constant holds the bytes of every value that passes, when they are all
	// the same; nil otherwise.
	Constant []byte

	first marker        // looks at values alone
	pairs *kernel.Pairs // looks at values and what they were
	not   bool
}

// marker is a kernel that looks at the present values only.
type marker interface {
	Mark(dst []uint64, buf []byte, stride, n int)
}

// everything is the kernel of a condition that any value meets.
type everything struct{}

func (everything) Mark(dst []uint64, _ []byte, _, n int) {
	for i := range kernel.Words(n) {
		dst[i] = lowBits(n - i*64)
	}
}

// lowBits returns a word whose lowest n bits are set, all of them for n >= 64.
func lowBits(n int) uint64 {
	if n >= 64 {
		return math.MaxUint64
	}
	return 1<<n - 1
}

// NeedsOld reports whether the test compares with former values.
func (t *Test) NeedsOld() bool { return t.pairs != nil }

// Mark sets bit i of dst where the value at now[i*stride:] passes, for i from
// 0 to n-1; was holds the former values in the same places and is only looked
// at when the test [Test.NeedsOld]. See package kernel for the sizes.
func (t *Test) Mark(dst []uint64, now, was []byte, stride, n int) {
	if t.pairs != nil {
		t.pairs.Mark(dst, now, was, stride, n)
	} else {
		t.first.Mark(dst, now, stride, n)
	}
	if !t.not {
		return
	}
	for i := range kernel.Words(n) {
		dst[i] = ^dst[i] & lowBits(n-i*64)
	}
}

// Bind reads the operands of c as values of type t stored in the given byte
// order. width is the size of the values found before and is needed only to
// compare with them when t has no size of its own. Errors are
// [*value.ParseError] or [*SyntaxError].
func (c Condition) Bind(t value.Type, order binary.ByteOrder, width int) (*Test, error) {
	test := &Test{Type: t, Width: t.Size(), not: c.Not}
	swap := order == binary.ByteOrder(binary.BigEndian)
	var err error
	switch {
	case c.NeedsOld():
		err = c.bindPairs(test, swap, width)
	case t.Number():
		err = c.bindNumber(test, order, swap)
	case c.Op == Unknown:
		err = &SyntaxError{c.String(), "an unknown value needs a number type, such as -t i32"}
	case c.Op != Equal:
		err = &SyntaxError{c.String(), "text and bytes can be =, !=, same or changed"}
	default:
		err = c.bindPattern(test, order)
	}
	if err != nil {
		return nil, err
	}
	return test, nil
}

func (c Condition) bindPairs(test *Test, swap bool, width int) error {
	if test.Width == 0 {
		if c.Op == Up || c.Op == Down {
			return &SyntaxError{c.String(), "text and bytes can be =, !=, same or changed"}
		}
		test.Width = width
	}
	order := kernel.Raw
	switch {
	case test.Type.Signed():
		order = kernel.Signed
	case test.Type.Integer():
		order = kernel.Unsigned
	case test.Type.Float():
		order = kernel.Float
	}
	relation := map[Op]kernel.Relation{Same: kernel.Same, Changed: kernel.Changed, Up: kernel.Up, Down: kernel.Down}[c.Op]
	test.pairs = &kernel.Pairs{Width: test.Width, Swap: swap, Order: order, Relation: relation}
	return nil
}

func (c Condition) bindPattern(test *Test, order binary.ByteOrder) error {
	var pattern value.Pattern
	if test.Type == value.Bytes {
		p, err := value.ParsePattern(c.A)
		if err != nil {
			return err
		}
		pattern = p
	} else {
		raw, err := value.Encode(test.Type, c.A, order)
		if err != nil {
			return err
		}
		pattern = value.ExactPattern(raw)
	}
	test.Width, test.first = len(pattern.Bytes), kernel.NewPattern(pattern)
	if pattern.Exact() && !c.Not {
		test.Constant = pattern.Bytes
	}
	return nil
}

func (c Condition) bindNumber(test *Test, order binary.ByteOrder, swap bool) error {
	if c.Op == Unknown {
		test.first = everything{}
		return nil
	}
	within, err := c.intervals(test.Type)
	if err != nil {
		return err
	}
	test.first = &kernel.Numbers{Width: test.Width, Swap: swap, Within: within}
	if len(within) == 1 && within[0].Lo == within[0].Hi && !c.Not {
		test.Constant = value.PutBits(nil, test.Type, within[0].Lo, order)
	}
	return nil
}

// intervals returns the raw bits of the values that meet the condition, before
// its negation.
func (c Condition) intervals(t value.Type) ([]kernel.Interval, error) {
	if t.Float() {
		return c.floatIntervals(t)
	}
	a, err := value.ParseInteger(t, c.A)
	if err != nil {
		return nil, err
	}
	b := a
	if c.Op == Between {
		if b, err = value.ParseInteger(t, c.B); err != nil {
			return nil, err
		}
	}
	// In the order of the type, key goes from 0 to all bits set.
	all := uint64(math.MaxUint64) >> (64 - t.Bits())
	sign := uint64(0)
	if t.Signed() {
		sign = all ^ all>>1
	}
	lo, hi := a^sign, b^sign
	switch c.Op {
	case Greater, AtLeast:
		hi = all
	case Less, AtMost:
		lo = 0
	}
	if c.Op == Greater && lo == all || c.Op == Less && hi == 0 {
		return nil, nil
	}
	if c.Op == Greater {
		lo++
	}
	if c.Op == Less {
		hi--
	}
	if lo > hi {
		return nil, c.emptyRange()
	}
	return []kernel.Interval{{Lo: lo ^ sign, Hi: hi ^ sign}}, nil
}

func (c Condition) emptyRange() error {
	return &SyntaxError{c.String(), "the first end is above the second"}
}

func (c Condition) floatIntervals(t value.Type) ([]kernel.Interval, error) {
	lo, hi, err := value.ParseRounded(t, c.A)
	if err != nil {
		return nil, err
	}
	exact, _ := value.ParseFloat(t, c.A)
	if math.IsNaN(exact) {
		return nil, &value.ParseError{Text: c.A, Type: t, State: value.ErrSyntax, Want: "nan is equal to nothing"}
	}
	inf := math.Inf(1)
	switch c.Op {
	case Greater:
		lo, hi = nextAbove(t, exact), inf
		if math.IsInf(exact, 1) {
			return nil, nil
		}
	case AtLeast:
		lo, hi = exact, inf
	case Less:
		lo, hi = -inf, -nextAbove(t, -exact)
		if math.IsInf(exact, -1) {
			return nil, nil
		}
	case AtMost:
		lo, hi = -inf, exact
	case Between:
		lo = exact
		if hi, err = value.ParseFloat(t, c.B); err != nil {
			return nil, err
		}
		if !(lo <= hi) {
			return nil, c.emptyRange()
		}
	}
	return floatWithin(t, lo, hi), nil
}

// nextAbove returns the least value of the type above f.
func nextAbove(t value.Type, f float64) float64 {
	if t == value.F32 {
		return float64(math.Nextafter32(float32(f), float32(math.Inf(1))))
	}
	return math.Nextafter(f, math.Inf(1))
}

// floatWithin returns the raw bits of the floats lo..hi. Floats of one sign
// order as their bits do, so there is at most one interval for each sign. Both
// zeros are equal.
func floatWithin(t value.Type, lo, hi float64) []kernel.Interval {
	sign := uint64(1) << (t.Bits() - 1)
	magnitude := func(f float64) uint64 { return value.FloatBits(t, math.Abs(f)) }
	var within []kernel.Interval
	if hi >= 0 {
		within = append(within, kernel.Interval{Lo: magnitude(max(lo, 0)), Hi: magnitude(hi)})
	}
	if lo <= 0 {
		within = append(within, kernel.Interval{Lo: sign | magnitude(min(hi, 0)), Hi: sign | magnitude(lo)})
	}
	return within
}
