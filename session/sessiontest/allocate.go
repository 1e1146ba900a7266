package sessiontest

import (
	"runtime"
	"testing"
)

// Allocates fails the test when f allocates more than so many bytes in all, freed
// or not. Nothing else may run meanwhile. Unlike a time, it is the same on a busy
// machine, and it tells of time too: a parser that is given the same bytes again and
// again allocates for them again and again.
func Allocates(t testing.TB, most int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > uint64(most) {
		t.Errorf("%d bytes were allocated, where %d are allowed", n, most)
	}
}
