package watch

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"quarry/session"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrPoint: what is to be watched cannot be.
	ErrPoint = errors.New("cannot be watched")
	// ErrRegisters: there are not enough debug registers.
	ErrRegisters = errors.New("not enough debug registers")
	// ErrUnsupported: this machine or kernel cannot watch in that way.
	ErrUnsupported = errors.New("watching is not supported here")
	// ErrDescriptors: this program may not open that many files.
	ErrDescriptors = errors.New("too many open files")
	// ErrTraced: another program traces the process, and only one can.
	ErrTraced = errors.New("already traced")
)

// PointError tells why a point cannot be watched. It is [ErrPoint].
type PointError struct {
	Point  Point
	Reason string
}

func (e *PointError) Error() string {
	if e.Point.Length == 0 {
		return fmt.Sprintf("%v: %s", ErrPoint, e.Reason)
	}
	return fmt.Sprintf("%v %v: %s", e.Point, ErrPoint, e.Reason)
}

// Is matches ErrPoint.
func (e *PointError) Is(target error) bool { return target == ErrPoint }

// RegistersError tells how many debug registers would be needed. It is
// [ErrRegisters] and unwraps to the kernel's error number, if it was the kernel
// that refused: then others use some of them.
type RegistersError struct {
	Need, Have int
	Cause      error
}

func (e *RegistersError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%v: %d needed, but some of the %d are in use or kept by tracing that was before", ErrRegisters, e.Need, e.Have)
	}
	return fmt.Sprintf("%v: %d needed, and a thread has %d of them", ErrRegisters, e.Need, e.Have)
}

// Is matches ErrRegisters.
func (e *RegistersError) Is(target error) bool { return target == ErrRegisters }

// Unwrap returns what the kernel said.
func (e *RegistersError) Unwrap() error { return e.Cause }

// Hint returns what would work.
func (e *RegistersError) Hint() string {
	if e.Cause != nil {
		return "end other watches and debuggers of the process; what tracing keeps is free again when the thread ends"
	}
	return "watch fewer bytes: a register takes 1, 2, 4 or 8, at an address that is a multiple of that"
}

// PermissionError tells why the kernel refuses its performance events. It is
// [session.ErrPermission] and unwraps to the kernel's error number.
type PermissionError struct {
	PID int
	// Paranoid is kernel.perf_event_paranoid, see perf_event_open(2); Unknown if
	// it cannot be read. More than 2, on kernels that know it, keeps all users out.
	Paranoid int
	// Capable tells that quarry has CAP_PERFMON or CAP_SYS_ADMIN.
	Capable bool
	Cause   error // EACCES or EPERM
}

// Unknown is the level of a system that does not tell it.
const Unknown = -100

func (e *PermissionError) Error() string {
	return fmt.Sprintf("process %d: watching without tracing is not permitted: %s", e.PID, e.reason())
}

func (e *PermissionError) reason() string {
	switch {
	case !e.Capable && e.Paranoid > 2:
		return fmt.Sprintf("kernel.perf_event_paranoid is %d, and quarry lacks the capability cap_perfmon", e.Paranoid)
	case !e.Capable && errors.Is(e.Cause, os.ErrPermission) && e.Paranoid != Unknown:
		return "the process is not open to quarry, which lacks the capability cap_perfmon, or a container forbids it"
	}
	return "a container or a security module forbids perf_event_open"
}

// Is matches session.ErrPermission.
func (e *PermissionError) Is(target error) bool { return target == session.ErrPermission }

// Unwrap returns what the kernel said.
func (e *PermissionError) Unwrap() error { return e.Cause }

// Hint returns what would work.
func (e *PermissionError) Hint() string {
	if e.Capable {
		return "watch by tracing instead, or run quarry outside of the container"
	}
	return "watch by tracing instead, or once: setcap cap_perfmon,cap_sys_ptrace=ep QUARRY, or sudo sysctl kernel.perf_event_paranoid=2"
}

// refused returns the error for a refusal of perf_event_open(2).
func refused(pid int, cause error) *PermissionError {
	const perfmon, sysAdmin = 38, 21
	e := &PermissionError{PID: pid, Paranoid: Unknown, Cause: cause}
	if data, err := os.ReadFile("/proc/sys/kernel/perf_event_paranoid"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
			e.Paranoid = n
		}
	}
	status, _ := os.ReadFile("/proc/self/status") // no line, no capability
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			set, _ := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			e.Capable = set&(1<<perfmon|1<<sysAdmin) != 0
		}
	}
	return e
}

// noSuchPoint is the reason when a kernel refuses a point itself.
const noSuchPoint = "the kernel takes no breakpoint of that kind or at that address"

// UnsupportedError tells what is missing. It is [ErrUnsupported] and unwraps to
// the kernel's error number, if there is one.
type UnsupportedError struct {
	Reason string
	Cause  error
}

func (e *UnsupportedError) Error() string { return fmt.Sprintf("%v: %s", ErrUnsupported, e.Reason) }

// Is matches ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// Unwrap returns what the kernel said.
func (e *UnsupportedError) Unwrap() error { return e.Cause }

// DescriptorsError tells how many descriptors the watch takes: for each thread, one
// for each debug register that samples and processor, and one for each that only
// counts; and one for each processor. It is [ErrDescriptors].
type DescriptorsError struct {
	Threads, Processors, Registers int
	Need                           int // descriptors
	Cause                          error
}

func (e *DescriptorsError) Error() string {
	return fmt.Sprintf("%v: %d threads on %d processors with %d debug registers take %d", ErrDescriptors,
		e.Threads, e.Processors, e.Registers, e.Need)
}

// Is matches ErrDescriptors.
func (e *DescriptorsError) Is(target error) bool { return target == ErrDescriptors }

// Unwrap returns what the kernel said.
func (e *DescriptorsError) Unwrap() error { return e.Cause }

// Hint returns what would work.
func (e *DescriptorsError) Hint() string {
	return "raise the limit (ulimit -n), or watch by tracing instead"
}

// TracedError tells which program traces a process. It is [ErrTraced] and
// [session.ErrPermission], and unwraps to the kernel's error number.
type TracedError struct {
	PID    int
	Tracer int
	Name   string // the tracer's name, empty when it cannot be told
	Cause  error
}

func (e *TracedError) Error() string {
	if e.Name == "" {
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
	return "a process can have one tracer: let that one detach, or end it"
}
