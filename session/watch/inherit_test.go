package watch

import "testing"

// What a thread has inherited is told by how many registers are in use, whether
// others use some that it shares, or that it does not.
func TestLikeliest(t *testing.T) {
	p := &perf{w: &Watch{pieces: make([]piece, 1)}, counts: 1}
	events := p.order(2) // samplers on two processors, then the one that counts
	for _, test := range []struct {
		name         string
		used, others []int
		want         int
	}{
		{"made before", []int{0, 0}, []int{0, 0}, 0},
		{"made by one that is watched", []int{2, 2}, []int{0, 0}, 3},
		{"made between", []int{1, 0}, []int{0, 0}, 1},
		{"made just before the last", []int{1, 1}, []int{0, 0}, 2},
		{"made before, with another watch", []int{2, 2}, []int{2, 2}, 0},
		{"watched, with another watch", []int{4, 4}, []int{2, 2}, 3},
		{"made between, with another watch", []int{3, 2}, []int{2, 2}, 1},
		{"watched, its maker was traced", []int{2, 2}, []int{1, 1}, 3},
		{"made before, its maker was traced", []int{0, 0}, []int{1, 1}, 0},
		{"more than can be", []int{4, 4}, []int{0, 0}, 3},
	} {
		if got := likeliest(events, test.used, test.others); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
