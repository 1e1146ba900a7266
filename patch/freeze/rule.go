package freeze

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultInterval is how often a frozen value is looked at when its rule does
// not say.
const DefaultInterval = 50 * time.Millisecond

// LeastInterval and MostInterval are the shortest and the longest interval there
// is.
const (
	LeastInterval = 100 * time.Microsecond
	MostInterval  = time.Hour
)

// Mode says which changes of a frozen value are taken back.
type Mode uint8

// The modes.
const (
	Off      Mode = iota // not frozen; the mode of the zero Rule
	Lock                 // every change
	UpOnly               // every change to less: the value may only rise
	DownOnly             // every change to more: the value may only fall
	Within               // every change that leaves a range
)

var modeNames = [...]string{Off: "off", Lock: "lock", UpOnly: "up-only", DownOnly: "down-only", Within: "range"}

// String returns the mode in one lower-case word.
func (m Mode) String() string { return modeNames[m] }

// Rule says how a value is frozen. Rules are comparable with ==.
type Rule struct {
	Mode      Mode
	Low, High string        // of Within, as people write values; both included
	Interval  time.Duration // how often the value is looked at; 0 means DefaultInterval
}

// ErrRule: a text names no way of freezing.
var ErrRule = errors.New("no way of freezing")

// ParseRule reads a mode as flags and patch files write it: lock, up-only,
// down-only, or a range such as 1..5. The error is ErrRule.
func ParseRule(text string) (Rule, error) {
	for m := Lock; m < Within; m++ {
		if text == m.String() {
			return Rule{Mode: m}, nil
		}
	}
	low, high, ok := strings.Cut(text, "..")
	if low, high = strings.TrimSpace(low), strings.TrimSpace(high); !ok || low == "" || high == "" || strings.HasSuffix(low, ".") {
		return Rule{}, fmt.Errorf("%w: %q is neither lock, up-only, down-only nor a range such as 1..5", ErrRule, text)
	}
	return Rule{Mode: Within, Low: low, High: high}, nil
}

// String writes the mode as [ParseRule] reads it.
func (r Rule) String() string {
	if r.Mode == Within {
		return r.Low + ".." + r.High
	}
	return r.Mode.String()
}
