package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Session is an attachment to one process. It is a [Target].
//
// All methods may be called from several goroutines at once. Close waits for
// reads and writes that have begun; what is called after it fails with
// [os.ErrClosed].
type Session struct {
	fs     procfs
	id     Identity
	name   string
	exe    string
	layout Layout

	// descriptors is held for reading around each system call on one of them,
	// so that none is made on a number that meanwhile means another file.
	descriptors sync.RWMutex
	closed      bool
	mem         int  // /proc/PID/mem, bound to the address space at open
	pagemap     int  // /proc/PID/pagemap, or -1
	readOnly    bool // /proc itself is mounted read-only

	pidfd   *os.File // nil: this kernel has none
	watch   sync.Once
	watcher sync.WaitGroup
	done    chan struct{}
	closing chan struct{} // closed by Close

	gone    atomic.Bool             // the address space is gone, for ever
	witness atomic.Pointer[witness] // nil: process_vm_readv is not to be had here
	noScan  atomic.Bool             // nor is PAGEMAP_SCAN

	images imageCache

	explain    atomic.Pointer[func(Call)] // nil: nobody listens
	explaining sync.Mutex
	seen       atomic.Pointer[[]Region] // for the notes of explained calls
}

var _ Target = (*Session)(nil)

// Option changes how Attach works.
type Option func(*Session)

// WithExplain has explain called for each system call on the target, after the
// call. It is called from whatever goroutine made the call, but by one at a
// time, and must not call the session.
func WithExplain(explain func(Call)) Option {
	return func(s *Session) { s.Explain(explain) }
}

// Attach opens the memory of the process. It neither stops nor traces it. The
// errors are [ErrNoProcess], [ErrGone] for a zombie, and [*PermissionError].
func Attach(pid int, opts ...Option) (*Session, error) {
	s := &Session{fs: realProcfs, mem: -1, pagemap: -1, done: make(chan struct{}), closing: make(chan struct{})}
	for _, opt := range opts {
		opt(s)
	}
	st, err := attachable(s.fs, pid)
	if err != nil {
		return nil, err
	}
	s.id, s.name = Identity{PID: pid, Start: st.Start}, st.Name
	s.recordOpen("read", s.fs.path(pid, "stat"), nil, "its name, and when it started: later its number may be another's")
	if err := s.open(); err != nil {
		s.Close()
		return nil, err
	}
	s.exe, err = s.fs.exe(pid) // empty if the program cannot be told
	s.recordOpen("readlinkat", s.fs.path(pid, "exe"), err, "the file of its program; that tells how long an address is")
	s.layout = s.fs.layout(pid)
	s.findWitness()
	if err := s.Alive(); err != nil { // else these may be of the next program
		s.Close()
		return nil, err
	}
	return s, nil
}

// attachable refuses what cannot be attached to whatever the permissions are.
func attachable(root procfs, pid int) (procStat, error) {
	if err := root.ofOurNamespace(); err != nil {
		return procStat{}, err
	}
	if pid == os.Getpid() {
		return procStat{}, &PermissionError{PID: pid, Reason: "that is quarry itself"}
	}
	st, err := root.stat(pid)
	if err != nil {
		return procStat{}, notThere(root, pid, err)
	}
	if status, err := root.status(pid); err == nil && status.TGID != pid && status.TGID != 0 {
		return procStat{}, &NotFoundError{
			Name:   fmt.Sprint(pid),
			Advice: fmt.Sprintf("%d is a thread of process %d; attach to that", pid, status.TGID),
		}
	}
	switch {
	case st.kernelThread():
		return procStat{}, &PermissionError{
			PID:    pid,
			Reason: fmt.Sprintf("%s is a kernel thread and has no memory of its own", st.Name),
		}
	case st.zombie():
		return procStat{}, &goneError{pid: pid, name: st.Name, why: "has ended and waits for its parent to take notice"}
	}
	return st, nil
}

// open opens the descriptors and makes sure that all belong to the process
// whose identity was read before.
func (s *Session) open() error {
	pid := s.id.PID
	if err := s.openPidfd(); err != nil {
		return s.cannotOpen(err)
	}
	if err := s.openMem(); err != nil {
		return s.cannotOpen(err)
	}
	path := s.fs.path(pid, "pagemap")
	var err error
	s.pagemap, err = openFile(path, unix.O_RDONLY)
	s.recordOpen("openat", path, err, "tells which pages were ever used")
	switch {
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return s.cannotOpen(err)
	case err != nil:
		s.pagemap = -1 // Present then returns everything
	}
	// The PID still has its process: then the descriptors are of it too.
	if err := s.samePID(); err != nil {
		return err
	}
	return s.Alive()
}

// samePID returns nil while the PID means the process that was attached to, whatever
// program that runs, and [ErrGone] after that. When it cannot be told, as for want of
// descriptors, the error is another.
func (s *Session) samePID() error {
	switch st, err := s.fs.stat(s.id.PID); {
	case err == nil && st.Start == s.id.Start:
		return nil
	case err == nil, vanished(err):
		return s.lost()
	default:
		return fmt.Errorf("is process %d still the same? %w", s.id.PID, err)
	}
}

// openPidfd opens what tells when the process ends. Kernels before 5.3 have none,
// and some containers forbid it; waitForEnd then looks from time to time.
func (s *Session) openPidfd() error {
	fd, err := unix.PidfdOpen(s.id.PID, 0)
	s.recordOpen("pidfd_open", fmt.Sprintf("process %d", s.id.PID), err, "tells when it ends")
	if err == unix.ENOSYS || err == unix.EPERM {
		return nil
	}
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that Go's poller waits for it
		unix.Close(fd)
		return err
	}
	s.pidfd = os.NewFile(uintptr(fd), "pidfd")
	return nil
}

// openMem opens the memory for reading and writing. A /proc mounted read-only,
// as some containers have it, still lets it be read.
func (s *Session) openMem() (err error) {
	path := s.memPath()
	s.mem, err = openFile(path, unix.O_RDWR)
	s.recordOpen("openat", path, err, "its memory, for reading and writing; here the kernel decides whether we may")
	if errors.Is(err, unix.EROFS) {
		s.readOnly = true
		s.mem, err = openFile(path, unix.O_RDONLY)
		s.recordOpen("openat", path, err, "its memory, for reading only")
	}
	return err
}

// openFile opens a file of /proc and returns its descriptor, or -1.
func openFile(path string, mode int) (int, error) {
	for {
		fd, err := unix.Open(path, mode|unix.O_CLOEXEC, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return -1, err
		}
		return fd, nil
	}
}

func (s *Session) recordOpen(name, path string, err error, note string) {
	if s.explained() {
		s.record(Call{Name: name, Path: path, Err: err, Note: note})
	}
}

// cannotOpen gives the failure of an open its meaning.
func (s *Session) cannotOpen(err error) error {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return permissionError(s.fs, s.id.PID, err)
	case errors.Is(err, unix.ESRCH), errors.Is(err, fs.ErrNotExist):
		return s.lost()
	}
	return fmt.Errorf("attach to process %d: %w", s.id.PID, err)
}

// notThere gives the absence of /proc/PID its meaning: a process that is hidden
// from us is there all the same.
func notThere(root procfs, pid int, err error) error {
	switch {
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH):
		return fmt.Errorf("process %d: %w", pid, err)
	case root == realProcfs && pid > 0 && unix.Kill(pid, 0) == unix.EPERM:
		return &PermissionError{
			PID:    pid,
			Reason: "it belongs to another user and /proc hides it from you (hidepid)",
			Advice: "run quarry with sudo",
		}
	}
	return &NotFoundError{Name: fmt.Sprint(pid)}
}

// Identity returns the PID and start time of the process.
func (s *Session) Identity() Identity { return s.id }

// PID returns the process ID.
func (s *Session) PID() int { return s.id.PID }

// Name returns the name of the process (its comm) at the time of attaching.
func (s *Session) Name() string { return s.name }

// Exe returns the path of the program in the process's own mount namespace, or
// the empty string when it cannot be told.
func (s *Session) Exe() string { return s.exe }

// Layout implements [Target].
func (s *Session) Layout() Layout { return s.layout }

// Close lets go of the process, which runs on as if nothing had been.
func (s *Session) Close() error {
	s.descriptors.Lock()
	if s.closed {
		s.descriptors.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	for _, fd := range []int{s.mem, s.pagemap} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	s.descriptors.Unlock()
	if s.pidfd != nil {
		s.pidfd.Close()
	}
	s.watcher.Wait()
	return nil
}

// errClosed is what a method returns after Close.
var errClosed = fmt.Errorf("the session is closed: %w", os.ErrClosed)
