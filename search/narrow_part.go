package search

import (
	"cmp"
	"fmt"

	"quarry/search/candidate"
	"quarry/search/condition"
	"quarry/search/kernel"
	"quarry/search/value"
)

// part is what a narrowing does to the candidates of one type, or to those that
// can be of two types and are of both, or of one of them, from then on.
type part struct {
	typ    value.Type
	twin   value.Type // of those that pass; Invalid if they are of one type
	origin int        // index of the set of this type in the first search
	test   *condition.Test
	other  *condition.Test // as the other type, where that is not the same
	keep   keep
	old    *candidate.Set
	was    *candidate.Set // holds the values to compare with; old, or that of the first search
	// unchanged is set when those that pass hold what was says.
	unchanged bool
	constant  []byte // of the result
	lone      bool   // those that pass must be no part of a longer number
}

// keep says which candidates of two types a part keeps.
type keep uint8

const (
	keepBoth  keep = iota // those that pass as both types
	keepOnly              // those that pass as the type of the part, and not as the other
	keepOther             // the other way round
)

// mark marks what the part keeps, as [condition.Test.Mark] does.
func (p *part) mark(dst, spare []uint64, now, was []byte, stride, n int) {
	p.test.Mark(dst, now, was, stride, n)
	if p.other == nil {
		return
	}
	p.other.Mark(spare, now, was, stride, n)
	for i := range kernel.Words(n) {
		switch p.keep {
		case keepBoth:
			dst[i] &= spare[i]
		case keepOnly:
			dst[i] &^= spare[i]
		case keepOther:
			dst[i] = spare[i] &^ dst[i]
		}
	}
}

// parts returns what c does to the candidates of each type. A type in which c
// has no meaning is left out, as the digits of a number that has more of them
// now; it is an error when that is every type.
func (g *Generation) parts(c condition.Condition) ([]part, error) {
	var parts []part
	var failed error
	for _, s := range g.sets {
		found, err := g.partsOf(s, c)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		parts = append(parts, found...)
	}
	if len(parts) == 0 {
		return nil, failed
	}
	return parts, nil
}

// partsOf returns what c does to the candidates of a set. Those that can be of
// two types fall apart where it matters.
func (g *Generation) partsOf(s typedSet, c condition.Condition) ([]part, error) {
	one := s
	one.twin = value.Invalid
	p, err := g.part(one, c)
	if s.twin == value.Invalid {
		return []part{p}, err
	}
	one.typ = s.twin
	q, twinErr := g.part(one, c)
	switch {
	case err != nil && twinErr != nil:
		return nil, err
	case twinErr != nil:
		return []part{p}, nil
	case err != nil:
		return []part{q}, nil
	case p.test.Equivalent(q.test):
		p.twin = s.twin
		return []part{p}, nil
	}
	p.constant, p.other = nil, q.test
	both, other := p, p
	both.twin, p.keep = s.twin, keepOnly
	other.typ, other.keep = s.twin, keepOther
	return []part{both, p, other}, nil
}

func (g *Generation) part(s typedSet, c condition.Condition) (part, error) {
	test, err := c.BindWith(g.bindingOf(s))
	if err != nil {
		return part{}, err
	}
	if width := s.set.Width(); test.Width != width {
		return part{}, &LengthError{Condition: c, Candidates: width, Asked: test.Width}
	}
	p := part{typ: s.typ, origin: s.origin, test: test, old: s.set, was: s.set, constant: test.Constant}
	p.lone = test.Lone() && !c.Not
	if c.SinceFirst && test.NeedsOld() {
		p.was = g.First().sets[s.origin].set
	}
	if c.Op == condition.Same && !c.Not || c.Op == condition.Changed && c.Not {
		p.unchanged, p.constant = true, p.was.Constant()
	}
	return p, nil
}

// block returns the block with the values to compare with those of b.
func (p *part) block(b candidate.Block) candidate.Block {
	if p.was == p.old {
		return b
	}
	first, ok := p.was.Lookup(b.Base())
	if !ok {
		panic("search: a candidate is not among those it was narrowed from")
	}
	return first
}

// LengthError tells that candidates were asked to be a text, or bytes, of
// another length than theirs. It is [ErrQuery].
type LengthError struct {
	Condition         condition.Condition
	Candidates, Asked int // bytes
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("%v: the candidates are %d bytes long, and %q is %d", ErrQuery, e.Candidates, e.Condition, e.Asked)
}

// Unwrap returns [ErrQuery].
func (e *LengthError) Unwrap() error { return ErrQuery }

// Hint returns what would work.
func (e *LengthError) Hint() string {
	return "find it afresh, with find; undo then brings these candidates back"
}
