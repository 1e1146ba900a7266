package session

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// addressLimit is the first address that a file offset cannot express.
	// Above it live only pages of the kernel, among them [vsyscall].
	addressLimit = 1 << 63

	// bulk is the length from which process_vm_readv, with the check that must
	// follow it, is faster than one pread.
	bulk = 32 << 10
)

// Read implements [Memory]. It asks process_vm_readv first, which is faster, and
// reads what that cannot through /proc/PID/mem, as pages without access.
func (s *Session) Read(p []byte, addr uint64) (int, error) {
	if len(p) == 0 || addr >= addressLimit {
		return 0, s.nothingAt(len(p), addr)
	}
	want := p[:min(uint64(len(p)), addressLimit-addr)]
	n := 0
	if len(want) >= bulk {
		var err error
		if n, err = s.vmRead(want, addr); err != nil {
			return 0, err
		}
	}
	for n < len(want) {
		m, err := s.pread(want[n:], addr+uint64(n), "")
		switch {
		case errors.Is(err, os.ErrClosed):
			return n, err
		case err != nil:
			return n, &AccessError{State: ErrUnreadable, Addr: addr + uint64(n), Cause: err}
		case m == 0:
			return 0, s.lost()
		}
		n += m
	}
	if n < len(p) {
		return n, &AccessError{State: ErrUnreadable, Addr: addressLimit}
	}
	return n, nil
}

// nothingAt answers a read of no bytes or of an address that only the kernel has.
func (s *Session) nothingAt(n int, addr uint64) error {
	if err := s.Alive(); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	return &AccessError{State: ErrUnreadable, Addr: addr}
}

// vmRead reads what process_vm_readv can of the start of p, which may be
// nothing. An error means that the process is gone or the session closed.
//
// That call goes by PID, which may by now run another program or be another
// process. So its answer counts only if the witness, read in the same call, is
// right, and /proc/PID/mem says afterwards that the address space still exists.
func (s *Session) vmRead(p []byte, addr uint64) (int, error) {
	w := s.witness.Load()
	if w == nil || addr > uint64(^uintptr(0))-uint64(len(p)) {
		return 0, nil
	}
	var seen [witnessSize]byte
	local := [2]unix.Iovec{{Base: &seen[0]}, {Base: &p[0]}}
	local[0].SetLen(len(seen))
	local[1].SetLen(len(p))
	remote := [2]unix.RemoteIovec{w.remote(), {Base: uintptr(addr), Len: len(p)}}
	got, err := s.processVMReadv(local[:], remote[:])
	n := max(0, got-witnessSize)
	if s.explained() {
		s.record(Call{
			Name: "process_vm_readv", Path: s.processText(), Addr: addr, Len: len(p), N: n, Err: err,
			Note: s.useOf(addr, len(p)),
		})
	}
	if got == 0 {
		return 0, nil
	}
	if ok, err := s.testify(w, seen[:]); err != nil || !ok {
		return 0, err
	}
	return n, nil
}

// processVMReadv makes the call and gives it up for good when it is not to be
// had at all: some containers forbid it. Other errors are for the caller to work
// around.
func (s *Session) processVMReadv(local []unix.Iovec, remote []unix.RemoteIovec) (int, error) {
	n, err := unix.ProcessVMReadv(s.id.PID, local, remote, 0)
	if err == unix.ENOSYS || err == unix.EPERM {
		s.witness.Store(nil)
	}
	return max(n, 0), err
}

func (s *Session) processText() string { return "process " + itoa(s.id.PID) }

// pread reads from /proc/PID/mem. No byte and no error mean that the address
// space is gone. An empty note stands for what the bytes are used for.
func (s *Session) pread(p []byte, addr uint64, note string) (n int, err error) {
	s.descriptors.RLock()
	defer s.descriptors.RUnlock()
	switch {
	case s.closed:
		return 0, errClosed
	case s.gone.Load():
		return 0, nil
	}
	for {
		n, err = unix.Pread(s.mem, p, int64(addr))
		if err != unix.EINTR {
			break
		}
	}
	if s.explained() {
		if note == "" {
			note = s.useOf(addr, len(p))
		}
		s.record(Call{
			Name: "pread64", Path: s.memPath(), Addr: addr, Len: len(p), N: max(n, 0), Err: err, Note: note,
		})
	}
	return max(n, 0), err
}
