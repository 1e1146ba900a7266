package condition

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/value"
)

func TestParseChange(t *testing.T) {
	tests := []struct {
		typ  value.Type
		text string
		want Condition
	}{
		{value.I32, "by 5", Condition{Op: By, A: "5"}},
		{value.I32, "  up   by\t5 ", Condition{Op: UpBy, A: "5"}},
		{value.I32, "down by 5..10", Condition{Op: DownBy, A: "5", B: "10"}},
		{value.I32, "by 5 .. 10", Condition{Op: By, A: "5", B: "10"}},
		{value.F32, "by 0.5%", Condition{Op: By, Percent: true, A: "0.5"}},
		{value.I32, "up by 5%..10%", Condition{Op: UpBy, Percent: true, A: "5", B: "10"}},
		{value.I32, "up by 5..10%", Condition{Op: UpBy, Percent: true, A: "5", B: "10"}},
		{value.I32, "by 5 % .. 10 %", Condition{Op: By, Percent: true, A: "5", B: "10"}},
		{value.I32, "+ 5", Condition{Op: UpBy, A: "5"}},
		{value.I32, "- 5", Condition{Op: DownBy, A: "5"}},
		{value.I32, "- 5%..7%", Condition{Op: DownBy, Percent: true, A: "5", B: "7"}},
		{value.I32, "+5", Condition{A: "+5"}},
		{value.I32, "-5", Condition{A: "-5"}},
		{value.I32, "not by 5", Condition{Op: By, Not: true, A: "5"}},
		{value.I32, "not - 5", Condition{Op: DownBy, Not: true, A: "5"}},
		{value.I32, "not up since first", Condition{Op: Up, Not: true, SinceFirst: true}},
		{value.I32, "changed  since  first", Condition{Op: Changed, SinceFirst: true}},
		{value.I32, "!= since first", Condition{Op: Changed, SinceFirst: true}},
		{value.I32, "up by 5 since first", Condition{Op: UpBy, SinceFirst: true, A: "5"}},
		{value.I32, "by 5%..10% since first", Condition{Op: By, SinceFirst: true, Percent: true, A: "5", B: "10"}},
		{value.Any, "- 0x10", Condition{Op: DownBy, A: "0x10"}},
		{value.Invalid, "by 5", Condition{Op: By, A: "5"}},
		{value.Invalid, "by the way", Condition{A: "by the way"}},
		{value.Invalid, "up by the river", Condition{A: "up by the river"}},
		{value.Invalid, "long since first", Condition{A: "long since first"}},
		{value.Invalid, "- item", Condition{A: "- item"}},
		{value.Invalid, "two  spaces", Condition{A: "two  spaces"}},
		{value.Invalid, "not same since first", Condition{Op: Same, Not: true, SinceFirst: true}},
	}
	for _, test := range tests {
		got, err := Parse(test.typ, test.text)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%v %q: %v\n%s", test.typ, test.text, err, diff)
		}
	}
	words := func(text string) []string { return strings.Split(text, " ") }
	for text, want := range map[string]Condition{
		"changed since first": {Op: Changed, SinceFirst: true}, "not same since first": {Op: Same, Not: true, SinceFirst: true},
		"unknown since first": {A: "unknown since first"}, "by 5": {A: "by 5"}, "+ 5": {A: "+ 5"}, "= changed since first": {A: "changed since first"},
	} {
		got, err := Parse(value.String, words(text)...)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("string %q: %v\n%s", text, err, diff)
		}
	}
	if got, err := Parse(value.String, "changed since first"); err != nil || got.Op != Equal {
		t.Errorf("one quoted word is a text: %v, %v", got, err)
	}
}

// A text for which no type is named keeps its spaces, and what begins as a
// condition on numbers must be one.
func TestParseWithoutType(t *testing.T) {
	for _, test := range []struct {
		args []string
		want Condition
	}{
		{[]string{"String 1 "}, Condition{A: "String 1 "}}, {[]string{"  two"}, Condition{A: "  two"}},
		{[]string{"=  x "}, Condition{A: " x "}}, {[]string{"!= x "}, Condition{A: "x ", Not: true}},
		{[]string{"not here "}, Condition{A: "not here "}}, {[]string{" > me "}, Condition{A: " > me "}},
		{[]string{" 5 "}, Condition{A: "5"}}, {[]string{"= 5 "}, Condition{A: "5"}}, {[]string{" unknown "}, Condition{Op: Unknown}},
		{[]string{"hello", "world"}, Condition{A: "hello world"}}, {[]string{"level", "5"}, Condition{A: "level 5"}},
		{[]string{"5 apples"}, Condition{A: "5 apples"}}, {[]string{"3D"}, Condition{A: "3D"}}, {[]string{"a..b"}, Condition{A: "a..b"}},
		{[]string{"> 5"}, Condition{Op: Greater, A: "5"}}, {[]string{">", "5"}, Condition{Op: Greater, A: "5"}},
		{[]string{"not", "5"}, Condition{A: "5", Not: true}}, {[]string{"5", "..", "6"}, Condition{Op: Between, A: "5", B: "6"}},
	} {
		got, err := Parse(value.Invalid, test.args...)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", test.args, err, diff)
		}
	}
	for _, args := range [][]string{
		{"5", "6"}, {"5", "apples"}, {"=", "5", "6"}, {"not", "5", "6"}, {"> 5 and < 10"}, {"not > 5 6"}, {"!= not 5"}, {"= 1..5"},
		{"= > 5"}, {"5..x"}, {"<", "5", "6"},
	} {
		got, err := Parse(value.Invalid, args...)
		var syntax *SyntaxError
		if got != (Condition{}) || !errors.As(err, &syntax) || syntax.Want != halfHelp {
			t.Errorf("%q: %v, %v", args, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const since = "since first goes with same, changed, up, down and by"
	const howMuch = "say by how much, such as by 5, by 1..3 or by 10%"
	for text, want := range map[string]string{
		"by": howMuch, "up by": howMuch, "- %": howMuch, "by since first": howMuch,
		"by 5..": "a range has two ends, such as by 1..3", "by ..5": "a range has two ends, such as by 1..3",
		"by 5%..6": "both ends are percentages or none is, such as by 5%..10%",
		"by -5":    "a change has a size and a direction, such as down by 5",
		"by 1..-5": "a change has a size and a direction, such as down by 5",
		"by 5%%":   "one % is enough, such as by 10%",
		"up 5":     "write up by 5", "down 5%": "write down by 5%",
		"5 since first": since, "> 5 since first": since, "unknown since first": since,
	} {
		got, err := Parse(value.I32, text)
		if full := (&SyntaxError{text, want}).Error(); got != (Condition{}) || !errors.Is(err, ErrSyntax) || err.Error() != full {
			t.Errorf("%q: %v, %v\nwant %s", text, got, err, full)
		}
	}
}

// What parses prints as a text that parses to the same, and what is refused
// leaves nothing behind.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"100", "> 5", "not 10..20", "changed", "!=5", "= ..", "not not up", "by 5", "up by 1..3", "- 5", "not + 5%..6%",
		"changed since first", "by 10% since first", "!= since first", "by the way", "> by 5", "0. .. 1", "by 0. .. 1",
	} {
		for typ := value.Invalid; typ <= value.Any; typ++ {
			f.Add(text, byte(typ))
		}
	}
	f.Fuzz(func(t *testing.T, text string, of byte) {
		typ := value.Type(of % byte(value.Any+1))
		words := func(text string) []string {
			if typ == value.String || typ == value.UTF16 || typ == value.Bytes {
				return strings.Split(text, " ")
			}
			return []string{text}
		}
		c, err := Parse(typ, words(text)...)
		if err != nil {
			if c != (Condition{}) || !errors.Is(err, ErrSyntax) {
				t.Fatalf("%q: %v and %v", text, c, err)
			}
			return
		}
		again, err := Parse(typ, words(c.String())...)
		if err != nil || again != c {
			t.Fatalf("%v %q is %+v, printed as %q, is %+v, %v", typ, text, c, c, again, err)
		}
		if typ == value.Any {
			if tests, err := c.BindAny(Binding{Order: binary.BigEndian}); (err == nil) != (len(tests) > 0) {
				t.Fatalf("%q: %v and %v", text, tests, err)
			}
			return
		}
		if test, err := c.Bind(typ, binary.LittleEndian, 4); (err == nil) != (test != nil) {
			t.Fatalf("%q: %v and %v", text, test, err)
		}
	})
}
