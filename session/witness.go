package session

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// witness proves which address space process_vm_readv has read: 16 random bytes
// that the kernel puts on the stack of each program it starts (AT_RANDOM). Read
// in the same call as the data, they tell a new program from the old, also
// while another reader still holds the old address space and /proc/PID/mem thus
// answers as if nothing had happened.
type witness struct {
	addr  uint64
	bytes [witnessSize]byte
}

const witnessSize = 16

// findWitness looks up where the witness is. Without one, all is read through
// /proc/PID/mem, which is slower.
func (s *Session) findWitness() {
	path := s.fs.path(s.id.PID, "auxv")
	data, err := os.ReadFile(path)
	s.recordOpen("read", path, err, "what the kernel told the program as it began")
	if err != nil {
		return
	}
	if addr := randomBytesAt(data, s.layout); addr != 0 {
		s.renewWitness(addr)
	}
}

// randomBytesAt finds AT_RANDOM in the auxiliary vector, or returns 0.
func randomBytesAt(auxv []byte, l Layout) uint64 {
	const atRandom = 25
	word := func(b []byte) uint64 {
		if l.WordSize == 4 {
			return uint64(l.Order.Uint32(b))
		}
		return l.Order.Uint64(b)
	}
	for pair := 2 * l.WordSize; len(auxv) >= pair; auxv = auxv[pair:] {
		if word(auxv) == atRandom {
			return word(auxv[l.WordSize:])
		}
	}
	return 0
}

// renewWitness reads the witness through /proc/PID/mem, which is bound to the
// address space that was attached to. A program may change its bytes: Go's
// clears them once it has used them.
func (s *Session) renewWitness(addr uint64) {
	w := &witness{addr: addr}
	n, err := s.pread(w.bytes[:], addr, "random bytes by which to tell this program from the next")
	if err != nil || n < witnessSize || addr > uint64(^uintptr(0)>>1) {
		w = nil
	}
	s.witness.Store(w)
}

// remote returns the witness as an element for process_vm_readv.
func (w *witness) remote() unix.RemoteIovec {
	return unix.RemoteIovec{Base: uintptr(w.addr), Len: witnessSize}
}

// testify judges a process_vm_readv that read got as the witness: whether what
// it read may be believed. It is an error if the process is gone.
func (s *Session) testify(w *witness, got []byte) (bool, error) {
	if err := s.Alive(); err != nil {
		return false, err
	}
	if string(got) == string(w.bytes[:]) {
		return true, nil
	}
	s.renewWitness(w.addr)
	return false, nil
}

// SameProgram returns nil when the PID still means the program that was attached
// to, and [ErrGone] otherwise. Ask it after something was read or done by PID
// alone, as the memory map is, and ptrace(2).
func (s *Session) SameProgram() error {
	if err := s.Alive(); err != nil {
		return err
	}
	for range 2 { // the program may have changed its bytes since the last time
		w := s.witness.Load()
		if w == nil { // Alive has found the address space; that leaves the PID
			return s.samePID()
		}
		var got [witnessSize]byte
		local := [1]unix.Iovec{{Base: &got[0]}}
		local[0].SetLen(len(got))
		remote := [1]unix.RemoteIovec{w.remote()}
		n, err := s.processVMReadv(local[:], remote[:])
		if err == unix.ENOSYS || err == unix.EPERM {
			return s.samePID()
		}
		same, err := s.testify(w, got[:n])
		if same || err != nil {
			return err
		}
	}
	return s.lost()
}

// hostOrder is the byte order assumed of a process whose program cannot be read.
var hostOrder = func() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()
