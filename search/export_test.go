package search

import (
	"context"

	"quarry/search/condition"
	"quarry/session"
)

// NarrowSinceFirst narrows with a condition that compares with the first
// search.
func (g *Generation) NarrowSinceFirst(ctx context.Context, t session.Target, c condition.Condition, o Options) (*Generation, error) {
	return g.narrow(ctx, t, c, true, o)
}
