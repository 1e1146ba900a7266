package condition

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"

	"quarry/search/kernel"
	"quarry/search/value"
)

// falling reports whether numbers in that form are stored the less, the greater
// they are.
func falling(f value.Form) bool {
	a, _, ok := f.Linear()
	return ok && a.Sign() < 0
}

// mirrored returns the operation that asks of a value what op asks of its
// negative.
func mirrored(op Op) Op {
	switch op {
	case Greater:
		return Less
	case AtLeast:
		return AtMost
	case Less:
		return Greater
	case AtMost:
		return AtLeast
	case Up:
		return Down
	case Down:
		return Up
	case UpBy:
		return DownBy
	case DownBy:
		return UpBy
	}
	return op
}

// operands returns the condition as it holds for stored numbers: where they
// order the other way round, the comparison does and the ends of a range
// change places. Forms other than linear are decoded first.
func (c Condition) operands(b Binding) (stored Condition, form value.Form) {
	if _, _, ok := b.Form.Linear(); !ok {
		return c, value.Form{}
	}
	if falling(b.Form) {
		c.Op = mirrored(c.Op)
		if c.Op == Between {
			c.A, c.B = c.B, c.A
		}
	}
	return c, b.Form
}

// intervals returns the bits of the values that meet the condition, before its
// negation: as they are stored in a linear form, decoded in any other.
func (c Condition) intervals(b Binding) ([]kernel.Interval, error) {
	stored, form := c.operands(b)
	within, err := stored.integerIntervals(b.Type, form)
	if b.Type.Float() {
		within, err = stored.floatIntervals(b.Type, form, b.Round)
	}
	if err == errEmpty {
		err = c.emptyRange()
	}
	return within, err
}

// errEmpty is the state of a range that holds nothing.
var errEmpty = &SyntaxError{}

func (c Condition) emptyRange() error {
	return &SyntaxError{c.String(), "the first end is above the second"}
}

// bound is an end of a range of integers: the bits stored for it, in the order
// of the type, or the side of all that the type holds on which it lies.
type bound struct {
	bits uint64
	side int
}

// bound reads an operand. What the type cannot hold is a bound all the same,
// but nothing that could be equal.
func (c Condition) bound(t value.Type, form value.Form, text string) (bound, error) {
	bits, err := storedBits(t, form, text)
	if side := form.Side(t, text); err != nil && side != 0 && c.Op != Equal {
		return bound{side: side}, nil
	}
	return bound{bits: bits ^ signBit(t)}, err
}

// above reports whether a range from one bound to another holds nothing; a and
// b are their texts.
func (x bound) above(y bound, a, b string, falling bool) bool {
	if x.side != y.side || x.side == 0 {
		return x.side > y.side || x.side == y.side && x.bits > y.bits
	}
	if falling {
		a, b = b, a
	}
	return value.Compare(a, b) > 0
}

func (c Condition) integerIntervals(t value.Type, form value.Form) ([]kernel.Interval, error) {
	if !t.Integer() {
		return nil, nil
	}
	a, err := c.bound(t, form, c.A)
	if err != nil {
		return nil, err
	}
	b := a
	if c.Op == Between {
		if b, err = c.bound(t, form, c.B); err != nil {
			return nil, err
		}
		if a.above(b, c.A, c.B, falling(form)) {
			return nil, errEmpty
		}
	}
	// In the order of the type, lo and hi go from 0 to all bits set.
	all := uint64(math.MaxUint64) >> (64 - t.Bits())
	lo, hi := a.bits, b.bits
	switch c.Op {
	case Greater, AtLeast:
		b = bound{side: 1}
	case Less, AtMost:
		a = bound{side: -1}
	}
	switch {
	case a.side > 0 || b.side < 0:
		return nil, nil
	case a.side == 0 && c.Op == Greater && lo == all, b.side == 0 && c.Op == Less && hi == 0:
		return nil, nil
	case a.side < 0:
		lo = 0
	case c.Op == Greater:
		lo++
	}
	switch {
	case b.side > 0:
		hi = all
	case c.Op == Less:
		hi--
	}
	sign := signBit(t)
	return []kernel.Interval{{Lo: lo ^ sign, Hi: hi ^ sign}}, nil
}

// storedBits returns the bits that an integer is stored as.
func storedBits(t value.Type, form value.Form, text string) (uint64, error) {
	raw, err := form.Encode(t, text, binary.LittleEndian)
	if err != nil {
		return 0, err
	}
	return value.Bits(t, raw, binary.LittleEndian), nil
}

// signBit returns what has to be inverted for the bits of an integer type to
// order as its values do.
func signBit(t value.Type) uint64 {
	if t.Signed() {
		return 1 << (t.Bits() - 1)
	}
	return 0
}

// storedFloat returns the value that a float is stored as. Nothing is equal to
// a number that is none, nor above or below it.
func storedFloat(t value.Type, form value.Form, text string) (float64, error) {
	raw, err := form.Encode(t, text, binary.LittleEndian)
	if err != nil {
		return 0, err
	}
	f := value.Float(t, value.Bits(t, raw, binary.LittleEndian))
	if math.IsNaN(f) {
		return 0, &value.ParseError{Text: text, Type: t, State: value.ErrSyntax, Want: "nan is equal to nothing"}
	}
	return f, nil
}

// floatBound reads an end of a range of floats, the lower one or the upper one.
// A number that the type cannot hold lies between its greatest and infinity.
func floatBound(t value.Type, form value.Form, text string, lower bool) (float64, error) {
	f, err := storedFloat(t, form, text)
	if !errors.Is(err, value.ErrRange) {
		return f, err
	}
	negative := strings.HasPrefix(text, "-") != falling(form)
	switch {
	case negative && lower:
		return nextAbove(t, math.Inf(-1)), nil
	case negative:
		return math.Inf(-1), nil
	case lower:
		return math.Inf(1), nil
	}
	return -nextAbove(t, math.Inf(-1)), nil
}

func (c Condition) floatIntervals(t value.Type, form value.Form, round string) ([]kernel.Interval, error) {
	lo, hi := math.Inf(-1), math.Inf(1)
	var err error
	switch c.Op {
	case Equal:
		if _, err = storedFloat(t, form, c.A); err == nil {
			lo, hi, err = form.Within(t, c.A, round)
		}
	case Greater, AtLeast:
		lo, err = floatBound(t, form, c.A, true)
		if _, rangeErr := storedFloat(t, form, c.A); c.Op == Greater && rangeErr == nil {
			if lo == hi {
				return nil, nil
			}
			lo = nextAbove(t, lo)
		}
	case Less, AtMost:
		hi, err = floatBound(t, form, c.A, false)
		if _, rangeErr := storedFloat(t, form, c.A); c.Op == Less && rangeErr == nil {
			if hi == lo {
				return nil, nil
			}
			hi = -nextAbove(t, -hi)
		}
	case Between:
		if lo, err = floatBound(t, form, c.A, true); err != nil {
			return nil, err
		}
		hi, err = floatBound(t, form, c.B, false)
		_, rangeErr := storedFloat(t, form, c.A)
		switch {
		case err == nil && lo > hi && rangeErr != nil:
			return nil, nil
		case err == nil && lo > hi:
			err = errEmpty
		}
	}
	if err != nil {
		return nil, err
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
