package session

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session/bug"
)

// Alive returns nil while the process runs the program it was attached with,
// and [ErrGone] after that.
func (s *Session) Alive() error {
	if s.gone.Load() {
		return s.lost()
	}
	// Address 0 is not mapped: EIO means that the address space is there, no
	// byte and no error that it is gone.
	var b [1]byte
	n, err := s.pread(b[:], 0, "is it still there? EIO says yes, 0 bytes would say no")
	switch {
	case errors.Is(err, os.ErrClosed):
		return err
	case n == 0 && err == nil:
		return s.lost()
	}
	return nil
}

// Done returns a channel that is closed when the process ends. It stays open
// when the session is closed before that, and while the process merely runs
// another program.
func (s *Session) Done() <-chan struct{} {
	s.watch.Do(func() {
		s.descriptors.RLock()
		defer s.descriptors.RUnlock()
		if s.closed {
			return
		}
		s.watcher.Go(func() {
			// Without it the end is noticed by the next thing done to the process.
			_ = bug.Guard(func() error { s.waitForEnd(); return nil })()
		})
	})
	return s.done
}

// waitForEnd closes done when the pidfd becomes readable, which it does when
// the process has ended. Closing the session ends the wait.
func (s *Session) waitForEnd() {
	if s.pidfd == nil {
		s.lookForEnd()
		return
	}
	raw, err := s.pidfd.SyscallConn()
	if err != nil {
		return
	}
	err = raw.Read(func(fd uintptr) bool {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		return err == nil && n > 0
	})
	if err == nil {
		close(s.done)
	}
}

// endPeriod is how often a process is looked at that no pidfd tells of.
const endPeriod = 50 * time.Millisecond

// lookForEnd is waitForEnd without a pidfd.
func (s *Session) lookForEnd() {
	ticker := time.NewTicker(endPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-ticker.C:
		}
		// A zombie may still have threads that run. What cannot be told now may be later.
		st, err := s.fs.stat(s.id.PID)
		if vanished(err) || err == nil && (st.Start != s.id.Start || st.zombie() && s.Alive() != nil) {
			close(s.done)
			return
		}
	}
}
