package repl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// forever is the timeout of a wait that only input or a wake ends.
const forever = time.Duration(-1)

// errWoken is what a read returns when wake ended it.
var errWoken = errors.New("the wait was ended")

// errTimeout is what a read returns when nothing came in time.
var errTimeout = errors.New("nothing came in time")

// wakeable reads a file in a way that another goroutine can end. It leaves the file in the
// blocking mode it is in, which it may share with other programs.
type wakeable struct {
	file *os.File

	mu    sync.Mutex // guards event against wake after close
	event int        // an eventfd that wake writes to; -1 when closed
}

// newWakeable returns a wakeable reader of file. Close gives back its own descriptor, not file's.
func newWakeable(file *os.File) (*wakeable, error) {
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make an eventfd: %w", err)
	}
	return &wakeable{file: file, event: event}, nil
}

// read waits for input and reads what is there, up to len(p). It returns io.EOF at the end and on
// a terminal that hung up.
func (w *wakeable) read(p []byte, timeout time.Duration) (int, error) {
	for {
		if err := w.wait(timeout); err != nil {
			return 0, err
		}
		n, err := unix.Read(int(w.file.Fd()), p)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO):
			return 0, io.EOF
		case err != nil:
			return 0, fmt.Errorf("read %s: %w", w.file.Name(), err)
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// wait returns nil when the file can be read, errWoken or errTimeout otherwise.
func (w *wakeable) wait(timeout time.Duration) error {
	milliseconds := -1
	if timeout >= 0 {
		milliseconds = int(timeout.Milliseconds())
	}
	fds := []unix.PollFd{
		{Fd: int32(w.event), Events: unix.POLLIN},
		{Fd: int32(w.file.Fd()), Events: unix.POLLIN},
	}
	for {
		n, err := unix.Poll(fds, milliseconds)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("poll %s: %w", w.file.Name(), err)
		case n == 0:
			return errTimeout
		case fds[0].Revents != 0:
			w.drain()
			return errWoken
		}
		return nil
	}
}

// drain takes back the wakes so far.
func (w *wakeable) drain() {
	var count [8]byte
	_, _ = unix.Read(w.event, count[:])
}

// wake ends the present wait, or the next one if none is under way.
func (w *wakeable) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.event >= 0 {
		var one [8]byte
		binary.NativeEndian.PutUint64(one[:], 1)
		_, _ = unix.Write(w.event, one[:])
	}
}

// close gives back the descriptor; a later wake does nothing. No read may be under way.
func (w *wakeable) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.event >= 0 {
		_ = unix.Close(w.event)
		w.event = -1
	}
}
