// Package group looks for several values near each other: "an i32 of 100, 50
// right after it, and a float from 1.5 to 2 four bytes further on".
//
// [Parse] reads the elements, and [Group.Bind] makes a test of them that
// searches like that of a single condition.
package group

import (
	"errors"
	"fmt"
	"strings"

	"quarry/search/condition"
	"quarry/search/value"
)

// ErrSyntax is the state of a text that is no group.
var ErrSyntax = errors.New("not a group")

// SyntaxError tells what is wrong with which element of a group. It is
// [ErrSyntax], and the cause as well, if the element's value has one.
type SyntaxError struct {
	Element string // as typed; empty when the fault is none of one element
	Column  int    // where it begins in the text, from 1
	Want    string // what would work
	Cause   error  // from package value or condition, or nil
}

func (e *SyntaxError) Error() string {
	if e.Element == "" {
		return "not a group: " + e.Want
	}
	return fmt.Sprintf("element %q at column %d: %s", e.Element, e.Column, e.Want)
}

// Unwrap returns [ErrSyntax] and the cause.
func (e *SyntaxError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrSyntax}
	}
	return []error{ErrSyntax, e.Cause}
}

// Limits of a group.
const (
	MaxSpan     = 4096 // bytes from the first to the last
	MaxElements = 64   // in order, bytes to skip included
	MaxAnyOrder = 8    // in any order
)

// Element is a value in a group, or bytes to skip.
type Element struct {
	Type      value.Type
	Condition condition.Condition
	Skip      int // a number of bytes whose values do not matter; the rest is not set

	column int // in the text
}

// Group is several values near each other.
//
// Without a span, the elements lie one right after the other, at any
// alignment: a fixed layout. With a span, they lie in this order within so many
// bytes, each at its natural alignment, with any bytes between them; skip means
// so many at least. In any order, only the span counts. Elements never overlap.
type Group struct {
	Elements []Element
	Span     int // in bytes; 0 for a fixed layout
	AnyOrder bool
}

// String writes the elements as [Parse] reads them.
func (g Group) String() string {
	words := make([]string, len(g.Elements))
	for i, e := range g.Elements {
		words[i] = e.String()
	}
	return strings.Join(words, " ")
}

// String writes the element as [Parse] reads it.
func (e Element) String() string {
	if e.Skip > 0 {
		return fmt.Sprintf("skip=%d", e.Skip)
	}
	sign, operand, _ := strings.Cut(e.Condition.String(), " ")
	switch c := e.Condition; {
	case c.Not && c.Op != condition.Equal:
		sign, operand = "=", c.String()
	case c.Op == condition.Unknown:
		sign, operand = "=", "?"
	case c.Op == condition.Between:
		sign, operand = "=", c.String()
	}
	return e.Type.String() + sign + quote(operand)
}

// quote writes an operand so that it is one word of a group.
func quote(operand string) string {
	if operand != "" && operand[0] != '=' && !strings.ContainsAny(operand, " \t\"") {
		return operand
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(operand) + `"`
}
