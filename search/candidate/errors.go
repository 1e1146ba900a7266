package candidate

import (
	"errors"
	"fmt"
)

// ErrStorage is the state of candidates that could not be put into memory or
// the temporary file, or not be read back from there.
var ErrStorage = errors.New("candidates cannot be stored")

// StorageError tells what failed.
type StorageError struct {
	Doing string // as "writing to the temporary file"
	Cause error
}

func (e *StorageError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrStorage, e.Doing, e.Cause) }

// Is reports that the error is [ErrStorage].
func (e *StorageError) Is(target error) bool { return target == ErrStorage }

// Unwrap returns the cause, as syscall.ENOSPC for a full disk.
func (e *StorageError) Unwrap() error { return e.Cause }

// Hint tells what would help.
func (e *StorageError) Hint() string {
	return "give more memory (--memory 4GiB), or set TMPDIR to a folder on a disk with room"
}
