package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// States of a text that is no value of its type. Match with errors.Is.
var (
	// ErrSyntax: the text cannot be read as a value of the type.
	ErrSyntax = errors.New("not a value of that type")
	// ErrRange: the text is a number that the type cannot hold.
	ErrRange = errors.New("out of range")
)

// ParseError tells which text is no value of which type. It is [ErrSyntax] or
// [ErrRange].
type ParseError struct {
	Text  string
	Type  Type
	State error  // ErrSyntax or ErrRange
	Want  string // what would work
}

func (e *ParseError) Error() string {
	if e.State == ErrRange {
		return fmt.Sprintf("%s does not fit %s: %s", e.Text, e.Type, e.Want)
	}
	return fmt.Sprintf("%q is not a value of type %s: %s", e.Text, e.Type, e.Want)
}

// Unwrap returns the state.
func (e *ParseError) Unwrap() error { return e.State }

// maxExponent bounds decimal exponents: beyond it every number is out of range
// for every type, and exact arithmetic would only cost memory.
const maxExponent = 400

// ParseInteger reads an integer for an integer type and returns its bits,
// zero-extended. It accepts decimal, 0x, 0o and 0b digits with an optional
// sign, and decimals and exponents that are whole (12e4). A hexadecimal, octal
// or binary number without a sign may use all bits of a signed type:
// 0xFFFFFFFF is -1 as i32. Errors are [*ParseError].
func ParseInteger(t Type, text string) (uint64, error) {
	n, pattern, ok := wholeNumber(text)
	if !ok {
		return 0, &ParseError{text, t, ErrSyntax, "write a whole number, such as 42, -7 or 0x2a"}
	}
	lo, hi := integerLimits(t)
	limit := hi
	if pattern && t.Signed() {
		limit = new(big.Int).SetUint64(math.MaxUint64 >> (64 - t.Bits()))
	}
	if n.Cmp(lo) < 0 || n.Cmp(limit) > 0 {
		return 0, &ParseError{text, t, ErrRange, fmt.Sprintf("it holds %s..%s", lo, hi)}
	}
	if n.Sign() < 0 {
		return uint64(n.Int64()) & (math.MaxUint64 >> (64 - t.Bits())), nil
	}
	return n.Uint64(), nil
}

// wholeNumber reads text as an integer of any size. pattern tells that it was
// written without a sign in a base in which people write bit patterns.
func wholeNumber(text string) (n *big.Int, pattern, ok bool) {
	digits, sign := strings.TrimPrefix(text, "+"), ""
	if strings.HasPrefix(text, "-") {
		digits, sign = text[1:], "-"
	}
	if len(digits) > 1 && digits[0] == '0' && strings.ContainsRune("xXoObB", rune(digits[1])) {
		n, ok = new(big.Int).SetString(sign+digits, 0)
		return n, sign == "" && digits == text, ok && !strings.Contains(digits, "_")
	}
	r, _, ok := parseDecimal(text)
	if !ok || !r.IsInt() {
		return nil, false, false
	}
	return r.Num(), false, true
}

// integerLimits returns the least and the greatest value of an integer type.
func integerLimits(t Type) (lo, hi *big.Int) {
	one := big.NewInt(1)
	if t.Signed() {
		hi = new(big.Int).Lsh(one, uint(t.Bits()-1))
		return new(big.Int).Neg(hi), hi.Sub(hi, one)
	}
	hi = new(big.Int).Lsh(one, uint(t.Bits()))
	return new(big.Int), hi.Sub(hi, one)
}

// parseDecimal reads a decimal number exactly. unit is the place value of the
// last digit typed: 1 for 100, 1/10 for 3.5, 100 for 1.5e3.
func parseDecimal(text string) (number, unit *big.Rat, ok bool) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(text), "e")
	exp := 0
	if hasExponent {
		var err error
		if exp, err = strconv.Atoi(exponent); err != nil || exp > maxExponent || exp < -maxExponent {
			return nil, nil, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole, "+-") + fraction
	if len(whole)-len(strings.TrimLeft(whole, "+-")) > 1 || digits == "" || len(digits) > 2*maxExponent ||
		strings.Trim(digits, "0123456789") != "" {
		return nil, nil, false
	}
	n, _ := new(big.Int).SetString(digits, 10)
	if strings.HasPrefix(whole, "-") {
		n.Neg(n)
	}
	unit = powerOfTen(exp - len(fraction))
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), unit), unit, true
}

func powerOfTen(exp int) *big.Rat {
	abs := max(exp, -exp)
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(abs)), nil)
	if exp < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}

// ParseFloat reads a number for F32 or F64 and returns the nearest value the
// type can hold. It accepts decimals, exponents, hexadecimal floats, whole
// numbers in any base, inf and nan. Errors are [*ParseError].
func ParseFloat(t Type, text string) (float64, error) {
	syntax := &ParseError{text, t, ErrSyntax, "write a number, such as 3.5, -7 or 1e-3"}
	if strings.Contains(text, "_") {
		return 0, syntax
	}
	f, err := strconv.ParseFloat(text, t.Bits())
	if errors.Is(err, strconv.ErrRange) {
		return 0, &ParseError{text, t, ErrRange, fmt.Sprintf("it holds ±%s", maxFloat(t))}
	}
	if err == nil {
		return f, nil
	}
	if n, _, ok := wholeNumber(text); ok {
		f, _ := new(big.Float).SetInt(n).Float64()
		return roundTo(t, f), nil
	}
	return 0, syntax
}

func maxFloat(t Type) string {
	if t == F32 {
		return "3.4028235e+38"
	}
	return "1.7976931348623157e+308"
}

func roundTo(t Type, f float64) float64 {
	if t == F32 {
		return float64(float32(f))
	}
	return f
}

// Decimal reads a plain decimal number, such as -3.50 or 12e4, exactly. unit
// is the place value of its last digit: 1 for 100, 1/10 for 3.5, 100 for
// 1.5e3. ok is false for anything else.
func Decimal(text string) (number, unit *big.Rat, ok bool) { return parseDecimal(text) }

// ParseWithin reads a number for F32 or F64 and returns the least and the
// greatest value of the type that differ from it by at most a tolerance, which
// is a number from 0 on. No tolerance means what a program that shows as many
// digits as were typed could show as that number: 3.5 stands for 3.45..3.55,
// and inf, nan or a hexadecimal float for itself. Where the type's values lie
// further apart than the tolerance, the nearest one is meant. Errors are
// [*ParseError].
func ParseWithin(t Type, text, tolerance string) (lo, hi float64, err error) {
	return Form{}.Within(t, text, tolerance)
}

// within returns how far from number a value may be, given the place value of
// its last digit.
func within(t Type, unit *big.Rat, tolerance string) (*big.Rat, error) {
	if tolerance == "" {
		return new(big.Rat).Mul(unit, big.NewRat(1, 2)), nil
	}
	r, _, ok := parseDecimal(tolerance)
	if !ok || r.Sign() < 0 {
		return nil, &ParseError{tolerance, t, ErrSyntax, "a tolerance is a number from 0 on, such as 0.01"}
	}
	return r, nil
}

// atLeast returns the least value of the type that is not below r.
func atLeast(t Type, r *big.Rat) float64 {
	f, _ := r.Float64()
	next := math.Nextafter(f, math.Inf(1))
	if t == F32 {
		single, _ := r.Float32()
		f, next = float64(single), float64(math.Nextafter32(single, float32(math.Inf(1))))
	}
	if exact := new(big.Rat).SetFloat64(f); math.IsInf(f, -1) || exact != nil && exact.Cmp(r) < 0 {
		return next
	}
	return f
}

// FloatBits returns the bits of f as a value of F32 or F64, zero-extended.
func FloatBits(t Type, f float64) uint64 {
	if t == F32 {
		return uint64(math.Float32bits(float32(f)))
	}
	return math.Float64bits(f)
}

// Guess returns the type that a text is taken for when none was named: I32 for
// an integer that fits it, else I64, else U64; F32 for any other number;
// String for the rest.
func Guess(text string) Type {
	if n, _, ok := wholeNumber(text); ok && !strings.Contains(text, ".") {
		for _, t := range []Type{I32, I64, U64} {
			if lo, hi := integerLimits(t); n.Cmp(lo) >= 0 && n.Cmp(hi) <= 0 {
				return t
			}
		}
		return F64
	}
	if _, _, ok := parseDecimal(text); ok {
		return F32
	}
	return String
}
