package repl

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// modes switches a terminal between the settings it was found with and raw ones.
//
// The settings are kept by value: go-prompt's own parser keeps a pointer and changes what it
// points at, so that what it restores is raw.
type modes struct {
	fd    int
	found unix.Termios
	raw   bool
}

// setRaw hands over each key as it is typed, unechoed, signals included. Output stays as it was,
// so a newline still begins at the left.
func (m *modes) setRaw() error {
	now, err := unix.IoctlGetTermios(m.fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the terminal's settings: %w", err)
	}
	if !m.raw {
		m.found = *now
	}
	raw := m.found
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP |
		unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN | unix.ISIG
	raw.Cflag &^= unix.CSIZE | unix.PARENB
	raw.Cflag |= unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(m.fd, unix.TCSETS, &raw); err != nil {
		return fmt.Errorf("set the terminal raw: %w", err)
	}
	m.raw = true
	return nil
}

// restore puts the settings back that setRaw found. It does nothing when they are in force.
func (m *modes) restore() error {
	if !m.raw {
		return nil
	}
	m.raw = false
	if err := unix.IoctlSetTermios(m.fd, unix.TCSETS, &m.found); err != nil {
		return fmt.Errorf("restore the terminal's settings: %w", err)
	}
	return nil
}

// size is the size of a window in characters.
type size struct{ columns, rows int }

// windowSize asks for the size of the terminal's window: 80×24 where it does not know.
func windowSize(terminal *os.File) size {
	ws, err := unix.IoctlGetWinsize(int(terminal.Fd()), unix.TIOCGWINSZ)
	if err != nil || ws.Col == 0 || ws.Row == 0 {
		return size{columns: 80, rows: 24}
	}
	return size{columns: int(ws.Col), rows: int(ws.Row)}
}
