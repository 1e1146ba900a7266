package symbol

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits on what a file may make us read, far above what real programs have.
const (
	mostSections = 1 << 16
	mostSegments = 256
	mostSymbols  = 4 << 20   // in one module
	mostStrings  = 512 << 20 // bytes of one string table
	longestName  = 64 << 10
)

// ErrFormat: a file is no ELF file, or one that contradicts itself.
var ErrFormat = errors.New("not a sound ELF file")

// image is an ELF file, or one in memory, of which only the headers have been
// read. Everything in it is checked against its size. The standard library's
// reader is not used: it puts no limit on what a file makes it allocate.
// See elf(5), and the System V ABI on object files.
type image struct {
	r        io.ReaderAt
	size     uint64
	is64     bool
	order    binary.ByteOrder
	kind     elf.Type
	machine  elf.Machine
	segments []segment
	sections []section
	names    uint32 // the section that has the names of sections
}

// segment is a program header, in bytes.
type segment struct {
	kind                          elf.ProgType
	offset, addr, fileSize, inMem uint64
	alignment                     uint64
}

// section is a section header; offset and size are those in the file, in bytes.
type section struct {
	name         uint32
	kind         elf.SectionType
	flags        elf.SectionFlag
	offset, size uint64
	link         uint32
	entry        uint64
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// bytes reads a piece of the file.
func (im *image) bytes(offset, size, most uint64) ([]byte, error) {
	if size > most || offset > im.size || size > im.size-offset {
		return nil, malformed("%d bytes at %#x, where the file has %d", size, offset, im.size)
	}
	p := make([]byte, size)
	if n, err := im.r.ReadAt(p, int64(offset)); uint64(n) < size {
		return nil, fmt.Errorf("reading an ELF file at %#x: %w", offset, err)
	}
	return p, nil
}

// word reads an address or an offset, of the width that the file uses.
func (im *image) word(p []byte) uint64 {
	if im.is64 {
		return im.order.Uint64(p)
	}
	return uint64(im.order.Uint32(p))
}

// readImage reads the headers of a file of that size.
func readImage(r io.ReaderAt, size uint64) (*image, error) {
	im := &image{r: r, size: min(size, 1<<62)}
	ident, err := im.bytes(0, elf.EI_NIDENT, 64)
	if err != nil || string(ident[:4]) != elf.ELFMAG {
		return nil, malformed("it does not begin as one")
	}
	switch elf.Data(ident[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		im.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		im.order = binary.BigEndian
	default:
		return nil, malformed("byte order %d", ident[elf.EI_DATA])
	}
	headSize := uint64(52)
	switch elf.Class(ident[elf.EI_CLASS]) {
	case elf.ELFCLASS32:
	case elf.ELFCLASS64:
		im.is64, headSize = true, 64
	default:
		return nil, malformed("class %d", ident[elf.EI_CLASS])
	}
	head, err := im.bytes(0, headSize, headSize)
	if err != nil {
		return nil, err
	}
	return im, im.readHeaders(head)
}

func (im *image) readHeaders(head []byte) error {
	im.kind, im.machine = elf.Type(im.order.Uint16(head[16:])), elf.Machine(im.order.Uint16(head[18:]))
	at, counts := 24, head[len(head)-10:]
	width := 4
	if im.is64 {
		width = 8
	}
	segmentsAt, sectionsAt := im.word(head[at+width:]), im.word(head[at+2*width:])
	u16 := func(i int) uint64 { return uint64(im.order.Uint16(counts[i:])) }
	if err := im.readSegments(segmentsAt, u16(0), u16(2)); err != nil {
		return err
	}
	// Without section headers the dynamic segment still leads to symbols.
	if im.readSections(sectionsAt, u16(4), u16(6)) != nil {
		im.sections = nil
	}
	im.names = uint32(u16(8))
	if im.names == uint32(elf.SHN_XINDEX) && len(im.sections) > 0 {
		im.names = im.sections[0].link
	}
	return nil
}

func (im *image) readSegments(at, entry, count uint64) error {
	want := uint64(32)
	if im.is64 {
		want = 56
	}
	if count == 0 {
		return nil
	}
	if entry != want || count > mostSegments {
		return malformed("%d program headers of %d bytes", count, entry)
	}
	table, err := im.bytes(at, count*entry, mostSegments*want)
	if err != nil {
		return err
	}
	for ; len(table) > 0; table = table[entry:] {
		s := segment{kind: elf.ProgType(im.order.Uint32(table))}
		if im.is64 {
			s.offset, s.addr = im.word(table[8:]), im.word(table[16:])
			s.fileSize, s.inMem, s.alignment = im.word(table[32:]), im.word(table[40:]), im.word(table[48:])
		} else {
			s.offset, s.addr = im.word(table[4:]), im.word(table[8:])
			s.fileSize, s.inMem, s.alignment = im.word(table[16:]), im.word(table[20:]), im.word(table[28:])
		}
		im.segments = append(im.segments, s)
	}
	return nil
}

func (im *image) readSections(at, entry, count uint64) error {
	want := uint64(40)
	if im.is64 {
		want = 64
	}
	if at == 0 || entry != want {
		return malformed("section headers of %d bytes", entry)
	}
	if count == 0 { // more than fit the header: the first one tells
		first, err := im.bytes(at, entry, want)
		if err != nil {
			return err
		}
		count = im.section(first).size
	}
	if count > mostSections {
		return malformed("%d section headers", count)
	}
	table, err := im.bytes(at, count*entry, mostSections*want)
	if err != nil {
		return err
	}
	im.sections = make([]section, 0, count)
	for ; len(table) > 0; table = table[entry:] {
		im.sections = append(im.sections, im.section(table))
	}
	return nil
}

func (im *image) section(b []byte) section {
	s := section{name: im.order.Uint32(b), kind: elf.SectionType(im.order.Uint32(b[4:]))}
	if im.is64 {
		s.flags, s.offset, s.size = elf.SectionFlag(im.word(b[8:])), im.word(b[24:]), im.word(b[32:])
		s.link, s.entry = im.order.Uint32(b[40:]), im.word(b[56:])
	} else {
		s.flags, s.offset, s.size = elf.SectionFlag(im.word(b[8:])), im.word(b[16:]), im.word(b[20:])
		s.link, s.entry = im.order.Uint32(b[24:]), im.word(b[36:])
	}
	return s
}

// contents reads a section of that kind; linked is the index of a section.
func (im *image) contents(index uint32, kind elf.SectionType, most uint64) ([]byte, error) {
	if uint64(index) >= uint64(len(im.sections)) {
		return nil, malformed("section %d of %d", index, len(im.sections))
	}
	s := im.sections[index]
	if s.kind != kind || s.flags&elf.SHF_COMPRESSED != 0 {
		return nil, malformed("section %d is of another kind", index)
	}
	return im.bytes(s.offset, s.size, most)
}

// bias returns what is added to the addresses in the file, given the lowest
// mapping of it; see elf(5) on PT_LOAD.
func (im *image) bias(start, offset, page uint64) (uint64, bool) {
	for _, s := range im.segments {
		if s.kind != elf.PT_LOAD {
			continue
		}
		from := s.offset &^ (page - 1)
		if from <= offset && offset < max(s.offset+s.fileSize, from+page) {
			return start - (s.addr&^(page-1) + offset - from), true
		}
	}
	return 0, false
}

// holds reports whether an address in the file is one that gets loaded, or the
// first after a segment, where symbols such as _end are.
func (im *image) holds(addr uint64) bool {
	for _, s := range im.segments {
		if s.kind == elf.PT_LOAD && s.addr <= addr && addr-s.addr <= s.inMem {
			return true
		}
	}
	return false
}

// offsetOf returns where in the file an address is.
func (im *image) offsetOf(addr uint64) (offset uint64, ok bool) {
	for _, s := range im.segments {
		if s.kind == elf.PT_LOAD && s.addr <= addr && addr-s.addr < s.fileSize {
			return s.offset + addr - s.addr, true
		}
	}
	return 0, false
}

// buildID returns the build ID as the linker wrote it, or nil. See ld(1) on
// --build-id.
func (im *image) buildID() []byte {
	const header, typeBuildID, mostNotes = 12, 3, 64 << 10
	for _, s := range im.segments {
		if s.kind != elf.PT_NOTE {
			continue
		}
		notes, err := im.bytes(s.offset, s.fileSize, mostNotes)
		if err != nil {
			continue
		}
		pad := uint64(4)
		if s.alignment == 8 {
			pad = 8
		}
		padded := func(n uint64) uint64 { return (n + pad - 1) &^ (pad - 1) }
		for len(notes) >= header {
			nameSize, size := uint64(im.order.Uint32(notes)), uint64(im.order.Uint32(notes[4:]))
			start := padded(header + nameSize)
			if start+size > uint64(len(notes)) {
				break
			}
			if im.order.Uint32(notes[8:]) == typeBuildID && string(notes[header:header+nameSize]) == "GNU\x00" {
				return notes[start : start+size]
			}
			notes = notes[min(padded(start+size), uint64(len(notes))):]
		}
	}
	return nil
}
