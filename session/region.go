package session

import "strings"

// Kind tells what a region is used for.
type Kind uint8

// The kinds of region.
const (
	KindOther  Kind = iota // nothing below fits
	KindHeap               // the brk heap, [heap]
	KindStack              // the main thread's stack, [stack]
	KindAnon               // private anonymous memory: malloc arenas, Go, the JVM, thread stacks, JIT code
	KindData               // writable part of a program or library, with its bss
	KindCode               // executable part of a program or library
	KindConst              // read-only part of a program or library
	KindFile               // a file mapped privately that is no program
	KindShared             // shared memory: MAP_SHARED files, memfd, System V, /dev/shm
	KindDevice             // a device under /dev
	KindKernel             // supplied by the kernel: vdso, vvar, vsyscall
	KindGuard              // no access at all
)

var kindNames = [...]string{
	KindOther: "other", KindHeap: "heap", KindStack: "stack", KindAnon: "anon", KindData: "data",
	KindCode: "code", KindConst: "const", KindFile: "file", KindShared: "shared",
	KindDevice: "device", KindKernel: "kernel", KindGuard: "guard",
}

// String returns the kind in one lower-case word.
func (k Kind) String() string { return kindNames[k] }

// Perms are the access rights of a region.
type Perms uint8

// The bits of Perms. Without PermShared a region is private (copy on write).
const (
	PermRead Perms = 1 << iota
	PermWrite
	PermExec
	PermShared
)

// String formats the rights as maps does, "rw-p".
func (p Perms) String() string {
	out := []byte("---p")
	for i, c := range []byte("rwx") {
		if p&(1<<i) != 0 {
			out[i] = c
		}
	}
	if p&PermShared != 0 {
		out[3] = 's'
	}
	return string(out)
}

// Region is one line of /proc/PID/maps plus what quarry knows about its use.
// See proc_pid_maps(5). A line that is the bss of a module at its start and
// something else after it, since the kernel joins neighbours with the same
// rights, is given as two regions that touch.
type Region struct {
	Range
	Perms  Perms
	Offset uint64 // position of Start in the mapped file, in bytes
	Device string // major:minor of the file's device, hexadecimal, as in maps
	Inode  uint64 // 0 when no file is mapped
	// Path is the mapped file, or the kernel's name in brackets ([heap],
	// [anon:…]), or empty. Newlines are decoded and " (deleted)" is taken off.
	Path    string
	Deleted bool // the mapped file has been deleted
	Kind    Kind
	// Module is the name of the program or library the region belongs to (see
	// [Module]), or empty.
	Module string
}

// clip returns the part of the region that lies in bounds, with the offset that
// goes with it; its size is zero when they do not meet.
func (r Region) clip(bounds Range) Region {
	start := min(max(r.Start, bounds.Start), r.End)
	end := max(min(r.End, bounds.End), start)
	if r.Inode != 0 {
		r.Offset += start - r.Start
	}
	r.Range = Range{Start: start, End: end}
	return r
}

// Readable reports whether the process itself may read the region.
func (r Region) Readable() bool { return r.Perms&PermRead != 0 }

// Writable reports whether the process itself may write the region.
func (r Region) Writable() bool { return r.Perms&PermWrite != 0 }

// Module is a program or library: the regions mapped from one ELF file, with
// its bss.
type Module struct {
	// Name is the base name of the file, as address expressions write it.
	Name string
	// Path is the file as maps names it, in the process's own mount namespace.
	Path string
	// Base is the lowest mapping minus its file offset: the address that
	// "name+0" stands for.
	Base uint64
	// End is the first address after the module, its bss included.
	End uint64
	// Regions are the regions of the module, sorted by address.
	Regions []Region
}

// FindRegion returns the region that holds addr. regions must be sorted by
// address, as [Target.Regions] returns them.
func FindRegion(regions []Region, addr uint64) (Region, bool) {
	lo, hi := 0, len(regions)
	for lo < hi {
		mid := (lo + hi) / 2
		if regions[mid].End <= addr {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(regions) && regions[lo].Contains(addr) {
		return regions[lo], true
	}
	return Region{}, false
}

// named reports whether the path is a kernel name in brackets, such as [heap].
func (r Region) named(name string) bool {
	return strings.HasPrefix(r.Path, "["+name) && strings.HasSuffix(r.Path, "]")
}
