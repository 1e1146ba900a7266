package freeze

import (
	"errors"
	"testing"
)

func TestParseRule(t *testing.T) {
	for _, text := range []string{"lock", "up-only", "down-only", "1..5", "-3..2.5"} {
		r, err := ParseRule(text)
		if err != nil || r.String() != text {
			t.Errorf("%q reads as %q, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "off", "range", "..", "1..", "Lock", "5", "1. ..5"} {
		if r, err := ParseRule(text); !errors.Is(err, ErrRule) || r != (Rule{}) {
			t.Errorf("%q reads as %v, %v", text, r, err)
		}
	}
}

// What parses is written as it reads again.
func FuzzParseRule(f *testing.F) {
	for _, text := range []string{"lock", "up-only", "down-only", "1..5", " 1 .. 5 ", "-3..2.5", "1..2..3", ".."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			if !errors.Is(err, ErrRule) || r != (Rule{}) {
				t.Errorf("%q reads as %v, %v", text, r, err)
			}
			return
		}
		if again, err := ParseRule(r.String()); err != nil || again != r {
			t.Errorf("%q reads as %q, and that as %q, %v", text, r, again, err)
		}
	})
}
