package pause

import (
	"errors"
	"fmt"
	"os"

	"quarry/session"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrTraced: another program traces the process, and only one can.
	ErrTraced = errors.New("already traced")
	// ErrStuck: a thread could not be stopped in time.
	ErrStuck = errors.New("cannot be stopped now")
)

// TracedError tells which program traces a process. It is [ErrTraced] and
// [session.ErrPermission], and unwraps to the kernel's error number.
type TracedError struct {
	PID    int    // the process that was to be stopped
	Tracer int    // the process that traces it; this one when it was stopped already
	Name   string // the tracer's name, empty when it cannot be told
	Cause  error  // what the kernel said
}

func (e *TracedError) Error() string {
	switch {
	case e.Tracer == os.Getpid():
		return fmt.Sprintf("process %d: %v by this program", e.PID, ErrTraced)
	case e.Name == "":
		return fmt.Sprintf("process %d: %v by process %d", e.PID, ErrTraced, e.Tracer)
	}
	return fmt.Sprintf("process %d: %v by %s (%d)", e.PID, ErrTraced, e.Name, e.Tracer)
}

// Is matches ErrTraced and session.ErrPermission.
func (e *TracedError) Is(target error) bool {
	return target == ErrTraced || target == session.ErrPermission
}

// Unwrap returns what the kernel said.
func (e *TracedError) Unwrap() error { return e.Cause }

// Hint returns what would work.
func (e *TracedError) Hint() string {
	if e.Tracer == os.Getpid() {
		return "it is stopped already; wait until that is over"
	}
	return "a process can have one tracer: let that one detach, or end it"
}

// StuckError names the thread that could not be stopped in time. Nothing is
// stopped any more. It is [ErrStuck] and unwraps to the context's error.
type StuckError struct {
	PID   int
	TID   int
	Name  string // the thread's name
	State byte   // as ps shows it; D: it waits inside the kernel, whatever signals come
	Cause error  // why there was no more waiting
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("process %d: thread %d (%s, state %c) %v: %v", e.PID, e.TID, e.Name, e.State, ErrStuck, e.Cause)
}

// Is matches ErrStuck.
func (e *StuckError) Is(target error) bool { return target == ErrStuck }

// Unwrap returns the context's error.
func (e *StuckError) Unwrap() error { return e.Cause }

// Hint returns what would work, or the empty string.
func (e *StuckError) Hint() string {
	if e.State == 'D' {
		return "it waits in the kernel, as for a disk, a network file system or a child made by vfork; try again later"
	}
	return "try again; the system may be very busy"
}
