package sessiontest

import (
	"errors"
	"testing"

	"quarry/session"
)

// MeetExec attaches to a process that runs another program again and again, and has
// each session stopped, until a program came to an end meanwhile as often as told:
// stop returned [session.ErrGone]. The test fails when that never happens, at any
// other error, and when the process does not print "ready" once more.
func MeetExec(t *testing.T, p *Proc, often int, stop func(*session.Session) error) {
	t.Helper()
	p.WaitLine(t, "ready")
	gone := 0
	for try := 0; gone < often && try < 1000; try++ {
		s, err := session.Attach(p.PID)
		if errors.Is(err, session.ErrGone) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := stop(s); errors.Is(err, session.ErrGone) {
			gone++
		} else if err != nil {
			t.Error(err)
		}
		s.Close()
	}
	if gone == 0 {
		t.Error("it never ran another program meanwhile: the test proves nothing")
	}
	p.WaitLine(t, "ready") // it goes on doing so
}
