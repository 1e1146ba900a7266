// Package owner gives what quarry writes to the person who runs it, also under
// sudo, and keeps what it remembers of that person from everybody else.
//
// There are two kinds of files. Those that quarry keeps of its own accord belong
// to the owner of the folder they are in, and only that owner can read them:
// [Open], [Append], [MakeFolders]. Those that a person names go to the person who
// called sudo, in folders of that person only: [GiveToInvoker].
//
// All functions may be called by several goroutines, and by several programs for
// the same path.
package owner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNotRegular: something else than a file is there, or a symbolic link.
var ErrNotRegular = errors.New("not a regular file")

// Open opens a file as [os.OpenFile] does with those flags and mode 0600. It never
// follows a symbolic link, does not wait for the other end of a pipe, and takes
// from others the right to read the file. The error is [ErrNotRegular] or that of
// the system.
func Open(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("open %s: it is a symbolic link: %w", path, ErrNotRegular)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("open %s: %w", path, ErrNotRegular)
	case info.Mode().Perm()&0o077 != 0:
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Append opens a file as [Open] does, to write at its end. The file and the folders
// above it are made where they are missing, and given to the owner of the folder
// that they are made in.
func Append(path string) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_APPEND
	f, err := Open(path, flags)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	folder := filepath.Dir(path)
	if err := MakeFolders(folder); err != nil {
		return nil, err
	}
	f, err = Open(path, flags|os.O_CREATE|os.O_EXCL)
	if errors.Is(err, fs.ErrExist) { // another program was faster
		return Open(path, flags)
	}
	if err != nil {
		return nil, err
	}
	if err := GiveToOwnerOf(folder, f.Chown); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return f, nil
}

// MakeFolders makes a folder and those above it that are missing, with mode 0700,
// and gives each to the owner of the one it is in.
func MakeFolders(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := MakeFolders(filepath.Dir(folder)); err != nil {
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
	own := func(uid, gid int) error { return os.Lchown(folder, uid, gid) }
	if err := GiveToOwnerOf(filepath.Dir(folder), own); err != nil {
		return errors.Join(err, os.Remove(folder))
	}
	return nil
}

// GiveToOwnerOf lets chown give something new to the owner of the folder it was
// made in: under sudo with the person's own HOME that is the person, not root.
// Only root has to: what anybody else makes is theirs.
func GiveToOwnerOf(folder string, chown func(uid, gid int) error) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 {
		return chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}
