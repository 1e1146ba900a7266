package search

import (
	"iter"
)

// All iterates over the candidates in the order of their addresses, those of
// one address in the order of their types.
func (g *Generation) All() iter.Seq[Match] { return g.From(0) }

// Matches returns up to limit candidates, from the one with that index on.
func (g *Generation) Matches(index uint64, limit int) []Match {
	var out []Match
	if limit <= 0 {
		return nil
	}
	for m := range g.From(index) {
		if out = append(out, m); len(out) == limit {
			break
		}
	}
	return out
}

// From iterates as [Generation.All] does, from the candidate with that index
// on, counting from 0.
func (g *Generation) From(index uint64) iter.Seq[Match] {
	if len(g.sets) == 1 {
		return func(yield func(Match) bool) {
			for addr, raw := range g.sets[0].set.From(index) {
				if !yield(Match{addr, g.sets[0].typ, raw}) {
					return
				}
			}
		}
	}
	return func(yield func(Match) bool) {
		for m := range g.merged() {
			if index > 0 {
				index--
			} else if !yield(m) {
				return
			}
		}
	}
}

// merged iterates over the candidates of all types.
func (g *Generation) merged() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		next := make([]func() (uint64, []byte, bool), len(g.sets))
		heads := make([]*Match, len(g.sets))
		advance := func(i int) {
			heads[i] = nil
			if addr, raw, ok := next[i](); ok {
				heads[i] = &Match{addr, g.sets[i].typ, raw}
			}
		}
		for i := range g.sets {
			pull, stop := iter.Pull2(g.sets[i].set.All())
			defer stop()
			next[i] = pull
			advance(i)
		}
		for {
			least := -1
			for i, h := range heads {
				if h != nil && (least < 0 || h.Addr < heads[least].Addr) {
					least = i
				}
			}
			if least < 0 || !yield(*heads[least]) {
				return
			}
			advance(least)
		}
	}
}
