package session

import (
	"errors"
	"fmt"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrNoProcess: no process has that PID or name.
	ErrNoProcess = errors.New("no such process")
	// ErrGone: the process has ended, or runs another program than when it was
	// attached.
	ErrGone = errors.New("the process is gone")
	// ErrPermission: the kernel or quarry itself does not allow it.
	ErrPermission = errors.New("not permitted")
	// ErrUnreadable: no memory that can be read is at that address.
	ErrUnreadable = errors.New("not readable")
	// ErrUnwritable: no memory that can be written is at that address.
	ErrUnwritable = errors.New("not writable")
	// ErrAmbiguous: several processes have that name.
	ErrAmbiguous = errors.New("several processes have that name")
	// ErrScope: a scope cannot be read, or nothing in the process answers to it.
	ErrScope = errors.New("bad scope")
	// ErrScopeEmpty: a scope can be read, and the process has no such memory.
	ErrScopeEmpty = errors.New("no such memory")
)

// AccessError is a failed read or write. It is [ErrUnreadable] or
// [ErrUnwritable], and unwraps to the kernel's error number.
type AccessError struct {
	State  error  // ErrUnreadable or ErrUnwritable
	Addr   uint64 // first byte that could not be accessed
	Cause  error  // what the kernel said, may be nil
	Advice string // what would work, may be empty
}

func (e *AccessError) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("%#x is %v", e.Addr, e.State)
	}
	return fmt.Sprintf("%#x is %v: %v", e.Addr, e.State, e.Cause)
}

// Is matches the state.
func (e *AccessError) Is(target error) bool { return target == e.State }

// Unwrap returns what the kernel said.
func (e *AccessError) Unwrap() error { return e.Cause }

// Hint returns what would work, or the empty string.
func (e *AccessError) Hint() string { return e.Advice }
