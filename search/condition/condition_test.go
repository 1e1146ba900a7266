package condition

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/kernel"
	"quarry/search/value"
)

func TestParse(t *testing.T) {
	tests := []struct {
		typ  value.Type
		args []string
		want Condition
	}{
		{value.I32, []string{"100"}, Condition{A: "100"}},
		{value.I32, []string{"-5"}, Condition{A: "-5"}},
		{value.I32, []string{"> 5"}, Condition{Op: Greater, A: "5"}},
		{value.I32, []string{">", "5"}, Condition{Op: Greater, A: "5"}},
		{value.I32, []string{">=-5"}, Condition{Op: AtLeast, A: "-5"}},
		{value.I32, []string{"<", "-5"}, Condition{Op: Less, A: "-5"}},
		{value.I32, []string{"<=5"}, Condition{Op: AtMost, A: "5"}},
		{value.I32, []string{"!=", "0"}, Condition{Op: Equal, Not: true, A: "0"}},
		{value.I32, []string{"==0"}, Condition{A: "0"}},
		{value.I32, []string{"10..20"}, Condition{Op: Between, A: "10", B: "20"}},
		{value.I32, []string{"-10", "..", "-5"}, Condition{Op: Between, A: "-10", B: "-5"}},
		{value.F32, []string{"1.5..2"}, Condition{Op: Between, A: "1.5", B: "2"}},
		{value.I32, []string{"not", "10..20"}, Condition{Op: Between, Not: true, A: "10", B: "20"}},
		{value.I32, []string{"not not 5"}, Condition{A: "5"}},
		{value.I32, []string{"unknown"}, Condition{Op: Unknown}},
		{value.I32, []string{"changed"}, Condition{Op: Changed}},
		{value.I32, []string{"not same"}, Condition{Op: Same, Not: true}},
		{value.I32, []string{">"}, Condition{Op: Up}},
		{value.I32, []string{"<"}, Condition{Op: Down}},
		{value.I32, []string{"="}, Condition{Op: Same}},
		{value.I32, []string{"!="}, Condition{Op: Changed}},
		{value.String, []string{"> 5"}, Condition{A: "> 5"}},
		{value.String, []string{"= 5"}, Condition{A: "= 5"}},
		{value.String, []string{"=", "changed"}, Condition{A: "changed"}},
		{value.String, []string{"!=", "a", "b"}, Condition{Not: true, A: "a b"}},
		{value.String, []string{"not", "changed"}, Condition{Op: Changed, Not: true}},
		{value.String, []string{"a..b"}, Condition{A: "a..b"}},
		{value.Bytes, []string{"4?", "??", "00"}, Condition{A: "4? ?? 00"}},
		{value.Invalid, []string{"String 1"}, Condition{A: "String 1"}},
		{value.Invalid, []string{"hello... world"}, Condition{A: "hello... world"}},
		{value.Invalid, []string{"../foo"}, Condition{A: "../foo"}},
		{value.Invalid, []string{"not here"}, Condition{A: "not here"}},
		{value.Invalid, []string{"> all"}, Condition{A: "> all"}},
		{value.Invalid, []string{"not", "here"}, Condition{Not: true, A: "here"}},
		{value.Invalid, []string{"not 5"}, Condition{Not: true, A: "5"}},
	}
	for _, test := range tests {
		got, err := Parse(test.typ, test.args...)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%v %q: %v\n%s", test.typ, test.args, err, diff)
		}
	}
	for _, args := range [][]string{nil, {""}, {" ", " "}, {"5.."}, {"..5"}, {">="}, {"not >="}} {
		if got, err := Parse(value.I32, args...); !errors.Is(err, ErrSyntax) || got != (Condition{}) {
			t.Errorf("%q: %v, %v; want ErrSyntax", args, got, err)
		}
	}
}

func TestGuess(t *testing.T) {
	for text, want := range map[string]value.Type{
		"100": value.I32, "> 3000000000": value.I64, "10..3.5": value.F32, "String 1": value.String,
		"unknown": value.Invalid, "> abc": value.String,
	} {
		c, err := Parse(value.Invalid, text)
		if got := c.Guess(); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

// cases are values at the edges of each type, and operands to compare with.
var edges = map[value.Type][]string{
	value.I8:  {"-128", "-127", "-1", "0", "1", "126", "127"},
	value.U8:  {"0", "1", "127", "128", "254", "255"},
	value.I32: {"-2147483648", "-1", "0", "1", "2147483647"},
	value.U32: {"0", "1", "2147483647", "2147483648", "4294967295"},
	value.I64: {"-9223372036854775808", "-1", "0", "9007199254740992", "9007199254740993", "9223372036854775807"},
	value.U64: {"0", "1", "9223372036854775808", "18446744073709551615"},
	value.F32: {"-inf", "-3.4028235e+38", "-1.5", "-1e-45", "0", "1e-45", "1.5", "3.4028235e+38", "inf"},
	value.F64: {"-inf", "-1.5", "-5e-324", "0", "5e-324", "1.5", "inf"},
}

// TestOrderOfEachType compares every pair of edges by every operator with
// exact arithmetic.
func TestOrderOfEachType(t *testing.T) {
	for typ, texts := range edges {
		for i, a := range texts {
			for _, op := range []string{">", ">=", "<", "<="} {
				c, err := Parse(typ, op, a)
				if err != nil {
					t.Fatal(err)
				}
				test, err := c.Bind(typ, binary.LittleEndian, 0)
				if err != nil {
					t.Fatal(err)
				}
				for j, b := range texts {
					want := map[string]bool{">": j > i, ">=": j >= i, "<": j < i, "<=": j <= i}[op]
					if got := passes(t, test, typ, b); got != want {
						t.Errorf("%v: %s %s %s is %v", typ, b, op, a, got)
					}
				}
			}
		}
	}
}

func passes(t *testing.T, test *Test, typ value.Type, text string) bool {
	t.Helper()
	raw, err := value.Encode(typ, text, binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	marks := make([]uint64, 1)
	test.Mark(marks, raw, nil, len(raw), 1)
	return marks[0] == 1
}

func TestBind(t *testing.T) {
	tests := []struct {
		typ      value.Type
		cond     string
		yes, no  []string
		constant bool
	}{
		{value.I32, "100", []string{"100"}, []string{"101", "-100"}, true},
		{value.I32, "!= 100", []string{"101", "-100"}, []string{"100"}, false},
		{value.I32, "-10..-5", []string{"-10", "-7", "-5"}, []string{"-11", "-4", "7"}, false},
		{value.I32, "not -10..5", []string{"-11", "6"}, []string{"-10", "0", "5"}, false},
		{value.I32, "> 2147483647", nil, []string{"2147483647", "-1"}, false},
		{value.I32, "unknown", []string{"0", "-1"}, nil, false},
		{value.I64, "9007199254740992", []string{"9007199254740992"}, []string{"9007199254740993"}, true},
		{value.F32, "3.5", []string{"3.5", "3.46", "3.549"}, []string{"3.4", "3.56", "-3.5"}, false},
		{value.F64, "-0.5..1", []string{"-0.5", "-0", "0", "1"}, []string{"-0.6", "1.01"}, false},
		{value.F64, "0", []string{"0", "-0", "0.4"}, []string{"1", "nan"}, false},
		{value.F64, "!= 0", []string{"1", "nan"}, []string{"0"}, false},
		{value.F64, "> 1", []string{"1.0000001", "inf"}, []string{"1", "nan", "-nan"}, false},
		{value.F64, "< -1", []string{"-1.0000001", "-inf"}, []string{"-1", "nan", "0"}, false},
	}
	for _, test := range tests {
		c, err := Parse(test.typ, test.cond)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := c.Bind(test.typ, binary.LittleEndian, 0)
		if err != nil {
			t.Fatal(err)
		}
		if (bound.Constant != nil) != test.constant {
			t.Errorf("%v %q: constant is %x", test.typ, test.cond, bound.Constant)
		}
		for _, text := range test.yes {
			if text == "-nan" {
				continue
			}
			if !passes(t, bound, test.typ, text) {
				t.Errorf("%v: %s does not meet %q", test.typ, text, test.cond)
			}
		}
		for _, text := range test.no {
			if text != "-nan" && passes(t, bound, test.typ, text) {
				t.Errorf("%v: %s meets %q", test.typ, text, test.cond)
			}
		}
	}
}

func TestNegativeNaNIsAboveNothing(t *testing.T) {
	c := Condition{Op: Less, A: "5"}
	test, err := c.Bind(value.F64, binary.LittleEndian, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw := binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())|1<<63)
	marks := make([]uint64, 1)
	test.Mark(marks, raw, nil, 8, 1)
	if marks[0] != 0 {
		t.Error("-nan is below 5")
	}
}

func TestBindRefuses(t *testing.T) {
	tests := []struct {
		typ   value.Type
		cond  Condition
		state error
		want  string
	}{
		{value.U8, Condition{A: "300"}, value.ErrRange, "300 does not fit u8: it holds 0..255"},
		{value.I32, Condition{A: "abc"}, value.ErrSyntax, `"abc" is not a value of type i32: write a whole number, such as 42, -7 or 0x2a`},
		{value.I32, Condition{Op: Between, A: "5", B: "1"}, ErrSyntax, `"5..1" is not a condition: the first end is above the second`},
		{value.F32, Condition{Op: Between, A: "5", B: "nan"}, value.ErrSyntax, `"nan" is not a value of type f32: nan is equal to nothing`},
		{value.F32, Condition{A: "nan"}, value.ErrSyntax, `"nan" is not a value of type f32: nan is equal to nothing`},
		{value.String, Condition{Op: Up}, ErrSyntax, `"up" is not a condition: text and bytes can be =, !=, same or changed`},
		{value.String, Condition{Op: Greater, A: "a"}, ErrSyntax, `"> a" is not a condition: text and bytes can be =, !=, same or changed`},
		{value.String, Condition{Op: Unknown}, ErrSyntax,
			`"unknown" is not a condition: an unknown value needs a number type, such as -t i32; = ? looks for a question mark`},
		{value.Bytes, Condition{Op: Unknown}, ErrSyntax, `"unknown" is not a condition: an unknown value needs a number type, such as -t i32`},
		{value.Bytes, Condition{A: "4g"}, value.ErrSyntax,
			`"4g" is not a value of type bytes: column 1 is no byte; write two hexadecimal digits, or ?? for any byte`},
	}
	for _, test := range tests {
		got, err := test.cond.Bind(test.typ, binary.LittleEndian, 4)
		if got != nil || !errors.Is(err, test.state) || err.Error() != test.want {
			t.Errorf("%v %v: %v, %v\nwant %s", test.typ, test.cond, got, err, test.want)
		}
	}
}

func ExampleCondition_Bind() {
	c, _ := Parse(value.I32, "> 5")
	test, _ := c.Bind(value.I32, binary.LittleEndian, 0)
	memory := []byte{4, 0, 0, 0, 6, 0, 0, 0, 255, 255, 255, 255}
	marks := make([]uint64, kernel.Words(3))
	test.Mark(marks, memory, nil, 4, 3)
	fmt.Printf("%03b\n", marks[0])
	// Output: 010
}
