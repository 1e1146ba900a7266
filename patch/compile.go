package patch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"quarry/search"
	"quarry/search/address"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
)

// anyOrder is the byte order that a file is checked with while no process is
// known: what is wrong in a file is so in every order.
var anyOrder binary.ByteOrder = binary.LittleEndian

// maxValue is the length of the longest value, in bytes of memory, and
// maxNumber that of the longest text of a number.
const (
	maxValue  = 1 << 20
	maxNumber = 2048
)

// compiled is an edit whose texts have been read for one byte order. Either old
// or test is set, and the edit is located by content, or at.
type compiled struct {
	Edit
	fresh  []byte // what set stands for, padded as far as needed; nil without set
	padded int    // NULs at its end that make it as long as the old text

	old    value.Pattern   // what the place holds before the edit …
	test   *condition.Test // … or a condition on it …
	laid   value.Pattern   // … and after it: old with fresh laid over
	query  search.Query    // that finds what test is for
	scope  session.Scope
	at     address.Expr
	expect expectation
}

// byContent reports whether the edit is located by what is there.
func (c *compiled) byContent() bool { return c.test != nil || len(c.old.Bytes) > 0 }

// nothing reports whether the edit writes nothing, ever.
func (c *compiled) nothing() bool { return c.Set.Text == "" }

// found returns how many bytes what is found by content has.
func (c *compiled) found() int {
	if c.test != nil {
		return c.test.Width
	}
	return len(c.old.Bytes)
}

// isOld reports whether have, found by content, is what the edit replaces.
func (c *compiled) isOld(have []byte) bool {
	if c.test != nil {
		return passes(c.test, have)
	}
	return c.old.Match(have)
}

// width returns how many bytes are looked at.
func (c *compiled) width() int {
	return max(c.found(), c.expect.width, len(c.fresh))
}

// known returns the bytes that the edit replaces, where the file tells them
// exactly, else nil.
func (c *compiled) known() []byte {
	pattern := c.old
	if !c.byContent() {
		if c.expect.any || len(c.expect.tests) > 0 || len(c.expect.patterns) != 1 {
			return nil
		}
		pattern = c.expect.patterns[0]
	}
	if c.test != nil {
		return nil
	}
	part := value.Pattern{
		Bytes: pattern.Bytes[c.Offset : c.Offset+len(c.fresh)],
		Mask:  pattern.Mask[c.Offset : c.Offset+len(c.fresh)],
	}
	if !part.Exact() {
		return nil
	}
	return part.Bytes
}

// compile reads the texts of an edit. The error is a *fault without position.
func compile(e Edit, order binary.ByteOrder) (*compiled, error) {
	c := &compiled{Edit: e}
	if e.Order != nil {
		order = e.Order
	}
	if err := c.checkName(); err != nil {
		return nil, err
	}
	if err := c.checkPlace(); err != nil {
		return nil, err
	}
	if c.Type == value.Invalid && !c.hasValues() {
		return nil, &fault{key: "type", problem: "it is missing", advice: `write what is at the address, such as type = "i32"`}
	}
	if c.Type == value.Invalid {
		c.Type = e.Guess()
	}
	if c.Type == value.Any {
		return nil, &fault{key: "type", problem: errOneType.Error()}
	}
	steps := []func(binary.ByteOrder) error{c.checkStored, c.checkLength, c.compileFind, c.compileSet, c.checkFreeze, c.checkNames}
	if e.At != "" {
		steps[2] = c.compileAt
	}
	for _, step := range steps {
		if err := step(order); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// pattern reads a value of the edit's type as the bytes it is stored as.
func (c *compiled) pattern(key string, v Value, order binary.ByteOrder) (p value.Pattern, err error) {
	switch {
	case v.Number && !c.Type.Number():
		return value.Pattern{}, &fault{
			key: key, problem: fmt.Sprintf("%s is a number, and the type is %s", v.Text, c.Type), advice: "put it in quotes",
		}
	case c.Type.Number() && len(v.Text) > maxNumber:
		return value.Pattern{}, &fault{key: key, problem: fmt.Sprintf("a number of more than %d characters", maxNumber)}
	case c.Type == value.Bytes:
		p, err = value.ParsePattern(v.Text)
	default:
		var raw []byte
		raw, err = c.Stored.Encode(c.Type, v.Text, order)
		p = value.ExactPattern(raw)
	}
	if err == nil && len(p.Bytes) > maxValue {
		return value.Pattern{}, &fault{key: key, problem: fmt.Sprintf("it has %s, and %d are the most", byteCount(len(p.Bytes)), maxValue)}
	}
	return p, c.valueFault(key, err)
}

// condition reads what may be a condition on numbers. test is nil where it is a
// plain value instead, or what equals one; text is then that value.
func (c *compiled) condition(key string, v Value, order binary.ByteOrder) (test *condition.Test, plain Value, asked condition.Condition, err error) {
	if !c.Type.Number() || v.Number || len(v.Text) > maxNumber {
		return nil, v, asked, nil
	}
	asked, err = condition.Parse(c.Type, v.Text)
	switch {
	case err != nil:
		return nil, v, asked, c.valueFault(key, err)
	case asked.Op == condition.Equal && !asked.Not:
		return nil, Value{Text: asked.A}, asked, nil
	case asked.NeedsOld():
		return nil, v, asked, &fault{
			key: key, problem: fmt.Sprintf("%q compares with a former search, and there is none", v.Text),
			advice: `write a value, or a condition such as "100..200", "> 5" or "not 0"`,
		}
	case asked.Op == condition.Unknown:
		return nil, v, asked, &fault{
			key: key, problem: fmt.Sprintf("%q is every value there is", v.Text),
			advice: `write a value, or a condition such as "100..200", "> 5" or "not 0"`,
		}
	}
	test, err = c.bind(asked, order)
	return test, v, asked, c.valueFault(key, err)
}

// exactly is how a condition compares floats: no digit is rounded in a patch
// file.
const exactly = "0"

func (c *compiled) bind(asked condition.Condition, order binary.ByteOrder) (*condition.Test, error) {
	return asked.BindWith(condition.Binding{Type: c.Type, Order: order, Round: exactly, Form: c.Stored})
}

// valueFault makes a fault of an error of package value, or nil of none.
func (c *compiled) valueFault(key string, err error) error {
	if err == nil {
		return nil
	}
	f := &fault{key: key, problem: err.Error(), cause: err}
	var parse *value.ParseError
	if errors.As(err, &parse) && c.Type.Number() {
		f.advice = `name another type, such as type = "i64" or "f64", if this is not the one that the program uses`
	}
	return f
}

func (c *compiled) compileFind(order binary.ByteOrder) error {
	test, plain, asked, err := c.condition("find", c.Find, order)
	if err != nil {
		return err
	}
	if c.test = test; test == nil {
		if c.old, err = c.pattern("find", plain, order); err != nil {
			return err
		}
	}
	if c.Offset >= c.found() {
		return &fault{key: "offset", problem: fmt.Sprintf("%d is past the end of find, which has %s", c.Offset, byteCount(c.found()))}
	}
	if c.Matches == 0 {
		c.Matches = 1
	}
	if c.In != "" {
		if c.scope, err = session.ParseScope(c.In); err != nil {
			return hinted("in", err)
		}
	}
	c.query = search.Query{Type: c.Type, Condition: asked, Scope: c.scope, Order: order, Round: exactly, Form: c.Stored}
	return nil
}

func (c *compiled) compileAt(order binary.ByteOrder) (err error) {
	if c.at, err = address.Parse(c.At); err != nil {
		return hinted("at", err)
	}
	return c.compileExpect(order)
}

// hinted makes a fault of an error that may know what would work.
func hinted(key string, err error) *fault {
	f := &fault{key: key, problem: err.Error(), cause: err}
	var hint interface{ Hint() string }
	if errors.As(err, &hint) {
		f.advice = hint.Hint()
	}
	return f
}

// compileSet reads the new value and fits it into the old one.
func (c *compiled) compileSet(order binary.ByteOrder) error {
	if c.nothing() {
		return nil
	}
	p, err := c.pattern("set", c.Set, order)
	if err != nil {
		return err
	}
	if !p.Exact() {
		return &fault{
			key: "set", problem: "wildcards have no bytes to write",
			advice: "a shorter set leaves the rest as it is; offset says where it begins",
		}
	}
	room := c.expect.width
	switch {
	case c.byContent():
		room = c.found() - c.Offset
	case c.Length > 0:
		room = c.Length
	case c.expect.any:
		room = len(p.Bytes)
	}
	c.fresh, c.padded, err = fit(c.room(), p.Bytes, room)
	if err != nil {
		f := hinted("set", err)
		if c.Type == value.Bytes {
			f.advice = "lengthen what is looked for, if need be with ??, so that nothing unknown is overwritten"
		}
		return f
	}
	switch {
	case c.test != nil:
		c.laid = value.ExactPattern(c.fresh)
	case c.byContent():
		c.laid = value.Pattern{Bytes: slices.Clone(c.old.Bytes), Mask: slices.Clone(c.old.Mask)}
		copy(c.laid.Bytes[c.Offset:], c.fresh)
		copy(c.laid.Mask[c.Offset:], bytes.Repeat([]byte{0xff}, len(c.fresh)))
	}
	return nil
}

// compile reads all edits of a file for a byte order.
func (f *File) compile(order binary.ByteOrder) ([]*compiled, error) {
	edits := make([]*compiled, len(f.Edits))
	for i, e := range f.Edits {
		c, err := compile(e, order)
		if err != nil {
			return nil, fileError(f.Name, e.label(i), err)
		}
		edits[i] = c
	}
	return edits, nil
}
