package condition

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"quarry/search/kernel"
	"quarry/search/value"
)

// naive decides what a change means, by arithmetic on numbers of any size.
func naive(c Condition, now, was *big.Rat) bool {
	change := new(big.Rat).Sub(now, was)
	switch {
	case c.Op == UpBy && change.Sign() < 0, c.Op == DownBy && change.Sign() > 0:
		return false
	}
	change.Abs(change)
	lo, unit, _ := value.Decimal(c.A)
	hi := new(big.Rat).Set(lo)
	if c.B != "" {
		hi, _, _ = value.Decimal(c.B)
	} else if c.Percent {
		half := unit.Mul(unit, big.NewRat(1, 2))
		lo.Sub(lo, half)
		hi.Add(hi, half)
	}
	if c.Percent {
		if was.Sign() == 0 {
			return change.Sign() == 0 && lo.Sign() <= 0
		}
		change.Mul(change.Quo(change, new(big.Rat).Abs(was)), big.NewRat(100, 1))
	}
	return change.Cmp(lo) >= 0 && change.Cmp(hi) <= 0
}

// shown returns the number that a person sees.
func shown(t value.Type, f value.Form, raw []byte, order binary.ByteOrder) (*big.Rat, bool) {
	text, ok := f.Format(t, raw, order)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// bind parses and binds a condition.
func bind(t *testing.T, b Binding, text string) (Condition, *Test) {
	t.Helper()
	c, err := Parse(b.Type, text)
	if err != nil {
		t.Fatal(err)
	}
	test, err := c.BindWith(b)
	if err != nil {
		t.Fatalf("%v %q as %v: %v", b.Type, text, b.Form, err)
	}
	return c, test
}

// TestChangeOfEveryByte compares all 8-bit values with some that they were,
// under several forms.
func TestChangeOfEveryByte(t *testing.T) {
	var now, was []byte
	for before := 0; before < 256; before += 51 {
		for i := range 256 {
			now, was = append(now, byte(i)), append(was, byte(before))
		}
	}
	marks := make([]uint64, kernel.Words(len(now)))
	for _, form := range []string{"v", "3v+1", "-v", "-2v+7", "v+300", "-v-10000000000000000000000000", "v+100000000000000000000000000000000000000000000000000", "v^0x5a"} {
		f, err := value.ParseForm(form)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range []value.Type{value.I8, value.U8} {
			var numbers [256]*big.Rat // what each byte shows as
			for i := range numbers {
				numbers[i], _ = shown(typ, f, []byte{byte(i)}, binary.LittleEndian)
			}
			for _, text := range []string{
				"by 5", "up by 5", "down by 5", "by 0", "up by 0..20", "down by 3..60", "not up by 3..9",
				"by 10%", "up by 0%", "down by 33.3%", "by 20%..150%", "up by 100%..1000%", "not down by 50%",
			} {
				c, test := bind(t, Binding{Type: typ, Order: binary.LittleEndian, Form: f}, text)
				test.Mark(marks, now, was, 1, len(now))
				for i := range now {
					a, b := numbers[now[i]], numbers[was[i]]
					if b == nil { // what was no number was no candidate
						continue
					}
					want := a != nil && naive(c, a, b) != c.Not
					if got := marks[i/64]>>(i%64)&1 == 1; got != want {
						t.Fatalf("%v %s %q: from %v to %v is %v", typ, form, text, b, a, got)
					}
				}
			}
		}
	}
}

// TestChangeOfWideIntegers compares random pairs, and pairs at the edges, of
// the wider types in both byte orders.
func TestChangeOfWideIntegers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, typ := range []value.Type{value.I16, value.U16, value.I32, value.U32, value.I64, value.U64} {
		all := uint64(math.MaxUint64) >> (64 - typ.Bits())
		edges := []uint64{0, 1, all, all >> 1, all>>1 + 1, all - 1, 100, all - 99}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, form := range []string{"v", "-v", "7v-3", "v^0x1234", "v+20"} {
				f, _ := value.ParseForm(form)
				var now, was []byte
				n := 0
				for ; n < 130; n++ {
					a, b := rnd.Uint64()&all, rnd.Uint64()&all
					switch {
					case n < 64:
						a, b = edges[n%8], edges[n/8]
					case n < 100:
						a = b + uint64(rnd.IntN(400)) - 200
					}
					now, was = value.PutBits(now, typ, a, order), value.PutBits(was, typ, b, order)
				}
				marks := make([]uint64, kernel.Words(n))
				most := all / map[bool]uint64{true: 7, false: 1}[form == "7v-3"]
				for _, text := range []string{
					"by 1", "up by 1..100", "down by 5..30", fmt.Sprint("by 200..", most), fmt.Sprint("by ", most),
					"by 50%", "by 0.0001%", "up by 0%..100%", "down by 99.99%..100%", "by 5%..12345678901234%",
				} {
					c, test := bind(t, Binding{Type: typ, Order: order, Form: f}, text)
					test.Mark(marks, now, was, typ.Size(), n)
					for i := range n {
						a, aOK := shown(typ, f, now[i*typ.Size():][:typ.Size()], order)
						b, bOK := shown(typ, f, was[i*typ.Size():][:typ.Size()], order)
						if got := marks[i/64]>>(i%64)&1 == 1; bOK && got != (aOK && naive(c, a, b)) {
							t.Fatalf("%v %v %s %q: from %v to %v is %v", typ, order, form, text, b, a, got)
						}
					}
				}
			}
		}
	}
}

func TestChangeOfFloats(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		form, text, round string
		was               float64
		yes, no           []float64
	}{
		{"v", "by 0.5", "", 1, []float64{1.5, 0.5, 1.46, 0.54}, []float64{1.56, 1.44, 1, nan, inf}},
		{"v", "up by 0.5", "", -1, []float64{-0.5, -0.46}, []float64{-1.5, -1, nan}},
		{"v", "down by 0.50", "", 1, []float64{0.5, 0.504}, []float64{0.54, 1.5}},
		{"v", "by 0.5", "0.25", 1, []float64{1.25, 0.25}, []float64{1.2, 1.8}},
		{"v", "by 0.5", "0", 1, []float64{1.5, 0.5}, []float64{1.5000001}},
		{"v", "by 0", "", 1, []float64{1, 1.5, 0.5}, []float64{1.6}},
		{"v", "up by 0..0.5", "", 1, []float64{1, 1.5}, []float64{0.9, 1.51}},
		{"v", "by 1..inf", "", 1, []float64{2, inf, -1e300}, []float64{1.9, nan}},
		{"v", "by 1..inf", "", inf, []float64{1, -inf}, []float64{inf, nan}},
		{"v", "by 10%", "", -2, []float64{-1.8, -2.2, -2.195}, []float64{-1.78, 2, -2.22}},
		{"v", "up by 10%", "", -2, []float64{-1.8}, []float64{-2.2}},
		{"v", "by 5%..10%", "", 100, []float64{105, 90, 92.5}, []float64{104, 111}},
		{"v", "by 0%", "", 0, []float64{0, math.Copysign(0, -1)}, []float64{1}},
		{"v", "by 10%", "", 0, nil, []float64{0, 1}},
		{"2v+1", "by 0.5", "", 3, []float64{4, 2, 3.92}, []float64{4.2, 3.5}},
		{"-2v+1", "up by 0.5", "", 3, []float64{2, 2.08}, []float64{4}},
		{"2v+1", "up by 50%", "", 5, []float64{7}, []float64{7.5, 3}}, // 2 to 3
		{"v", "not by 0.5", "", 1, []float64{nan, 2}, []float64{1.5}},
	}
	for _, typ := range []value.Type{value.F32, value.F64} {
		for _, test := range tests {
			f, _ := value.ParseForm(test.form)
			_, bound := bind(t, Binding{Type: typ, Order: binary.BigEndian, Form: f, Round: test.round}, test.text)
			raw := func(f float64) []byte { return value.PutBits(nil, typ, value.FloatBits(typ, f), binary.BigEndian) }
			check := func(now float64, want bool) {
				if typ == value.F32 && math.Abs(now) == 1e300 {
					return
				}
				marks := []uint64{0}
				if bound.Mark(marks, raw(now), raw(test.was), typ.Size(), 1); (marks[0] == 1) != want {
					t.Errorf("%v %s %q ±%s: from %v to %v is %v", typ, test.form, test.text, test.round, test.was, now, !want)
				}
			}
			for _, now := range test.yes {
				check(now, true)
			}
			for _, now := range test.no {
				check(now, false)
			}
		}
	}
}

func TestBindChangeRefuses(t *testing.T) {
	tests := []struct {
		typ        value.Type
		form, text string
		state      error
		want       string
	}{
		{value.U8, "v", "by 300", value.ErrRange, "300 does not fit u8: it changes by 0..255"},
		{value.I8, "3v", "by 1..86", value.ErrRange, "86 does not fit i8: it changes by 0..85"},
		{value.I32, "v", "by 0.5", value.ErrSyntax, `"0.5" is not a value of type i32: write a whole number, such as by 5 or by 1..3`},
		{value.I32, "v", "by 5..1", ErrSyntax, `"by 5..1" is not a condition: the first end is above the second`},
		{value.F32, "v", "by 5..1", ErrSyntax, `"by 5..1" is not a condition: the first end is above the second`},
		{value.F32, "v", "by 5%..1%", ErrSyntax, `"by 5%..1%" is not a condition: the first end is above the second`},
		{value.F32, "v", "by nan", value.ErrSyntax, `"nan" is not a value of type f32: write by how much, as a number from 0 on`},
		{value.I32, "v", "by x%", value.ErrSyntax, `"x%" is not a value of type i32: write by 10%, by 2.5% or by 5%..10%`},
		{value.I32, "v", "by 0.00000000000000000001%", ErrSyntax, `"by 0.00000000000000000001%" is not a condition: it has too many digits`},
		{value.I32, "text", "by 5", ErrSyntax, `"by 5" is not a condition: numbers stored as text can be =, !=, same or changed`},
		{value.I32, "text", "unknown", ErrSyntax, `"unknown" is not a condition: an unknown value needs a number type, such as -t i32`},
		{value.Any, "v", "by 5", ErrSyntax, `"by 5" is not a condition: name one type, such as -t i32`},
	}
	for _, test := range tests {
		f, _ := value.ParseForm(test.form)
		c, err := Parse(test.typ, test.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.BindWith(Binding{Type: test.typ, Order: binary.LittleEndian, Form: f})
		if got != nil || !errors.Is(err, test.state) || err.Error() != test.want {
			t.Errorf("%v %s %q: %v, %v\nwant %s", test.typ, test.form, test.text, got, err, test.want)
		}
	}
	if _, err := (Condition{A: "1"}).BindWith(Binding{Type: value.I32, Order: binary.LittleEndian, Round: "x"}); !errors.Is(err, value.ErrSyntax) {
		t.Errorf("a bad tolerance: %v", err)
	}
}
