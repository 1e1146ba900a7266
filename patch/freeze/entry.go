package freeze

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"quarry/search/value"
	"quarry/session"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrEntry: the value cannot be frozen so.
	ErrEntry = errors.New("cannot be frozen")
	// ErrName: no frozen value has that name.
	ErrName = errors.New("not frozen")
	// ErrClosed: the freezer has been closed.
	ErrClosed = errors.New("the freezer is closed")
)

// errNoNumber: there is nothing to keep yet.
var errNoNumber = errors.New("what is there is no number, and no value to keep was given")

// Entry is a value to freeze.
type Entry struct {
	Name string // no two entries of a freezer have the same
	Rule Rule

	Type  value.Type       // a number, String, UTF16 or Bytes
	Form  value.Form       // how a number is stored; one stored as text can only be locked
	Order binary.ByteOrder // nil: that of the process
	Width int              // in bytes; 0: that of the type, else of Keep

	// Keep is the value as it is stored. It is written at the first look, if
	// something else is there, also where the rule would let that be. Without
	// it, what is there at the first look is what is kept.
	Keep []byte

	// Address is the place, unless there is Locate.
	Address uint64
	// Locate finds the place now; nil stands for Address. It is called by one
	// goroutine, often, and must return when ctx is done. An error means that
	// the value has no place now and is waited for, but for session.ErrGone,
	// which ends the freezer.
	Locate func(ctx context.Context) (uint64, error)

	// Allow, when set, is asked before anything is written to a place where the
	// value has not been the last time: at first, whenever Locate leads elsewhere,
	// and when it is found again. An error means that the value is waited for as
	// if it could not be found. It is called by the goroutine of the freezer.
	Allow func(place session.Range) error

	Disabled bool // added, but not kept before Enable
}

// Status is what a freezer knows of an entry.
type Status struct {
	Name  string
	Rule  Rule // with its interval, also where the default was meant
	Type  value.Type
	Form  value.Form
	Order binary.ByteOrder // never nil
	Width int              // in bytes

	// Keep is the value as it is stored: the one that is locked, the highest or
	// lowest there was, or the last one seen within the range. It is nil before
	// it is known.
	Keep    []byte
	Enabled bool
	Ready   bool   // at the last look the place could be found and read, and written if need be
	Address uint64 // where it is, or was when it was last found; 0 before
	Writes  int    // how often it had to be written
	Err     error  // why it is not Ready; nil when it is, or was not looked at yet
}

// Event is something that happened to a freezer while nobody asked.
type Event struct {
	// Name is that of the entry that could not be written. It is empty when the
	// freezer has ended by itself.
	Name string
	// Err tells why: session.ErrGone when the process has ended; for an entry
	// session.ErrUnwritable, what Allow said, or an [*OverlapError].
	Err error
}

// EntryError tells why an entry cannot be frozen. It is [ErrEntry] and unwraps to
// the cause.
type EntryError struct {
	Name   string
	Cause  error
	Advice string // what would work, may be empty
}

func (e *EntryError) Error() string { return fmt.Sprintf("%q %v: %v", e.Name, ErrEntry, e.Cause) }

// Is matches ErrEntry.
func (e *EntryError) Is(target error) bool { return target == ErrEntry }

// Unwrap returns the cause.
func (e *EntryError) Unwrap() error { return e.Cause }

// Hint returns what would work, or the empty string.
func (e *EntryError) Hint() string { return e.Advice }
