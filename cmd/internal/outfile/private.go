package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"quarry/cmd/internal/owner"
)

// File is a file that is being written. One that is no regular file, such
// as /dev/full, is written as it is.
type File struct {
	*os.File
	regular bool
}

// Truncate makes the file that long.
func (f *File) Truncate(size int64) error {
	if !f.regular {
		return nil
	}
	return f.File.Truncate(size)
}

// Private has a file written that only its owner may read. It gets its name once
// it is whole, so that nobody ever sees a part of it; on an error it is taken
// away. A file that is there is replaced only if it may be.
func Private(path string, replace bool, write func(*File) error) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case err == nil && !replace:
		return ExistsError(path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(&File{f, false}), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".quarry-*") // mode 0600
	if err != nil {
		return named(err, path)
	}
	defer os.Remove(f.Name())
	err = errors.Join(write(&File{f, true}), owner.GiveToInvoker(path, f.Chown))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return named(err, path)
	}
	if !replace {
		// A link never replaces what somebody else has put there meanwhile.
		switch err := os.Link(f.Name(), path); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return ExistsError(path)
		}
	}
	return os.Rename(f.Name(), path)
}

// named puts the name that a person has given in place of the temporary one.
func named(err error, path string) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return &fs.PathError{Op: at.Op, Path: path, Err: at.Err}
	}
	return err
}
