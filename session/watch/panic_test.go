package watch_test

import (
	"testing"

	"quarry/session"
	"quarry/session/bug"
	"quarry/session/sessiontest"
	"quarry/session/watch"
)

// A panic in the goroutine that traces is the error of the watch, and lets go of
// all threads.
func TestFaultPanicWhileTracing(t *testing.T) {
	p := start(t, "store", watch.Write)
	sessiontest.Fault(t, "a panic in the goroutine that traces")
	p.s.Explain(func(c session.Call) {
		if c.Name == "ptrace" {
			panic("cursed")
		}
	})
	_, err := watch.Start(t.Context(), p.s, watch.Trace, p.point)
	if !bug.Is(err) {
		t.Fatalf("error is %v", err)
	}
	p.s.Explain(nil)
	check := p.untouched()
	p.touch(3)
	check()
}
