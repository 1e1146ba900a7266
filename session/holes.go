package session

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// fileParts appends the parts of a mapped region in which its file holds data,
// in whole pages, as SEEK_DATA and SEEK_HOLE tell of files, shared memory and
// memfds; see lseek(2). What lies between them holds zeros that take no memory
// yet, and past the end of the file there is nothing at all. ok is false when
// the file cannot be asked.
//
// Huge pages cannot be asked, and reading one that is not there would take it
// from the few there are; none of them are data then, and only what the process
// has touched is searched.
func (s *Session) fileParts(dst []Range, r Region) (parts []Range, ok bool) {
	f, err := s.openBacking(r)
	s.recordOpen("openat", r.Path, err, "the file mapped there; lseek tells which parts of it hold data")
	if err != nil {
		return dst, false
	}
	defer f.Close()
	if r.Offset > math.MaxInt64-r.Size() {
		return dst, false
	}
	var system unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &system); err == nil && uint32(system.Type) == unix.HUGETLBFS_MAGIC {
		return dst, true
	}
	page, first := uint64(s.layout.PageSize), len(dst)
	end := r.Offset + r.Size()
	for at := r.Offset; at < end; {
		data, err := f.Seek(int64(at), unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) { // no more
			return dst, true
		}
		if err != nil {
			return dst[:first], false
		}
		hole, err := f.Seek(data, unix.SEEK_HOLE)
		if err != nil {
			return dst[:first], false
		}
		from := max(uint64(data)&^(page-1), r.Offset)
		to := min((uint64(hole)+page-1)&^(page-1), end)
		if from < to {
			dst = appendUnion(dst, first, Range{r.Start + from - r.Offset, r.Start + to - r.Offset})
		}
		at = max(uint64(hole), at+1)
		dst = bounded(dst, first, fileLimit)
	}
	return dst, true
}

// appendUnion appends r, which does not begin before the last range from index
// first on, and joins it with that where they touch or overlap.
func appendUnion(dst []Range, first int, r Range) []Range {
	if last := len(dst) - 1; last >= first && r.Start <= dst[last].End {
		dst[last].End = max(dst[last].End, r.End)
		return dst
	}
	return append(dst, r)
}

// union appends what lies in a or in b, both sorted.
func union(dst, a, b []Range) []Range {
	first := len(dst)
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Start <= b[0].Start {
			dst, a = appendUnion(dst, first, a[0]), a[1:]
		} else {
			dst, b = appendUnion(dst, first, b[0]), b[1:]
		}
	}
	return dst
}

// errNotBacking: what stands at a region's path is not what is mapped.
var errNotBacking = fmt.Errorf("no such file to ask: %w", fs.ErrNotExist)

// openBacking opens the file, memfd or shared memory that a region is mapped
// from: through map_files, which root may use; by its path; or through a
// descriptor that the process still has of it. In the latter two it must be the
// same inode of the same device, for a wrong answer would hide data.
func (s *Session) openBacking(r Region) (*os.File, error) {
	if f, err := s.openMapFile(r); err == nil {
		return f, nil
	}
	if filepath.IsAbs(r.Path) && !r.Deleted {
		if f, err := s.openPath(r.Path); err == nil {
			if info, err := f.Stat(); err == nil && backs(info, r) {
				return f, nil
			}
			f.Close()
		}
	}
	folder := s.fs.path(s.id.PID, "fd")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && backs(info, r) {
			return openRegular(path)
		}
	}
	return nil, errNotBacking
}

// openMapFile opens the file through map_files, which lists it by the bounds of
// its whole mapping.
func (s *Session) openMapFile(r Region) (*os.File, error) {
	open := func(r Region) (*os.File, error) {
		return openRegular(s.fs.path(s.id.PID, "map_files", fmt.Sprintf("%x-%x", r.Start, r.End)))
	}
	f, err := open(r)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	regions, err := s.Regions()
	if err != nil {
		return nil, err
	}
	whole, ok := FindRegion(regions, r.Start)
	if !ok || whole.Range == r.Range || whole.End < r.End || whole.Inode != r.Inode || whole.clip(r.Range).Offset != r.Offset {
		return nil, errNotBacking
	}
	return open(whole)
}

// backs reports whether a file is the one that maps names.
func backs(info os.FileInfo, r Region) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Ino != r.Inode {
		return false
	}
	device := fmt.Sprintf("%02x:%02x", unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev)))
	return device == r.Device
}
