package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxHistoryBytes bounds what is read of a history; the end of a longer file counts.
const maxHistoryBytes = 4 << 20

var errNotRegular = errors.New("not a regular file")

// historyFile keeps lines in a file that only its owner can read. Several programs may append to
// it at the same time: each line is one write, under a shared lock against being cut meanwhile.
type historyFile struct{ path string }

// load returns the lines in the file and cuts it when it has become long. No file is no lines.
func (h *historyFile) load() ([]string, error) {
	f, err := h.open(unix.O_RDWR)
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
	f, err := h.openOrCreate()
	if err != nil {
		return err
	}
	_ = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// openOrCreate opens the file to append to it. What it has to create is for the owner alone, and
// belongs to whom the folder belongs that it is made in: under sudo with the person's own HOME
// that is the person, not root.
func (h *historyFile) openOrCreate() (*os.File, error) {
	f, err := h.open(unix.O_WRONLY | unix.O_APPEND)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	dir := filepath.Dir(h.path)
	if err := makeFolders(dir); err != nil {
		return nil, err
	}
	f, err = h.open(unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT | unix.O_EXCL)
	if errors.Is(err, fs.ErrExist) { // another program was faster
		return h.open(unix.O_WRONLY | unix.O_APPEND)
	}
	if err != nil {
		return nil, err
	}
	if err := giveToOwnerOf(dir, f.Chown); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(h.path))
	}
	return f, nil
}

// open opens the file, which must be a regular one and no symbolic link, and takes from others the
// right to read it.
func (h *historyFile) open(flags int) (*os.File, error) {
	f, err := os.OpenFile(h.path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if errors.Is(err, unix.ELOOP) {
		return nil, fmt.Errorf("open %s: it is a symbolic link: %w", h.path, errNotRegular)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("open %s: %w", h.path, errNotRegular)
	case info.Mode().Perm()&0o077 != 0:
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// makeFolders creates dir and the folders above it that are missing, for their owner alone.
func makeFolders(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolders(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own := func(uid, gid int) error { return os.Lchown(dir, uid, gid) }
	if err := giveToOwnerOf(filepath.Dir(dir), own); err != nil {
		return errors.Join(err, os.Remove(dir))
	}
	return nil
}

// giveToOwnerOf lets chown give something new to the owner of the folder it was made in. Only root
// has to: what anybody else makes is theirs.
func giveToOwnerOf(folder string, chown func(uid, gid int) error) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return nil
	}
	return chown(int(owner.Uid), int(owner.Gid))
}
