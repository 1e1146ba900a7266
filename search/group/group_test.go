package group

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"quarry/search/condition"
	"quarry/search/kernel"
	"quarry/search/value"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"i32=100 i32=50 skip=4 f32=1.5..2":            "i32=100 i32=50 skip=4 f32=1.5..2",
		"  u8!=0\ti16>=-5  INT<3 ":                    "u8!=0 i16>=-5 i32<3",
		"i32==7 u64<=9 i8>1":                          "i32=7 u64<=9 i8>1",
		"i32=? i32=unknown":                           "i32=? i32=?",
		`i32="not 1..2" i32="not 5" i32="> 5"`:        `i32="not 1..2" i32!=5 i32>5`,
		`string="Mr. X" string=a bytes="48 ?? 6c"`:    `string="Mr. X" string=a bytes="48 ?? 6c"`,
		`string="a\"b\\" utf16!="x y" string=C:\temp`: `string="a\"b\\" utf16!="x y" string=C:\temp`,
		`string="=a" string="" `:                      "",
		`string="=a" string="\"a" string=a"b`:         `string="=a" string="\"a" string="a\"b"`,
		"skip=4 i32=1 skip=2":                         "skip=4 i32=1 skip=2",
	} {
		g, err := Parse(text, 0, false)
		if want == "" {
			if err == nil {
				t.Errorf("%q is a group", text)
			}
			continue
		}
		if err != nil || g.String() != want {
			t.Errorf("%q: %v, %v", text, g, err)
		}
		if again, err := Parse(g.String(), 0, false); err != nil || again.String() != want {
			t.Errorf("%q prints as %q, which is %v, %v", text, g, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		text     string
		span     int
		anyOrder bool
		cause    error
		want     string
	}{
		{"", 0, false, ErrSyntax, "not a group: " + help},
		{"skip=4", 0, false, ErrSyntax, "not a group: " + help},
		{"i32=1 i33=2", 0, false, value.ErrType, `element "i33=2" at column 7: "i33": no such type; types are ` + strings.Join(value.TypeNames(), " ")},
		{"i32=1 100", 0, false, ErrSyntax, `element "100" at column 7: ` + help},
		{"i32=1  u8=300", 0, false, value.ErrRange, `element "u8=300" at column 8: 300 does not fit u8: it holds 0..255`},
		{"i32=", 0, false, ErrSyntax, `element "i32=" at column 1: a value is missing`},
		{`string="a b`, 0, false, ErrSyntax, `element "string=\"a b" at column 1: a quote is not closed, or more follows it`},
		{`string="a"b`, 0, false, ErrSyntax, `element "string=\"a\"" at column 1: a quote is not closed, or more follows it`},
		{"any=5", 0, false, ErrSyntax, `element "any=5" at column 1: an element has one type, such as i32=100`},
		{"i32=changed", 0, false, ErrSyntax, `element "i32=changed" at column 1: a group has no former values; ` + help},
		{"i32=5..1", 0, false, condition.ErrSyntax, `element "i32=5..1" at column 1: "5..1" is not a condition: the first end is above the second`},
		{"i32=abc", 0, false, value.ErrSyntax, `element "i32=abc" at column 1: "abc" is not a value of type i32: write a whole number, such as 42, -7 or 0x2a`},
		{"i32=1 skip=0", 0, false, ErrSyntax, `element "skip=0" at column 7: write skip=N, N from 1 to 4096`},
		{"i32=1 skip>4", 0, false, ErrSyntax, `element "skip>4" at column 7: write skip=N, N from 1 to 4096`},
		{"i32=1 skip=4 i8=1", 64, true, ErrSyntax, `element "skip=4" at column 7: in any order there is nothing to skip`},
		{"i32=1 skip=4", 64, false, ErrSyntax, `element "skip=4" at column 7: a span ends with a value; make it longer instead`},
		{"i32=1 i32=2", 0, true, ErrSyntax, "not a group: elements in any order need a span, such as --span 64"},
		{"i32=1 i32=2", 7, false, ErrSyntax, "not a group: the elements take 8 bytes, and the span is 7"},
		{"i32=1 i32=2", 5000, false, ErrSyntax, "not a group: it may lie within 1 to 4096 bytes"},
		{"i32=1 i32=2", -1, false, ErrSyntax, "not a group: it may lie within 1 to 4096 bytes"},
		{"skip=4000 i8=1 skip=4000 i8=1", 0, false, ErrSyntax, "not a group: it may lie within 1 to 4096 bytes"},
		{strings.Repeat("i8=1 ", 9), 64, true, ErrSyntax, "not a group: 9 elements in any order are too many; 8 may be"},
		{strings.Repeat("i8=1 ", 65), 0, false, ErrSyntax, "not a group: 65 elements are too many; 64 may be"},
	}
	for _, test := range tests {
		g, err := Parse(test.text, test.span, test.anyOrder)
		if g.Elements != nil || g.Span != 0 || !errors.Is(err, ErrSyntax) || !errors.Is(err, test.cause) || err.Error() != test.want {
			t.Errorf("%q: %v, %v\nwant %s", test.text, g, err, test.want)
		}
	}
}

// reference is a group matched by trying everything.
type reference struct {
	Group
	tests  []*condition.Test // nil for bytes to skip
	memory []byte
	addr   uint64
	step   int
}

func newReference(t *testing.T, g Group, b condition.Binding, memory []byte, addr uint64, step int) *reference {
	r := &reference{g, nil, memory, addr, step}
	for _, e := range g.Elements {
		if e.Skip > 0 {
			r.tests = append(r.tests, nil)
			continue
		}
		b.Type = e.Type
		test, err := e.Condition.BindWith(b)
		if err != nil {
			t.Fatal(err)
		}
		r.tests = append(r.tests, test)
	}
	return r
}

// hit reports whether element i is at that place.
func (r *reference) hit(i, at int) bool {
	marks := []uint64{0}
	r.tests[i].Mark(marks, r.memory[at:], nil, r.tests[i].Width, 1)
	return marks[0] == 1
}

func (r *reference) at(start int) bool {
	switch {
	case r.Span == 0:
		for i, e := range r.Elements {
			if e.Skip == 0 && !r.hit(i, start) {
				return false
			}
			start += e.Skip
			if e.Skip == 0 {
				start += r.tests[i].Width
			}
		}
		return true
	case r.AnyOrder:
		return r.anyOrder(start, start, 0)
	}
	return r.inOrder(start, start, 0, true)
}

// fits reports whether element i can stand at that place.
func (r *reference) fits(i, at, start int) bool {
	align := uint64(min(r.Elements[i].align(), r.step))
	return at+r.tests[i].Width <= start+r.Span && (r.addr+uint64(at))%align == 0 && r.hit(i, at)
}

func (r *reference) inOrder(start, from, i int, exact bool) bool {
	for ; i < len(r.Elements) && r.Elements[i].Skip > 0; i++ {
		from += r.Elements[i].Skip
	}
	if i == len(r.Elements) {
		return true
	}
	for at := from; at+r.tests[i].Width <= start+r.Span; at++ {
		if r.fits(i, at, start) && r.inOrder(start, at+r.tests[i].Width, i+1, false) {
			return true
		}
		if exact {
			return false
		}
	}
	return false
}

// anyOrder puts one of the elements that are not in set at each place from on.
func (r *reference) anyOrder(start, from, set int) bool {
	if set == 1<<len(r.Elements)-1 {
		return true
	}
	for at := from; at < start+r.Span; at++ {
		for i := range r.Elements {
			if set>>i&1 == 0 && r.fits(i, at, start) && r.anyOrder(start, at+r.tests[i].Width, set|1<<i) {
				return true
			}
		}
		if set == 0 {
			return false // the lowest element begins the group
		}
	}
	return false
}

// TestMark compares groups with the reference, over memory in which their
// values are common, at all steps and from odd addresses.
func TestMark(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	groups := []struct {
		text     string
		span     int
		anyOrder bool
	}{
		{"u8=1 u8=2", 0, false}, {"i16=257 skip=2 u8!=0", 0, false}, {"skip=1 u8=1 u8=0..1 skip=3", 0, false},
		{`bytes="01 ?? 02" u8=?`, 0, false}, {"i32=? u8=1 f32<1", 0, false},
		{"u8=1 u8=2 u8=1", 6, false}, {"u16>1 skip=2 u8=1", 9, false}, {"skip=2 u8=2 u16=257", 8, false}, {"u8=1 skip=3 i16=?", 12, false},
		{"u8=1 u8=2", 3, true}, {"u8=1 u8=1 u8=1", 5, true}, {"u16=257 u8=2", 6, true}, {"u8=2 u16=257 u8=2 u32!=0", 12, true},
		{"u16=258 u16=257 u16=258 u8=0", 10, true}, {`string=` + "\x01" + ` u16=? u64>0`, 20, true}, {"u16=0 u16=0 u8=0 u8=0", 7, true},
		{"u8=1 u8=1..2 u8=2 u16=257", 6, true},
	}
	for _, test := range groups {
		g, err := Parse(test.text, test.span, test.anyOrder)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			b := condition.Binding{Order: order}
			bound, err := g.Bind(b)
			if err != nil || bound.NeedsOld() || bound.Type != value.Bytes {
				t.Fatalf("%q: %+v, %v", test.text, bound, err)
			}
			for range 12 {
				memory := make([]byte, 200+rnd.IntN(20))
				for i := range memory {
					memory[i] = byte(rnd.IntN(3))
				}
				for _, stride := range []int{1, 2, 4, 8} {
					addr := uint64(rnd.IntN(8) * stride)
					r := newReference(t, g, b, memory, addr, stride)
					n := (len(memory)-bound.Width)/stride + 1
					marks := make([]uint64, kernel.Words(n)+1)
					for i := range marks {
						marks[i] = rnd.Uint64()
					}
					sentinel := marks[len(marks)-1]
					bound.MarkAt(marks, addr, memory, nil, stride, n)
					for i := range (len(marks) - 1) * 64 {
						want := i < n && r.at(i*stride)
						if got := marks[i/64]>>(i%64)&1 == 1; got != want {
							t.Fatalf("%q span %d any %v %v step %d: %d is %v\n% x", test.text, test.span, test.anyOrder, order, stride, i, got, memory[i*stride:][:bound.Width])
						}
					}
					if marks[len(marks)-1] != sentinel {
						t.Fatal("wrote beyond the last word")
					}
				}
			}
		}
	}
}

func TestMarkOfNothing(t *testing.T) {
	for _, span := range []int{0, 16} {
		g, err := Parse("i32=1 i32=2", span, false)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := g.Bind(condition.Binding{Order: binary.LittleEndian})
		if err != nil {
			t.Fatal(err)
		}
		bound.Mark(nil, nil, nil, 4, 0)
	}
}

func TestAlign(t *testing.T) {
	for _, test := range []struct {
		text     string
		anyOrder bool
		want     int
	}{
		{"i32=1 u8=1", false, 4}, {"i32=1 u8=1", true, 1}, {"i32=1 i64=1", true, 4}, {"skip=2 i32=1", false, 1},
		{"string=abc i32=1", false, 1}, {"utf16=ab i32=1", true, 2},
	} {
		span := 0
		if test.anyOrder {
			span = 64
		}
		g, err := Parse(test.text, span, test.anyOrder)
		if err != nil || g.Align() != test.want {
			t.Errorf("%q: %d, %v; want %d", test.text, g.Align(), err, test.want)
		}
	}
}

func TestBindWithForm(t *testing.T) {
	f, err := value.ParseForm("2v+1")
	if err != nil {
		t.Fatal(err)
	}
	g, _ := Parse("i32=100 i32=50", 0, false)
	bound, err := g.Bind(condition.Binding{Order: binary.LittleEndian, Form: f})
	if err != nil {
		t.Fatal(err)
	}
	marks := []uint64{0}
	bound.Mark(marks, []byte{201, 0, 0, 0, 101, 0, 0, 0, 201, 0, 0, 0}, nil, 4, 2)
	if marks[0] != 1 {
		t.Errorf("%b", marks[0])
	}
	g, _ = Parse("i32=100 u8=200", 0, false)
	_, err = g.Bind(condition.Binding{Order: binary.LittleEndian, Form: f})
	want := `element "u8=200" at column 9: 200 does not fit u8: stored as 2v+1 it holds 0..127`
	if !errors.Is(err, value.ErrRange) || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// What parses prints as a text that parses to the same, and what is refused
// leaves nothing behind.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"i32=100 i32=50 skip=4 f32=1.5..2", `string="a\" b" bytes="4? ??"`, "i32=? u8!=0 i16>=5", `i32="not 1..2"`, "string==a utf16!=b",
	} {
		f.Add(text, 0, false)
		f.Add(text, 64, true)
	}
	memory := make([]byte, 5000)
	f.Fuzz(func(t *testing.T, text string, span int, anyOrder bool) {
		g, err := Parse(text, span, anyOrder)
		if err != nil {
			if g.Elements != nil || !errors.Is(err, ErrSyntax) {
				t.Fatalf("%q: %v and %v", text, g, err)
			}
			return
		}
		again, err := Parse(g.String(), span, anyOrder)
		if err != nil || again.String() != g.String() {
			t.Fatalf("%q prints as %q, which is %q: %v", text, g, again, err)
		}
		for i, e := range g.Elements {
			if o := again.Elements[i]; e.Type != o.Type || e.Condition != o.Condition || e.Skip != o.Skip {
				t.Fatalf("%q: element %d is %+v, again %+v", text, i, e, o)
			}
		}
		bound, err := g.Bind(condition.Binding{Order: binary.BigEndian})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		bound.Mark(make([]uint64, 2), memory, nil, 8, 100)
	})
}

func ExampleGroup_Bind() {
	g, _ := Parse("i32=100 i32=50", 0, false)
	test, _ := g.Bind(condition.Binding{Order: binary.LittleEndian})
	memory := []byte{100, 0, 0, 0, 100, 0, 0, 0, 50, 0, 0, 0}
	marks := make([]uint64, kernel.Words(2))
	test.Mark(marks, memory, nil, 4, 2)
	fmt.Printf("%02b of %d bytes\n", marks[0], test.Width)
	// Output: 10 of 8 bytes
}
