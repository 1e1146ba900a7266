package pause

import (
	"time"

	"golang.org/x/sys/unix"

	"quarry/session/bug"
)

// seizeThread is seize for a process that may be calling execve. A thread that does
// waits until all others have been taken notice of, also those that we have seized
// and that it has ended; and the kernel lets none be seized meanwhile. So somebody
// else has to take notice while the thread that traces is held up.
func (t *tracer) seizeThread(tid int) error {
	done, idle := make(chan struct{}), make(chan struct{})
	timer := time.AfterFunc(lookout, func() {
		defer close(idle)
		// Without it the seizing is held up until the process is killed.
		_ = bug.Guard(func() error { t.noticeEnds(done); return nil })()
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
func (t *tracer) noticeEnds(done <-chan struct{}) {
	for round := 0; ; round++ {
		select {
		case <-done:
			return
		default:
		}
		tids, _, _ := t.s.TIDs() // what cannot be listed now may be later
		for _, tid := range tids {
			// The end of the first thread is news for the parent of the process.
			if tid != t.pid {
				_ = unix.Waitid(unix.P_PID, tid, nil, unix.WEXITED|unix.WNOHANG|unix.WALL, nil) // it may not be ours
			}
		}
		rest(round)
	}
}
