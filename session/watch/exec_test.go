package watch_test

import (
	"errors"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/watch"
)

// A process that runs another program while it is being seized ends the watch; it
// holds it up no more than it is held up by it.
func TestExecsWhileBeingSeized(t *testing.T) {
	sessiontest.Fault(t, "the target runs another program while a watch begins")
	p := sessiontest.Start(t, sessiontest.BuildC(t, "../pause/testdata/target.c", "-pthread"), "exec", "4")
	p.WaitLine(t, "ready")
	gone := 0
	for try := 0; gone < 20 && try < 1000; try++ {
		s, err := session.Attach(p.PID)
		if errors.Is(err, session.ErrGone) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		w, err := watch.Start(t.Context(), s, watch.Trace, watch.Point{Addr: 0x1000, Length: 4, Kind: watch.Write})
		switch {
		case err == nil:
			if err := w.Stop(); err != nil && !errors.Is(err, session.ErrGone) {
				t.Error(err)
			}
		case errors.Is(err, session.ErrGone):
			gone++
		default:
			t.Error(err)
		}
		s.Close()
	}
	if gone == 0 {
		t.Error("it never ran another program meanwhile: the test proves nothing")
	}
	p.WaitLine(t, "ready") // it goes on doing so
}
