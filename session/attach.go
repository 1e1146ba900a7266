package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session/bug"
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

// ofOurNamespace refuses a /proc that counts processes otherwise than system calls
// do here: a PID would be one process in its files and another in calls.
func (root procfs) ofOurNamespace() error {
	self, err := os.Readlink(string(root) + "/self")
	if err != nil || self == itoa(os.Getpid()) {
		return nil // a fixture has no such link
	}
	return fmt.Errorf("attach: %w", errOtherNamespace)
}

// otherNamespaceError is a /proc of another PID namespace than that of quarry.
type otherNamespaceError struct{}

var errOtherNamespace error = otherNamespaceError{}

func (otherNamespaceError) Error() string {
	return "/proc is of another PID namespace than quarry: a PID there means another process here"
}

// Is matches ErrPermission.
func (otherNamespaceError) Is(target error) bool { return target == ErrPermission }

// Hint returns what would work.
func (otherNamespaceError) Hint() string {
	return "mount the /proc of this namespace (unshare has --mount-proc), or run quarry outside of it"
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

// Alive returns nil while the process runs the program it was attached with,
// and [ErrGone] after that.
func (s *Session) Alive() error {
	if s.gone.Load() {
		return s.lost()
	}
	// Address 0 is not mapped: EIO means that the address space is there, no
	// byte and no error that it is gone.
	var b [1]byte
	n, err := s.pread(b[:], 0, "is it still there? EIO says yes, 0 bytes would say no")
	switch {
	case errors.Is(err, os.ErrClosed):
		return err
	case n == 0 && err == nil:
		return s.lost()
	}
	return nil
}

// Done returns a channel that is closed when the process ends. It stays open
// when the session is closed before that, and while the process merely runs
// another program.
func (s *Session) Done() <-chan struct{} {
	s.watch.Do(func() {
		s.descriptors.RLock()
		defer s.descriptors.RUnlock()
		if s.closed {
			return
		}
		s.watcher.Go(func() {
			// Without it the end is noticed by the next thing done to the process.
			_ = bug.Guard(func() error { s.waitForEnd(); return nil })()
		})
	})
	return s.done
}

// waitForEnd closes done when the pidfd becomes readable, which it does when
// the process has ended. Closing the session ends the wait.
func (s *Session) waitForEnd() {
	if s.pidfd == nil {
		s.lookForEnd()
		return
	}
	raw, err := s.pidfd.SyscallConn()
	if err != nil {
		return
	}
	err = raw.Read(func(fd uintptr) bool {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		return err == nil && n > 0
	})
	if err == nil {
		close(s.done)
	}
}

// endPeriod is how often a process is looked at that no pidfd tells of.
const endPeriod = 50 * time.Millisecond

// lookForEnd is waitForEnd without a pidfd.
func (s *Session) lookForEnd() {
	ticker := time.NewTicker(endPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-ticker.C:
		}
		// A zombie may still have threads that run. What cannot be told now may be later.
		st, err := s.fs.stat(s.id.PID)
		if vanished(err) || err == nil && (st.Start != s.id.Start || st.zombie() && s.Alive() != nil) {
			close(s.done)
			return
		}
	}
}

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
