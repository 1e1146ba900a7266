package value

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var little, bigEndian binary.ByteOrder = binary.LittleEndian, binary.BigEndian

func TestParseType(t *testing.T) {
	for name, want := range map[string]Type{
		"i32": I32, "I32": I32, "int": I32, "dword": U32, "float": F32, "double": F64, "byte": U8, "any": Any, "aob": Bytes,
	} {
		if got, err := ParseType(name); err != nil || got != want {
			t.Errorf("ParseType(%q) = %v, %v; want %v", name, got, err, want)
		}
	}
	for _, name := range []string{"", "invalid", "i33", "int 32"} {
		if got, err := ParseType(name); !errors.Is(err, ErrType) || got != Invalid {
			t.Errorf("ParseType(%q) = %v, %v; want ErrType", name, got, err)
		}
	}
}

func TestEncode(t *testing.T) {
	tests := []struct {
		typ   Type
		text  string
		order binary.ByteOrder
		want  []byte
	}{
		{I8, "-128", little, []byte{0x80}},
		{U8, "255", little, []byte{0xff}},
		{U8, "0x10", little, []byte{0x10}},
		{I16, "-2", little, []byte{0xfe, 0xff}},
		{I32, "100", little, []byte{100, 0, 0, 0}},
		{I32, "100", bigEndian, []byte{0, 0, 0, 100}},
		{I32, "0xFFFFFFFF", little, []byte{0xff, 0xff, 0xff, 0xff}},
		{I32, "12e4", little, []byte{0xc0, 0xd4, 0x01, 0}},
		{I32, "+7", little, []byte{7, 0, 0, 0}},
		{I32, "1.0", little, []byte{1, 0, 0, 0}},
		{I32, "010", little, []byte{10, 0, 0, 0}},
		{U64, "18446744073709551615", little, []byte{255, 255, 255, 255, 255, 255, 255, 255}},
		{I64, "0xFFFFFFFFFFFFFFFF", little, []byte{255, 255, 255, 255, 255, 255, 255, 255}},
		{I64, "9007199254740993", little, []byte{1, 0, 0, 0, 0, 0, 0x20, 0}},
		{F32, "1.5", little, []byte{0, 0, 0xc0, 0x3f}},
		{F64, "1.5", bigEndian, []byte{0x3f, 0xf8, 0, 0, 0, 0, 0, 0}},
		{F32, "0x10", little, []byte{0, 0, 0x80, 0x41}},
		{F32, "-inf", little, []byte{0, 0, 0x80, 0xff}},
		{String, "12e4", little, []byte("12e4")},
		{String, "ä\x00b", little, []byte("ä\x00b")},
		{UTF16, "aä", little, []byte{'a', 0, 0xe4, 0}},
		{UTF16, "a", bigEndian, []byte{0, 'a'}},
		{Bytes, "48 65 6c", little, []byte{0x48, 0x65, 0x6c}},
		{Bytes, "DEADbeef", little, []byte{0xde, 0xad, 0xbe, 0xef}},
	}
	for _, test := range tests {
		got, err := Encode(test.typ, test.text, test.order)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("Encode(%v, %q): %v\n%s", test.typ, test.text, err, diff)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		typ   Type
		text  string
		state error
	}{
		{U8, "300", ErrRange}, {U8, "-1", ErrRange}, {I8, "128", ErrRange}, {I8, "-129", ErrRange},
		{I8, "0x100", ErrRange}, {I32, "2147483648", ErrRange}, {I32, "-0xFFFFFFFF", ErrRange},
		{U64, "18446744073709551616", ErrRange}, {I64, "9223372036854775808", ErrRange},
		{I32, "", ErrSyntax}, {I32, "x", ErrSyntax}, {I32, "0x", ErrSyntax}, {I32, "1.5", ErrSyntax},
		{I32, "1_000", ErrSyntax}, {I32, "0x1_0", ErrSyntax}, {I32, "--1", ErrSyntax}, {I32, "1 2", ErrSyntax},
		{I32, "1e999999999", ErrSyntax}, {I32, "+-1", ErrSyntax}, {I32, "0x-1", ErrSyntax},
		{F32, "1e39", ErrRange}, {F64, "1e309", ErrRange}, {F32, "abc", ErrSyntax}, {F32, "1_0", ErrSyntax},
		{Bytes, "4", ErrSyntax}, {Bytes, "4 8", ErrSyntax}, {Bytes, "zz", ErrSyntax}, {Bytes, "??", ErrSyntax}, {Bytes, "48 ??", ErrSyntax},
		{UTF16, "\xff", ErrSyntax}, {String, "", ErrSyntax}, {Any, "1", ErrSyntax},
	}
	for _, test := range tests {
		got, err := Encode(test.typ, test.text, little)
		if !errors.Is(err, test.state) || got != nil {
			t.Errorf("Encode(%v, %q) = %x, %v; want %v", test.typ, test.text, got, err, test.state)
		}
	}
}

func TestRangeErrorNamesTheLimits(t *testing.T) {
	_, err := Encode(U8, "300", little)
	if got, want := err.Error(), "300 does not fit u8: it holds 0..255"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseWithinTheDigitsTyped(t *testing.T) {
	tests := []struct {
		typ      Type
		text     string
		in, outs []float64
	}{
		{F32, "3.5", []float64{3.5, 3.46, 3.549, 3.45, 3.55}, []float64{3.4499, 3.5501}},
		{F64, "100", []float64{99.5, 100, 100.5}, []float64{99.49, 100.51}},
		{F64, "-2.25", []float64{-2.245, -2.2549}, []float64{-2.244, -2.256, 2.25}},
		{F64, "1.5e3", []float64{1450, 1549}, []float64{1449, 1551}},
		{F64, "0", []float64{0, math.Copysign(0, -1), 0.5, -0.5}, []float64{0.51}},
		{F32, "16777217", []float64{16777216}, []float64{16777214, 16777220}},
		{F32, "inf", []float64{math.Inf(1)}, []float64{math.MaxFloat32}},
	}
	for _, test := range tests {
		lo, hi, err := ParseWithin(test.typ, test.text, "")
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
		}
		for _, f := range test.in {
			if test.typ == F32 {
				f = float64(float32(f))
			}
			// The ends themselves may fall outside by half a unit of the type.
			if e := math.Abs(f) * 1e-7; f < lo-e || f > hi+e {
				t.Errorf("%q is %v..%v, without %v", test.text, lo, hi, f)
			}
		}
		for _, f := range test.outs {
			if f >= lo && f <= hi {
				t.Errorf("%q is %v..%v, with %v", test.text, lo, hi, f)
			}
		}
	}
}

func TestGuess(t *testing.T) {
	for text, want := range map[string]Type{
		"100": I32, "-5": I32, "2147483647": I32, "2147483648": I64, "9223372036854775808": U64,
		"0x7fffffff": I32, "0xffffffff": I64, "99999999999999999999": F64, "3.5": F32, "1.0": F32, "1e3": I32,
		"String 1": String, "0xzz": String, "": String, "inf": String,
	} {
		if got := Guess(text); got != want {
			t.Errorf("Guess(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestPatternWildcards(t *testing.T) {
	same := []string{"4? ?5 ?? 90", "4??5??90", "4? ?5 ? 90", "4? ?5 * 90", "4? ?5 xx 90", " 4?  ?5\tXX 90 "}
	want := Pattern{Bytes: []byte{0x40, 0x05, 0, 0x90}, Mask: []byte{0xf0, 0x0f, 0, 0xff}}
	for _, text := range same {
		got, err := ParsePattern(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
	if !want.Match([]byte{0x4f, 0xf5, 7, 0x90, 1}) || want.Match([]byte{0x4f, 0xf5, 7, 0x91}) || want.Match([]byte{0x4f, 0xf5, 7}) {
		t.Error("Match is wrong")
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("48 ?? 6?")
	f.Add("4??5xx90*")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePattern(text)
		if err != nil {
			if p.Bytes != nil || p.Mask != nil || !errors.Is(err, ErrSyntax) {
				t.Fatalf("%q: %v and %v", text, p, err)
			}
			return
		}
		again, err := ParsePattern(p.String())
		if diff := cmp.Diff(p, again); err != nil || diff != "" {
			t.Fatalf("%q prints as %q: %v\n%s", text, p.String(), err, diff)
		}
	})
}

// What parses prints back to the same bytes.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"0x10", "-1", "12e4", "1.5", "300", "1e-3", "0b11", "nan", "9007199254740993"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, typ := range Numbers() {
			raw, err := Encode(typ, text, little)
			if err != nil {
				if raw != nil || !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrRange) {
					t.Fatalf("%v %q: %x and %v", typ, text, raw, err)
				}
				continue
			}
			if typ.Float() && math.IsNaN(Float(typ, Bits(typ, raw, little))) {
				continue
			}
			again, err := Encode(typ, Format(typ, raw, little), little)
			if diff := cmp.Diff(raw, again); err != nil || diff != "" {
				t.Fatalf("%v %q prints as %q: %v\n%s", typ, text, Format(typ, raw, little), err, diff)
			}
		}
	})
}

func TestQuoteIsSafeOnATerminal(t *testing.T) {
	if got, want := Quote(String, []byte("a\x1b[31m\"\x00\x00"), little), `"a\x1b[31m\""`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
