package candidate

import (
	"runtime"
	"syscall"
)

// slab is a piece of memory or of the temporary file that blocks refer to. It
// is filled by one writer and never changes afterwards. When it is not
// reachable any more, its place is given back; who looks at its bytes must keep
// it reachable.
type slab struct {
	*place
	cleanup runtime.Cleanup
}

// place is what has to be given back for a slab. It is apart from the slab, so
// that holding it does not hold the slab.
type place struct {
	store  *Store
	memory []byte // its length is what is filled; nil when the bytes are in the file
	mapped bool   // the memory is outside of Go's heap
	disk   disk
	offset int64 // in the file
	size   int64
}

// heapSlab is the size up to which slabs lie in Go's heap: a mapping is made of
// whole pages and takes a system call.
const heapSlab = 64 << 10

// hugeSlab is the size from which slabs ask for huge pages, which make filling
// them faster.
const hugeSlab = 2 << 20

const adviseHugePages = 14 // MADV_HUGEPAGE

// newSlab makes an empty slab for size bytes, which the store has counted.
func newSlab(store *Store, size int) (*slab, error) {
	p := &place{store: store, size: int64(size)}
	if size <= heapSlab {
		p.memory = make([]byte, 0, size)
		return p.slab(), nil
	}
	memory, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		store.count(-size)
		return nil, &StorageError{"asking for memory", err}
	}
	if size >= hugeSlab {
		_ = syscall.Madvise(memory, adviseHugePages) // only faster
	}
	p.memory, p.mapped = memory[:0], true
	return p.slab(), nil
}

// slab makes a slab of a place.
func (p *place) slab() *slab {
	s := &slab{place: p}
	s.cleanup = runtime.AddCleanup(s, (*place).free, p)
	return s
}

// free gives the place back at once. Nothing may use the slab any more.
func (s *slab) free() {
	s.cleanup.Stop()
	s.place.free()
}

func (p *place) free() {
	if p.disk != nil {
		p.store.file.drop(p.offset, p.size)
		p.disk = nil
	}
	p.freeMemory()
}

func (p *place) freeMemory() {
	if p.memory == nil {
		return
	}
	size := cap(p.memory)
	if p.mapped {
		_ = syscall.Munmap(p.memory[:size]) // cannot fail for what Mmap returned
	}
	p.memory = nil
	p.store.count(-size)
}

// spill writes what the slab holds to the file. Its memory, empty again, is
// handed over in a new slab.
func (s *slab) spill() (*slab, error) {
	p := s.place
	d, offset, err := p.store.file.put(p.memory)
	if err != nil {
		return nil, err
	}
	rest := &place{store: p.store, memory: p.memory[:0], mapped: p.mapped, size: int64(cap(p.memory))}
	p.disk, p.offset, p.size = d, offset, int64(len(p.memory))
	p.memory, p.mapped = nil, false
	return rest.slab(), nil
}
