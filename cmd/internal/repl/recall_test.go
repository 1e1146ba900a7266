package repl

import (
	"errors"
	"testing"
)

func TestRecall(t *testing.T) {
	lines := []string{"find 100 --in heap", "narrow 95", "set all 3", "narrow down"}
	for line, want := range map[string]string{
		"!!":           "narrow down",
		"!1":           "find 100 --in heap",
		"  !2":         "narrow 95",
		"!-2":          "set all 3",
		"!n":           "narrow down",
		"!narrow 9":    "narrow down 9",
		"!se":          "set all 3",
		"!find -t u8 ": "find 100 --in heap -t u8 ",
	} {
		if !Recalls(line) {
			t.Errorf("%q recalls nothing", line)
		}
		if got, err := Recall(lines, line); got != want || err != nil {
			t.Errorf("%q stands for %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{"!0", "!5", "!-5", "!maps", "!99999999999999999999"} {
		if got, err := Recall(lines, line); !errors.Is(err, ErrNoLine) {
			t.Errorf("%q stands for %q, %v", line, got, err)
		}
	}
	if _, err := Recall(nil, "!!"); !errors.Is(err, ErrNoLine) {
		t.Errorf("!! of nothing: %v", err)
	}
	for _, line := range []string{"", "!", "!=", "!= 3", "! find", "find !!", "narrow"} {
		if Recalls(line) {
			t.Errorf("%q recalls a line", line)
		}
	}
}
