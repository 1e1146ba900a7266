package search

import (
	"context"

	"quarry/search/condition"
	"quarry/search/value"
	"quarry/session"
)

// NarrowSinceFirst narrows with a condition that compares with the first
// search.
func (g *Generation) NarrowSinceFirst(ctx context.Context, t session.Target, c condition.Condition, o Options) (*Generation, error) {
	c.SinceFirst = true
	return g.Narrow(ctx, t, c, o)
}

// FindTypes searches for values of several types at once, each at multiples of
// align or, when that is 0, of its size.
func FindTypes(ctx context.Context, t session.Target, c condition.Condition, align int, o Options, types ...value.Type) (*Generation, error) {
	var probes []probe
	for _, typ := range types {
		test, err := c.Bind(typ, t.Layout().Order, 0)
		if err != nil {
			return nil, err
		}
		stride := align
		if stride == 0 {
			stride = typ.Size()
		}
		probes = append(probes, probe{test, stride})
	}
	q := Query{Type: types[0], Condition: c}
	return q.find(ctx, t, probes, o)
}
