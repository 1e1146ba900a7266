package patch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quarry/search/address"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
)

// anyOrder is the byte order that a file is checked with while no process is
// known: what is wrong in a file is so in every order.
var anyOrder binary.ByteOrder = binary.LittleEndian

// compiled is an edit whose texts have been read for one byte order. Either old
// is set, and the edit is located by content, or at.
type compiled struct {
	Edit
	fresh  []byte // what set stands for, padded as far as needed
	padded int    // NULs at its end that make it as long as the old text

	old    value.Pattern // what the place holds before the edit …
	laid   value.Pattern // … and after it: old with fresh laid over
	scope  session.Scope
	at     address.Expr
	expect expectation
}

// byContent reports whether the edit is located by what is there.
func (c *compiled) byContent() bool { return len(c.old.Bytes) > 0 }

// width returns how many bytes are looked at.
func (c *compiled) width() int {
	return max(len(c.old.Bytes), c.expect.width, len(c.fresh))
}

// known returns the bytes that the edit replaces, where the file tells them
// exactly, else nil.
func (c *compiled) known() []byte {
	pattern := c.old
	if !c.byContent() {
		if c.expect.any || len(c.expect.ranges) > 0 || len(c.expect.patterns) != 1 {
			return nil
		}
		pattern = c.expect.patterns[0]
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
	if c.Type == value.Invalid {
		c.Type = e.Guess()
	}
	if c.Type == value.Any {
		return nil, &fault{key: "type", problem: errOneType.Error()}
	}
	steps := []func(binary.ByteOrder) error{c.compileFind, c.compileSet}
	if e.At != "" {
		steps = []func(binary.ByteOrder) error{c.compileAt, c.compileSet}
	}
	if err := c.checkKeys(); err != nil {
		return nil, err
	}
	for _, step := range steps {
		if err := step(order); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// checkKeys refuses keys that do not go together.
func (c *compiled) checkKeys() error {
	const locate = `write find = "what is there", or at = "game+0x10"`
	find, at := c.Find.Text != "", c.At != ""
	switch {
	case find && at:
		return &fault{key: "at", problem: "an edit has find or at, not both", advice: locate}
	case !find && !at:
		return &fault{key: "find", problem: "it is missing, and so is at", advice: locate}
	case c.Set.Text == "":
		return &fault{key: "set", problem: "it is missing", advice: "write set = VALUE, the value to write"}
	case find && !c.Expect.IsZero():
		return &fault{key: "expect", problem: "it goes with at; what find finds is what is expected"}
	case at && c.Expect.IsZero():
		return &fault{
			key: "expect", problem: "it is missing",
			advice: `write what is there before the edit, or expect = "any" to overwrite whatever is there`,
		}
	case at && c.In != "":
		return &fault{key: "in", problem: "it goes with find"}
	case at && c.Matches != 0:
		return &fault{key: "matches", problem: "it goes with find"}
	case at && c.Offset != 0:
		return &fault{key: "offset", problem: "it goes with find", advice: fmt.Sprintf("write at = %q", fmt.Sprintf("%s+%d", c.At, c.Offset))}
	case c.Offset < 0:
		return &fault{key: "offset", problem: "it is negative"}
	case c.Matches < All:
		return &fault{key: "matches", problem: `it is a number from 1 on, or "all"`}
	}
	return nil
}

// pattern reads a value of the edit's type as the bytes it is stored as.
func (c *compiled) pattern(key string, v Value, order binary.ByteOrder) (value.Pattern, error) {
	if v.Number && !c.Type.Number() {
		return value.Pattern{}, &fault{
			key: key, problem: fmt.Sprintf("%s is a number, and the type is %s", v.Text, c.Type), advice: "put it in quotes",
		}
	}
	if c.Type == value.Bytes {
		p, err := value.ParsePattern(v.Text)
		return p, c.valueFault(key, err)
	}
	raw, err := value.Encode(c.Type, v.Text, order)
	return value.ExactPattern(raw), c.valueFault(key, err)
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

func (c *compiled) compileFind(order binary.ByteOrder) (err error) {
	if c.old, err = c.pattern("find", c.Find, order); err != nil {
		return err
	}
	if c.Offset >= len(c.old.Bytes) {
		return &fault{key: "offset", problem: fmt.Sprintf("%d is past the end of find, which has %s", c.Offset, byteCount(len(c.old.Bytes)))}
	}
	if c.Matches == 0 {
		c.Matches = 1
	}
	if c.In == "" {
		return nil
	}
	if c.scope, err = session.ParseScope(c.In); err != nil {
		return hinted("in", err)
	}
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
		room = len(c.old.Bytes) - c.Offset
	case c.expect.any:
		room = len(p.Bytes)
	}
	c.fresh, c.padded, err = fit(c.Type, p.Bytes, room)
	if err != nil {
		f := hinted("set", err)
		if c.Type == value.Bytes {
			f.advice = "lengthen what is looked for, if need be with ??, so that nothing unknown is overwritten"
		}
		return f
	}
	if c.byContent() {
		c.laid = value.Pattern{Bytes: slices.Clone(c.old.Bytes), Mask: slices.Clone(c.old.Mask)}
		copy(c.laid.Bytes[c.Offset:], c.fresh)
		copy(c.laid.Mask[c.Offset:], bytes.Repeat([]byte{0xff}, len(c.fresh)))
	}
	return nil
}

// expectation is what may be at a place: anything, or what fits one of the
// patterns or ranges, which all have the same width.
type expectation struct {
	any      bool
	width    int
	patterns []value.Pattern
	ranges   []*condition.Test
}

// accepts reports whether have, of that width, is expected.
func (x expectation) accepts(have []byte) bool {
	if x.any || slices.ContainsFunc(x.patterns, func(p value.Pattern) bool { return p.Match(have) }) {
		return true
	}
	return slices.ContainsFunc(x.ranges, func(t *condition.Test) bool {
		var mark [1]uint64
		t.Mark(mark[:], have, nil, t.Width, 1)
		return mark[0] == 1
	})
}

// exact reports whether only one run of bytes is expected.
func (x expectation) exact() bool {
	return !x.any && len(x.ranges) == 0 && len(x.patterns) == 1 && x.patterns[0].Exact()
}

func (c *compiled) compileExpect(order binary.ByteOrder) error {
	c.expect.any = c.Expect.Any
	if c.Expect.Any {
		return nil
	}
	for i, v := range c.Expect.Values {
		width, err := c.compileExpected(v, order)
		if err != nil {
			return err
		}
		if i > 0 && width != c.expect.width {
			return &fault{key: "expect", problem: fmt.Sprintf(
				"the values of a list have the same length, and these have %d and %s", c.expect.width, byteCount(width))}
		}
		c.expect.width = width
	}
	return nil
}

// compileExpected reads one of the expected values and returns its width.
func (c *compiled) compileExpected(v Value, order binary.ByteOrder) (int, error) {
	if !c.Type.Number() || v.Number || !strings.Contains(v.Text, "..") {
		p, err := c.pattern("expect", v, order)
		c.expect.patterns = append(c.expect.patterns, p)
		return len(p.Bytes), err
	}
	cond, err := condition.Parse(c.Type, v.Text)
	if err == nil && (cond.Op != condition.Between || cond.Not) {
		err = fmt.Errorf("%q is no range; write 1..5", v.Text)
	}
	if err != nil {
		return 0, c.valueFault("expect", err)
	}
	test, err := cond.Bind(c.Type, order, 0)
	if err != nil {
		return 0, c.valueFault("expect", err)
	}
	c.expect.ranges = append(c.expect.ranges, test)
	return test.Width, nil
}
