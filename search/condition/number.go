package condition

import (
	"encoding/binary"
	"math"

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

func (c Condition) integerIntervals(t value.Type, form value.Form) ([]kernel.Interval, error) {
	if !t.Integer() {
		return nil, nil
	}
	a, err := storedBits(t, form, c.A)
	if err != nil {
		return nil, err
	}
	b := a
	if c.Op == Between {
		if b, err = storedBits(t, form, c.B); err != nil {
			return nil, err
		}
	}
	// In the order of the type, lo and hi go from 0 to all bits set.
	all := uint64(math.MaxUint64) >> (64 - t.Bits())
	sign := signBit(t)
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
		return nil, errEmpty
	}
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

func (c Condition) floatIntervals(t value.Type, form value.Form, round string) ([]kernel.Interval, error) {
	a, err := storedFloat(t, form, c.A)
	if err != nil {
		return nil, err
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	switch c.Op {
	case Equal:
		if lo, hi, err = form.Within(t, c.A, round); err != nil {
			return nil, err
		}
	case Greater:
		if a == hi {
			return nil, nil
		}
		lo = nextAbove(t, a)
	case AtLeast:
		lo = a
	case Less:
		if a == lo {
			return nil, nil
		}
		hi = -nextAbove(t, -a)
	case AtMost:
		hi = a
	case Between:
		lo = a
		if hi, err = storedFloat(t, form, c.B); err != nil {
			return nil, err
		}
		if lo > hi {
			return nil, errEmpty
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
