package repl

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Unseen keeps what is typed at a terminal from being shown, where it would be
// in the middle of what is drawn, until restore is called. Ctrl-C and what is
// typed ahead work as before.
func Unseen(in *os.File) (restore func(), err error) {
	fd := int(in.Fd())
	found, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's settings: %w", err)
	}
	unseen := *found
	unseen.Lflag &^= unix.ECHO | unix.ECHONL
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &unseen); err != nil {
		return nil, fmt.Errorf("set the terminal: %w", err)
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, found) }, nil // a terminal that is gone needs none
}
