package core

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"quarry/session"
)

// ErrUnsupported: a core file cannot be written for a process of this kind.
var ErrUnsupported = errors.New("no core file can be written")

// Process is what Write needs beside the memory. *session.Session is one.
type Process interface {
	session.Target
	// PID returns the number of the process.
	PID() int
	// Alive returns nil while the process is there, and session.ErrGone after.
	Alive() error
}

// Summary is what a core file holds.
type Summary struct {
	Copied
	Regions int // all of them; those that are no memory are told of only
	Threads int
	Size    uint64 // of the file, holes included
}

// File is where a core file is written. *os.File is one.
type File interface {
	io.WriterAt
	// Truncate sets the length in bytes; what was never written reads as zeros.
	Truncate(size int64) error
}

// Write writes an ELF core file of the process. It holds every region that the
// process may read, but no devices, and the threads with those registers that
// the kernel tells of without stopping them: where each waits and its stack,
// for those that wait in a system call. progress, when not nil, is called now
// and then with the number of bytes that are done, and of all.
//
// The error is [ErrUnsupported], session.ErrGone, ctx.Err(), or that of the
// file, which is then of no use.
func Write(ctx context.Context, f File, p Process, progress func(done, all uint64)) (Summary, error) {
	machine, ok := machines[p.Layout().Arch]
	if !ok {
		return Summary{}, fmt.Errorf("%w: processes of %s are not known", ErrUnsupported, p.Layout().Arch)
	}
	regions, err := p.Regions()
	if err != nil {
		return Summary{}, err
	}
	notes, threads, err := machine.notes(p, regions)
	if err != nil {
		return Summary{}, err
	}
	if err := p.Alive(); err != nil { // the notes go by PID
		return Summary{}, err
	}
	w := &writer{machine: machine, order: orderOf(p.Layout()), page: uint64(p.Layout().PageSize)}
	if err := w.layOut(p, regions, len(notes)); err != nil {
		return Summary{}, err
	}
	sum := Summary{Regions: len(regions), Threads: threads, Size: w.size}
	if err := f.Truncate(int64(w.size)); err != nil {
		return sum, err
	}
	if _, err := f.WriteAt(append(w.header(), notes...), 0); err != nil {
		return sum, err
	}
	var done, all uint64
	for _, s := range w.segments {
		all += s.fileSize
	}
	for _, s := range w.segments {
		if s.fileSize == 0 {
			continue
		}
		r := s.Region
		r.End = r.Start + s.fileSize
		copied, err := Copy(ctx, f, int64(s.offset), p, r, func(n uint64) {
			if done += n; progress != nil {
				progress(done, all)
			}
		})
		sum.Copied.add(copied)
		if err != nil {
			return sum, err
		}
	}
	return sum, p.Alive()
}

// segment is a region in a core file.
type segment struct {
	session.Region
	offset, fileSize uint64
}

// writer lays out a core file and writes its headers.
type writer struct {
	machine  machine
	order    byteOrder
	page     uint64
	segments []segment
	noteAt   uint64
	noteSize uint64
	size     uint64 // of the file
}

// untouched is the size from which the end of a region is left out where it was
// never touched: file systems have a largest size, and some programs reserve
// terabytes.
const untouched = 1 << 32

// layOut decides where everything stands in the file.
func (w *writer) layOut(t session.Target, regions []session.Region, notes int) error {
	w.noteSize = uint64(notes)
	w.noteAt = uint64(w.fileHeaderSize() + (1+len(regions))*w.progHeaderSize())
	if w.many(len(regions)) {
		w.noteAt += uint64(w.sectionHeaderSize())
	}
	at := w.noteAt + w.noteSize
	for _, r := range regions {
		at = (at + w.page - 1) / w.page * w.page
		s := segment{Region: r, offset: at}
		if inFile(r) {
			s.fileSize = r.Size()
		}
		if s.fileSize >= untouched {
			parts, err := t.Present(nil, r)
			if err != nil {
				return err
			}
			s.fileSize = 0
			if len(parts) > 0 {
				s.fileSize = parts[len(parts)-1].End - r.Start
			}
		}
		at += s.fileSize
		w.segments = append(w.segments, s)
	}
	w.size = at
	return nil
}

// inFile reports whether the bytes of a region belong into a core file.
func inFile(r session.Region) bool {
	switch r.Kind {
	case session.KindDevice, session.KindGuard:
		return false
	case session.KindKernel:
		return r.Path == "[vdso]"
	}
	return r.Readable()
}

// fileHeaderSize and those below it are the sizes of the headers of an ELF file.
func (w *writer) fileHeaderSize() int    { return w.sized(52, 64) }
func (w *writer) progHeaderSize() int    { return w.sized(32, 56) }
func (w *writer) sectionHeaderSize() int { return w.sized(40, 64) }

// sized returns what holds for the word size of the process.
func (w *writer) sized(of32, of64 int) int {
	if w.machine.class == elf.ELFCLASS32 {
		return of32
	}
	return of64
}

// many reports whether the program headers are too many for the field that
// counts them, so that a section header does (PN_XNUM).
func (w *writer) many(regions int) bool { return 1+regions >= 0xffff }

// header returns the ELF header, the program headers and, for very many of
// them, the section header that counts them.
func (w *writer) header() []byte {
	count, sections := 1+len(w.segments), 0
	tail := uint64(0)
	if w.many(len(w.segments)) {
		sections = 1
		tail = uint64(w.fileHeaderSize() + count*w.progHeaderSize())
	}
	out := &encoder{order: w.order, wide: w.machine.class == elf.ELFCLASS64}
	data := byte(elf.ELFDATA2LSB)
	if w.order == byteOrder(binary.BigEndian) {
		data = byte(elf.ELFDATA2MSB)
	}
	out.bytes([]byte{0x7f, 'E', 'L', 'F', byte(w.machine.class), data, byte(elf.EV_CURRENT), 0, 0, 0, 0, 0, 0, 0, 0, 0})
	out.half(uint16(elf.ET_CORE), uint16(w.machine.elf))
	out.word(uint32(elf.EV_CURRENT))
	out.long(0, uint64(w.fileHeaderSize()), tail) // entry, program headers, section headers
	out.word(0)
	out.half(uint16(w.fileHeaderSize()), uint16(w.progHeaderSize()), uint16(min(count, 0xffff)))
	out.half(uint16(sections*w.sectionHeaderSize()), uint16(sections), 0)
	w.program(out, elf.PT_NOTE, 0, segment{offset: w.noteAt, fileSize: w.noteSize})
	for _, s := range w.segments {
		w.program(out, elf.PT_LOAD, flags(s.Perms), s)
	}
	if sections > 0 {
		out.word(0, uint32(elf.SHT_NULL))
		out.long(0, 0, 0, 1)       // flags, address, offset, size
		out.word(0, uint32(count)) // link, info
		out.long(0, 0)             // alignment, size of an entry
	}
	return out.out
}

// program adds a program header.
func (w *writer) program(out *encoder, kind elf.ProgType, flags elf.ProgFlag, s segment) {
	align := uint64(4)
	if kind == elf.PT_LOAD {
		align = w.page
	}
	out.word(uint32(kind))
	if out.wide {
		out.word(uint32(flags))
	}
	out.long(s.offset, s.Start, 0, s.fileSize, s.Size())
	if !out.wide {
		out.word(uint32(flags))
	}
	out.long(align)
}

func flags(p session.Perms) elf.ProgFlag {
	var f elf.ProgFlag
	for perm, flag := range map[session.Perms]elf.ProgFlag{session.PermRead: elf.PF_R, session.PermWrite: elf.PF_W, session.PermExec: elf.PF_X} {
		if p&perm != 0 {
			f |= flag
		}
	}
	return f
}

// encoder writes numbers as the process would.
type encoder struct {
	order byteOrder
	wide  bool // longs are 8 bytes
	out   []byte
}

func (e *encoder) bytes(p []byte) { e.out = append(e.out, p...) }

// text adds a text in a field of that size, cut so that a NUL follows it.
func (e *encoder) text(s string, size int) {
	field := make([]byte, size)
	copy(field[:size-1], s)
	e.bytes(field)
}

func (e *encoder) half(values ...uint16) {
	for _, v := range values {
		e.out = e.order.AppendUint16(e.out, v)
	}
}

func (e *encoder) word(values ...uint32) {
	for _, v := range values {
		e.out = e.order.AppendUint32(e.out, v)
	}
}

// long adds numbers as wide as a pointer of the process.
func (e *encoder) long(values ...uint64) {
	for _, v := range values {
		if e.wide {
			e.out = e.order.AppendUint64(e.out, v)
		} else {
			e.out = e.order.AppendUint32(e.out, uint32(v))
		}
	}
}

// pad adds zeros up to a multiple of n.
func (e *encoder) pad(n int) {
	for len(e.out)%n != 0 {
		e.out = append(e.out, 0)
	}
}

// byteOrder is the byte order of a process, to write in.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func orderOf(l session.Layout) byteOrder {
	if l.Order == binary.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
