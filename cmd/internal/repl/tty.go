package repl

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const ttyPath = "/dev/tty"

// hasControllingTerminal reports whether /dev/tty opens. Without it go-prompt panics.
func hasControllingTerminal() bool {
	fd, err := unix.Open(ttyPath, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	_ = unix.Close(fd)
	return true
}

// closeStrayTTY runs f and closes the descriptors of /dev/tty that it leaves open and would hand
// down to child processes. No child is started meanwhile.
//
// prompt.New leaves one: it always makes its own parser, even when it is given another.
func closeStrayTTY(f func()) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	before := inheritedTTYs()
	f()
	for fd := range inheritedTTYs() {
		if !before[fd] {
			_ = unix.Close(fd)
		}
	}
}

// inheritedTTYs returns the descriptors opened as /dev/tty that a child process would inherit.
// Go's own files never are among them: it opens all with O_CLOEXEC.
func inheritedTTYs() map[int]bool {
	const own = "/proc/self/fd"
	found := make(map[int]bool)
	entries, err := fs.ReadDir(os.DirFS(own), ".")
	if err != nil {
		return found // without /proc the descriptor stays: a leak, but no fault
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		target, err := os.Readlink(filepath.Join(own, entry.Name()))
		if err != nil || target != ttyPath {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			found[fd] = true
		}
	}
	return found
}
