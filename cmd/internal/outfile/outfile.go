// Package outfile writes files that are there whole or not at all, and that
// belong to the person who runs quarry.
package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"

	"quarry/cmd/internal/owner"
)

// ErrExists: a file is there already and may not be replaced.
var ErrExists = errors.New("the file is there already")

// ExistsError is [ErrExists] of the file at a path.
type ExistsError string

func (e ExistsError) Error() string { return string(e) + ": " + ErrExists.Error() }

// Unwrap returns ErrExists.
func (e ExistsError) Unwrap() error { return ErrExists }

// Hint returns what would work.
func (e ExistsError) Hint() string { return "--force replaces it" }

// Write writes a file whole or not at all. Where one is there already it is
// ErrExists, unless it may be replaced; the new one then has its mode and owner.
func Write(path string, data []byte, replace bool) error {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	former, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		former = nil
	case err != nil:
		return err
	case !former.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file, and is not replaced", path)
	case !replace:
		return ExistsError(path)
	}
	f, err := createBeside(path, former == nil)
	if err != nil {
		return ofFile(path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = likeFormer(f, former)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // err tells what is wrong
	}
	return ofFile(path, err)
}

// createBeside makes a file that is to be renamed to path: one that the person's
// umask lets others read, or one for its owner alone.
func createBeside(path string, shared bool) (*os.File, error) {
	mode := fs.FileMode(0o600)
	if shared {
		mode = 0o644
	}
	for {
		name := fmt.Sprintf(".%s.%d", filepath.Base(path), rand.Uint64())
		f, err := os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// likeFormer gives a new file the owner and the mode of the one that it takes the
// place of, where there was one.
func likeFormer(f *os.File, former fs.FileInfo) error {
	if former == nil {
		return owner.GiveToInvoker(f.Name(), f.Chown)
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	was, now := former.Sys().(*syscall.Stat_t), info.Sys().(*syscall.Stat_t)
	if was.Uid != now.Uid || was.Gid != now.Gid {
		if err := f.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(former.Mode().Perm())
}

// ofFile names the file that was to be written in an error, and not one that it
// was made of.
func ofFile(path string, err error) error {
	var inPath *fs.PathError
	var inLink *os.LinkError
	switch {
	case errors.As(err, &inPath):
		err = inPath.Err
	case errors.As(err, &inLink):
		err = inLink.Err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s cannot be written: %w", path, err)
}

// New writes a file that must not be there yet, so that it is on disk when
// this returns. Nothing is left of one that cannot be written whole.
func New(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, owner.GiveToInvoker(path, f.Chown), f.Sync(), f.Close()); err == nil {
		return syncFolder(path)
	}
	_ = os.Remove(path) // err tells what is wrong
	return ofFile(path, err)
}

// syncFolder has the name of a new file on disk. Not every file system can.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil // it may be written and not read
	}
	_ = folder.Sync()
	return folder.Close()
}
