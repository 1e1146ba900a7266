package repl

import (
	"fmt"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
)

// Unseen keeps what is typed at a terminal from being shown, where it would be
// in the middle of what is drawn, until restore is called. Ctrl-C, Ctrl-Z and
// what is typed ahead work as before. While Ctrl-Z has the program stopped, the
// terminal is the shell's, which sets it up for itself; Go has no way to hear of
// a signal and be stopped by it the next time.
func Unseen(in *os.File) (restore func(), err error) {
	fd := int(in.Fd())
	found, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's settings: %w", err)
	}
	hidden := *found
	hidden.Lflag &^= unix.ECHO | unix.ECHONL
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return nil, fmt.Errorf("set the terminal: %w", err)
	}
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	var watching sync.WaitGroup
	watching.Go(func() {
		for range resumed {
			_ = unix.IoctlSetTermios(fd, unix.TCSETS, &hidden) // else it is seen: no more than that
		}
	})
	return func() {
		signal.Stop(resumed)
		close(resumed)
		watching.Wait()
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, found) // a terminal that is gone needs none
	}, nil
}
