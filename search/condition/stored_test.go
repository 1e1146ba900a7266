package condition

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"quarry/search/kernel"
	"quarry/search/value"
)

// naiveNow decides what a condition on the present value means.
func naiveNow(c Condition, v *big.Rat) bool {
	a, _, _ := value.Decimal(c.A)
	hit := true
	switch c.Op {
	case Equal:
		hit = v.Cmp(a) == 0
	case Greater:
		hit = v.Cmp(a) > 0
	case AtLeast:
		hit = v.Cmp(a) >= 0
	case Less:
		hit = v.Cmp(a) < 0
	case AtMost:
		hit = v.Cmp(a) <= 0
	case Between:
		b, _, _ := value.Decimal(c.B)
		hit = v.Cmp(a) >= 0 && v.Cmp(b) <= 0
	}
	return hit != c.Not
}

// TestStoredIntegers compares conditions on stored numbers with the same
// conditions on the numbers that they show as: all of the 8-bit types, and
// random ones of the others, side by side and unaligned.
func TestStoredIntegers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	memory := make([]byte, 300)
	for i := range memory {
		memory[i] = byte(i)
		if i > 256 {
			memory[i] = byte(rnd.Uint32() & rnd.Uint32() & rnd.Uint32())
		}
	}
	conditions := []string{"2", "!= 2", "> 2", ">= 2", "< 2", "<= 2", "1..12", "not 1..12", "unknown"}
	for _, form := range []string{"v", "2v+1", "4v+2", "-v", "-3v-5", "v+1", "10v", "v^0x5a", "v<<3"} {
		f, err := value.ParseForm(form)
		if err != nil {
			t.Fatal(err)
		}
		for typ := value.I8; typ <= value.U64; typ++ {
			for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
				for _, text := range conditions {
					if form == "-3v-5" && !typ.Signed() || form == "-v" && !typ.Signed() {
						text = map[string]string{"2": "-7", "1..12": "-12..-5", "unknown": "unknown"}[text]
					}
					if text == "" {
						continue
					}
					checkStored(t, Binding{Type: typ, Order: order, Form: f}, text, memory, 1)
					checkStored(t, Binding{Type: typ, Order: order, Form: f}, text, memory, typ.Size())
				}
			}
		}
	}
}

func checkStored(t *testing.T, b Binding, text string, memory []byte, stride int) {
	t.Helper()
	c, test := bind(t, b, text)
	n := (len(memory)-test.Width)/stride + 1
	marks := make([]uint64, kernel.Words(n))
	test.Mark(marks, memory, nil, stride, n)
	for i := range n {
		raw := memory[i*stride:][:test.Width]
		v, ok := shown(b.Type, b.Form, raw, b.Order)
		if got := marks[i/64]>>(i%64)&1 == 1; got != (ok && naiveNow(c, v)) {
			t.Fatalf("%v %v %v %q: % x, which is %v, is %v", b.Type, b.Order, b.Form, text, raw, v, got)
		}
		if test.Constant != nil && marks[i/64]>>(i%64)&1 == 1 && string(test.Constant) != string(raw) {
			t.Fatalf("%v %v %q: constant is % x", b.Type, b.Form, text, test.Constant)
		}
	}
	if rest := uint(n % 64); rest != 0 && marks[n/64]>>rest != 0 {
		t.Fatal("bits beyond the last are set")
	}
}

func TestStoredPairs(t *testing.T) {
	tests := []struct {
		form     string
		text     string
		was, now int64
		want     bool
	}{
		{"2v+1", "up", 3, 5, true}, {"2v+1", "up", 5, 3, false}, {"2v+1", "up", 3, 6, false}, {"2v+1", "not up", 3, 6, false},
		{"-v", "up", -3, -5, true}, {"-v", "down", -3, -5, false}, {"-v", "down", -5, -3, true},
		{"v^0xff", "up", 0, 0xff, false}, {"v^0xff", "up", 0xff, 0, true}, {"v^0xff", "down", 0, 0xff, true},
		{"v^0xff", "changed", 1, 2, true}, {"v^0xff", "same", 2, 2, true},
		{"2v+1", "changed", 3, 5, true}, {"2v+1", "changed", 3, 4, false}, {"2v+1", "same", 3, 3, true},
	}
	for _, test := range tests {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			f, _ := value.ParseForm(test.form)
			_, bound := bind(t, Binding{Type: value.I32, Order: order, Form: f}, test.text)
			raw := func(v int64) []byte { return value.PutBits(nil, value.I32, uint64(v), order) }
			marks := []uint64{0}
			if bound.Mark(marks, raw(test.now), raw(test.was), 4, 1); (marks[0] == 1) != test.want {
				t.Errorf("%s %q: stored %d to %d is %v", test.form, test.text, test.was, test.now, !test.want)
			}
		}
	}
}

func TestStoredFloats(t *testing.T) {
	tests := []struct {
		form, text, round string
		yes, no           []float64
	}{
		{"2v+1", "3.5", "", []float64{8, 7.91, 8.09}, []float64{7.8, 8.2, 3.5, math.NaN()}},
		{"-2v", "3.5", "", []float64{-7, -6.91, -7.09}, []float64{7, -6.8}},
		{"v", "3.5", "0", []float64{3.5}, []float64{3.49, 3.51}},
		{"v", "3.5", "1", []float64{2.5, 4.5}, []float64{2.4, 4.6}},
		{"v", "not 3.5", "1", []float64{2.4, math.NaN()}, []float64{2.5}},
		{"-v", "> 1", "", []float64{-1.5, math.Inf(-1)}, []float64{-1, 2, math.NaN()}},
		{"-v", "1..2", "", []float64{-1, -2}, []float64{1.5, -2.1}},
		{"0.5v", "<= 4", "", []float64{2, -9}, []float64{2.1}},
		{"v^0x80000000", "1..2", "", []float64{-1, -2}, []float64{1, -3}},
	}
	for _, test := range tests {
		f, _ := value.ParseForm(test.form)
		_, bound := bind(t, Binding{Type: value.F32, Order: binary.BigEndian, Form: f, Round: test.round}, test.text)
		for want, values := range map[bool][]float64{true: test.yes, false: test.no} {
			for _, v := range values {
				raw := value.PutBits(nil, value.F32, value.FloatBits(value.F32, v), binary.BigEndian)
				marks := []uint64{0}
				if bound.Mark(marks, raw, nil, 4, 1); (marks[0] == 1) != want {
					t.Errorf("%s %q ±%s: stored %v is %v", test.form, test.text, test.round, v, !want)
				}
			}
		}
	}
}
