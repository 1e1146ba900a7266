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
	sessiontest.MeetExec(t, p, 20, func(s *session.Session) error {
		w, err := watch.Start(t.Context(), s, watch.Trace, watch.Point{Addr: 0x1000, Length: 4, Kind: watch.Write})
		if err != nil {
			return err
		}
		if err := w.Stop(); err != nil && !errors.Is(err, session.ErrGone) {
			t.Error(err)
		}
		return nil
	})
}
