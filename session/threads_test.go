package session_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"quarry/session"
)

func TestThreads(t *testing.T) {
	p := startTarget(t)
	s := attach(t, p.PID)
	p.Ask(t, "name some name")
	tids, complete, err := s.TIDs()
	if err != nil || !complete || !slices.Equal(tids, []int{p.PID}) {
		t.Errorf("threads %v, %v, %v", tids, complete, err)
	}
	thread, err := s.Thread(p.PID)
	if err != nil || thread.TID != p.PID || thread.Name != "some name" || thread.Ended() || thread.TracerPID != 0 {
		t.Errorf("thread %+v, %v", thread, err)
	}
	if name := s.ThreadName(p.PID); name != "some name" {
		t.Errorf("name %q", name)
	}
	if _, err := s.Thread(os.Getpid()); !errors.Is(err, session.ErrNoProcess) {
		t.Errorf("the thread of another process: %v", err)
	}
	p.Kill()
	if _, _, err := s.TIDs(); !errors.Is(err, session.ErrGone) {
		t.Errorf("threads of a process that has ended: %v", err)
	}
	if name := s.ThreadName(p.PID); name != "" {
		t.Errorf("name %q", name)
	}
}
