package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"quarry/cmd/internal/owner"
)

// maxHistoryBytes bounds what is read of a history; the end of a longer file counts.
const maxHistoryBytes = 4 << 20

// historyFile keeps lines in a file that only its owner can read. Several programs may append to
// it at the same time: each line is one write, under a shared lock against being cut meanwhile.
type historyFile struct{ path string }

// load returns the lines in the file and cuts it when it has become long. No file is no lines.
func (h *historyFile) load() ([]string, error) {
	f, err := owner.Open(h.path, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, whole, err := readLines(f)
	if err != nil {
		return nil, err
	}
	if !whole || len(lines) > 2*maxHistory {
		if lines, err = cut(f); err != nil {
			return nil, fmt.Errorf("shorten %s: %w", h.path, err)
		}
	}
	return lines, nil
}

// readLines reads the lines at the end of f; whole says that they are all.
func readLines(f *os.File) (lines []string, whole bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	start := max(info.Size()-maxHistoryBytes, 0)
	data, err := io.ReadAll(io.NewSectionReader(f, start, maxHistoryBytes))
	if err != nil {
		return nil, false, err
	}
	if start > 0 { // the first line is not whole
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	text := strings.TrimSuffix(string(data), "\n")
	if text == "" {
		return nil, start == 0, nil
	}
	return strings.Split(text, "\n"), start == 0, nil
}

// cut keeps the last lines of f alone and returns them. Where somebody else has the file locked
// it is left as it is.
func cut(f *os.File) ([]string, error) {
	locked := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
	lines, _, err := readLines(f)
	if err != nil {
		return nil, err
	}
	lines = lines[max(len(lines)-maxHistory, 0):]
	if !locked {
		return lines, nil
	}
	if err := f.Truncate(0); err != nil {
		return nil, err
	}
	_, err = f.WriteAt([]byte(strings.Join(lines, "\n")+"\n"), 0)
	return lines, err
}

// add appends one line.
func (h *historyFile) add(line string) error {
	f, err := owner.Append(h.path)
	if err != nil {
		return err
	}
	_ = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}
