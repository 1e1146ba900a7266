package session

import (
	"fmt"
	"os"
)

// ofOurNamespace refuses a /proc that counts processes otherwise than system calls
// do here: a PID would be one process in its files and another in calls.
func (root procfs) ofOurNamespace() error {
	self, err := os.Readlink(string(root) + "/self")
	if err != nil || self == itoa(os.Getpid()) {
		return nil // a fixture has no such link
	}
	return fmt.Errorf("attach: %w", errOtherNamespace)
}

// otherNamespaceError is a /proc of another PID namespace than that of quarry.
type otherNamespaceError struct{}

var errOtherNamespace error = otherNamespaceError{}

func (otherNamespaceError) Error() string {
	return "/proc is of another PID namespace than quarry: a PID there means another process here"
}

// Is matches ErrPermission.
func (otherNamespaceError) Is(target error) bool { return target == ErrPermission }

// Hint returns what would work.
func (otherNamespaceError) Hint() string {
	return "mount the /proc of this namespace (unshare has --mount-proc), or run quarry outside of it"
}
