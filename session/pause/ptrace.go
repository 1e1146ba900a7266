package pause

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// All of these must be called on the thread that traces; see ptrace(2).

// ptrace makes a request that takes numbers only.
func ptrace(request, tid int, data uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// seize begins to trace a thread, and the threads that it makes, without
// stopping any.
func seize(tid int) error { return ptrace(unix.PTRACE_SEIZE, tid, unix.PTRACE_O_TRACECLONE) }

// interrupt makes a thread that is traced by us stop soon.
func interrupt(tid int) error { return ptrace(unix.PTRACE_INTERRUPT, tid, 0) }

// detach lets a stopped thread run on, delivering the signal if it is not 0.
func detach(tid int, signal unix.Signal) error {
	return ptrace(unix.PTRACE_DETACH, tid, uintptr(signal))
}

// stopInfo returns what a stopped thread stopped for: si_signo and si_code. It
// fails with ESRCH when the thread is not stopped.
func stopInfo(tid int) (signal unix.Signal, code int32, err error) {
	var info unix.Siginfo
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETSIGINFO, uintptr(tid), 0, uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return 0, 0, errno
	}
	return unix.Signal(info.Signo), info.Code, nil
}

// registers reads the general registers of a stopped thread into buffer and
// returns the part that they fill. Their number tells the instruction set.
func registers(tid int, buffer []byte) ([]byte, error) {
	iov := unix.Iovec{Base: &buffer[0]}
	iov.SetLen(len(buffer))
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETREGSET, uintptr(tid), unix.NT_PRSTATUS,
		uintptr(unsafe.Pointer(&iov)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return buffer[:iov.Len], nil
}

// Values of si_code that waitid(2) answers with.
const (
	cldExited = 1 + iota
	cldKilled
	cldDumped
	cldTrapped
	cldStopped
)

// childInfo is the part of siginfo_t behind si_code that waitid fills in.
type childInfo struct {
	pid    int32
	uid    uint32
	status int32
}

// peek returns what has become of a thread traced by us, si_code and si_status
// of waitid, or code 0 when it still runs. It takes no notice: the kernel would
// forget the signal that a thread stopped for, and lose it if we were killed
// before we could pass it on.
func peek(tid int) (code, status int32, err error) { return wait(tid, unix.WNOWAIT) }

// reap takes notice of the end of a thread, so that the kernel lets go of it.
func reap(tid int) error {
	_, _, err := wait(tid, 0)
	return err
}

func wait(tid, flags int) (code, status int32, err error) {
	const wanted = unix.WEXITED | unix.WSTOPPED | unix.WNOHANG | unix.WALL | unix.WNOTHREAD
	var info unix.Siginfo
	for {
		err = unix.Waitid(unix.P_PID, tid, &info, wanted|flags, nil)
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
