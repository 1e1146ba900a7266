package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"quarry/session"
	"quarry/session/sessiontest"
)

// A PID that has come to mean another process while it was attached to is refused.
func TestAttachWhileThePIDIsUsedAgain(t *testing.T) {
	sessiontest.LeakCheck(t)
	sessiontest.Fault(t, "the PID is used again while attaching")
	id := attach(t, startTarget(t).PID).Identity()
	if err := session.OpenAs(id); err != nil {
		t.Fatal(err)
	}
	id.Start--
	if err := session.OpenAs(id); !errors.Is(err, session.ErrGone) {
		t.Errorf("%v, want ErrGone", err)
	}
}

// Without a pidfd, too, Done tells of the end, and of nothing else: not of a moment
// in which the process cannot be looked at.
func TestDoneWithoutPidfd(t *testing.T) {
	p := startTarget(t)
	stat := filepath.Join(t.TempDir(), strconv.Itoa(p.PID), "stat")
	if err := os.MkdirAll(stat, 0o700); err != nil { // a folder cannot be read
		t.Fatal(err)
	}
	blind := attach(t, p.PID)
	blind.NoPidfd()
	blind.SetProc(filepath.Dir(filepath.Dir(stat)))
	s := attach(t, p.PID)
	s.NoPidfd()
	select {
	case <-s.Done():
		t.Error("done while the process runs")
	case <-blind.Done():
		t.Error("done because it cannot be told")
	case <-time.After(3 * session.EndPeriod):
	}
	p.Send(t, "exit") // nobody takes notice: a zombie
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Error("not done though the process has ended")
	}
}

// Where the process cannot be looked at for a moment, it is not gone, nor is it
// taken to be the same.
func TestSameProgramThatCannotBeTold(t *testing.T) {
	p := startTarget(t)
	s := attach(t, p.PID)
	s.NoVMRead()
	if err := s.SameProgram(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, strconv.Itoa(p.PID), "stat"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.SetProc(folder)
	if err := s.SameProgram(); err == nil || errors.Is(err, session.ErrGone) {
		t.Errorf("%v, want an error that is not ErrGone", err)
	}
	s.SetProc("/proc")
	if err := s.SameProgram(); err != nil {
		t.Errorf("it is gone for ever: %v", err)
	}
}

// A process that ends while it is asked which pages it has is gone, and not empty.
func TestPresentWhileTheProcessEnds(t *testing.T) {
	for _, how := range []string{"scan", "pagemap"} {
		t.Run(how, func(t *testing.T) {
			sessiontest.Fault(t, "the process ends between two calls: "+how)
			p := startTarget(t)
			s := attach(t, p.PID)
			if how == "pagemap" {
				s.NoScan()
			}
			regions, err := s.Regions()
			if err != nil {
				t.Fatal(err)
			}
			stack := slices.IndexFunc(regions, func(r session.Region) bool { return r.Kind == session.KindStack })
			if parts, err := s.Present(nil, regions[stack]); err != nil || len(parts) == 0 {
				t.Fatalf("%v, %v: the test proves nothing", parts, err)
			}
			s.Explain(func(session.Call) { p.Kill() }) // after the first look whether it is there
			if parts, err := s.Present(nil, regions[stack]); !errors.Is(err, session.ErrGone) {
				t.Errorf("%v, %v, want ErrGone", parts, err)
			}
		})
	}
}
