package session

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
)

// elfImage is what the header and the program headers of an ELF file tell. The
// standard library's reader wants the section headers too, which are not mapped.
type elfImage struct {
	class    elf.Class
	order    binary.ByteOrder
	machine  elf.Machine
	segments []elfSegment // all of them, in the order of the file
}

// elfSegment is one program header.
type elfSegment struct {
	kind            elf.ProgType
	flags           elf.ProgFlag
	offset, addr    uint64
	fileSize, inMem uint64
	alignment       uint64
	fileEnd, memEnd uint64 // addr plus the sizes
}

var errNoELF = errors.New("not an ELF file")

// Sizes of the headers, and the most program headers that are read.
const (
	elfHeader32, elfHeader64   = 52, 64
	progHeader32, progHeader64 = 32, 56
	mostSegments               = 256
)

// parseELF reads the headers from r, which may be a file or its first mapping.
func parseELF(r io.ReaderAt) (*elfImage, error) {
	var head [elfHeader64]byte
	if n, err := r.ReadAt(head[:], 0); n < elfHeader32 {
		return nil, fmt.Errorf("%w: %w", errNoELF, err)
	}
	image, err := parseELFIdent(head[:])
	if err != nil {
		return nil, err
	}
	order := image.order
	image.machine = elf.Machine(order.Uint16(head[18:]))
	var tableAt uint64
	var entry, count int
	size := progHeader64
	if image.class == elf.ELFCLASS64 {
		tableAt, entry, count = order.Uint64(head[32:]), int(order.Uint16(head[54:])), int(order.Uint16(head[56:]))
	} else {
		size = progHeader32
		tableAt, entry, count = uint64(order.Uint32(head[28:])), int(order.Uint16(head[42:])), int(order.Uint16(head[44:]))
	}
	if count > 0 && (entry != size || count > mostSegments || tableAt > 1<<40) {
		return nil, fmt.Errorf("%w: %d program headers of %d bytes", errNoELF, count, entry)
	}
	table := make([]byte, count*size)
	if n, err := r.ReadAt(table, int64(tableAt)); n < len(table) {
		return nil, fmt.Errorf("ELF program headers: %w", err)
	}
	for ; len(table) > 0; table = table[size:] {
		image.segments = append(image.segments, image.parseSegment(table))
	}
	return image, nil
}

// parseELFIdent reads the part of the header that tells how to read the rest.
func parseELFIdent(head []byte) (*elfImage, error) {
	if string(head[:4]) != elf.ELFMAG {
		return nil, errNoELF
	}
	image := &elfImage{class: elf.Class(head[elf.EI_CLASS])}
	switch elf.Data(head[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		image.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		image.order = binary.BigEndian
	default:
		return nil, errNoELF
	}
	if image.class != elf.ELFCLASS32 && image.class != elf.ELFCLASS64 {
		return nil, errNoELF
	}
	return image, nil
}

func (image *elfImage) parseSegment(b []byte) elfSegment {
	u32 := func(at int) uint64 { return uint64(image.order.Uint32(b[at:])) }
	u64 := func(at int) uint64 { return image.order.Uint64(b[at:]) }
	seg := elfSegment{kind: elf.ProgType(u32(0))}
	if image.class == elf.ELFCLASS64 {
		seg.flags = elf.ProgFlag(u32(4))
		seg.offset, seg.addr, seg.fileSize, seg.inMem, seg.alignment = u64(8), u64(16), u64(32), u64(40), u64(48)
	} else {
		seg.flags = elf.ProgFlag(u32(24))
		seg.offset, seg.addr, seg.fileSize, seg.inMem, seg.alignment = u32(4), u32(8), u32(16), u32(20), u32(28)
	}
	seg.fileEnd, seg.memEnd = seg.addr+seg.fileSize, seg.addr+seg.inMem
	return seg
}

// bias returns what is added to the addresses in the file, given the mapping of
// the file with the lowest address.
func (image *elfImage) bias(lowest Region, page uint64) (uint64, bool) {
	for _, seg := range image.segments {
		offset := seg.offset &^ (page - 1)
		end := seg.offset + seg.fileSize
		if seg.kind == elf.PT_LOAD && offset <= lowest.Offset && lowest.Offset < max(end, offset+page) {
			return lowest.Start - (seg.addr&^(page-1) + lowest.Offset - offset), true
		}
	}
	return 0, false
}

// span returns the addresses that the image occupies when loaded with bias.
func (image *elfImage) span(bias, page uint64) Range {
	var r Range
	for _, seg := range image.segments {
		if seg.kind != elf.PT_LOAD || seg.inMem == 0 {
			continue
		}
		start, end := bias+seg.addr&^(page-1), bias+(seg.memEnd+page-1)&^(page-1)
		if r.End == 0 {
			r.Start = start
		}
		r.Start, r.End = min(r.Start, start), max(r.End, end)
	}
	return r
}

// bss returns the whole pages that hold only zero-initialised variables. The
// first part of a bss lies in the last page of the file's data: only where
// written reports that page to be mapped for writing is there a bss at all, and
// not where a file is merely being read.
func (image *elfImage) bss(bias, page uint64, written func(addr uint64) bool) []Range {
	var ranges []Range
	for _, seg := range image.segments {
		r := Range{bias + (seg.fileEnd+page-1)&^(page-1), bias + (seg.memEnd+page-1)&^(page-1)}
		if seg.kind != elf.PT_LOAD || seg.flags&elf.PF_W == 0 || r.Start >= r.End {
			continue
		}
		if seg.fileSize == 0 || written(bias+seg.fileEnd-1) {
			ranges = append(ranges, r)
		}
	}
	return ranges
}

// mostNotes is the largest note segment that is read.
const mostNotes = 64 << 10

// buildID returns the build ID in hexadecimal, or nothing when the image has
// none. read fills its argument with the contents of a segment.
func (image *elfImage) buildID(read func(seg elfSegment, p []byte) error) (string, error) {
	for _, seg := range image.segments {
		if seg.kind != elf.PT_NOTE || seg.fileSize == 0 || seg.fileSize > mostNotes {
			continue
		}
		notes := make([]byte, seg.fileSize)
		if err := read(seg, notes); err != nil {
			return "", err
		}
		if id := findBuildID(notes, image.order, seg.alignment); id != nil {
			return hex.EncodeToString(id), nil
		}
	}
	return "", nil
}

// findBuildID looks for NT_GNU_BUILD_ID among notes. Names and contents are
// padded to four bytes, or to eight in segments aligned so.
func findBuildID(notes []byte, order binary.ByteOrder, alignment uint64) []byte {
	const header, typeBuildID = 12, 3
	pad := uint64(4)
	if alignment == 8 {
		pad = 8
	}
	padded := func(n uint64) uint64 { return (n + pad - 1) &^ (pad - 1) }
	for len(notes) >= header {
		nameSize, size := uint64(order.Uint32(notes)), uint64(order.Uint32(notes[4:]))
		kind := order.Uint32(notes[8:])
		start := padded(header + nameSize)
		if start+size > uint64(len(notes)) {
			return nil
		}
		if kind == typeBuildID && string(notes[header:header+nameSize]) == "GNU\x00" {
			return notes[start : start+size]
		}
		notes = notes[min(padded(start+size), uint64(len(notes))):]
	}
	return nil
}

// layout reads how the process stores its data from the header of its program,
// and assumes what this machine does where that cannot be read.
func (fs procfs) layout(pid int) Layout {
	l := Layout{
		Arch: runtime.GOARCH, WordSize: strconv.IntSize / 8, Order: hostOrder, PageSize: os.Getpagesize(),
	}
	f, err := os.Open(fs.path(pid, "exe"))
	if err != nil {
		return l
	}
	defer f.Close()
	image, err := parseELF(f)
	if err != nil {
		return l
	}
	l.Arch, l.Order, l.WordSize = archName(image.machine), image.order, 8
	if image.class == elf.ELFCLASS32 {
		l.WordSize = 4
	}
	return l
}

// archName spells an ELF machine as Go does.
func archName(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_386:
		return "386"
	case elf.EM_AARCH64:
		return "arm64"
	case elf.EM_ARM:
		return "arm"
	}
	return strconv.Itoa(int(m))
}
