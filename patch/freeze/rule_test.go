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
	for _, text := range []string{"", "off", "range", "..", "1..", "Lock", "5"} {
		if r, err := ParseRule(text); !errors.Is(err, ErrRule) || r != (Rule{}) {
			t.Errorf("%q reads as %v, %v", text, r, err)
		}
	}
}
