package tutorial

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxProgress bounds what is read of the file.
const maxProgress = 64 << 10

// Progress is which lessons a person has done. It is kept in a file that only
// its owner can read: the names of lessons, a line each.
type Progress struct {
	path string // "": it is not kept
	done []string
}

// LoadProgress reads the progress kept at path; no file is none. With an error,
// the progress is empty and is not kept.
func LoadProgress(path string) (*Progress, error) {
	if path == "" {
		return &Progress{}, nil
	}
	f, err := openOwn(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return &Progress{path: path}, nil
	}
	if err != nil {
		return &Progress{}, fmt.Errorf("the progress is not kept: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxProgress))
	if err != nil {
		return &Progress{}, fmt.Errorf("the progress is not kept: %w", err)
	}
	return &Progress{path: path, done: strings.Fields(string(data))}, nil
}

// Done reports whether the lesson has been done.
func (p *Progress) Done(l Lesson) bool { return slices.Contains(p.done, l.Name) }

// Next returns the index of the first lesson that is not done, or false.
func (p *Progress) Next() (int, bool) {
	i := slices.IndexFunc(Lessons, func(l Lesson) bool { return !p.Done(l) })
	return i, i >= 0
}

// Add remembers that the lesson was done.
func (p *Progress) Add(l Lesson) error {
	if p.Done(l) {
		return nil
	}
	p.done = append(p.done, l.Name)
	if p.path == "" {
		return nil
	}
	err := p.write(l.Name + "\n")
	if err != nil {
		p.path = ""
		return fmt.Errorf("the progress is not kept: %w", err)
	}
	return nil
}

// write appends a line, in one write: two lessons may end at the same time.
func (p *Progress) write(line string) error {
	folder := filepath.Dir(p.path)
	if err := makeFolders(folder); err != nil {
		return err
	}
	f, err := openOwn(p.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return err
	}
	err = giveToOwnerOf(folder, f.Chown)
	_, writeErr := f.WriteString(line)
	return errors.Join(err, writeErr, f.Close())
}

// openOwn opens a regular file, never through a symbolic link, and takes from
// others the right to read it.
func openOwn(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s is a symbolic link", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is no regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// makeFolders creates a folder and those above it that are missing, for their
// owner alone.
func makeFolders(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolders(filepath.Dir(folder)); err != nil {
			return err
		}
		err = os.Mkdir(folder, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return giveToOwnerOf(filepath.Dir(folder), func(uid, gid int) error { return os.Lchown(folder, uid, gid) })
}

// giveToOwnerOf lets chown give something new to the owner of the folder it was
// made in: under sudo with the person's own HOME that is the person, not root.
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
