package patch

import (
	"encoding/binary"
	"fmt"
	"slices"

	"quarry/search/condition"
	"quarry/search/value"
)

// expectation is what may be at a place: anything, or what fits one of the
// patterns or tests, which all have the same width.
type expectation struct {
	any      bool
	width    int
	patterns []value.Pattern
	tests    []*condition.Test
}

// accepts reports whether have, of that width, is expected.
func (x expectation) accepts(have []byte) bool {
	if x.any || slices.ContainsFunc(x.patterns, func(p value.Pattern) bool { return p.Match(have) }) {
		return true
	}
	return slices.ContainsFunc(x.tests, func(t *condition.Test) bool { return passes(t, have) })
}

// passes reports whether one value passes a test.
func passes(t *condition.Test, have []byte) bool {
	var mark [1]uint64
	t.Mark(mark[:], have, nil, t.Width, 1)
	return mark[0] == 1
}

// exact reports whether only one run of bytes is expected.
func (x expectation) exact() bool {
	return !x.any && len(x.tests) == 0 && len(x.patterns) == 1 && x.patterns[0].Exact()
}

func (c *compiled) compileExpect(order binary.ByteOrder) error {
	c.expect.any = c.Expect.Any
	if c.Expect.Any {
		return nil
	}
	for i, v := range c.Expect.Values {
		width, err := c.compileExpected(v, order)
		if err != nil {
			return inItem(i, err)
		}
		if i > 0 && width != c.expect.width {
			return inItem(i, &fault{key: "expect", problem: fmt.Sprintf(
				"the values of a list have the same length, and these have %d and %s", c.expect.width, byteCount(width))})
		}
		c.expect.width = width
	}
	return c.expect.widen(c.Length)
}

// widen makes the patterns as wide as the place, when that is told: what they do
// not speak of may be anything.
func (x *expectation) widen(length int) error {
	switch {
	case length == 0 || x.any:
		return nil
	case x.width > length:
		return &fault{key: "expect", problem: fmt.Sprintf("it has %s, and length is %d", byteCount(x.width), length)}
	}
	for i, p := range x.patterns {
		more := make([]byte, length-x.width)
		x.patterns[i] = value.Pattern{Bytes: slices.Concat(p.Bytes, more), Mask: slices.Concat(p.Mask, more)}
	}
	if x.width > 0 {
		x.width = length
	}
	return nil
}

// compileExpected reads one of the expected values and returns its width.
func (c *compiled) compileExpected(v Value, order binary.ByteOrder) (int, error) {
	test, plain, _, err := c.condition("expect", v, order)
	switch {
	case err != nil:
		return 0, err
	case test != nil:
		c.expect.tests = append(c.expect.tests, test)
		return test.Width, nil
	}
	p, err := c.pattern("expect", plain, order)
	c.expect.patterns = append(c.expect.patterns, p)
	return len(p.Bytes), err
}
