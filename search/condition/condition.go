// Package condition reads what a person asks of a value, "100", "> 5",
// "changed", and turns it into a test that the kernels run over memory.
//
// Reading happens in two steps, because the meaning of an operand depends on
// its type: [Parse] splits the text into an operation and its operands, and
// [Condition.Bind] reads the operands as values of a type.
package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"quarry/search/value"
)

// Op is what a condition asks.
type Op uint8

// The operations. Those from Same on compare with the value an earlier search
// found, and so only narrow.
const (
	Equal   Op = iota // = A
	Greater           // > A
	AtLeast           // >= A
	Less              // < A
	AtMost            // <= A
	Between           // A..B, both included
	Unknown           // any value; the first search only
	Same              // the bytes did not change
	Changed           // the bytes changed
	Up                // greater than before
	Down              // less than before
)

// ErrSyntax is the state of a text that is no condition.
var ErrSyntax = errors.New("not a condition")

// SyntaxError tells which text is no condition, and what would work.
type SyntaxError struct {
	Text string
	Want string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%q is not a condition: %s", e.Text, e.Want) }

// Unwrap returns [ErrSyntax].
func (e *SyntaxError) Unwrap() error { return ErrSyntax }

// Condition is what a search asks of each value. The zero value asks for
// equality with an empty text and cannot be bound.
type Condition struct {
	Op   Op
	Not  bool
	A, B string // operands as typed
}

// words are the conditions without operand, with scanmem's signs for them.
var words = map[string]Condition{
	"unknown": {Op: Unknown}, "?": {Op: Unknown},
	"same": {Op: Same}, "=": {Op: Same},
	"changed": {Op: Changed}, "!=": {Op: Changed},
	"up": {Op: Up}, ">": {Op: Up},
	"down": {Op: Down}, "<": {Op: Down},
}

// signs are the operators, longest first.
var signs = []struct {
	sign string
	cond Condition
}{
	{"!=", Condition{Op: Equal, Not: true}}, {">=", Condition{Op: AtLeast}}, {"<=", Condition{Op: AtMost}},
	{"==", Condition{Op: Equal}}, {"=", Condition{Op: Equal}}, {">", Condition{Op: Greater}}, {"<", Condition{Op: Less}},
}

// Parse reads a condition from the words of a command line. Words are joined
// by single spaces. For the text types (string, utf16, bytes) everything is
// the value itself, so that any text can be looked for, unless the first word
// alone is an operator or, as the only word, a condition such as changed.
// The error is [ErrSyntax].
func Parse(t value.Type, args ...string) (Condition, error) {
	text := strings.Join(args, " ")
	if isText := t == value.String || t == value.UTF16 || t == value.Bytes; isText && text != "" {
		return parseText(args), nil
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return Condition{}, &SyntaxError{text, "name a value, such as 100, > 5, 10..20 or changed"}
	}
	if rest, ok := strings.CutPrefix(text, "not "); ok {
		c, err := Parse(t, rest)
		if err != nil {
			return Condition{}, err
		}
		c.Not = !c.Not
		return c, nil
	}
	if c, ok := words[text]; ok {
		return c, nil
	}
	return parseNumeric(text)
}

// parseText reads a condition on text or bytes.
func parseText(args []string) Condition {
	not := len(args) > 1 && args[0] == "not"
	if not {
		args = args[1:]
	}
	if c, ok := words[args[0]]; ok && len(args) == 1 {
		c.Not = not
		return c
	}
	if len(args) > 1 {
		for _, s := range signs {
			if args[0] == s.sign {
				c := s.cond
				c.A, c.Not = strings.Join(args[1:], " "), c.Not != not
				return c
			}
		}
	}
	return Condition{Op: Equal, Not: not, A: strings.Join(args, " ")}
}

func parseNumeric(text string) (Condition, error) {
	for _, s := range signs {
		if rest, ok := strings.CutPrefix(text, s.sign); ok {
			c := s.cond
			if c.A = strings.TrimSpace(rest); c.A == "" {
				return Condition{}, &SyntaxError{text, "a value is missing after " + s.sign}
			}
			return c, nil
		}
	}
	if a, b, ok := strings.Cut(text, ".."); ok {
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		if a == "" || b == "" {
			return Condition{}, &SyntaxError{text, "a range has two ends, such as 10..20; or use >= and <="}
		}
		return Condition{Op: Between, A: a, B: b}, nil
	}
	return Condition{Op: Equal, A: text}, nil
}

// Operands returns the values the condition names, as typed.
func (c Condition) Operands() []string {
	switch {
	case c.Op == Between:
		return []string{c.A, c.B}
	case c.Op < Between:
		return []string{c.A}
	}
	return nil
}

// Guess returns the type of the condition's operands when none was named; see
// [value.Guess]. Of two, the type is the one that holds both. It is
// value.Invalid for a condition without operand.
func (c Condition) Guess() value.Type {
	widest := value.Invalid
	order := []value.Type{value.Invalid, value.I32, value.I64, value.U64, value.F32, value.F64, value.String}
	for _, text := range c.Operands() {
		if t := value.Guess(text); slices.Index(order, t) > slices.Index(order, widest) {
			widest = t
		}
	}
	return widest
}

// NeedsOld reports whether the condition compares with an earlier search.
func (c Condition) NeedsOld() bool { return c.Op >= Same }

// String writes the condition as [Parse] reads it.
func (c Condition) String() string {
	text := ""
	switch c.Op {
	case Equal:
		if text = "= " + c.A; c.Not {
			return "!= " + c.A
		}
	case Greater:
		text = "> " + c.A
	case AtLeast:
		text = ">= " + c.A
	case Less:
		text = "< " + c.A
	case AtMost:
		text = "<= " + c.A
	case Between:
		text = c.A + ".." + c.B
	default:
		text = [...]string{"unknown", "same", "changed", "up", "down"}[c.Op-Unknown]
	}
	if c.Not {
		return "not " + text
	}
	return text
}
