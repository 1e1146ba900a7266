package ptrace_test

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"quarry/session"
	"quarry/session/internal/ptrace"
	"quarry/session/sessiontest"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

// Of a thread that is not traced, all requests tell so, and nothing is done to it.
func TestThreadThatIsNotTraced(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := sessiontest.Start(t, "/bin/cat")
	if ptrace.HasEnded(p.PID) {
		t.Error("it has ended")
	}
	buffer := make([]byte, 1<<10)
	for name, request := range map[string]func() error{
		"Interrupt": func() error { return ptrace.Interrupt(p.PID) },
		"Continue":  func() error { return ptrace.Continue(p.PID, 0) },
		"Listen":    func() error { return ptrace.Listen(p.PID) },
		"Detach":    func() error { return ptrace.Detach(p.PID, unix.SIGKILL) },
		"StopInfo":  func() error { _, _, err := ptrace.StopInfo(p.PID); return err },
		"NewThread": func() error { _, err := ptrace.NewThread(p.PID); return err },
		"Registers": func() error { _, err := ptrace.Registers(p.PID, buffer); return err },
		"User":      func() error { _, err := ptrace.User(p.PID, 0); return err },
		"SetUser":   func() error { return ptrace.SetUser(p.PID, 0, 0) },
	} {
		if err := request(); err != unix.ESRCH {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := p.Ask(t, "still there"); got != "still there" {
		t.Errorf("it answers %q", got)
	}
}

// The end of a traced thread is told until notice is taken of it.
func TestEndOfATracedThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := sessiontest.Start(t, "/bin/cat")
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := ptrace.Seize(s, p.PID); err != nil {
		t.Fatal(err)
	}
	if ptrace.HasEnded(p.PID) {
		t.Error("it has ended at once")
	}
	if err := unix.Kill(p.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for round := 0; !ptrace.HasEnded(p.PID); round++ {
		ptrace.Rest(round)
	}
	if code, status, err := ptrace.Peek(p.PID); code != ptrace.Killed || status != int32(unix.SIGKILL) || err != nil {
		t.Errorf("code %d, status %d, %v", code, status, err)
	}
}
