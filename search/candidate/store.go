package candidate

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Store is where sets keep what they hold, and the ceiling on the memory they
// take together. A nil Store and the zero Store have no ceiling.
//
// All methods may be called from several goroutines.
type Store struct {
	limit uint64 // in bytes; 0 means none
	file  spillFile

	memory     atomic.Int64 // bytes of slabs and directories
	collecting sync.Mutex
	collected  atomic.Int64 // how often
}

// unlimited serves those who have no store.
var unlimited Store

// NewStore returns a store that keeps at most limit bytes in memory, and all
// else in a temporary file in the folder dir, or in os.TempDir() when dir is
// empty. The file has no name, so that nothing remains of it whatever happens
// to the program. A limit of 0 means that there is none.
//
// The limit is about slabs and block directories. What each goroutine that
// builds a set needs to work with, a slab of at most 1/256 of the limit, comes
// on top when there is no room left.
func NewStore(limit uint64, dir string) *Store {
	return &Store{limit: limit, file: spillFile{dir: dir}}
}

// InUse returns how many bytes all sets of the store take in memory and in the
// temporary file, including sets that are not reachable any more but have not
// been collected yet.
func (s *Store) InUse() (memory, file uint64) {
	s = s.orUnlimited()
	return uint64(s.memory.Load()), s.file.inUse()
}

func (s *Store) orUnlimited() *Store {
	if s == nil {
		return &unlimited
	}
	return s
}

// reserve counts n bytes of memory if the ceiling allows.
func (s *Store) reserve(n int) bool {
	for {
		used := s.memory.Load()
		if s.limit > 0 && uint64(used)+uint64(n) > s.limit {
			return false
		}
		if s.memory.CompareAndSwap(used, used+int64(n)) {
			return true
		}
	}
}

// count counts n bytes of memory, whatever the ceiling. n may be negative.
func (s *Store) count(n int) { s.memory.Add(int64(n)) }

// full reports whether the ceiling is passed.
func (s *Store) full() bool { return s.limit > 0 && uint64(s.memory.Load()) > s.limit }

// Collect gives back the memory and the disk space of sets that are not
// reachable any more. Builders call it before they write to the file. Without
// it that happens whenever the garbage collector runs, which slabs, being
// outside of its heap, do not make it do.
func (s *Store) Collect() {
	s = s.orUnlimited()
	s.collecting.Lock()
	defer s.collecting.Unlock()
	s.collect()
}

// collectSince collects unless that was done since the given count of
// collections.
func (s *Store) collectSince(seen int64) {
	s.collecting.Lock()
	defer s.collecting.Unlock()
	if s.collected.Load() == seen {
		s.collect()
	}
}

// collect runs the garbage collector and waits for the cleanups it finds.
// Cleanups run in goroutines of their own; that of an object dropped here tells
// that they began, and the count of bytes that they are done.
func (s *Store) collect() {
	began := make(chan struct{})
	runtime.AddCleanup(&struct{ p *Store }{s}, func(c chan struct{}) { close(c) }, began)
	runtime.GC()
	select {
	case <-began:
	case <-time.After(50 * time.Millisecond):
	}
	for before := int64(-1); before != s.memory.Load(); time.Sleep(time.Millisecond) {
		before = s.memory.Load()
	}
	s.collected.Add(1)
}
