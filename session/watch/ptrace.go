package watch

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// All of these must be called on the thread that traces; see ptrace(2).

// ptrace makes a request that takes numbers only.
func ptrace(request, tid int, addr, data uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// seize begins to trace a thread, and the threads that it makes, without stopping
// any. When this program ends they run on.
func seize(tid int) error { return ptrace(unix.PTRACE_SEIZE, tid, 0, unix.PTRACE_O_TRACECLONE) }

// interrupt makes a thread that is traced by us stop soon.
func interrupt(tid int) error { return ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0) }

// proceed lets a stopped thread run on, delivering the signal if it is not 0.
func proceed(tid int, signal unix.Signal) error {
	return ptrace(unix.PTRACE_CONT, tid, 0, uintptr(signal))
}

// listen leaves a thread stopped, as SIGSTOP wants it, until SIGCONT comes.
func listen(tid int) error { return ptrace(unix.PTRACE_LISTEN, tid, 0, 0) }

// detach ends the tracing of a stopped thread, delivering the signal if it is not 0.
func detach(tid int, signal unix.Signal) error {
	return ptrace(unix.PTRACE_DETACH, tid, 0, uintptr(signal))
}

// setDebug sets a debug register of a stopped thread.
func setDebug(tid, number int, value uint64) error {
	return ptrace(unix.PTRACE_POKEUSR, tid, debugOffset+uintptr(number)*unsafe.Sizeof(uintptr(0)), uintptr(value))
}

// debug returns a debug register of a stopped thread.
func debug(tid, number int) (uint64, error) {
	var value uintptr // the system call, unlike the library's function, writes it
	err := ptrace(unix.PTRACE_PEEKUSR, tid, debugOffset+uintptr(number)*unsafe.Sizeof(value), uintptr(unsafe.Pointer(&value)))
	return uint64(value), err
}

// newThread returns the thread that a thread has made which stopped for that.
func newThread(tid int) (int, error) {
	var value uintptr
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETEVENTMSG, uintptr(tid), 0, uintptr(unsafe.Pointer(&value)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(value), nil
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

// registersOf reads the general registers of a stopped thread.
func registersOf(tid int, buffer []byte) (Registers, error) {
	iov := unix.Iovec{Base: &buffer[0]}
	iov.SetLen(len(buffer))
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETREGSET, uintptr(tid), unix.NT_PRSTATUS,
		uintptr(unsafe.Pointer(&iov)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return tracedRegisters(buffer[:iov.Len]), nil
}

// hasEnded reports whether a thread has ended, without taking notice.
func hasEnded(tid int) bool {
	const exited, dumped = 1, 3 // CLD_EXITED to CLD_DUMPED: stops are told of, too
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, tid, &info, unix.WEXITED|unix.WNOHANG|unix.WALL|unix.WNOTHREAD|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err == nil && info.Signo != 0 && info.Code >= exited && info.Code <= dumped
		}
	}
}

// bury lets the kernel forget a thread that has ended.
func bury(tid int) {
	for unix.Waitid(unix.P_PID, tid, nil, unix.WEXITED|unix.WNOHANG|unix.WALL|unix.WNOTHREAD, nil) == unix.EINTR {
	}
}
