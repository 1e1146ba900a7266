package symbol

import (
	"cmp"
	"slices"
	"strings"
)

// near returns up to five names that may have been meant by one, the likeliest
// first: the same but for case or for the namespace, or two letters apart.
func (t *Table) near(name string) []string {
	const most, demangleAtMost = 5, 50_000
	type guess struct {
		name     string
		distance int
	}
	wanted := strings.ToLower(compact(name))
	if len(wanted) < 2 || len(wanted) > 200 {
		return nil
	}
	var guesses []guess
	demangles := 0
	for i := range t.entries {
		n := t.entries[i].name
		if mangled(n) {
			if demangles++; demangles > demangleAtMost {
				continue
			}
			n = bare(n)
		}
		if d, ok := apart(wanted, n); ok {
			guesses = append(guesses, guess{n, d})
		}
	}
	slices.SortFunc(guesses, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	guesses = slices.Compact(guesses)
	var out []string
	for _, g := range guesses[:min(most, len(guesses))] {
		out = append(out, g.name)
	}
	return out
}

// apart tells how far a name is from a wanted one in small letters; ok is false
// when it is too far.
func apart(wanted, name string) (distance int, ok bool) {
	if d := len(name) - len(wanted); d > 2 || d < -2 {
		// Game::lives for lives, and counter.0, a static variable of a function.
		if d > 0 && len(name) < 200 {
			lower := strings.ToLower(name)
			return 3, strings.HasSuffix(lower, "::"+wanted) || strings.HasPrefix(lower, wanted+".")
		}
		return 0, false
	}
	lower := strings.ToLower(name)
	distance = editDistance(wanted, compact(lower))
	if strings.HasSuffix(lower, "::"+wanted) || strings.HasPrefix(lower, wanted+".") {
		return min(distance, 3), true
	}
	return distance, distance <= min(2, len(wanted)/3)
}

// editDistance returns how many bytes must be inserted, deleted or replaced to
// make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
