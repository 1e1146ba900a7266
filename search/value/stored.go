package value

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Encode returns the bytes that the number a person writes as text is stored
// as: [Encode] for numbers in this form. A number whose stored form the type
// cannot hold is out of range. Errors are [*ParseError].
func (f Form) Encode(t Type, text string, order binary.ByteOrder) ([]byte, error) {
	if f.Plain() || f.Text() && !t.Number() {
		return Encode(t, text, order)
	}
	if err := f.Check(t); err != nil {
		return nil, err
	}
	switch {
	case f.Text():
		return f.encodeText(t, text)
	case f.kind == xorForm:
		raw, err := Encode(t, text, order)
		if err != nil {
			return nil, err
		}
		c, _ := f.Xor()
		return PutBits(nil, t, Bits(t, raw, order)^c, order), nil
	case t.Float():
		stored, err := f.encodeFloat(t, text)
		if err != nil {
			return nil, err
		}
		return PutBits(nil, t, FloatBits(t, stored), order), nil
	}
	bits, err := f.encodeInteger(t, text)
	if err != nil {
		return nil, err
	}
	return PutBits(nil, t, bits, order), nil
}

// Check reports whether numbers of type t can be stored in this form. The
// error is a [*ParseError].
func (f Form) Check(t Type) error {
	refuse := func(state error, want string) error { return &ParseError{f.String(), t, state, want} }
	if f.Plain() || f.Text() && t != Any && t != Invalid {
		return nil
	}
	if !t.Number() {
		return refuse(ErrSyntax, "stored forms are for numbers, such as -t i32")
	}
	if c, ok := f.Xor(); ok && c>>(t.Bits()-1)>>1 != 0 {
		return refuse(ErrRange, fmt.Sprintf("it has %d bits", t.Bits()))
	}
	if a, b, ok := f.Linear(); ok && t.Integer() {
		if !a.IsInt() || !b.IsInt() {
			return refuse(ErrSyntax, "an integer is stored by whole numbers; use f32 or f64")
		}
		if lo, hi := f.limits(t); lo.Cmp(hi) >= 0 {
			return refuse(ErrRange, "it could hold one value at most")
		}
	}
	return nil
}

// limits returns the least and the greatest number that an integer type can
// hold in a linear form.
func (f Form) limits(t Type) (lo, hi *big.Int) {
	a, b, _ := f.Linear()
	lo, hi = integerLimits(t)
	lo.Sub(lo, b.Num())
	hi.Sub(hi, b.Num())
	if a.Sign() < 0 {
		lo, hi = hi, lo
	}
	// For a below 0 both quotients have their signs turned, so that the least
	// is rounded up and the greatest down in either case.
	return ceilDiv(lo, a.Num()), floorDiv(hi, a.Num())
}

// Side tells on which side of all that an integer type can hold in this form a
// number lies that does not fit: -1 below, 1 above, as the stored numbers order,
// and 0 for one that fits or is none.
func (f Form) Side(t Type, text string) int {
	n, _, ok := wholeNumber(text)
	if _, err := f.Encode(t, text, binary.LittleEndian); !ok || !errors.Is(err, ErrRange) {
		return 0
	}
	lo, side := new(big.Int), 1
	if a, _, linear := f.Linear(); !linear {
		lo, _ = integerLimits(t)
	} else if lo, _ = f.limits(t); a.Sign() < 0 {
		side = -1
	}
	if n.Cmp(lo) < 0 {
		return -side
	}
	return side
}

// Compare orders two whole numbers of any size; 0 where one is none.
func Compare(a, b string) int {
	x, _, ok1 := wholeNumber(a)
	y, _, ok2 := wholeNumber(b)
	if !ok1 || !ok2 {
		return 0
	}
	return x.Cmp(y)
}

func floorDiv(x, y *big.Int) *big.Int {
	if y.Sign() < 0 {
		x, y = new(big.Int).Neg(x), new(big.Int).Neg(y)
	}
	return new(big.Int).Div(x, y) // Euclidean: the floor, for y > 0
}

func ceilDiv(x, y *big.Int) *big.Int {
	q := floorDiv(new(big.Int).Neg(x), y)
	return q.Neg(q)
}

// encodeInteger returns the bits of an integer in a linear form.
func (f Form) encodeInteger(t Type, text string) (uint64, error) {
	v, _, ok := wholeNumber(text)
	if !ok {
		_, err := ParseInteger(t, text)
		return 0, err
	}
	lo, hi := f.limits(t)
	if v.Cmp(lo) < 0 || v.Cmp(hi) > 0 {
		return 0, &ParseError{text, t, ErrRange, fmt.Sprintf("stored as %s it holds %s..%s", f, lo, hi)}
	}
	a, b, _ := f.Linear()
	s := new(big.Int).Mul(a.Num(), v)
	s.Add(s, b.Num())
	if s.Sign() < 0 {
		return uint64(s.Int64()) & (math.MaxUint64 >> (64 - t.Bits())), nil
	}
	return s.Uint64(), nil
}

// encodeFloat returns the stored value of a float in a linear form.
func (f Form) encodeFloat(t Type, text string) (float64, error) {
	v, err := ParseFloat(t, text)
	if err != nil || f.Plain() {
		return v, err
	}
	stored := f.apply(t, v)
	if math.IsInf(stored, 0) && !math.IsInf(v, 0) {
		return 0, &ParseError{text, t, ErrRange, fmt.Sprintf("stored as %s it holds ±%s", f, maxFloat(t))}
	}
	return stored, nil
}

// apply computes a*v+b in floating arithmetic.
func (f Form) apply(t Type, v float64) float64 {
	a, b := f.floats()
	// Each step is rounded: no fused multiplication, so that every machine
	// stores the same.
	return roundTo(t, float64(a*v)+b)
}

func (f Form) floats() (a, b float64) {
	ra, rb, _ := f.Linear()
	a, _ = ra.Float64()
	b, _ = rb.Float64()
	return a, b
}

// encodeText returns the digits of a number.
func (f Form) encodeText(t Type, text string) ([]byte, error) {
	digits, err := Digits(t, text)
	if err != nil {
		return nil, err
	}
	return []byte(digits), nil
}

// Digits returns the decimal digits that a number a person writes as text is
// shown as: whole numbers without leading zeros, exponent or base, decimals as
// they were typed. Errors are [*ParseError].
func Digits(t Type, text string) (string, error) {
	if t.Integer() {
		raw, err := Encode(t, text, binary.LittleEndian)
		if err != nil {
			return "", err
		}
		return Format(t, raw, binary.LittleEndian), nil
	}
	if _, err := ParseFloat(t, text); err != nil {
		return "", err
	}
	if n, _, ok := wholeNumber(text); ok && !strings.Contains(text, ".") {
		return n.String(), nil
	}
	if _, _, ok := parseDecimal(text); !ok || strings.ContainsAny(text, "eE") {
		return "", &ParseError{text, t, ErrSyntax, "write its decimal digits, such as 3.5"}
	}
	return strings.TrimPrefix(text, "+"), nil
}

// Format shows what is stored in raw as the number that a person sees. ok is
// false, and the text raw in hexadecimal, where no number is stored so. Types
// other than numbers have no stored form and show as [Format] does.
func (f Form) Format(t Type, raw []byte, order binary.ByteOrder) (text string, ok bool) {
	switch {
	case f.Plain() || !t.Number():
		return Format(t, raw, order), len(raw) >= t.Size()
	case f.Text():
		if digits, err := Digits(t, string(raw)); err == nil && digits == string(raw) {
			return digits, true
		}
		return fmt.Sprintf("% x", raw), false
	case len(raw) < t.Size() || f.Check(t) != nil:
		return fmt.Sprintf("% x", raw), false
	}
	bits := Bits(t, raw, order)
	if c, ok := f.Xor(); ok {
		return Format(t, PutBits(nil, t, bits^c, order), order), true
	}
	if t.Float() {
		return f.formatFloat(t, Float(t, bits)), true
	}
	a, b, _ := f.Linear()
	s := new(big.Int).SetUint64(bits)
	if t.Signed() {
		s.SetInt64(Signed(t, bits))
	}
	v, rest := s.QuoRem(s.Sub(s, b.Num()), a.Num(), new(big.Int))
	if rest.Sign() != 0 {
		return fmt.Sprintf("% x", raw), false
	}
	return v.String(), true
}

// formatFloat shows the number with the fewest digits that is stored as
// stored, or the nearest there is.
func (f Form) formatFloat(t Type, stored float64) string {
	a, b := f.floats()
	v := roundTo(t, (stored-b)/a)
	for digits := 1; digits <= 17; digits++ {
		text := strconv.FormatFloat(v, 'g', digits, 64)
		if near, err := strconv.ParseFloat(text, t.Bits()); err == nil && f.apply(t, near) == stored {
			return strconv.FormatFloat(near, 'g', -1, t.Bits())
		}
	}
	return strconv.FormatFloat(v, 'g', -1, t.Bits())
}

// Within returns the least and the greatest float stored for a number that
// differs from text by at most a tolerance; see [ParseWithin], which is this
// for a plain form. The form must be plain or linear. Errors are
// [*ParseError].
func (f Form) Within(t Type, text, tolerance string) (lo, hi float64, err error) {
	stored, err := f.encodeFloat(t, text)
	if err != nil {
		return 0, 0, err
	}
	number, unit, ok := parseDecimal(text)
	if !ok { // inf, nan, or exact in another base
		v, _ := ParseFloat(t, text)
		number, unit = new(big.Rat).SetFloat64(v), new(big.Rat)
	}
	reach, err := within(t, unit, tolerance)
	if err != nil {
		return 0, 0, err
	}
	if number == nil {
		return stored, stored, nil
	}
	a, b, _ := f.Linear()
	number.Add(number.Mul(number, a), b)
	reach.Mul(reach, a.Abs(a))
	lo = atLeast(t, new(big.Rat).Sub(number, reach))
	hi = -atLeast(t, new(big.Rat).Neg(number.Add(number, reach)))
	return min(lo, stored), max(hi, stored), nil
}
