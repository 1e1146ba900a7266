package group

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"quarry/search/condition"
	"quarry/search/value"
)

const help = "write TYPE=VALUE, such as i32=100, f32=1.5..2, u8!=0, i16>5 or i32=?, or skip=BYTES"

// Parse reads a group: words of a type, a comparison and a value.
//
//	i32=100 i32=50 skip=4 f32=1.5..2
//	u16>=10 i64!=0 i32=? bytes="48 ?? 6c" string="Mr. X"
//
// Comparisons are =, !=, >, >=, < and <=; after = there may be a range, or ?
// for any number. A value in double quotes may hold spaces, and quotes and
// backslashes after a backslash. skip=N are N bytes that do not matter.
//
// span is the number of bytes the group lies within, 0 for a fixed layout;
// anyOrder lets the elements come in any order, which needs a span. See
// [Group]. Errors are [*SyntaxError].
func Parse(text string, span int, anyOrder bool) (Group, error) {
	g := Group{Span: span, AnyOrder: anyOrder}
	for at := 0; ; {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t"))
		if at == len(text) {
			break
		}
		element, size, err := parseElement(text[at:], at+1)
		if err != nil {
			return Group{}, err
		}
		g.Elements = append(g.Elements, element)
		at += size
	}
	if err := g.check(); err != nil {
		return Group{}, err
	}
	return g, nil
}

// word is one element as typed.
type word struct {
	typed   string // all of it
	name    string // of the type
	sign    string
	operand string
	column  int
}

func (w word) fail(want string, cause error) error {
	return &SyntaxError{Element: w.typed, Column: w.column, Want: want, Cause: cause}
}

// parseElement reads the element that text begins with, and returns its length.
func parseElement(text string, column int) (Element, int, error) {
	w, size := split(text)
	w.column = column
	switch {
	case w.sign == "":
		return Element{}, 0, w.fail(help, nil)
	case w.operand == unclosed:
		return Element{}, 0, w.fail("a quote is not closed, or more follows it", nil)
	case w.operand == "":
		return Element{}, 0, w.fail("a value is missing", nil)
	}
	if w.name == "skip" {
		n, err := strconv.Atoi(w.operand)
		if w.sign != "=" || err != nil || n < 1 || n > MaxSpan {
			return Element{}, 0, w.fail(fmt.Sprintf("write skip=N, N from 1 to %d", MaxSpan), nil)
		}
		return Element{Skip: n, column: column}, size, nil
	}
	e, err := w.element()
	if err != nil {
		return Element{}, 0, err
	}
	return e, size, nil
}

// unclosed is the operand of a word whose quotes are wrong. No word holds it.
const unclosed = "\x00"

// split takes the first word of text apart. sign is empty when it has none.
func split(text string) (w word, size int) {
	end := strings.IndexAny(text, "=!<> \t")
	if end < 0 {
		end = len(text)
	}
	w.name, size = text[:end], end
	for _, sign := range []string{"!=", ">=", "<=", "==", "=", ">", "<"} {
		if strings.HasPrefix(text[size:], sign) {
			w.sign, size = sign, size+len(sign)
			break
		}
	}
	rest := text[size:]
	if w.sign == "" || !strings.HasPrefix(rest, `"`) {
		word, _, _ := strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
		w.operand, size = word, size+len(word)
		w.typed = text[:size]
		return w, size
	}
	operand, n := unquote(rest)
	w.operand, size = operand, size+n
	w.typed = text[:size]
	return w, size
}

// unquote reads the text in quotes that text begins with, up to the end of its
// word.
func unquote(text string) (operand string, size int) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
		case text[i] == '"':
			if rest := text[i+1:]; rest != "" && rest[0] != ' ' && rest[0] != '\t' {
				return unclosed, i + 1
			}
			return b.String(), i + 1
		}
		b.WriteByte(text[i])
	}
	return unclosed, len(text)
}

// element reads the type and the condition.
func (w word) element() (Element, error) {
	t, err := value.ParseType(w.name)
	if err != nil {
		return Element{}, w.fail(err.Error(), err)
	}
	if t == value.Any {
		return Element{}, w.fail("an element has one type, such as i32=100", nil)
	}
	words := []string{w.sign, w.operand}
	if t.Number() {
		words = words[1:]
		if w.sign != "=" && w.sign != "==" {
			words[0] = w.sign + " " + w.operand
		}
	}
	c, err := condition.Parse(t, words...)
	if err == nil && c.NeedsOld() {
		return Element{}, w.fail("a group has no former values; "+help, nil)
	}
	if err == nil {
		// Whatever the byte order, the operands must be values of the type.
		_, err = c.Bind(t, binary.LittleEndian, 0)
	}
	if err != nil {
		return Element{}, w.fail(err.Error(), err)
	}
	return Element{Type: t, Condition: c, column: w.column}, nil
}

// check refuses groups that cannot be.
func (g Group) check() error {
	fail := func(format string, args ...any) error { return &SyntaxError{Want: fmt.Sprintf(format, args...)} }
	values := 0
	for _, e := range g.Elements {
		if e.Skip > 0 && g.AnyOrder {
			return &SyntaxError{e.String(), e.column, "in any order there is nothing to skip", nil}
		}
		if e.Skip == 0 {
			values++
		}
	}
	last := len(g.Elements) - 1
	switch {
	case values == 0:
		return fail("%s", help)
	case len(g.Elements) > MaxElements:
		return fail("%d elements are too many; %d may be", len(g.Elements), MaxElements)
	case g.AnyOrder && values > MaxAnyOrder:
		return fail("%d elements in any order are too many; %d may be", values, MaxAnyOrder)
	case g.AnyOrder && g.Span == 0:
		return fail("elements in any order need a span, such as --span 64")
	case g.Span > 0 && g.Elements[last].Skip > 0:
		return &SyntaxError{g.Elements[last].String(), g.Elements[last].column, "a span ends with a value; make it longer instead", nil}
	}
	_, err := g.parts(condition.Binding{Order: binary.LittleEndian})
	return err
}

// checkSize refuses a span that is no span, and elements that it cannot hold.
func (g Group) checkSize(size int) error {
	switch {
	case g.Span < 0 || g.Span > MaxSpan || size > MaxSpan:
		return &SyntaxError{Want: fmt.Sprintf("it may lie within 1 to %d bytes", MaxSpan)}
	case g.Span > 0 && g.Span < size:
		return &SyntaxError{Want: fmt.Sprintf("the elements take %d bytes, and the span is %d", size, g.Span)}
	}
	return nil
}
