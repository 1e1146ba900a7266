package session

import (
	"encoding/binary"
	"fmt"
)

// Range is a half-open span of addresses, Start <= addr < End.
type Range struct {
	Start uint64
	End   uint64
}

// Size returns the length of the range in bytes.
func (r Range) Size() uint64 { return r.End - r.Start }

// Contains reports whether addr lies in the range.
func (r Range) Contains(addr uint64) bool { return r.Start <= addr && addr < r.End }

// String formats the range the way maps and the --in flag write it, 0x1000..0x2000.
func (r Range) String() string { return fmt.Sprintf("%#x..%#x", r.Start, r.End) }

// Layout tells how a process stores its data.
type Layout struct {
	// Arch is the instruction set in Go's spelling: amd64, 386, arm64, arm, or
	// the ELF machine number as decimal text for any other.
	Arch string
	// WordSize is the size of a pointer in bytes, 4 or 8.
	WordSize int
	// Order is the byte order of the process.
	Order binary.ByteOrder
	// PageSize is the size of a memory page in bytes.
	PageSize int
}

// Memory is the address space of one process, the only thing that the floors
// above need of it. Addresses are those of the process, whatever its word size.
//
// All methods may be called from several goroutines at once. Once the process
// has ended or replaced its program, every method returns an error that is
// [ErrGone]; an implementation never answers with the bytes of another program.
type Memory interface {
	// Read fills p with the bytes at addr. It returns the number of bytes read
	// from the start of p; when that is less than len(p), the error tells why:
	// an [*AccessError] that is [ErrUnreadable] when the byte at addr+n cannot
	// be read. The bytes of p from n on are then undefined.
	Read(p []byte, addr uint64) (n int, err error)

	// Gather reads width bytes at each of addrs into dst, one after the other,
	// in as few system calls as it can; dst must hold len(addrs)*width bytes.
	// It returns the indexes of the addresses that could not be read, rising;
	// their bytes in dst are zero. An unreadable address is no error.
	Gather(dst []byte, width int, addrs []uint64) (missing []int, err error)

	// Write puts p at addr, also where the process itself may not write. It
	// returns the number of bytes written and, when that is less than len(p),
	// an error that is [ErrUnwritable] or [ErrGone].
	Write(p []byte, addr uint64) (n int, err error)
}

// Target is a process as searching and patching see it. [*Session] is the real
// one; sessiontest.Fake serves tests.
type Target interface {
	Memory

	// Layout returns how the process stores its data. It does not change while
	// the process runs its program.
	Layout() Layout

	// Regions returns the process's memory map as it is now, sorted by address.
	Regions() ([]Region, error)

	// Modules returns the program and the libraries mapped now, sorted by base
	// address.
	Modules() ([]Module, error)

	// Map returns what Regions and Modules return, both of the same moment.
	Map() ([]Region, []Module, error)

	// Present appends to dst the parts of r that can hold data, sorted and not
	// overlapping. Pages of private anonymous memory that were never touched,
	// and holes of files and shared memory, are left out: they hold only zeros,
	// and reading them would make the kernel give the process page tables or
	// memory. What cannot be told is returned.
	Present(dst []Range, r Region) ([]Range, error)
}
