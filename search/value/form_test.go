package value

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustForm(t testing.TB, text string) Form {
	t.Helper()
	f, err := ParseForm(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseForm(t *testing.T) {
	for text, want := range map[string]string{
		"v": "v", "1v": "v", "v*1": "v", "v<<0": "v", "v^0": "v", "v+0": "v", " V ": "v",
		"2v+1": "2v+1", "4v + 2": "4v+2", "v*10": "10v", "10*v": "10v", "-v": "-v", "v+7": "v+7", "7+v": "v+7",
		"v<<32": "v<<32", "v<<8": "v<<8", "v<<7": "128v", "-v<<8": "-256v", "v<<3+1": "8v+1", "1+v<<3": "8v+1", "v<<1|1": "2v+1",
		"-3v-5": "-3v-5", "10-v": "-v+10", "2v+1+1": "2v+2", "0x10v+0x2": "16v+2", "0.5v-1.25": "0.5v-1.25",
		"v^0x5a5a": "v^0x5a5a", "0x5A5A ^ v": "v^0x5a5a", "v^10": "v^0xa", "v^0xffffffffffffffff": "v^0xffffffffffffffff",
		"text": "text", "TEXT": "text", "v<<63": "v<<63",
	} {
		f, err := ParseForm(text)
		if err != nil || f.String() != want {
			t.Errorf("%q: %v, %v; want %s", text, f, err, want)
		}
		if again, err := ParseForm(f.String()); err != nil || again != f {
			t.Errorf("%q prints as %q, which is %v, %v", text, f, again, err)
		}
	}
}

func TestParseFormRefuses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `"" is not a stored form: ` + formHelp},
		{"5", `"5" is not a stored form: v must stand in it, with a factor other than 0, such as 2v+1`},
		{"0v+1", `"0v+1" is not a stored form: v must stand in it, with a factor other than 0, such as 2v+1`},
		{"v+v", `"v+v" is not a stored form: v stands in it twice; write it once, such as 2v+1`},
		{"v/2", `"v/2" is not a stored form: column 2: a division loses digits; for floats write a factor, such as 0.1v`},
		{"2v/2", `"2v/2" is not a stored form: column 3: a division loses digits; for floats write a factor, such as 0.1v`},
		{"v>>2", `"v>>2" is not a stored form: column 2: a division loses digits; for floats write a factor, such as 0.1v`},
		{"2v+", `"2v+" is not a stored form: column 4: ` + formHelp},
		{"2x+1", `"2x+1" is not a stored form: column 2: write + or - between the parts`},
		{"2v 1", `"2v 1" is not a stored form: column 4: write + or - between the parts`},
		{"v*", `"v*" is not a stored form: column 3: write a number after *`},
		{"3*4", `"3*4" is not a stored form: column 3: write v after *`},
		{"v<<64", `"v<<64" is not a stored form: column 4: write a shift from 0 to 63`},
		{"v<<-1", `"v<<-1" is not a stored form: column 4: write a shift from 0 to 63`},
		{"v<<1|2", `"v<<1|2" is not a stored form: a tag must fit below the shift, such as v<<1|1`},
		{"2v|1", `"2v|1" is not a stored form: a tag must fit below the shift, such as v<<1|1`},
		{"v^-1", `"v^-1" is not a stored form: write v^ and a whole number of up to 64 bits, such as v^0x5a5a`},
		{"v^v", `"v^v" is not a stored form: write v^ and a whole number of up to 64 bits, such as v^0x5a5a`},
		{"2v^1", `"2v^1" is not a stored form: write v^ and a whole number of up to 64 bits, such as v^0x5a5a`},
		{"ä", `"ä" is not a stored form: ` + formHelp},
	}
	for _, test := range tests {
		f, err := ParseForm(test.text)
		if f != (Form{}) || !errors.Is(err, ErrSyntax) || err.Error() != test.want {
			t.Errorf("%q: %v, %v\nwant %s", test.text, f, err, test.want)
		}
	}
}

func TestFormEncode(t *testing.T) {
	tests := []struct {
		form  string
		typ   Type
		text  string
		order binary.ByteOrder
		want  []byte
	}{
		{"v", I32, "0xffffffff", little, []byte{255, 255, 255, 255}},
		{"2v+1", I32, "100", little, []byte{201, 0, 0, 0}},
		{"2v+1", I32, "100", bigEndian, []byte{0, 0, 0, 201}},
		{"2v+1", I8, "-64", little, []byte{0x81}},
		{"4v+2", U8, "63", little, []byte{254}},
		{"v*10", I16, "-3", little, []byte{0xe2, 0xff}},
		{"-v", U8, "-255", little, []byte{255}},
		{"-v", I64, "9223372036854775808", little, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}},
		{"v+300", U8, "-300", little, []byte{0}},
		{"v<<32", I64, "-2", little, []byte{0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff}},
		{"v<<32", U64, "0xffffffff", bigEndian, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}},
		{"-3v-5", I32, "7", little, []byte{0xe6, 0xff, 0xff, 0xff}},
		{"v^0x5a5a", U16, "1", little, []byte{0x5b, 0x5a}},
		{"v^0x5a5a", U16, "1", bigEndian, []byte{0x5a, 0x5b}},
		{"v^0xff", I8, "0", little, []byte{0xff}},
		{"v^0xffffffff", F32, "1", little, []byte{0xff, 0xff, 0x7f, 0xc0}},
		{"2v+1", F32, "0.25", little, []byte{0, 0, 0xc0, 0x3f}},
		{"-0.5v", F64, "-3", bigEndian, []byte{0x3f, 0xf8, 0, 0, 0, 0, 0, 0}},
		{"text", I32, "0x64", little, []byte("100")},
		{"text", I8, "-07", little, []byte("-7")},
		{"text", F32, "3.50", little, []byte("3.50")},
		{"text", String, "a b", little, []byte("a b")},
	}
	for _, test := range tests {
		f := mustForm(t, test.form)
		got, err := f.Encode(test.typ, test.text, test.order)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: Encode(%v, %q): %v\n%s", test.form, test.typ, test.text, err, diff)
		}
	}
}

func TestFormEncodeRefuses(t *testing.T) {
	tests := []struct {
		form  string
		typ   Type
		text  string
		state error
		want  string
	}{
		{"2v+1", U8, "128", ErrRange, "128 does not fit u8: stored as 2v+1 it holds 0..127"},
		{"2v+1", U8, "-1", ErrRange, "-1 does not fit u8: stored as 2v+1 it holds 0..127"},
		{"2v+1", I8, "64", ErrRange, "64 does not fit i8: stored as 2v+1 it holds -64..63"},
		{"-v", I8, "-128", ErrRange, "-128 does not fit i8: stored as -v it holds -127..128"},
		{"-3v-5", I8, "42", ErrRange, "42 does not fit i8: stored as -3v-5 it holds -44..41"},
		{"v<<32", I64, "2147483648", ErrRange, "2147483648 does not fit i64: stored as v<<32 it holds -2147483648..2147483647"},
		{"v<<32", I32, "1", ErrRange, "v<<32 does not fit i32: it could hold one value at most"},
		{"0.5v", I32, "2", ErrSyntax, `"0.5v" is not a value of type i32: an integer is stored by whole numbers; use f32 or f64`},
		{"v^0x5a5a", I8, "1", ErrRange, "v^0x5a5a does not fit i8: it has 8 bits"},
		{"v^0x5a", I8, "200", ErrRange, "200 does not fit i8: it holds -128..127"},
		{"2v+1", I32, "abc", ErrSyntax, `"abc" is not a value of type i32: write a whole number, such as 42, -7 or 0x2a`},
		{"2v+1", String, "abc", ErrSyntax, `"2v+1" is not a value of type string: stored forms are for numbers, such as -t i32`},
		{"2v", F32, "3e38", ErrRange, "3e38 does not fit f32: stored as 2v it holds ±3.4028235e+38"},
		{"text", U8, "300", ErrRange, "300 does not fit u8: it holds 0..255"},
		{"text", F64, "inf", ErrSyntax, `"inf" is not a value of type f64: write its decimal digits, such as 3.5`},
	}
	for _, test := range tests {
		got, err := mustForm(t, test.form).Encode(test.typ, test.text, little)
		if got != nil || !errors.Is(err, test.state) || err.Error() != test.want {
			t.Errorf("%s %v %q: %x, %v\nwant %s", test.form, test.typ, test.text, got, err, test.want)
		}
	}
}

// TestFormOfEveryByte compares every value of both 8-bit types, under many
// forms, with arithmetic on big numbers.
func TestFormOfEveryByte(t *testing.T) {
	for _, typ := range []Type{I8, U8} {
		lo, hi := integerLimits(typ)
		for _, a := range []int64{-128, -3, -1, 0, 1, 2, 7, 255} {
			for _, b := range []int64{-300, -1, 0, 9, 128} {
				if a == 0 {
					continue
				}
				f := linear(big.NewRat(a, 1), big.NewRat(b, 1))
				shown := map[byte]string{}
				for v := int64(-600); v <= 600; v++ {
					s := big.NewInt(a*v + b)
					fits := s.Cmp(lo) >= 0 && s.Cmp(hi) <= 0
					raw, err := f.Encode(typ, fmt.Sprint(v), little)
					if f.Check(typ) == nil && (err == nil) != fits || err == nil && raw[0] != byte(a*v+b) {
						t.Fatalf("%v %s: %d is %x, %v", typ, f, v, raw, err)
					}
					if err == nil {
						shown[raw[0]] = fmt.Sprint(v)
					}
				}
				for raw := range 256 {
					text, ok := f.Format(typ, []byte{byte(raw)}, little)
					want, wantOK := shown[byte(raw)]
					if wantOK != (ok && f.Check(typ) == nil) || ok && text != want {
						t.Fatalf("%v %s: %d shows as %s, %v; want %s", typ, f, raw, text, ok, want)
					}
				}
			}
		}
	}
}

func TestFormFormat(t *testing.T) {
	tests := []struct {
		form, text string
		typ        Type
		raw        []byte
		ok         bool
	}{
		{"2v+1", "100", I32, []byte{201, 0, 0, 0}, true},
		{"2v+1", "c8 00 00 00", I32, []byte{200, 0, 0, 0}, false},
		{"2v+1", "c9 00", I32, []byte{201, 0}, false},
		{"0.1v", "3", F64, binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.Nextafter(0.3, 1))), true},
		{"2v", "NaN", F32, []byte{0, 0, 0xc0, 0x7f}, true},
		{"text", "-42", I32, []byte("-42"), true},
		{"text", "30 34 32", I32, []byte("042"), false},
		{"text", "34 32 20", I32, []byte("42 "), false},
		{"text", "2.50", F32, []byte("2.50"), true},
		{"2v", "abc", String, []byte("abc"), true},
	}
	for _, test := range tests {
		text, ok := mustForm(t, test.form).Format(test.typ, test.raw, little)
		if text != test.text || ok != test.ok {
			t.Errorf("%s %v %x: %s, %v; want %s, %v", test.form, test.typ, test.raw, text, ok, test.text, test.ok)
		}
	}
}

func TestWithin(t *testing.T) {
	tests := []struct {
		form, text, tolerance string
		lo, hi                float64
	}{
		{"v", "3.5", "", 3.45, 3.55}, {"v", "3.5", "0.25", 3.25, 3.75}, {"v", "3.5", "0", 3.5, 3.5},
		{"v", "0x10", "", 16, 16}, {"v", "0x10", "1", 15, 17}, {"v", "inf", "1", math.Inf(1), math.Inf(1)},
		{"2v+1", "3.5", "0.25", 7.5, 8.5}, {"-2v", "3", "", -7, -5}, {"2v", "100", "1", 198, 202},
		{"v", "1.7976931348623157e308", "", math.MaxFloat64, math.MaxFloat64},
	}
	for _, test := range tests {
		lo, hi, err := mustForm(t, test.form).Within(F64, test.text, test.tolerance)
		// The ends are rounded inwards, to values within the exact ones.
		if err != nil || math.Abs(lo-test.lo) > 1e-12 || math.Abs(hi-test.hi) > 1e-12 {
			t.Errorf("%s %s ±%s: %v..%v, %v; want %v..%v", test.form, test.text, test.tolerance, lo, hi, err, test.lo, test.hi)
		}
	}
	for _, tolerance := range []string{"-1", "x", "nan", "inf", "1%"} {
		if lo, hi, err := ParseWithin(F32, "1", tolerance); !errors.Is(err, ErrSyntax) || lo != 0 || hi != 0 {
			t.Errorf("tolerance %s: %v..%v, %v", tolerance, lo, hi, err)
		}
	}
}

// What parses prints as a text that parses to the same, and what encodes shows
// as a number that encodes to the same bytes.
func FuzzForm(f *testing.F) {
	for _, form := range []string{"v", "2v+1", "-3v-5", "v<<32", "v^0x5a5a", "text", "v/2", "0.1v", "v<<1|1", "v*10"} {
		f.Add(form, "100")
		f.Add(form, "-2.5")
	}
	f.Fuzz(func(t *testing.T, form, text string) {
		parsed, err := ParseForm(form)
		if err != nil {
			if parsed != (Form{}) || !errors.Is(err, ErrSyntax) {
				t.Fatalf("%q: %v and %v", form, parsed, err)
			}
			return
		}
		if again, err := ParseForm(parsed.String()); err != nil || again != parsed {
			t.Fatalf("%q prints as %q, which is %q: %v", form, parsed, again, err)
		}
		for _, typ := range Numbers() {
			raw, err := parsed.Encode(typ, text, bigEndian)
			if err != nil {
				if raw != nil || !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrRange) {
					t.Fatalf("%v %q as %q: %x and %v", typ, text, form, raw, err)
				}
				continue
			}
			shown, ok := parsed.Format(typ, raw, bigEndian)
			if !ok {
				t.Fatalf("%v %q as %q is % x, which shows as %s", typ, text, form, raw, shown)
			}
			if typ.Float() {
				continue // the nearest number is shown, which may be another's
			}
			again, err := parsed.Encode(typ, shown, bigEndian)
			if diff := cmp.Diff(raw, again); err != nil || diff != "" {
				t.Fatalf("%v %q as %q shows as %q: %v\n%s", typ, text, form, shown, err, diff)
			}
		}
	})
}
