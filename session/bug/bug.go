// Package bug makes an error of a panic.
//
// A panic ends a program at once, and from a goroutine nothing can stop it: what
// was deferred elsewhere is not done, so that a terminal stays raw and a frozen
// value is left to chance. Quarry works on processes of other people. So every
// goroutine it starts hands a panic on as an [*Error], like any error, to whoever
// waits for the goroutine; the work ends the way it does for other errors, and
// quarry by returning from main.
//
// What the Go runtime itself gives up on cannot be caught: no memory left, a map
// written by two goroutines, a stack that is too deep.
package bug

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Error is a panic.
type Error struct {
	Value any    // what the panic was called with
	Stack []byte // of its goroutine, as text
}

// Error tells the panic. It has no more to do with the errors of its value: a
// panic with an error is a mistake all the same.
func (e *Error) Error() string { return fmt.Sprintf("a bug in quarry: %v", e.Value) }

// Hint returns what would help.
func (e *Error) Hint() string {
	return "with GOTRACEBACK=all quarry also prints where it is, for a report (CONTRIBUTING.md, Reporting a bug)"
}

// Is reports whether an error is a panic.
func Is(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// Catch makes a panic the error of a function, which defers it:
//
//	defer bug.Catch(&err)
func Catch(err *error) {
	if value := recover(); value != nil {
		*err = made(value)
	}
}

// Guard returns a function that does the same as f and returns a panic as its
// error. It is for what goroutines are started with.
func Guard(f func() error) func() error {
	return func() (err error) {
		defer Catch(&err)
		return f()
	}
}

// made returns the error of a panic. One that was caught already, and thrown
// again in another goroutine, stays as it was.
func made(value any) *Error {
	if e, ok := value.(*Error); ok {
		return e
	}
	return &Error{Value: value, Stack: debug.Stack()}
}
