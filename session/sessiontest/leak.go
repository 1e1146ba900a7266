package sessiontest

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// LeakCheck fails the test when, at its end, this process has more descriptors
// open than now. Call it first, so that it looks after every other clean-up; it
// must not be used in a parallel test.
func LeakCheck(t testing.TB) {
	t.Helper()
	before := openDescriptors()
	t.Cleanup(func() {
		if leaked := leaks(before); len(leaked) > 0 {
			t.Errorf("descriptors left open: %s", strings.Join(leaked, ", "))
		}
	})
}

// Main runs the tests of a package and returns the exit code, which tells of
// descriptors left open and of goroutines left running too. TestMain hands it to
// os.Exit.
func Main(m *testing.M) int {
	// The goroutine of os/signal never ends once it was needed, as by a fuzzer.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	signal.Stop(signals)
	before, running := openDescriptors(), runtime.NumGoroutine()
	code := m.Run()
	if code != 0 {
		return code
	}
	if leaked := leaks(before); len(leaked) > 0 {
		fmt.Fprintf(os.Stderr, "descriptors left open: %s\n", strings.Join(leaked, ", "))
		return 1
	}
	if stacks := goroutinesBeyond(running); stacks != "" {
		fmt.Fprintf(os.Stderr, "goroutines left running:\n%s\n", stacks)
		return 1
	}
	return 0
}

// goroutinesBeyond returns the stacks of all goroutines when there are more of
// them than there may be, once they had a moment to end.
func goroutinesBeyond(allowed int) string {
	for deadline := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > allowed; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 64<<10)
			return string(stacks[:runtime.Stack(stacks, true)])
		}
	}
	return ""
}

// leaks returns the descriptors open now that were not before, once they had a
// moment to be closed by goroutines that are just ending.
func leaks(before map[string]int) []string {
	deadline := time.Now().Add(2 * time.Second)
	for {
		var leaked []string
		for name, n := range openDescriptors() {
			if n > before[name] {
				leaked = append(leaked, fmt.Sprintf("%s (%d more)", name, n-before[name]))
			}
		}
		if len(leaked) == 0 || time.Now().After(deadline) {
			slices.Sort(leaked)
			return leaked
		}
		runtime.Gosched()
	}
}

// openDescriptors counts the open descriptors by what they refer to, leaving
// out what the Go runtime opens once for itself.
func openDescriptors() map[string]int {
	count := make(map[string]int)
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		name, err := os.Readlink("/proc/self/fd/" + entry.Name())
		switch {
		case err != nil: // the folder's own descriptor, closed since
		case name == "anon_inode:[eventpoll]", name == "anon_inode:[eventfd]":
		default:
			// Pipes and sockets are told apart by a number; it does not matter.
			name, _, _ = strings.Cut(name, ":[")
			count[name]++
		}
	}
	return count
}
