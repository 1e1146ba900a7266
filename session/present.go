package session

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// presentLimit is the most ranges that one call of Present answers with;
	// past it, the smallest gaps between them are closed.
	presentLimit = 64 << 10
	// fileLimit is the same for files and shared memory, where reading what is
	// in a gap takes memory.
	fileLimit = 1 << 20
	// scanRanges is how many ranges are asked of the kernel at once.
	scanRanges = 512
)

// Present implements [Target]. Of a file or shared memory, the parts that hold
// data are returned whether or not the process has ever looked at them; reading
// those that it has not makes the kernel map them, which takes page tables but
// no memory that was not there.
func (s *Session) Present(dst []Range, r Region) ([]Range, error) {
	if err := s.Alive(); err != nil {
		return dst, err
	}
	if r.Start >= r.End || r.End > addressLimit || !r.anonymous() && !r.mapsFile() {
		return append(dst, r.Range), nil
	}
	first := len(dst)
	found, err := s.touched(dst, r)
	if errors.Is(err, os.ErrClosed) {
		return dst, err
	}
	if err == nil && r.mapsFile() {
		found, err = s.withFile(dst, found[first:], r)
	}
	// What was found before an error is worth nothing; nor is it when the
	// address space has gone meanwhile, which looks like an empty one.
	if err := s.Alive(); err != nil {
		return dst, err
	}
	if err != nil {
		return append(dst[:first], r.Range), nil
	}
	return found, nil
}

// touched appends the parts of r that are present or swapped out.
func (s *Session) touched(dst []Range, r Region) ([]Range, error) {
	limit := presentLimit
	if r.mapsFile() {
		limit = fileLimit
	}
	found, err := s.scanPages(dst, r.Range, limit)
	if errors.Is(err, errNoScan) {
		found, err = s.readPagemap(dst, r.Range, limit)
	}
	return found, err
}

// withFile appends the parts of r that are touched, and those in which its file
// holds data. touched may lie behind dst in the same array.
func (s *Session) withFile(dst, touched []Range, r Region) ([]Range, error) {
	if len(touched) == 1 && touched[0] == r.Range {
		return append(dst, r.Range), nil
	}
	parts, ok := s.fileParts(nil, r)
	if !ok {
		return append(dst, r.Range), nil
	}
	return union(dst, slices.Clone(touched), parts), nil
}

// mapsFile reports whether the region is mapped from a file, also one without a
// name: shared memory and memfds are files. Devices are not.
func (r Region) mapsFile() bool {
	if r.anonymous() || r.Kind == KindDevice || r.Kind == KindKernel {
		return false
	}
	return strings.HasPrefix(r.Path, "/") || r.named("anon_shmem:")
}

// anonymous reports whether the region holds private memory that no file backs,
// so that a page that is not present was never touched.
func (r Region) anonymous() bool {
	if r.Perms&PermShared != 0 || r.Inode != 0 {
		return false
	}
	return r.Path == "" || r.named("heap") || r.named("stack") || r.named("anon:")
}

// errNoScan: the kernel has no PAGEMAP_SCAN (older than 6.7).
var errNoScan = errors.New("no PAGEMAP_SCAN")

// The ioctl PAGEMAP_SCAN, from linux/fs.h.
const (
	pagemapScan = 0xc0606610 // _IOWR('f', 16, struct pm_scan_arg)
	pagePresent = 1 << 3     // PAGE_IS_PRESENT
	pageSwapped = 1 << 4     // PAGE_IS_SWAPPED
)

// scanArgument is struct pm_scan_arg.
type scanArgument struct {
	size, flags                      uint64
	start, end, walkEnd              uint64
	vec, vecLen, maxPages            uint64
	categoryInverted, categoryMask   uint64
	categoryAnyOfMask, returnedMasks uint64
}

// scannedRange is struct page_region.
type scannedRange struct{ start, end, categories uint64 }

// scanner is the working memory of one scan; the kernel writes into it, so it
// must not move.
type scanner struct {
	argument scanArgument
	ranges   [scanRanges]scannedRange
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// scanPages appends the parts of r that are present or swapped out, as the
// kernel lists them; past limit, the smallest gaps are closed.
func (s *Session) scanPages(dst []Range, r Range, limit int) ([]Range, error) {
	if s.noScan.Load() {
		return dst, errNoScan
	}
	sc := scanners.Get().(*scanner)
	defer scanners.Put(sc)
	first := len(dst)
	for start := r.Start; start < r.End; {
		n, err := s.scan(sc, Range{start, r.End})
		if err != nil {
			return dst, err
		}
		for _, found := range sc.ranges[:n] {
			dst = appendSpan(dst, first, Range{max(found.start, r.Start), min(found.end, r.End)})
		}
		// walk_end is not to be trusted: a full answer is what tells that
		// there may be more.
		if n < scanRanges {
			break
		}
		start = sc.ranges[n-1].end
		dst = bounded(dst, first, limit)
	}
	return dst, nil
}

// scan makes one ioctl and returns how many ranges it filled in.
func (s *Session) scan(sc *scanner, r Range) (int, error) {
	s.descriptors.RLock()
	defer s.descriptors.RUnlock()
	switch {
	case s.closed:
		return 0, errClosed
	case s.pagemap < 0:
		return 0, unix.EBADF
	}
	page := uint64(s.layout.PageSize)
	sc.argument = scanArgument{
		size:              uint64(unsafe.Sizeof(sc.argument)),
		start:             r.Start &^ (page - 1),
		end:               (r.End + page - 1) &^ (page - 1),
		vec:               uint64(uintptr(unsafe.Pointer(&sc.ranges[0]))),
		vecLen:            scanRanges,
		categoryAnyOfMask: pagePresent | pageSwapped,
		returnedMasks:     pagePresent | pageSwapped,
	}
	n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.pagemap), pagemapScan, uintptr(unsafe.Pointer(&sc.argument)))
	runtime.KeepAlive(sc)
	if s.explained() {
		s.recordPagemap("ioctl", r, int(n), errno, "PAGEMAP_SCAN: which pages were ever used?")
	}
	switch errno {
	case 0:
		return int(n), nil
	case unix.ENOTTY, unix.EINVAL, unix.ENOSYS, unix.EPERM: // the last two where a container forbids it
		s.noScan.Store(true)
		return 0, errNoScan
	}
	return 0, errno
}

func (s *Session) recordPagemap(name string, r Range, n int, errno error, note string) {
	c := Call{Name: name, Path: s.fs.path(s.id.PID, "pagemap"), Addr: r.Start, N: n, Note: note}
	if errno != unix.Errno(0) {
		c.Err = errno
	}
	s.record(c)
}

// readPagemap does the same for older kernels: it reads eight bytes for each
// page of r.
func (s *Session) readPagemap(dst []Range, r Range, limit int) ([]Range, error) {
	const inRAM, inSwap = 1 << 63, 1 << 62
	page := uint64(s.layout.PageSize)
	buffer := make([]byte, 64<<10)
	first := len(dst)
	for start := r.Start &^ (page - 1); start < r.End; {
		want := min(uint64(len(buffer)), (r.End-start+page-1)/page*8)
		n, err := s.preadPagemap(buffer[:want], Range{start, r.End}, start/page*8)
		if err != nil {
			return dst, err
		}
		if n < 8 {
			return dst, unix.EIO
		}
		for entry := buffer[:n-n%8]; len(entry) > 0; entry = entry[8:] {
			if binary.NativeEndian.Uint64(entry)&(inRAM|inSwap) != 0 {
				dst = appendSpan(dst, first, Range{max(start, r.Start), min(start+page, r.End)})
			}
			start += page
		}
		dst = bounded(dst, first, limit)
	}
	return dst, nil
}

func (s *Session) preadPagemap(p []byte, r Range, offset uint64) (n int, err error) {
	s.descriptors.RLock()
	defer s.descriptors.RUnlock()
	switch {
	case s.closed:
		return 0, errClosed
	case s.pagemap < 0:
		return 0, unix.EBADF
	}
	for {
		n, err = unix.Pread(s.pagemap, p, int64(offset))
		if err != unix.EINTR {
			break
		}
	}
	if s.explained() {
		s.recordPagemap("pread64", r, max(n, 0), err, "which pages were ever used?")
	}
	return max(n, 0), err
}

// bounded closes the smallest gaps between the ranges from index first on until
// they are not more than limit. Untouched pages of a closed gap are then read,
// which at first costs the process nothing where the memory is anonymous: a
// page table spans 2 MiB.
func bounded(ranges []Range, first, limit int) []Range {
	for gap := uint64(64 << 10); len(ranges)-first > limit; gap *= 2 {
		kept := first
		for _, r := range ranges[first+1:] {
			if r.Start-ranges[kept].End <= gap {
				ranges[kept].End = r.End
				continue
			}
			kept++
			ranges[kept] = r
		}
		ranges = ranges[:kept+1]
	}
	return ranges
}
