package search

import (
	"fmt"
	"math/bits"

	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
)

// probe is a test and the distance of the addresses it looks at.
type probe struct {
	*condition.Test
	stride int
}

// bind settles the query's type and alignment and binds its condition.
func (q *Query) bind(layout session.Layout) ([]probe, error) {
	if q.Group != nil {
		return q.bindGroup(layout)
	}
	if q.Condition.NeedsOld() {
		return nil, fmt.Errorf("%w: %q compares with an earlier search, and this is the first", ErrQuery, q.Condition)
	}
	if q.Type == value.Invalid {
		if q.Type = q.Condition.Guess(); q.Type == value.Invalid {
			q.Type = value.I32
		}
	}
	if err := q.checkAlign(); err != nil {
		return nil, err
	}
	b := q.binding(layout)
	if q.Type == value.Any {
		tests, err := q.Condition.BindAny(b)
		if err != nil {
			return nil, err
		}
		probes := make([]probe, len(tests))
		for i, test := range tests {
			probes[i] = probe{test, q.stride(test.Type)}
		}
		return probes, nil
	}
	test, err := q.Condition.BindWith(b)
	if err != nil {
		return nil, err
	}
	q.Align = q.stride(q.Type)
	return []probe{{test, q.Align}}, nil
}

func (q *Query) checkAlign() error {
	if q.Align < 0 || bits.OnesCount(uint(q.Align)) > 1 || q.Align > candidate.BlockSize {
		return fmt.Errorf("%w: alignment %d is no power of two up to %d", ErrQuery, q.Align, candidate.BlockSize)
	}
	return nil
}

// stride returns the distance of the addresses at which values of a type are
// looked at.
func (q *Query) stride(t value.Type) int {
	if q.Align != 0 {
		return q.Align
	}
	return max(q.Form.Size(t), 1)
}

func (q *Query) bindGroup(layout session.Layout) ([]probe, error) {
	if err := q.checkAlign(); err != nil {
		return nil, err
	}
	q.Type = value.Bytes
	test, err := q.Group.Bind(q.binding(layout))
	if err != nil {
		return nil, err
	}
	if q.Align == 0 {
		q.Align = q.Group.Align()
	}
	return []probe{{test, q.Align}}, nil
}

func maxWidth(probes []probe) int {
	width := 0
	for _, p := range probes {
		width = max(width, p.Width)
	}
	return width
}
