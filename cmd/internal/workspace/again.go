package workspace

import (
	"context"
	"fmt"

	"quarry/search"
	"quarry/search/condition"
	"quarry/search/group"
)

// Again makes a first search as the one that the current scan began with: for
// the same type, in the same scope. Without args it looks for what was asked
// last. What it finds takes the place of the scan.
func (w *Workspace) Again(ctx context.Context, args []string) (*search.Generation, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	g, err := w.Scan()
	if err != nil {
		return nil, err
	}
	q := g.Query()
	if q.Condition, q.Group, err = anew(g, args); err != nil {
		return nil, err
	}
	next, err := search.Find(ctx, s, q, w.options())
	if err != nil {
		return nil, err
	}
	w.setScan(w.scanName(""), next, fmt.Sprintf("again %s: %d", next.Asked(), next.Len()))
	return next, nil
}

// anew returns what a search that is made again looks for.
func anew(g *search.Generation, args []string) (condition.Condition, *group.Group, error) {
	q := g.Query()
	switch {
	case g.Group != nil && (len(args) > 0 || q.Group == nil):
		return condition.Condition{}, nil, &adviceError{fmt.Errorf("%w: %q was a search for a group", search.ErrQuery, g.First().Asked()), "find group begins another"}
	case len(args) > 0:
		c, err := condition.Parse(g.Type, args...)
		return c, nil, err
	case q.Group == nil && q.Condition.NeedsOld():
		return condition.Condition{}, nil, &adviceError{fmt.Errorf("%w: %q compares with an earlier search, and this would be the first", search.ErrQuery, q.Condition), "write the present value: again 95"}
	}
	return q.Condition, q.Group, nil
}
