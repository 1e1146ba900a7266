package condition

import (
	"strings"

	"quarry/search/value"
)

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
// by single spaces.
//
//	100   = 100   != 100        equal, not equal
//	> 5   >= 5   < 5   <= 5     compared by sign and type
//	10..20                      from 10 to 20, both included
//	unknown                     any value
//	same   changed   up   down  compared with the former value; also = != > < alone
//	by 5   by 1..5              changed by so much, upwards or downwards
//	by 10%   by 5%..10%         changed by so much of the former value
//	up by 5   down by 5%        changed so in one direction; also "+ 5" and "- 5"
//	not CONDITION               the contrary
//
// "since first" after any condition that compares with a former value means
// the value at the first search rather than the last.
//
// For the text types (string, utf16, bytes) everything is the value itself, so
// that any text can be looked for, unless the first word alone is an operator
// or the words are a condition such as changed. Where no type is named, words
// that would be a change but name no number, "by the way", are a text too, with
// the spaces at its ends; but what begins as a condition on numbers and goes on
// as none, "> 5 and < 10", is refused, and so are several words after a number.
// The error is [ErrSyntax].
func Parse(t value.Type, args ...string) (Condition, error) {
	typed := strings.Join(args, " ")
	if spelled := t == value.String || t == value.UTF16 || t == value.Bytes; spelled && typed != "" {
		return parseText(args), nil
	}
	text := strings.TrimSpace(typed)
	if text == "" {
		return Condition{}, &SyntaxError{text, "name a value, such as 100, > 5, 10..20 or changed"}
	}
	if rest, ok := strings.CutPrefix(strings.TrimLeft(typed, spaces), "not "); ok && text != "not" {
		words := []string{rest}
		if len(args) > 1 && args[0] == "not" {
			words = args[1:]
		}
		c, err := Parse(t, words...)
		if err != nil {
			return Condition{}, err
		}
		if isText(t, args, c) {
			return Condition{A: typed}, nil
		}
		c.Not = !c.Not
		return c, nil
	}
	if c, ok, err := parseOld(t, text); ok || err != nil {
		return c, err
	}
	c, err := parseNumeric(text)
	switch {
	case t == value.Invalid && halfNumeric(text, c, len(args) > 1):
		return Condition{}, &SyntaxError{text, halfHelp}
	case c.Op != Equal && isText(t, args, c), err != nil && isText(t, args, Condition{Op: Equal, A: strings.Trim(text, ".")}):
		return Condition{A: typed}, nil
	case err == nil && c.Op == Equal && strings.Join(strings.Fields(c.A), " ") == "since first":
		return Condition{}, &SyntaxError{text, sinceHelp}
	case t == value.Invalid && c.Op == Equal && err == nil && c.Guess() == value.String:
		c.A = asTyped(typed)
	}
	return c, err
}

// spaces are what may stand around a condition.
const spaces = " \t\r\n"

// asTyped returns the text that an equality asks for, with its spaces: all that
// was typed, or what follows the sign and one space.
func asTyped(typed string) string {
	rest := strings.TrimLeft(typed, spaces)
	for _, sign := range []string{"!=", "==", "="} {
		if operand, ok := strings.CutPrefix(rest, sign); ok {
			return strings.TrimPrefix(operand, " ")
		}
	}
	return typed
}

const halfHelp = "a condition has one number or a range, such as 5, > 5, not 5 or 5..10; for a text, quote it and add -t string"

// halfNumeric reports whether text, read as c, begins as a condition on numbers
// but is none.
func halfNumeric(text string, c Condition, words bool) bool {
	first, more := firstWord(c.A)
	switch {
	case c.Op == Between:
		return isNumber(c.A) && !isNumber(c.B)
	case c.Op != Equal:
		return more && isNumber(first)
	case more && words && isNumber(first):
		return true
	case c.A == text: // without a sign
		return false
	}
	// After = and != there is a value, and no condition on numbers.
	inner, err := Parse(value.Invalid, c.A)
	guess := inner.Guess()
	return err == nil && (inner.Op != Equal || inner.Not) && guess != value.Invalid && guess != value.String
}

// firstWord returns the first word of a text, and whether there are more.
func firstWord(text string) (word string, more bool) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return "", false
	}
	return fields[0], len(fields) > 1
}

// isText reports whether a single word, for which no type was named, is a text
// although it can be read as the condition c: "hello... world", "not here".
// Conditions speak of numbers then.
func isText(t value.Type, args []string, c Condition) bool {
	return t == value.Invalid && len(args) == 1 && c.Guess() == value.String
}

const sinceHelp = "since first goes with same, changed, up, down and by"

// parseText reads a condition on text or bytes.
func parseText(args []string) Condition {
	not := len(args) > 1 && args[0] == "not"
	if not {
		args = args[1:]
	}
	since := len(args) == 3 && args[1] == "since" && args[2] == "first"
	if c, ok := words[args[0]]; ok && (len(args) == 1 || since && c.NeedsOld()) {
		c.Not, c.SinceFirst = not, since
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

// parseOld reads a condition that compares with a former value, and unknown.
// ok is false for anything else.
func parseOld(t value.Type, text string) (c Condition, ok bool, err error) {
	fields := strings.Fields(text)
	n := len(fields)
	since := n > 2 && fields[n-2] == "since" && fields[n-1] == "first"
	if since {
		fields = fields[:n-2]
	}
	if c, ok = words[strings.Join(fields, " ")]; !ok {
		if c, ok, err = parseChange(t, text, fields); err != nil {
			return Condition{}, false, err
		}
	}
	if since && !(ok && c.NeedsOld()) {
		if t == value.Invalid && !ok {
			return Condition{}, false, nil
		}
		return Condition{}, false, &SyntaxError{text, sinceHelp}
	}
	c.SinceFirst = since
	return c, ok, nil
}

// parseNumeric reads a condition that looks at the present value alone.
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
