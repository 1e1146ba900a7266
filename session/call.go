package session

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Call is one system call that was made on the target, for [WithExplain].
type Call struct {
	Name string // the system call, as its manual page is called
	Path string // what it was made on: a file, or "process 4711"
	Addr uint64 // address in the target, if any
	Len  int    // bytes asked for
	N    int    // bytes the kernel answered with
	Err  error  // what the kernel said, nil when it did as asked
	Note string // what it was for, in a short clause
}

// String formats the call in one line:
//
//	pread64 /proc/4711/mem, 132 KiB at 0x55d0c2a3f000 = 132 KiB (the heap, in one piece)
func (c Call) String() string {
	var b strings.Builder
	b.WriteString(c.Name)
	if c.Path != "" {
		b.WriteString(" " + c.Path)
	}
	if c.Len > 0 {
		b.WriteString(", " + byteCount(c.Len))
	}
	if c.Addr != 0 {
		fmt.Fprintf(&b, " at %#x", c.Addr)
	}
	switch {
	case c.Err != nil:
		b.WriteString(" = " + errnoText(c.Err))
	case c.Len > 0:
		b.WriteString(" = " + byteCount(c.N))
	default:
		b.WriteString(" = done")
	}
	if c.Note != "" {
		b.WriteString(" (" + c.Note + ")")
	}
	return b.String()
}

// errnoText names an error number as manual pages do, "EIO, input/output error".
func errnoText(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno) + ", " + errno.Error()
	}
	return err.Error()
}

// byteCount formats an exact number of bytes, in the largest unit that divides it.
func byteCount(n int) string {
	switch {
	case n == 1:
		return "1 byte"
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Explain has explain called for each system call on the target from now on,
// after the call and by one goroutine at a time, or for none when it is nil. See
// [WithExplain], which also tells of the calls that attaching takes.
func (s *Session) Explain(explain func(Call)) {
	if explain == nil {
		s.explain.Store(nil)
		return
	}
	s.explain.Store(&explain)
}

// Record tells the explainer of a system call that a package below this one made
// on the target.
func (s *Session) Record(c Call) { s.record(c) }

// explained reports whether somebody listens. Callers of record ask it first, so
// that nothing is computed otherwise.
func (s *Session) explained() bool { return s.explain.Load() != nil }

// record tells the explainer of a call.
func (s *Session) record(c Call) {
	explain := s.explain.Load()
	if explain == nil {
		return
	}
	s.explaining.Lock()
	defer s.explaining.Unlock()
	(*explain)(c)
}

// memPath is the file of the target's memory, as explained calls name it.
func (s *Session) memPath() string { return s.fs.path(s.id.PID, "mem") }

// useOf tells in a few words what the bytes at addr are, by the regions that
// were seen last.
func (s *Session) useOf(addr uint64, n int) string {
	regions := s.seen.Load()
	if regions == nil {
		return ""
	}
	r, ok := FindRegion(*regions, addr)
	switch {
	case !ok:
		return "in no region of the map"
	case addr == r.Start && uint64(n) == r.Size():
		return r.use() + ", in one piece"
	}
	return r.use()
}

// use names the purpose of a region for a reader who knows no kernel words.
func (r Region) use() string {
	switch r.Kind {
	case KindHeap:
		return "the heap"
	case KindStack:
		return "the stack"
	case KindAnon:
		return "anonymous memory"
	case KindData:
		return "variables of " + r.Module
	case KindCode:
		return "code of " + r.Module
	case KindConst:
		return "constants of " + r.Module
	case KindFile:
		return "the file " + r.Path
	case KindShared:
		return "shared memory"
	case KindDevice:
		return "the device " + r.Path
	case KindKernel:
		return "lent by the kernel, " + r.Path
	case KindGuard:
		return "a guard, no access"
	}
	return "other memory"
}
