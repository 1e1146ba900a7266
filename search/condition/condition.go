// Package condition reads what a person asks of a value, "100", "> 5",
// "changed", "up by 5", and turns it into a test that the kernels run over
// memory.
//
// Reading happens in two steps, because the meaning of an operand depends on
// its type: [Parse] splits the text into an operation and its operands, and
// [Condition.BindWith] reads the operands as values of a type.
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
// found, and so only narrow. A change by an amount is known by its size, from
// the former value to the present one; A alone is that size, A and B are its
// least and its greatest.
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
	By                // changed by A, or by A..B, upwards or downwards
	UpBy              // greater than before by A, or by A..B
	DownBy            // less than before by A, or by A..B
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
	Op  Op
	Not bool
	// SinceFirst compares with the first search rather than the last.
	SinceFirst bool
	// Percent tells that the amounts of By, UpBy and DownBy are percentages
	// of the former value.
	Percent bool
	A, B    string // operands as typed, without %
}

// Operands returns the values the condition names, as typed. The amounts of a
// change are no values.
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

// opWords are the conditions that begin with words, by their operation.
var opWords = map[Op]string{
	Unknown: "unknown", Same: "same", Changed: "changed", Up: "up", Down: "down",
	By: "by ", UpBy: "up by ", DownBy: "down by ",
}

// String writes the condition as [Parse] reads it. A condition on text or
// bytes has to be split at its spaces.
func (c Condition) String() string {
	text := ""
	switch c.Op {
	case Equal:
		if c.Not {
			return "!= " + c.A
		}
		return "= " + c.A
	case Greater:
		text = "> " + c.A
	case AtLeast:
		text = ">= " + c.A
	case Less:
		text = "< " + c.A
	case AtMost:
		text = "<= " + c.A
	case Between:
		text = span(c.A, c.B)
	case By, UpBy, DownBy:
		text = opWords[c.Op] + c.amount()
	default:
		text = opWords[c.Op]
	}
	if c.SinceFirst {
		text += " since first"
	}
	if c.Not {
		text = "not " + text
	}
	return text
}

// amount writes the size of a change.
func (c Condition) amount() string {
	unit := ""
	if c.Percent {
		unit = "%"
	}
	if c.B == "" {
		return c.A + unit
	}
	return span(c.A+unit, c.B+unit)
}

// span writes a range. A point before the dots would be read as one of them.
func span(a, b string) string {
	if strings.HasSuffix(a, ".") {
		return a + " .. " + b
	}
	return a + ".." + b
}
