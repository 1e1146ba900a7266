package candidate

import (
	"io"
	"os"
	"sync"
	"syscall"
)

// disk is an open temporary file.
type disk interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Punch gives the space of a part back to the file system, if that can.
	Punch(offset, n int64)
}

// spillFile is the temporary file of a store. It exists while it holds
// something. It is read and written, never mapped: mapped pages of a file
// would count as memory of the program.
type spillFile struct {
	dir    string
	create func(dir string) (disk, error) // nil: a real file

	mu   sync.Mutex
	disk disk
	end  int64             // all that lies past it was never used
	used int64             // bytes of all extents
	live int               // number of extents
	free map[int64][]int64 // offsets of unused extents by their size
}

func (f *spillFile) inUse() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return uint64(f.used)
}

// put writes p to the file and returns where. The extent must be dropped later.
func (f *spillFile) put(p []byte) (disk, int64, error) {
	d, offset, err := f.extent(int64(len(p)))
	if err != nil {
		return nil, 0, &StorageError{"making a temporary file", err}
	}
	if _, err := d.WriteAt(p, offset); err != nil {
		f.drop(offset, int64(len(p)))
		return nil, 0, &StorageError{"writing to the temporary file", err}
	}
	return d, offset, nil
}

// extent sets n bytes of the file aside and makes the file if there is none.
func (f *spillFile) extent(n int64) (disk, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.disk == nil {
		create := f.create
		if create == nil {
			create = createUnlinked
		}
		d, err := create(f.dir)
		if err != nil {
			return nil, 0, err
		}
		f.disk, f.end, f.free = d, 0, make(map[int64][]int64)
	}
	f.live++
	f.used += n
	if unused := f.free[n]; len(unused) > 0 {
		f.free[n] = unused[:len(unused)-1]
		return f.disk, unused[len(unused)-1], nil
	}
	f.end += n
	return f.disk, f.end - n, nil
}

// drop gives an extent back. With the last one the file goes.
func (f *spillFile) drop(offset, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live--
	f.used -= n
	if f.live == 0 {
		f.disk.Close()
		f.disk, f.free = nil, nil
		return
	}
	f.disk.Punch(offset, n)
	f.free[n] = append(f.free[n], offset)
}

// unlinked is a file without a name.
type unlinked struct{ *os.File }

// tmpfile makes a file that never has a name, from asm-generic/fcntl.h; see open(2).
const tmpfile = 020000000 | syscall.O_DIRECTORY

// createUnlinked makes an unlinked file, for its owner alone. Where the file system
// knows none without a name, there is one for a moment.
func createUnlinked(dir string) (disk, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, err := os.OpenFile(dir, tmpfile|os.O_RDWR|os.O_EXCL, 0o600); err == nil {
		return unlinked{f}, nil
	}
	f, err := os.CreateTemp(dir, "quarry-*") // mode 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return unlinked{f}, nil
}

// Modes of fallocate, from linux/falloc.h.
const (
	fallocKeepSize  = 1
	fallocPunchHole = 2
)

// Punch implements disk.
func (u unlinked) Punch(offset, n int64) {
	// Where the file system cannot, the extent is used again by its size.
	_ = syscall.Fallocate(int(u.Fd()), fallocKeepSize|fallocPunchHole, offset, n)
}
