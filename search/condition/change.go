package condition

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"quarry/search/kernel"
	"quarry/search/value"
)

// direction is where a change leads.
type direction uint8

const (
	either direction = iota
	upwards
	downwards
)

var directions = map[Op]direction{By: either, UpBy: upwards, DownBy: downwards}

// bindChange binds a change by an amount: the distance from the former value to
// the present one, which must lie within an interval, and its direction. A
// value that stayed as it is has changed by 0, in both directions.
//
// Integers are compared exactly and never wrap around: from 250 to 5 is down by
// 245, whatever the type. An integer can change by as much as lies between its
// least and its greatest value, i8 by 255.
//
// Floats are subtracted in float64, and one amount stands for all that round to
// it at the digits typed: by 0.5 is 0.45..0.55. The ends of a range are exact.
//
// A percentage is one of the former value's magnitude and, alone, stands for
// all that round to it at the digits typed, for integers too: by 10% is
// 9.5%..10.5%, both ends included, and by 0% is up to 0.5%. It is not a value
// that is rounded but the percentage, exactly: 5 has changed by 20% when it is
// 4 or 6, and can change by 10% in no way. A value that was 0 has changed by
// no percentage; if it is 0 still, by 0%.
func (c Condition) bindChange(test *Test, b Binding) error {
	op := c.Op
	if falling(b.Form) {
		op = mirrored(op)
	}
	d := directions[op]
	deltas := &kernel.Deltas{
		Width: test.Width, Swap: b.swap(), Order: orderOf(b.Type),
		Up: d != downwards, Down: d != upwards, Relative: c.Percent,
	}
	var err error
	switch {
	case c.Percent:
		err = c.bindPercent(deltas, b)
	case b.Type.Integer():
		err = c.bindIntegerChange(deltas, b)
	default:
		err = c.bindFloatChange(deltas, b)
	}
	if err != nil {
		return err
	}
	test.pairs = deltas
	if xor, ok := b.Form.Xor(); ok {
		test.pairs = &invertedPairs{invert(b.Type, xor, b.Order), deltas}
	}
	return nil
}

func (c Condition) bindIntegerChange(deltas *kernel.Deltas, b Binding) error {
	lo, err := storedChange(b, c.A)
	hi := lo
	if err == nil && c.B != "" {
		hi, err = storedChange(b, c.B)
	}
	if err == nil && lo > hi {
		err = c.emptyRange()
	}
	deltas.Min, deltas.Max = lo, hi
	return err
}

// storedChange returns by how much an integer changes where it is stored when
// the number a person sees changes by text.
func storedChange(b Binding, text string) (uint64, error) {
	times := uint64(1)
	if a, _, ok := b.Form.Linear(); ok {
		times = a.Abs(a).Num().Uint64()
	}
	most := math.MaxUint64 >> (64 - b.Type.Bits()) / times
	change, err := value.ParseInteger(value.U64, text)
	if err == nil && change <= most {
		return change * times, nil
	}
	fault := &value.ParseError{Text: text, Type: b.Type, State: value.ErrRange, Want: fmt.Sprintf("it changes by 0..%d", most)}
	if errors.Is(err, value.ErrSyntax) {
		fault.State, fault.Want = value.ErrSyntax, "write a whole number, such as by 5 or by 1..3"
	}
	return 0, fault
}

func (c Condition) bindFloatChange(deltas *kernel.Deltas, b Binding) error {
	lo, hi, err := floatChange(b, c.A, b.Round)
	if err == nil && c.B != "" {
		if lo, _, err = floatChange(b, c.A, "0"); err == nil {
			_, hi, err = floatChange(b, c.B, "0")
		}
	}
	if err == nil && lo > hi {
		err = c.emptyRange()
	}
	times := 1.0
	if a, _, ok := b.Form.Linear(); ok {
		times, _ = a.Abs(a).Float64()
	}
	deltas.MinF, deltas.MaxF = lo*times, hi*times
	return err
}

// floatChange returns the least and the greatest change that text stands for.
func floatChange(b Binding, text, round string) (lo, hi float64, err error) {
	f, err := value.ParseFloat(b.Type, text)
	if err == nil && (math.IsNaN(f) || math.Signbit(f)) {
		err = &value.ParseError{Text: text, Type: b.Type, State: value.ErrSyntax, Want: "write by how much, as a number from 0 on"}
	}
	if err != nil {
		return 0, 0, err
	}
	lo, hi, err = value.ParseWithin(value.F64, text, round)
	return max(lo, 0), hi, err
}

func (c Condition) bindPercent(deltas *kernel.Deltas, b Binding) error {
	lo, hi, err := c.percentages(b.Type)
	if err != nil {
		return err
	}
	_, offset, ok := b.Form.Linear()
	if !ok {
		offset = new(big.Rat)
	}
	if b.Type.Float() {
		deltas.MinF, _ = lo.Float64()
		deltas.MaxF, _ = hi.Float64()
		deltas.ZeroF, _ = offset.Float64()
		return nil
	}
	if !lo.Num().IsUint64() || !lo.Denom().IsUint64() || !hi.Num().IsUint64() || !hi.Denom().IsUint64() {
		return &SyntaxError{c.String(), "it has too many digits"}
	}
	deltas.MinShare = kernel.Share{Num: lo.Num().Uint64(), Den: lo.Denom().Uint64()}
	deltas.MaxShare = kernel.Share{Num: hi.Num().Uint64(), Den: hi.Denom().Uint64()}
	deltas.Zero = int128(offset.Num())
	return nil
}

// int128 returns n, or the nearest number that the kernel takes: of so great a
// number any change is next to nothing.
func int128(n *big.Int) kernel.Int128 {
	most := new(big.Int).Lsh(big.NewInt(1), 126)
	if n.CmpAbs(most) > 0 {
		if n.Sign() < 0 {
			most.Neg(most)
		}
		n = most
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return kernel.Int128{Hi: new(big.Int).Rsh(n, 64).Int64(), Lo: low.Uint64()}
}

// percentages returns the least and the greatest share of the former value.
func (c Condition) percentages(t value.Type) (lo, hi *big.Rat, err error) {
	lo, unit, ok := value.Decimal(c.A)
	hi, half := lo, new(big.Rat)
	if ok && c.B == "" {
		half.Mul(unit, big.NewRat(1, 2))
	} else if ok {
		hi, _, ok = value.Decimal(c.B)
	}
	if !ok || lo.Sign() < 0 || hi.Sign() < 0 {
		return nil, nil, &value.ParseError{Text: c.amount(), Type: t, State: value.ErrSyntax, Want: "write by 10%, by 2.5% or by 5%..10%"}
	}
	if lo.Cmp(hi) > 0 {
		return nil, nil, c.emptyRange()
	}
	hundredth := big.NewRat(1, 100)
	least := new(big.Rat).Sub(lo, half)
	if least.Sign() < 0 {
		least.SetInt64(0)
	}
	return least.Mul(least, hundredth), hundredth.Mul(hundredth, half.Add(half, hi)), nil
}
