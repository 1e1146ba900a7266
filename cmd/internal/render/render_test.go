package render

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/search/value"
	"quarry/session"
)

func TestThousands(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", math.MaxUint64: "18,446,744,073,709,551,615"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestValueInJSON(t *testing.T) {
	for _, test := range []struct {
		typ  value.Type
		text string
		want string
	}{
		{value.I64, "9007199254740993", "9007199254740993"},
		{value.U64, "18446744073709551615", "18446744073709551615"},
		{value.I8, "-1", "-1"},
		{value.F32, "0.1", "0.1"},
		{value.F64, "1e300", "1e+300"},
		{value.F64, "inf", `"+Inf"`},
		{value.F64, "nan", `"NaN"`},
		{value.String, `a"b`, `"a\"b"`},
		{value.Bytes, "0a ff", `"0a ff"`},
	} {
		raw, err := value.Encode(test.typ, test.text, binary.LittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(Value{Type: test.typ, Raw: raw, Order: binary.LittleEndian})
		if err != nil || string(got) != test.want {
			t.Errorf("%v %s: %s, %v; want %s", test.typ, test.text, got, err, test.want)
		}
	}
}

func TestResultsAndMessagesGoTheirWays(t *testing.T) {
	var out, err bytes.Buffer
	o := &Output{Out: &out, Err: &err}
	if e := o.Result(Done{"undo", "x"}); e != nil {
		t.Fatal(e)
	}
	o.Message("a message")
	o.Error(&session.AmbiguousError{Name: "x"})
	if out.String() != "undo: x\n" {
		t.Errorf("results: %q", out.String())
	}
	if diff := cmp.Diff("a message\n", err.String()[:10]); diff != "" {
		t.Error(diff)
	}
	err.Reset()
	o.Quiet, o.JSON = true, true
	o.Message("a message")
	o.Hint("a hint")
	o.Error(errors.New("two\nlines"))
	if err.String() != "quarry: two lines\n" {
		t.Errorf("messages: %q", err.String())
	}
}

func TestTableKeepsItsColumns(t *testing.T) {
	rows := Processes{[]Process{
		{PID: 7, User: "root", RSS: 4096, Name: "a\x1b[31m", Command: "\u202ea\u2028"},
		{PID: 12345, User: "nobody", RSS: 123456789, Name: "long name", Command: "b"},
	}}
	var out bytes.Buffer
	if err := (&Output{Out: &out}).Result(rows); err != nil {
		t.Fatal(err)
	}
	want := "  PID  USER    RESIDENT  NAME       COMMAND\n" +
		"    7  root     4.0 KiB  a?[31m     ?a?\n" +
		"12345  nobody   118 MiB  long name  b\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestColor(t *testing.T) {
	env := func(name, value string) func(string) string {
		return func(n string) string {
			if n == name {
				return value
			}
			return ""
		}
	}
	for _, test := range []struct {
		setting  string
		terminal bool
		env      func(string) string
		want     bool
	}{
		{"auto", true, env("", ""), true}, {"auto", false, env("", ""), false},
		{"auto", true, env("NO_COLOR", "1"), false}, {"auto", true, env("TERM", "dumb"), false},
		{"always", false, env("NO_COLOR", "1"), true}, {"never", true, env("", ""), false},
	} {
		if got, err := ParseColor(test.setting, test.terminal, test.env); err != nil || got != test.want {
			t.Errorf("%+v: %v, %v", test, got, err)
		}
	}
	if _, err := ParseColor("pink", true, env("", "")); !errors.Is(err, ErrColor) {
		t.Errorf("pink: %v", err)
	}
}
