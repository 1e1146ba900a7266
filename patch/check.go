package patch

import (
	"encoding/binary"
	"errors"
	"fmt"

	"quarry/patch/freeze"
	"quarry/search/condition"
	"quarry/search/value"
)

// checkPlace refuses keys about the place that do not go together.
func (c *compiled) checkPlace() error {
	const locate = `write find = "what is there", or at = "game+0x10"`
	find, at := c.Find.Text != "", c.At != ""
	switch {
	case find && at:
		return &fault{key: "at", problem: "an edit has find or at, not both", advice: locate}
	case !find && !at:
		return &fault{key: "find", problem: "it is missing, and so is at", advice: locate}
	case find && c.Set.Text == "":
		return &fault{key: "set", problem: "it is missing", advice: "write set = VALUE, the value to write"}
	case find && !c.Expect.IsZero():
		return &fault{key: "expect", problem: "it goes with at; what find finds is what is expected"}
	case at && c.Set.Text != "" && c.Expect.IsZero():
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

// checkStored refuses forms that the type cannot have.
func (c *compiled) checkStored(binary.ByteOrder) error {
	if err := c.Stored.Check(c.Type); err != nil {
		return c.valueFault("stored", err)
	}
	if c.Stored.Text() && c.Find.Text != "" {
		return &fault{key: "stored", problem: "digits are found as text", advice: `write type = "string" instead`}
	}
	return nil
}

// room returns the type whose rules say how a new value fits an old one: digits
// are text.
func (c *compiled) room() value.Type { return fitting(c.Type, c.Stored) }

// checkLength refuses a length where something else tells it, and the reverse.
func (c *compiled) checkLength(binary.ByteOrder) error {
	unknown := !c.hasValues() && !c.room().Number()
	switch {
	case unknown && c.Length == 0:
		return &fault{key: "length", problem: "it is missing", advice: "write length = 16, the number of bytes to look at"}
	case c.Length == 0:
		return nil
	case c.Length < 0 || c.Length > maxValue:
		return &fault{key: "length", problem: fmt.Sprintf("%d is not in 1..%d", c.Length, maxValue)}
	case c.Find.Text != "":
		return &fault{key: "length", problem: "it goes with at; find tells how many bytes there are", advice: "leave it out"}
	case c.room().Number():
		return &fault{key: "length", problem: fmt.Sprintf("the type %s tells it", c.Type), advice: "leave it out"}
	case c.Type == value.UTF16 && c.Length%2 != 0:
		return &fault{key: "length", problem: fmt.Sprintf("%d is odd, and a character of utf16 has 2 bytes", c.Length)}
	}
	return nil
}

var errInterval = errors.New("it is not in 100us..1h")

// checkFreeze refuses a way of freezing that the value cannot have.
func (c *compiled) checkFreeze(order binary.ByteOrder) error {
	rule := c.Freeze
	switch {
	case rule.Mode > freeze.Within:
		return &fault{key: "freeze", problem: "there is no such mode"}
	case rule.Interval != 0 && rule.Mode == freeze.Off:
		return &fault{key: "interval", problem: "it goes with freeze", advice: "write freeze = true, or leave interval out"}
	case rule.Interval != 0 && (rule.Interval < freeze.LeastInterval || rule.Interval > freeze.MostInterval):
		return &fault{key: "interval", problem: errInterval.Error()}
	case rule.Mode > freeze.Lock && !c.Type.Number():
		return &fault{key: "freeze", problem: fmt.Sprintf("%s is for numbers, and the type is %s", rule, c.Type), advice: "write freeze = true"}
	case rule.Mode != freeze.Off && c.byContent() && c.Matches != 1:
		return &fault{key: "freeze", problem: "only one place is kept so, and find may be at several", advice: "write an edit for each place, or leave freeze out"}
	case rule.Mode != freeze.Within:
		return nil
	}
	test, err := c.bind(condition.Condition{Op: condition.Between, A: rule.Low, B: rule.High}, order)
	if err == nil && len(c.fresh) == test.Width && !passes(test, c.fresh) {
		return &fault{
			key: "set", problem: fmt.Sprintf("%s is not within %s, where freeze keeps it", c.Set.Text, rule),
			advice: "write a value within the range, or freeze with another one",
		}
	}
	return c.valueFault("freeze", err)
}

// checkNames refuses names of what is no value, and two of one value.
func (c *compiled) checkNames(order binary.ByteOrder) error {
	seen := make(map[string]string, len(c.Names))
	for i, n := range c.Names {
		p, err := c.pattern("names", n.Value, order)
		if err != nil {
			return inItem(i, err)
		}
		if !p.Exact() {
			return inItem(i, &fault{key: "names", problem: n.Value.Text + " is not one value"})
		}
		if former, twice := seen[string(p.Bytes)]; twice {
			return inItem(i, &fault{key: "names", problem: fmt.Sprintf("%s is the same value as %s", n.Value.Text, former)})
		}
		seen[string(p.Bytes)] = n.Value.Text
	}
	return nil
}
