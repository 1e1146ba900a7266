package symbol

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"quarry/session"
)

// Line is a line of source code.
type Line struct {
	File   string // as the compiler was told, or absolute
	Number int    // from 1
}

// ErrDebugInfo: the debugging information of a file contradicts itself, or is
// larger than we are willing to read.
var ErrDebugInfo = errors.New("not sound debugging information")

// Lines knows which lines of source code the code of a process was made from, by
// the DWARF information in its modules or in their separate debug files. That of a
// module is read when it is first needed, and kept. All methods may be called
// from several goroutines at once.
type Lines struct {
	source Source

	mu    sync.Mutex
	files map[identity]*debugFile
}

// debugFile is the information about one module; info is nil where there is none.
type debugFile struct {
	info *debugInfo
	bias uint64
	err  error
}

// debugInfo is what a file tells about lines.
type debugInfo struct {
	data               *dwarf.Data
	order              binary.ByteOrder
	line, str, lineStr []byte // sections
}

// NewLines returns the lines of a process. It reads nothing yet.
func NewLines(s Source) *Lines { return &Lines{source: s, files: make(map[identity]*debugFile)} }

// At returns the line that the instruction at addr, in module m, was made from; ok
// is false where that is not told. The errors are [ErrDebugInfo] and that the file
// cannot be read.
func (l *Lines) At(m session.Module, addr uint64) (line Line, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := place(m)
	f := l.files[id]
	if f == nil {
		f = l.load(m)
		if errors.Is(f.err, session.ErrGone) {
			return Line{}, false, f.err
		}
		l.files[id] = f
	}
	if f.info == nil {
		return Line{}, false, f.err
	}
	return f.info.lineAt(addr - f.bias)
}

// load opens the information about a module.
func (l *Lines) load(m session.Module) *debugFile {
	if m.Path == vdso || len(m.Regions) == 0 {
		return &debugFile{}
	}
	file, err := l.source.OpenModule(m)
	if err != nil {
		return &debugFile{err: fmt.Errorf("lines of %w", err)}
	}
	defer file.Close()
	im, err := fileImage(file)
	if err != nil {
		return &debugFile{err: fmt.Errorf("lines of %s: %w", m.Name, err)}
	}
	lowest := m.Regions[0]
	bias, ok := im.bias(lowest.Start, lowest.Offset, uint64(l.source.Layout().PageSize))
	if !ok {
		return &debugFile{err: fmt.Errorf("lines of %s: %w", m.Name, malformed("no segment is mapped at %#x", lowest.Start))}
	}
	info, err := im.debugInfo()
	if info == nil && err == nil {
		info, err = l.separate(im)
	}
	if err != nil {
		err = fmt.Errorf("lines of %s: %w", m.Name, err)
	}
	return &debugFile{info: info, bias: bias, err: err}
}

// separate reads the information from the separate debug file, if there is one.
func (l *Lines) separate(loaded *image) (*debugInfo, error) {
	id := hex.EncodeToString(loaded.buildID())
	file, err := l.source.OpenDebugFile(id)
	if err != nil {
		return nil, nil // none is installed
	}
	defer file.Close()
	im, err := fileImage(file)
	if err != nil || hex.EncodeToString(im.buildID()) != id {
		return nil, nil // it is of another build
	}
	return im.debugInfo()
}

// Limits of the debugging information that is read of a module. Compressed sections
// count with the size that they claim; what compilers write becomes a fourth.
const (
	mostDebugInfo = 512 << 20
	mostPacked    = 64 // times the size in the file, above a MiB
)

// debugInfo reads the sections of an ELF file that tell lines; nil without an error
// if it has none. The image's file must be open, and is not needed later.
func (im *image) debugInfo() (info *debugInfo, err error) {
	defer unsound(&err)
	if len(im.sections) == 0 {
		return nil, nil
	}
	f, err := im.openELF()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDebugInfo, err)
	}
	contents, total := make(map[string][]byte), uint64(0)
	for _, name := range []string{"abbrev", "info", "str", "line", "ranges", "addr", "line_str", "str_offsets", "rnglists"} {
		s := f.Section(".debug_" + name)
		if s == nil || s.Type == elf.SHT_NOBITS {
			continue
		}
		if total += s.Size; s.Size > mostDebugInfo || total > mostDebugInfo || s.FileSize > im.size {
			return nil, unsoundInfo("more than %d MiB", mostDebugInfo>>20)
		}
		if s.Size > 1<<20 && s.Size/mostPacked > s.FileSize {
			return nil, unsoundInfo("%d bytes claim to be %d, compressed", s.FileSize, s.Size)
		}
		if contents[name], err = s.Data(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDebugInfo, err)
		}
	}
	if contents["info"] == nil || contents["line"] == nil {
		return nil, nil
	}
	return newDebugInfo(contents, im.order)
}

// newDebugInfo opens sections, which have these names behind ".debug_".
func newDebugInfo(contents map[string][]byte, order binary.ByteOrder) (*debugInfo, error) {
	if err := checkUnits(contents["info"], contents["abbrev"], order); err != nil {
		return nil, err
	}
	data, err := dwarf.New(contents["abbrev"], nil, nil, contents["info"], contents["line"], nil, contents["ranges"], contents["str"])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDebugInfo, err)
	}
	for _, name := range []string{"addr", "line_str", "str_offsets", "rnglists"} {
		if err := data.AddSection(".debug_"+name, contents[name]); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDebugInfo, err)
		}
	}
	return &debugInfo{data: data, order: order, line: contents["line"], str: contents["str"], lineStr: contents["line_str"]}, nil
}

// lineAt looks an address of the file up.
func (d *debugInfo) lineAt(addr uint64) (line Line, ok bool, err error) {
	defer unsound(&err)
	unit, err := d.data.Reader().SeekPC(addr)
	if errors.Is(err, dwarf.ErrUnknownPC) {
		return Line{}, false, nil
	}
	if err != nil {
		return Line{}, false, fmt.Errorf("%w: %w", ErrDebugInfo, err)
	}
	if err := d.checkLines(unit); err != nil {
		return Line{}, false, err
	}
	lines, err := d.data.LineReader(unit)
	if err != nil {
		return Line{}, false, fmt.Errorf("%w: %w", ErrDebugInfo, err)
	}
	if lines == nil {
		return Line{}, false, nil
	}
	entry, err := entryOf(lines, addr)
	if errors.Is(err, io.EOF) || err == nil && (entry.File == nil || entry.Line < 1) {
		return Line{}, false, nil
	}
	if err != nil {
		return Line{}, false, fmt.Errorf("%w: %w", ErrDebugInfo, err)
	}
	return Line{File: entry.File.Name, Number: entry.Line}, true, nil
}

// entryOf returns the entry of a line table that an address belongs to, or io.EOF.
// [dwarf.LineReader.SeekPC] would want the sequences of the table, one for each
// section of code, in the order of their addresses, and linkers order them
// otherwise. Those of code that the linker has left out begin at 0.
func entryOf(lines *dwarf.LineReader, addr uint64) (dwarf.LineEntry, error) {
	var before, next dwarf.LineEntry
	within, left := false, false // next is not the first of its sequence; which is left out
	for {
		if err := lines.Next(&next); err != nil {
			return dwarf.LineEntry{}, err
		}
		if !within {
			left = next.Address == 0
		} else if !left && before.Address <= addr && addr < next.Address {
			return before, nil
		}
		before, within = next, !next.EndSequence
	}
}

// unsound makes an error of a panic of the standard library's reader.
func unsound(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrDebugInfo, r)
	}
}
