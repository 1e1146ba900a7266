package patch

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"quarry/session"
)

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrConflict: the bytes in memory are neither the expected ones nor the
	// new ones.
	ErrConflict = errors.New("something else is there")
	// ErrPartial: a group of writes failed and could not be taken back whole.
	ErrPartial = errors.New("not everything could be taken back")
	// ErrOverlap: two writes of one group change the same byte.
	ErrOverlap = errors.New("two writes overlap")
	// ErrLength: the new value is longer than the place it should take.
	ErrLength = errors.New("too long")
	// ErrFile: a patch file cannot be read.
	ErrFile = errors.New("bad patch file")
	// ErrTarget: a patch file is for another program or process.
	ErrTarget = errors.New("not the process that the patch is for")
	// ErrPlan: a plan has edits that cannot be applied.
	ErrPlan = errors.New("the plan cannot be applied")
	// ErrUnresolved: a place cannot be found, or not as often as asked.
	ErrUnresolved = errors.New("not found")
	// ErrAmbiguous: a place is found more often than asked.
	ErrAmbiguous = errors.New("found too often")
)

// ConflictError tells where something else is than expected. It is
// [ErrConflict]. Nothing of the group is left written.
type ConflictError struct {
	Addr uint64
	Want []byte // what was expected; nil when several values were
	Have []byte // what is there
	// Written: Want was just written, and reading back gave Have.
	Written bool
}

func (e *ConflictError) Error() string {
	switch {
	case e.Written:
		return fmt.Sprintf("%#x: %s was written, but %s is read back", e.Addr, brief(e.Want), brief(e.Have))
	case e.Want == nil:
		return fmt.Sprintf("%#x holds %s, which is not expected", e.Addr, brief(e.Have))
	}
	return fmt.Sprintf("%#x holds %s, not %s", e.Addr, brief(e.Have), brief(e.Want))
}

// Is matches ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Hint returns what would work.
func (e *ConflictError) Hint() string {
	if e.Written {
		return "the program writes there itself all the time"
	}
	return "the program has changed it; look at it again before writing"
}

// LeftError tells which writes an undo left alone: where the program has changed
// the place since it is [ErrConflict], where the place cannot be written any more
// session.ErrUnwritable. All other writes of the group were taken back.
type LeftError struct {
	Left       []Write // changed by the program, in the order in which they were made
	Unwritable []Write // still as they were made, as far as can be told
	Of         int     // writes of the group
}

func (e *LeftError) Error() string {
	var parts []string
	say := func(writes []Write, why string) {
		if len(writes) > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s left alone, which %s: %s", len(writes), countPlaces(e.Of), why, few(writes)))
		}
	}
	say(e.Left, "the program has changed since")
	say(e.Unwritable, "cannot be written any more")
	return strings.Join(parts, "; ")
}

// few lists the addresses of the first writes.
func few(writes []Write) string {
	const most = 4
	var places []string
	for _, w := range writes[:min(len(writes), most)] {
		places = append(places, fmt.Sprintf("%#x", w.Addr))
	}
	if len(writes) > most {
		places = append(places, "…")
	}
	return strings.Join(places, ", ")
}

// Is matches ErrConflict and session.ErrUnwritable.
func (e *LeftError) Is(target error) bool {
	return target == ErrConflict && len(e.Left) > 0 || target == session.ErrUnwritable && len(e.Unwritable) > 0
}

// Hint returns what would work.
func (e *LeftError) Hint() string { return "set writes there what you want, whatever is there now" }

// brief writes bytes in hexadecimal, the first of them when they are many.
func brief(p []byte) string {
	const most = 16
	if len(p) <= most {
		return fmt.Sprintf("% x", p)
	}
	return fmt.Sprintf("% x … (%d bytes)", p[:most], len(p))
}

// PartialError is a group of writes that failed and could not be taken back
// whole. It is [ErrPartial] and unwraps to the reason of the failure.
type PartialError struct {
	Cause   error   // why the group failed
	Left    []Write // still in memory, as far as can be told; in the order written
	Changed []Write // the program has overwritten these with something else
}

func (e *PartialError) Error() string {
	if errors.Is(e.Cause, session.ErrGone) { // the memory, too, but for what is in files
		return fmt.Sprintf("%v after %d of the writes", e.Cause, len(e.Left)+len(e.Changed))
	}
	var parts []string
	if len(e.Left) > 0 {
		parts = append(parts, "left written: "+addresses(e.Left))
	}
	if len(e.Changed) > 0 {
		parts = append(parts, "changed by the program meanwhile: "+addresses(e.Changed))
	}
	return fmt.Sprintf("%v; %v: %s", e.Cause, ErrPartial, strings.Join(parts, "; "))
}

// Is matches ErrPartial.
func (e *PartialError) Is(target error) bool { return target == ErrPartial }

// Unwrap returns the reason of the failure.
func (e *PartialError) Unwrap() error { return e.Cause }

// Group returns what is left in memory as a group, which can be undone.
func (e *PartialError) Group(title string) Group {
	return Group{Title: title, Writes: e.Left, Time: time.Now()}
}

// addresses lists where the writes are, with their lengths.
func addresses(writes []Write) string {
	const most = 8
	var parts []string
	for _, w := range writes[:min(most, len(writes))] {
		parts = append(parts, fmt.Sprintf("%#x (%s)", w.Addr, byteCount(len(w.After))))
	}
	if more := len(writes) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}

// OverlapError tells which two writes of a group overlap. It is [ErrOverlap].
type OverlapError struct{ First, Second uint64 }

func (e *OverlapError) Error() string {
	return fmt.Sprintf("the writes at %#x and %#x overlap", e.First, e.Second)
}

// Is matches ErrOverlap.
func (e *OverlapError) Is(target error) bool { return target == ErrOverlap }

// Hint returns what would work.
func (e *OverlapError) Hint() string {
	return "write them one after the other, or keep only one type of value"
}

// LengthError is a value that is longer than its place. It is [ErrLength].
type LengthError struct {
	Fits int // bytes that fit
	Have int // bytes of the value
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("the new value has %s, and only %d fit", byteCount(e.Have), e.Fits)
}

// Is matches ErrLength.
func (e *LengthError) Is(target error) bool { return target == ErrLength }

// Hint returns what would work.
func (e *LengthError) Hint() string {
	return fmt.Sprintf("shorten it to %s; what follows belongs to something else", byteCount(e.Fits))
}

// byteCount writes a number of bytes.
func byteCount(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
