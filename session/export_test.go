package session

import "golang.org/x/sys/unix"

// NoScan makes Present read pagemap as on kernels without PAGEMAP_SCAN.
func (s *Session) NoScan() { s.noScan.Store(true) }

// NoPagemap makes Present work as where pagemap cannot be opened.
func (s *Session) NoPagemap() {
	unix.Close(s.pagemap)
	s.pagemap = -1
}

// NoVMRead makes reads work as where process_vm_readv is forbidden.
func (s *Session) NoVMRead() { s.witness.Store(nil) }

// Bulk is the length from which process_vm_readv is used.
const Bulk = bulk

// SetProc makes the session look for the files of processes in another folder
// than /proc; what is open stays open.
func (s *Session) SetProc(folder string) { s.fs = procfs(folder) }

// NoPidfd makes Done work as on kernels without pidfd_open.
func (s *Session) NoPidfd() {
	s.pidfd.Close()
	s.pidfd = nil
}

// EndPeriod is how often a process is looked at then.
const EndPeriod = endPeriod

// OpenAs opens the memory of a process as Attach does after it has read the identity.
func OpenAs(id Identity) error {
	s := &Session{fs: realProcfs, id: id, mem: -1, pagemap: -1, done: make(chan struct{}), closing: make(chan struct{})}
	defer s.Close()
	return s.open()
}
