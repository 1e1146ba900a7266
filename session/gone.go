package session

import (
	"fmt"
	"os"
)

// goneError is [ErrGone] with the process and what has become of it.
type goneError struct {
	pid  int
	name string
	why  string
}

func (e *goneError) Error() string { return fmt.Sprintf("%s (%d) %s", e.name, e.pid, e.why) }

// Is matches ErrGone.
func (e *goneError) Is(target error) bool { return target == ErrGone }

// lost remembers that the address space is gone and returns the error for it.
func (s *Session) lost() error {
	s.gone.Store(true)
	e := &goneError{pid: s.id.PID, name: s.name, why: "has ended"}
	// The start time outlives execve; a process that is just ending has no
	// program any more, and that of a setuid program may not be asked for.
	if st, err := s.fs.stat(s.id.PID); err == nil && st.Start == s.id.Start && !st.zombie() {
		if _, err := os.Readlink(s.fs.path(s.id.PID, "exe")); !vanished(err) {
			e.why = "runs another program now"
		}
	}
	return e
}
