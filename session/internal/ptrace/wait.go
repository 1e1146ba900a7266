package ptrace

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Values of si_code that waitid(2) answers with.
const (
	Exited = 1 + iota
	Killed
	Dumped
	Trapped
	Stopped
)

// childInfo is the part of siginfo_t behind si_code that waitid fills in.
type childInfo struct {
	pid    int32
	uid    uint32
	status int32
}

// Peek returns what has become of a thread traced by us, si_code and si_status
// of waitid(2), or code 0 when it still runs. It takes no notice: the kernel would
// forget the signal that a thread stopped for, and lose it if we were killed
// before we could pass it on.
func Peek(tid int) (code, status int32, err error) {
	var info unix.Siginfo
	for {
		err = unix.Waitid(unix.P_PID, tid, &info, unix.WEXITED|unix.WSTOPPED|unix.WNOHANG|unix.WALL|unix.WNOTHREAD|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return 0, 0, err
	}
	// It begins at a multiple of a pointer's size after three int32.
	const at = (3*4 + unsafe.Sizeof(uintptr(0)) - 1) &^ (unsafe.Sizeof(uintptr(0)) - 1)
	child := (*childInfo)(unsafe.Add(unsafe.Pointer(&info), at))
	if child.pid == 0 {
		return 0, 0, nil
	}
	return info.Code, child.status, nil
}

// HasEnded reports whether a thread traced by us has ended. It takes no notice.
func HasEnded(tid int) bool {
	code, _, err := Peek(tid)
	return err == nil && code >= Exited && code <= Dumped
}

// Bury takes notice of the end of a thread traced by us, so that the kernel lets go
// of it. Of any other it does nothing.
func Bury(tid int) {
	for unix.Waitid(unix.P_PID, tid, nil, unix.WEXITED|unix.WNOHANG|unix.WALL|unix.WNOTHREAD, nil) == unix.EINTR {
	}
}

// Rest gives the processor to others for a moment, twice as long with every round up
// to a millisecond: threads that run stop within microseconds. It sleeps even for the
// shortest moment, since who merely yields to many busy threads has to wait for all.
func Rest(round int) {
	const shortest, longest = 10 * time.Microsecond, time.Millisecond
	nap := unix.NsecToTimespec(int64(min(shortest<<min(round, 10), longest)))
	_ = unix.Nanosleep(&nap, nil) // how long does not matter
}
