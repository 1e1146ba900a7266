package session

import (
	"slices"
	"strings"
)

// near returns up to five of the names that name may have been meant for, the
// likeliest first: the same but for case, one a part of the other, or two
// letters apart at most.
func near(name string, names []string) []string {
	const most = 5
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	wanted := strings.ToLower(name)
	for _, n := range names {
		lower := strings.ToLower(n)
		distance := editDistance(wanted, lower)
		partly := len(lower) > 2 && strings.Contains(wanted, lower) || len(wanted) > 2 && strings.Contains(lower, wanted)
		// Short names are near to everything.
		if n == "" || !partly && distance > min(2, len(wanted)/2) {
			continue
		}
		found = append(found, candidate{n, distance})
	}
	slices.SortFunc(found, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	found = slices.Compact(found)
	var out []string
	for _, c := range found[:min(most, len(found))] {
		out = append(out, c.name)
	}
	return out
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
