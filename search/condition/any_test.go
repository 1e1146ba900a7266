package condition

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/kernel"
	"quarry/search/value"
)

func TestBindAny(t *testing.T) {
	for _, test := range []struct {
		text, form, want string
	}{
		{"100", "v", "[i8 i16 i32 i64 f32 f64 string]"},
		{"-1", "v", "[i8 i16 i32 i64 f32 f64 string]"},
		{"200", "v", "[i16 i32 i64 u8 f32 f64 string]"},
		{"4000000000", "v", "[i64 u32 f32 f64 string]"},
		{"18446744073709551615", "v", "[u64 f32 f64 string]"},
		{"1e30", "v", "[f32 f64 string]"},
		{"3.5", "v", "[f32 f64 string]"},
		{"1e300", "v", "[f64 string]"},
		{"inf", "v", "[f32 f64]"},
		{"!= 100", "v", "[i8 i16 i32 i64 f32 f64]"},
		{"10..20", "v", "[i8 i16 i32 i64 f32 f64]"},
		{"10..200", "v", "[i16 i32 i64 u8 f32 f64]"},
		{"> 5", "v", "[i8 i16 i32 i64 u8 u16 u32 u64 f32 f64]"},
		{"unknown", "v", "[i8 i16 i32 i64 u8 u16 u32 u64 f32 f64]"},
		{"changed", "v", "[i8 i16 i32 i64 u8 u16 u32 u64 f32 f64]"},
		{"by 300", "v", "[i16 i32 i64 u16 u32 u64 f32 f64]"},
		{"100", "2v+1", "[i16 i32 i64 u8 f32 f64]"},
		{"10..20", "4v+2", "[i8 i16 i32 i64 f32 f64]"},
		{"10..20", "v^0x5a", "[i8 i16 i32 i64 f32 f64]"},
		{"10", "v^0x5a", "[i8 i16 i32 i64 f32 f64]"},
		{"100", "text", "[string]"},
	} {
		c, err := Parse(value.Any, test.text)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := value.ParseForm(test.form)
		tests, err := c.BindAny(Binding{Order: binary.LittleEndian, Form: f})
		var types []value.Type
		for _, bound := range tests {
			types = append(types, bound.Type)
		}
		if got := fmt.Sprint(types); err != nil || got != test.want {
			t.Errorf("%q as %s: %s, %v; want %s", test.text, test.form, got, err, test.want)
		}
	}
}

func TestBindAnyRefuses(t *testing.T) {
	for _, test := range []struct {
		text, form, round string
		state             error
		want              string
	}{
		{"abc", "v", "", value.ErrSyntax, `"abc" is not a value of type any: write a number, such as 3.5, -7 or 1e-3`},
		{"1e400", "v", "", value.ErrRange, "1e400 does not fit any: it holds ±1.7976931348623157e+308"},
		{"20..10", "v", "", ErrSyntax, `"20..10" is not a condition: the first end is above the second`},
		{"abc", "text", "", value.ErrSyntax, `"abc" is not a value of type any: only numbers are stored as text in digits, such as 100`},
		{"up", "text", "", ErrSyntax, `"up" is not a condition: numbers stored as text can be =, !=, same or changed`},
		{"5", "v", "-1", value.ErrSyntax, `"-1" is not a value of type f64: a tolerance is a number from 0 on, such as 0.01`},
	} {
		c, err := Parse(value.Any, test.text)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := value.ParseForm(test.form)
		tests, err := c.BindAny(Binding{Order: binary.LittleEndian, Form: f, Round: test.round})
		if tests != nil || !errors.Is(err, test.state) || err.Error() != test.want {
			t.Errorf("%q as %s: %v, %v\nwant %s", test.text, test.form, tests, err, test.want)
		}
	}
}

func TestDigits(t *testing.T) {
	for _, test := range []struct {
		typ        value.Type
		text, want string
	}{
		{value.I32, "0x64", "100"}, {value.U8, "007", "7"}, {value.F32, "3.50", "3.50"}, {value.String, "12e2", "1200"},
		{value.String, "-2.5", "-2.5"}, {value.String, "99999999999999999999", "99999999999999999999"},
	} {
		_, bound := bind(t, Binding{Type: value.I32, Order: binary.LittleEndian}, "1")
		if bound.Lone() || !bound.Whole([]byte("9999999"), 1) {
			t.Error("a number in binary stands alone")
		}
		c := Condition{A: test.text}
		bound, err := c.BindWith(Binding{Type: test.typ, Order: binary.LittleEndian, Form: value.TextForm})
		if err != nil || string(bound.Constant) != test.want || bound.Width != len(test.want) || !bound.Lone() {
			t.Errorf("%v %q: %+v, %v", test.typ, test.text, bound, err)
		}
	}
	c := Condition{A: "100"}
	bound, err := c.BindWith(Binding{Type: value.I32, Order: binary.LittleEndian, Form: value.TextForm})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"_100": true, "_100 ": true, "x100y": true, "1100": false, "_1000": false, "-100": false, ".100": false, "_100.5": false,
		"_100.": true, "_100.x": true, "_100-1": true,
	} {
		if got := bound.Whole([]byte(text), 1); got != want {
			t.Errorf("100 in %q is whole: %v", text, got)
		}
	}
	if !bound.Whole([]byte("100"), 0) || !bound.Whole([]byte("1002")[:3], 0) || bound.Whole([]byte("1002"), 0) {
		t.Error("the ends of memory are no digits")
	}
}

func TestAnyCase(t *testing.T) {
	memory := []byte("Score SCORE sCoRe Scorf \x13core РЕКА река Рёка")
	for text, want := range map[string][]int{"score": {0, 6, 12}, "река": {30, 39}, "Рёка": {48}} {
		c := Condition{A: text}
		test, err := c.BindWith(Binding{Type: value.String, Order: binary.LittleEndian, Fold: true})
		if err != nil {
			t.Fatal(err)
		}
		n := len(memory) - test.Width + 1
		marks := make([]uint64, kernel.Words(n))
		test.Mark(marks, memory, nil, 1, n)
		var got []int
		for i := range n {
			if marks[i/64]>>(i%64)&1 == 1 {
				got = append(got, i)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || test.Constant != nil {
			t.Errorf("%q: constant %x\n%s", text, test.Constant, diff)
		}
	}
	c := Condition{A: "1234"}
	test, err := c.BindWith(Binding{Type: value.String, Order: binary.LittleEndian, Fold: true})
	if err != nil || string(test.Constant) != "1234" {
		t.Errorf("without letters there is one form: %q, %v", test.Constant, err)
	}
	if test, err := (Condition{}).BindWith(Binding{Type: value.UTF16, Order: binary.LittleEndian, Fold: true}); test != nil || !errors.Is(err, value.ErrSyntax) {
		t.Errorf("an empty text: %v, %v", test, err)
	}
}
