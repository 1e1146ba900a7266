package workspace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"quarry/cmd/internal/owner"
)

// outFile is a file that is being written. One that is no regular file, such
// as /dev/full, is written as it is.
type outFile struct {
	*os.File
	regular bool
}

// Truncate makes the file that long.
func (f *outFile) Truncate(size int64) error {
	if !f.regular {
		return nil
	}
	return f.File.Truncate(size)
}

// writeDump writes a file that only its owner may read. It gets its name once
// it is whole, so that nobody ever sees a part of it; on an error it is taken
// away. A file that is there is replaced with force only.
func writeDump(path string, force bool, write func(*outFile) error) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case err == nil && !force:
		return exists(path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(&outFile{f, false}), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".quarry-*") // mode 0600
	if err != nil {
		return named(err, path)
	}
	defer os.Remove(f.Name())
	err = errors.Join(write(&outFile{f, true}), owner.GiveToInvoker(path, f.Chown))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return named(err, path)
	}
	if !force {
		// A link never replaces what somebody else has put there meanwhile.
		switch err := os.Link(f.Name(), path); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return exists(path)
		}
	}
	return os.Rename(f.Name(), path)
}

func exists(path string) error {
	return &adviceError{fmt.Errorf("%s: %w", path, ErrExists), "--force replaces it"}
}

// named puts the name that a person has given in place of the temporary one.
func named(err error, path string) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return &fs.PathError{Op: at.Op, Path: path, Err: at.Err}
	}
	return err
}

// stream writes to a stream what comes in rising order, and zeros for what is
// left out.
type stream struct {
	w    io.Writer
	done int64
}

// WriteAt implements io.WriterAt, for rising offsets.
func (s *stream) WriteAt(p []byte, offset int64) (int, error) {
	var zeros [64 << 10]byte
	for s.done < offset {
		n, err := s.w.Write(zeros[:min(int64(len(zeros)), offset-s.done)])
		s.done += int64(n)
		if err != nil {
			return 0, err
		}
	}
	n, err := s.w.Write(p)
	s.done += int64(n)
	return n, err
}
