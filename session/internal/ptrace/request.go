package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// request makes a request that takes numbers only.
func request(what, tid int, addr, data uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(what), uintptr(tid), addr, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// ask makes a request that is answered in memory.
func ask(what, tid int, addr uintptr, answer unsafe.Pointer) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(what), uintptr(tid), addr, uintptr(answer), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// seize begins to trace a thread, and the threads that it makes, without stopping
// any. When this program ends they run on.
func seize(tid int) error { return request(unix.PTRACE_SEIZE, tid, 0, unix.PTRACE_O_TRACECLONE) }

// Interrupt makes a thread that is traced by us stop soon. The error is ESRCH when it
// is not.
func Interrupt(tid int) error { return request(unix.PTRACE_INTERRUPT, tid, 0, 0) }

// Continue lets a stopped thread run on, delivering the signal if it is not 0.
func Continue(tid int, signal unix.Signal) error {
	return request(unix.PTRACE_CONT, tid, 0, uintptr(signal))
}

// Listen leaves a thread stopped, as SIGSTOP wants it, until SIGCONT comes.
func Listen(tid int) error { return request(unix.PTRACE_LISTEN, tid, 0, 0) }

// Detach ends the tracing of a stopped thread, which runs on, delivering the signal
// if it is not 0.
func Detach(tid int, signal unix.Signal) error {
	return request(unix.PTRACE_DETACH, tid, 0, uintptr(signal))
}

// StopInfo returns what a stopped thread stopped for: si_signo and si_code. It
// fails with ESRCH when the thread is not stopped.
func StopInfo(tid int) (signal unix.Signal, code int32, err error) {
	var info unix.Siginfo
	if err := ask(unix.PTRACE_GETSIGINFO, tid, 0, unsafe.Pointer(&info)); err != nil {
		return 0, 0, err
	}
	return unix.Signal(info.Signo), info.Code, nil
}

// NewThread returns the thread that a thread has made which stopped for that.
func NewThread(tid int) (int, error) {
	var value uintptr
	if err := ask(unix.PTRACE_GETEVENTMSG, tid, 0, unsafe.Pointer(&value)); err != nil {
		return 0, err
	}
	return int(value), nil
}

// Registers reads the general registers of a stopped thread into buffer and
// returns the part that they fill. Their number tells the instruction set.
func Registers(tid int, buffer []byte) ([]byte, error) {
	iov := unix.Iovec{Base: &buffer[0]}
	iov.SetLen(len(buffer))
	if err := ask(unix.PTRACE_GETREGSET, tid, unix.NT_PRSTATUS, unsafe.Pointer(&iov)); err != nil {
		return nil, err
	}
	return buffer[:iov.Len], nil
}

// User returns the word at an offset, in bytes, of struct user of a stopped thread.
func User(tid int, offset uintptr) (uint64, error) {
	var value uintptr // the system call, unlike the library's function, writes it
	err := ask(unix.PTRACE_PEEKUSR, tid, offset, unsafe.Pointer(&value))
	return uint64(value), err
}

// SetUser sets the word at an offset, in bytes, of struct user of a stopped thread.
func SetUser(tid int, offset uintptr, value uint64) error {
	return request(unix.PTRACE_POKEUSR, tid, offset, uintptr(value))
}
