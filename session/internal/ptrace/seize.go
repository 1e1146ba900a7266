package ptrace

import (
	"time"

	"golang.org/x/sys/unix"

	"quarry/session"
	"quarry/session/bug"
)

// heldUp is after how long a request to seize is taken to be held up.
const heldUp = 20 * time.Millisecond

// Seize begins to trace a thread of a process, and the threads that it makes, without
// stopping any. When this program ends they run on.
//
// The process may be calling execve. A thread that does waits until all others have
// been taken notice of, also those that we have seized and that it has ended; and the
// kernel lets none be seized meanwhile. So somebody else takes notice while the thread
// that traces is held up.
func Seize(s *session.Session, tid int) error {
	done, idle := make(chan struct{}), make(chan struct{})
	timer := time.AfterFunc(heldUp, func() {
		defer close(idle)
		// Without it the seizing is held up until the process is killed.
		_ = bug.Guard(func() error { noticeEnds(s, done); return nil })()
	})
	err := seize(tid)
	close(done)
	if !timer.Stop() {
		<-idle
	}
	return err
}

// noticeEnds takes notice of threads that have ended, until done is closed. It may be
// called on any thread of ours.
func noticeEnds(s *session.Session, done <-chan struct{}) {
	for round := 0; ; round++ {
		select {
		case <-done:
			return
		default:
		}
		tids, _, _ := s.TIDs() // what cannot be listed now may be later
		for _, tid := range tids {
			// The end of the first thread is news for the parent of the process.
			if tid != s.PID() {
				_ = unix.Waitid(unix.P_PID, tid, nil, unix.WEXITED|unix.WNOHANG|unix.WALL, nil) // it may not be ours
			}
		}
		Rest(round)
	}
}
