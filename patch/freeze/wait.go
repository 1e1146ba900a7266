package freeze

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

const (
	// precise is the wait below which Go's timers are too coarse: while nothing
	// else runs, its runtime waits in whole milliseconds.
	precise = 2 * time.Millisecond

	// brief is the wait up to which the thread sleeps without telling Go's
	// scheduler. Told, it would hand the processor on and take it back each
	// time, at more than twice the processor time.
	brief = 200 * time.Microsecond

	// near is the wait that is not worth sleeping.
	near = 10 * time.Microsecond
)

// napper sleeps precisely. It is for one goroutine, and keeps a thread for it
// from its first sleep on; the thread ends with the goroutine.
type napper struct {
	locked bool
}

// nap sleeps for d, give or take some ten microseconds.
func (n *napper) nap(d time.Duration) {
	if !n.locked {
		n.locked = true
		runtime.LockOSThread()
		// The kernel may let a thread sleep 50 µs longer than asked for, to wake
		// it together with others. Without leave to change that, it does.
		const setTimerSlack = 29
		syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
	}
	ts := syscall.NsecToTimespec(int64(d))
	if d <= brief && runtime.GOMAXPROCS(0) > 1 {
		syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
		return
	}
	syscall.Nanosleep(&ts, nil) // a signal may end it early, and then there is one more look
}
