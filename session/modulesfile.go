package session

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrReplaced: the file that stands at a module's path is not the one that is
// mapped.
var ErrReplaced = errors.New("the file has been replaced since it was mapped")

// OpenModule opens the file that a module is mapped from, which the caller must
// close. The file may have been deleted, or replaced by another: what is opened
// is the one that is mapped, or nothing. When that cannot be had, the error is
// [ErrReplaced] or that of opening.
//
// The file is that of /proc/PID/map_files where we may look there (CAP_SYS_ADMIN
// or CAP_CHECKPOINT_RESTORE), or /proc/PID/exe for the program itself. Otherwise
// it is the one at the module's path as the process sees it, if it has the build
// ID that stands in memory, or without a build ID the same inode. See proc(5).
func (s *Session) OpenModule(m Module) (*os.File, error) {
	if len(m.Regions) == 0 {
		return nil, fmt.Errorf("file of %s: the module has no regions", m.Name)
	}
	f, err := s.openModule(m)
	s.recordOpen("openat", m.Path, err, "the file of "+m.Name+", for its symbols")
	if err != nil {
		return nil, fmt.Errorf("file of %s: %w", m.Name, err)
	}
	// Its PID may have got another process meanwhile.
	if err := s.Alive(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (s *Session) openModule(m Module) (*os.File, error) {
	lowest := m.Regions[0]
	if f, err := s.openVeryFile(lowest); err == nil {
		return f, nil
	}
	f, err := s.openPath(lowest.Path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && lowest.Deleted {
			err = fmt.Errorf("%s has been deleted since it was mapped, and only root may still open it", lowest.Path)
		}
		return nil, err
	}
	mapped, err := s.BuildID(m)
	if err == nil && !isMapped(f, lowest, mapped) {
		err = fmt.Errorf("%w: %s", ErrReplaced, lowest.Path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// isMapped reports whether f is what the region is mapped from: by the build ID
// in memory, or by the inode when there is none. Devices are not compared: what
// maps and stat tell of them differs on overlayfs and btrfs.
func isMapped(f *os.File, r Region, mappedID string) bool {
	if mappedID == "" {
		return sameInode(f, r)
	}
	image, err := parseELF(f)
	if err != nil {
		return false
	}
	id, err := image.buildID(func(seg elfSegment, p []byte) error {
		_, err := f.ReadAt(p, int64(seg.offset))
		return err
	})
	return err == nil && id == mappedID
}

func sameInode(f *os.File, r Region) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Ino == r.Inode
}

// OpenDebugFile opens the separate debug file for a build ID, where
// distributions install it: in the process's own file system or in ours. The
// caller must close it, and should make sure that its build ID is the same.
func (s *Session) OpenDebugFile(buildID string) (*os.File, error) {
	raw, err := hex.DecodeString(buildID)
	if err != nil || len(raw) < 2 || len(raw) > 64 {
		return nil, fmt.Errorf("debug file: %q is no build ID", buildID)
	}
	id := hex.EncodeToString(raw)
	path := filepath.Join("/usr/lib/debug/.build-id", id[:2], id[2:]+".debug")
	if f, err := s.openPath(path); err == nil {
		return f, nil
	}
	return openRegular(path)
}

// openMapped opens the file that a region is mapped from: the very file, or
// else the one at its path if it has the same inode.
func (s *Session) openMapped(r Region) (*os.File, error) {
	if f, err := s.openVeryFile(r); err == nil {
		return f, nil
	}
	f, err := s.openPath(r.Path)
	if err != nil {
		return nil, err
	}
	if !sameInode(f, r) {
		f.Close()
		return nil, fmt.Errorf("%w: %s", ErrReplaced, r.Path)
	}
	return f, nil
}

// openVeryFile opens the file of a region also if it has been deleted: through
// map_files, which may be closed to us, or through exe.
func (s *Session) openVeryFile(r Region) (*os.File, error) {
	name := fmt.Sprintf("%x-%x", r.Start, r.End)
	f, err := openRegular(s.fs.path(s.id.PID, "map_files", name))
	if err == nil || r.Path != s.exe {
		return f, err
	}
	f, err = openRegular(s.fs.path(s.id.PID, "exe"))
	if err == nil && !sameInode(f, r) {
		f.Close()
		return nil, fmt.Errorf("%w: %s", ErrReplaced, r.Path)
	}
	return f, err
}

// openPath opens a file by its path in the process's own mount namespace.
func (s *Session) openPath(path string) (*os.File, error) {
	return openRegular(filepath.Join(s.fs.path(s.id.PID, "root"), path))
}

// openRegular opens a regular file. A pipe put in its place must not make us wait.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.Join(err, fmt.Errorf("%s is no regular file", path))
	}
	return f, nil
}
