package candidate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// gone waits until the store holds nothing.
func gone(t testing.TB, store *Store) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		store.Collect()
		memory, file := store.InUse()
		if memory == 0 && file == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes in memory and %d in the file are never given back", memory, file)
		}
	}
}

func TestCeilingHolds(t *testing.T) {
	const blocks, limit = 256, 4 << 20
	store := NewStore(limit, t.TempDir())
	set := filled(t, store, blocks, every(BlockSize/4, 1), noise(BlockSize), nil)
	memory, file := store.InUse()
	if memory > limit+limit/256+minSlab || file < blocks*BlockSize-memory {
		t.Errorf("%d bytes in memory and %d in the file, with a ceiling of %d", memory, file, limit)
	}
	if gotMemory, gotFile := Usage(set); gotMemory != memory || gotFile != file {
		t.Errorf("the set takes %d and %d bytes; the store counts %d and %d", gotMemory, gotFile, memory, file)
	}
	runtime.KeepAlive(set)
}

func TestNothingIsLeftOfDroppedSets(t *testing.T) {
	for _, limit := range []uint64{0, 64 << 10, 4 << 20} {
		store := NewStore(limit, t.TempDir())
		set := filled(t, store, 128, every(BlockSize/4, 1), noise(BlockSize), nil)
		next := keep(t, store, set, every(BlockSize/4, 2))
		want := pairs(t, next)
		set = nil
		store.Collect()
		if got := pairs(t, next); len(got) != len(want) || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("ceiling %d: the narrowed set lost values with the one it shares them with", limit)
		}
		runtime.KeepAlive(next)
		next = nil
		gone(t, store)
	}
}

// Memory that nothing uses any more is given back before anything is written
// to the file.
func TestCeilingCollectsFirst(t *testing.T) {
	store := NewStore(16<<20, t.TempDir())
	for range 8 {
		set := filled(t, store, 128, every(BlockSize/4, 1), noise(BlockSize), nil)
		if _, file := Usage(set); file > 0 {
			t.Fatalf("%d bytes are in the file, although former sets are unreachable", file)
		}
	}
}

func TestDiscardGivesBackAtOnce(t *testing.T) {
	for _, limit := range []uint64{0, 64 << 10} {
		store := NewStore(limit, t.TempDir())
		w := store.NewWriter()
		b := w.NewBuilder(4, 4, nil)
		for i := range uint64(64) {
			must(t, b.AddWindow(i*BlockSize, 0, every(BlockSize/4, 1), &Piece{Addr: i * BlockSize, Data: noise(BlockSize)}))
		}
		w.Discard()
		if memory, file := store.InUse(); memory != 0 || file != 0 {
			t.Errorf("ceiling %d: %d bytes in memory and %d in the file are left", limit, memory, file)
		}
	}
}

func TestFileHasNoName(t *testing.T) {
	dir := t.TempDir()
	store := NewStore(64<<10, dir)
	set := filled(t, store, 16, every(BlockSize/4, 1), noise(BlockSize), nil)
	if _, file := Usage(set); file == 0 {
		t.Fatal("nothing is in the file; the test proves nothing")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
	if n := openTemporary(t, dir); n != 1 {
		t.Errorf("%d descriptors of the file are open, want 1", n)
	}
	runtime.KeepAlive(set)
	set = nil
	gone(t, store)
	if n := openTemporary(t, dir); n != 0 {
		t.Errorf("%d descriptors are left open", n)
	}
}

// openTemporary counts the open descriptors of files in dir.
func openTemporary(t testing.TB, dir string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	n := 0
	for _, e := range entries {
		if name, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(name, dir) {
			n++
		}
	}
	return n
}

// memoryDisk is a temporary file in memory that can fail.
type memoryDisk struct {
	mu     sync.Mutex
	data   []byte
	room   int   // writes past it fail
	broken error // of reading
	closed int
}

func (d *memoryDisk) WriteAt(p []byte, offset int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(p), max(0, d.room-int(offset)))
	if end := int(offset) + n; end > len(d.data) {
		d.data = append(d.data, make([]byte, end-len(d.data))...)
	}
	copy(d.data[offset:], p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *memoryDisk) ReadAt(p []byte, offset int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return 0, d.broken
	}
	return copy(p, d.data[offset:]), nil
}

func (d *memoryDisk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed++
	return nil
}

// Punch overwrites the part, so that who reads it later notices.
func (d *memoryDisk) Punch(offset, n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.data[offset:], bytes.Repeat([]byte{0xaa}, int(min(n, int64(len(d.data))-offset))))
}

func storeOn(d *memoryDisk) *Store {
	store := NewStore(64<<10, "")
	store.file.create = func(string) (disk, error) { return d, nil }
	return store
}

func TestFullDiskFailsTheSearchAndKeepsTheFormerSet(t *testing.T) {
	d := &memoryDisk{room: 40 * BlockSize}
	store := storeOn(d)
	set := filled(t, store, 16, every(BlockSize/4, 1), noise(BlockSize), nil)
	want := pairs(t, set)
	w := store.NewWriter()
	b := w.NewBuilder(4, 4, nil)
	var err error
	for i := uint64(0); i < 64 && err == nil; i++ {
		err = b.AddWindow(i*BlockSize, 0, every(BlockSize/4, 1), &Piece{Addr: i * BlockSize, Data: noise(BlockSize)})
	}
	if !errors.Is(err, ErrStorage) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v, want ErrStorage for ENOSPC", err)
	}
	w.Discard()
	memory, file := store.InUse()
	if wantMemory, wantFile := Usage(set); memory != wantMemory || file != wantFile {
		t.Errorf("%d and %d bytes are in use after the failure, want %d and %d", memory, file, wantMemory, wantFile)
	}
	if got := pairs(t, set); len(got) != len(want) || got[len(got)-1] != want[len(want)-1] {
		t.Error("the former set has changed")
	}
	again := filled(t, store, 16, every(BlockSize/4, 1), noise(BlockSize), nil)
	if again.Len() != set.Len() {
		t.Error("the store is of no use after a failure")
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	d := &memoryDisk{room: 1 << 30}
	set := filled(t, storeOn(d), 16, every(BlockSize/4, 3), noise(BlockSize), nil)
	d.broken = syscall.EIO
	var got error
	for _, err := range set.All() {
		got = err
	}
	if !errors.Is(got, ErrStorage) || !errors.Is(got, syscall.EIO) {
		t.Errorf("All ends with %v", got)
	}
	var scratch Scratch
	b := set.Block(0)
	_, positionsErr := b.Positions(&scratch, nil)
	_, valuesErr := b.Values(&scratch, nil, []uint16{0})
	_, valueErr := b.Values(&scratch, nil, []uint16{3})
	for i, err := range []error{positionsErr, b.Mask(&scratch, every(BlockSize/4, 1)), valuesErr, valueErr} {
		if !errors.Is(err, ErrStorage) {
			t.Errorf("%d: %v, want ErrStorage", i, err)
		}
	}
}

func TestFolderThatIsNotThere(t *testing.T) {
	store := NewStore(64<<10, "/nonexistent")
	b := store.NewWriter().NewBuilder(4, 4, nil)
	var err error
	for i := uint64(0); i < 16 && err == nil; i++ {
		err = b.AddWindow(i*BlockSize, 0, every(BlockSize/4, 1), &Piece{Addr: i * BlockSize, Data: noise(BlockSize)})
	}
	if !errors.Is(err, ErrStorage) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want ErrStorage for a folder that does not exist", err)
	}
}

// Space of the file is used again, and the file goes with the last extent.
func TestFileSpaceIsUsedAgain(t *testing.T) {
	d := &memoryDisk{room: 1 << 30}
	f := &spillFile{create: func(string) (disk, error) { return d, nil }}
	page := make([]byte, 100)
	_, first, err := f.put(page)
	must(t, err)
	_, second, err := f.put(page)
	must(t, err)
	f.drop(first, 100)
	if _, third, err := f.put(page); err != nil || third != first {
		t.Errorf("the next extent is at %d, %v; want %d", third, err, first)
	}
	f.drop(first, 100)
	f.drop(second, 100)
	if d.closed != 1 || f.inUse() != 0 {
		t.Errorf("closed %d times, %d bytes in use", d.closed, f.inUse())
	}
}

// Builders and readers of one store run at the same time.
func TestStoreIsSharedByGoroutines(t *testing.T) {
	store := NewStore(1<<20, t.TempDir())
	memory := noise(BlockSize)
	set := filled(t, store, 32, every(BlockSize/4, 1), memory, nil)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			var scratch Scratch
			w := store.NewWriter()
			b := w.NewBuilder(4, 4, nil)
			for i := range set.Blocks() {
				window, err := set.Block(i).Window(&scratch)
				if err != nil || !bytes.Equal(window, memory) {
					t.Errorf("block %d: %v", i, err)
					return
				}
				if err := b.AddWindow(set.Block(i).Base(), 0, every(BlockSize/4, 2), &Piece{Addr: set.Block(i).Base(), Data: window}); err != nil {
					t.Error(err)
				}
			}
			next, err := Join(context.Background(), b)
			if err != nil || next.Len() != set.Len()/2 {
				t.Errorf("joined: %v", err)
			}
		})
	}
	group.Wait()
	runtime.KeepAlive(set)
	set = nil
	gone(t, store)
}

func TestLookingIntoBlocksDoesNotAllocate(t *testing.T) {
	for name, store := range stores(t) {
		var scratch Scratch
		set := filled(t, store, 8, every(BlockSize/4, 2), noise(BlockSize), nil)
		marks, positions, values := every(BlockSize/4, 1), make([]uint16, 0, BlockSize), make([]byte, 0, BlockSize)
		look := func() {
			for i := range set.Blocks() {
				b := set.Block(i)
				positions, _ = b.Positions(&scratch, positions[:0])
				values, _ = b.Values(&scratch, values[:0], positions)
				_ = b.Mask(&scratch, marks)
				_, _ = b.Window(&scratch)
			}
		}
		look()
		if n := testing.AllocsPerRun(10, look); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
