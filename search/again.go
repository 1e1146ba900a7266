package search

// Query returns the query that searches afresh for what g was asked last, as
// the same type, stored in the same form, at the same alignment and in the same
// scope as the first search. A condition that compares with a former value has
// to be replaced, see [condition.Condition.NeedsOld].
func (g *Generation) Query() Query {
	q := Query{
		Type: g.Type, Condition: g.Condition, Scope: g.Scope, Align: g.Align,
		Order: g.binding.Order, Round: g.binding.Round, Fold: g.binding.Fold, Form: g.binding.Form,
	}
	if g.first == nil {
		q.Group = g.Group
	}
	return q
}
