package symbol_test

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"quarry/session/sessiontest"
	"quarry/session/symbol"
)

// mostFor is what reading that many bytes may allocate, in all.
func mostFor(size int) int { return 100*size + 4<<20 }

// pack puts numbers, bytes and texts one behind the other.
func pack(values ...any) []byte {
	var b []byte
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b = append(b, v...)
		case []byte:
			b = append(b, v...)
		default:
			b, _ = binary.Append(b, binary.LittleEndian, v)
		}
	}
	return b
}

// withLength puts the length of a unit before it.
func withLength(unit []byte) []byte { return pack(uint32(len(unit)), unit) }

// oneUnit are sections with a unit of code at 0x1000..0x2000, compiled in a folder
// whose name begins the strings, which has that table of lines.
func oneUnit(lines, strs []byte) map[string][]byte {
	// An abbreviation of a unit: code, tag, no children, attributes and forms.
	abbreviations := []byte{1, 0x11, 0, 0x11, 0x01, 0x12, 0x07, 0x10, 0x17, 0x1b, 0x0e, 0, 0, 0}
	unit := pack(uint16(4), uint32(0), byte(8), byte(1), uint64(0x1000), uint64(0x1000), uint32(0), uint32(0))
	return map[string][]byte{"abbrev": abbreviations, "info": withLength(unit), "line": withLength(lines), "str": strs, "line_str": strs}
}

// opcodes is what the header of a table of lines tells of its program: how many
// arguments opcodes have.
var opcodes = []byte{1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1}

// oldLines is a table of lines of version 4, new one of version 5.
func oldLines(names, program []byte) []byte {
	head := pack(opcodes, names)
	return pack(uint16(4), uint32(len(head)), head, program)
}

func newLines(names, program []byte) []byte {
	head := pack(opcodes, names)
	return pack(uint16(5), byte(8), byte(0), uint32(len(head)), head, program)
}

// oneLine is a program of a table of lines: all code is of line 7 of a file.
var oneLine = pack("\x00\x09\x02", uint64(0x1000), "\x03\x06\x01", "\x02\x80\x20\x00\x01\x01")

// What is made for tests here is read when it means no harm.
func TestSoundDebugInfo(t *testing.T) {
	folders := []byte{1, 1, 0x08, 1, 'a', 0}
	files := []byte{2, 1, 0x08, 2, 0x0b, 2, 'x', '.', 'c', 0, 0, 'x', '.', 'c', 0, 0}
	for name, sections := range map[string]map[string][]byte{
		"version 4": oneUnit(oldLines(pack("\x00", "x.c\x00\x00\x00\x00\x00"), oneLine), []byte("/a\x00")),
		"version 5": oneUnit(newLines(pack(folders, files), oneLine), []byte("/a\x00")),
	} {
		line, ok, err := symbol.LineIn(sections, 0x1004)
		if err != nil || !ok || line.Number != 7 || !strings.HasSuffix(line.File, "a/x.c") {
			t.Errorf("%s: %+v, %t, %v", name, line, ok, err)
		}
	}
}

// Sections that would make the reader of the standard library allocate without
// bound, whatever their size, are refused.
func TestHostileDebugInfo(t *testing.T) {
	long := pack(strings.Repeat("x", 1<<20), "\x00")
	many := func(n int, each ...any) []byte { return bytes.Repeat(pack(each...), n) }
	var units, abbreviations []byte
	for i := range 1 << 12 {
		units = append(units, withLength(pack(uint16(4), uint32(i*5), byte(8), byte(0)))...)
		abbreviations = append(abbreviations, byte(i)|0x80, byte(i>>7)|0x40, 0x11, 0, 0x11, 0x01, 0, 0)
	}
	wide := pack([]byte{1, 0x11, 0}, many(1<<16, byte(0x1b), byte(0x0e)), "\x00\x00\x00")
	claims := []byte{0xff, 0xff, 0xff, 0x7f} // 2^28 in 7 bits a byte
	for name, sections := range map[string]map[string][]byte{
		"tables of abbreviations overlap": {"abbrev": abbreviations, "info": units, "line": {0}},
		"an entry has many attributes": {"abbrev": wide, "str": long, "line": {0},
			"info": withLength(pack(uint16(4), uint32(0), byte(8), byte(1), many(1<<16, uint32(0))))},
		"many folders are claimed":         oneUnit(newLines(pack("\x01\x01\x08", claims), nil), []byte("/a\x00")),
		"many files are claimed":           oneUnit(newLines(pack("\x01\x01\x08\x01a\x00", "\x01\x01\x08", claims), nil), []byte("/a\x00")),
		"many of no size are claimed":      oneUnit(newLines(pack("\x00", claims, "\x00", claims), nil), []byte("/a\x00")),
		"a long name is that of all files": oneUnit(newLines(pack("\x00\x00", "\x01\x01\x1f", []byte{0x80, 0x20}, many(1<<12, uint32(0))), nil), long),
		"a long name is before all files": oneUnit(newLines(pack("\x01\x01\x1f\x01", uint32(0), "\x02\x01\x08\x02\x0b", []byte{0x80, 0x20},
			many(1<<12, "a\x00\x00")), nil), long),
		"all folders are in a long one":     oneUnit(oldLines(pack(many(1<<12, "a\x00"), "\x00\x00"), nil), long),
		"all files are in a long folder":    oneUnit(oldLines(pack("\x00", many(1<<12, "a\x00\x00\x00\x00"), "\x00"), nil), long),
		"the program defines files in such": oneUnit(oldLines(pack("\x00\x00"), many(1<<12, "\x00\x86\x00\x03a\x00\x00\x00\x00")), long),
	} {
		size := 0
		for _, s := range sections {
			size += len(s)
		}
		sessiontest.Allocates(t, mostFor(size), func() {
			if line, ok, err := symbol.LineIn(sections, 0x1004); ok || !errors.Is(err, symbol.ErrDebugInfo) {
				t.Errorf("%s: %+v, %t, %v", name, line, ok, err)
			}
		})
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// section is one of a file made by elfOf.
type section struct {
	header elf.Section64
	data   []byte
}

// elfOf makes a file with those sections behind an empty one; the last has the
// names of all.
func elfOf(sections ...section) []byte {
	const head, size = 64, 64
	at := head + size*(len(sections)+1)
	headers, contents := make([]byte, size), []byte(nil)
	for _, s := range sections {
		s.header.Off = uint64(at + len(contents))
		if s.header.Size = uint64(len(s.data)); s.data == nil {
			s.header.Off = 0 // the file from its beginning
		}
		headers = append(headers, pack(s.header)...)
		contents = append(contents, s.data...)
	}
	ident := [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}
	return pack(elf.Header64{Ident: ident, Type: 1, Machine: uint16(elf.EM_X86_64), Version: 1, Shoff: head, Ehsize: 64,
		Shentsize: size, Shnum: uint16(len(sections) + 1), Shstrndx: uint16(len(sections))}, headers, contents)
}

// A few bytes that claim to become very many are not unpacked, and a name that all
// sections share is not copied for each.
func TestHostileSections(t *testing.T) {
	packed := func(n int) []byte {
		b := bytes.NewBuffer(pack(elf.Chdr64{Type: 1, Size: uint64(n), Addralign: 1}))
		w := zlib.NewWriter(b)
		if _, err := w.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	bomb := packed(256 << 20)
	names := "\x00.debug_info\x00.debug_line\x00"
	info := elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_COMPRESSED)}
	line := elf.Section64{Name: 13, Type: uint32(elf.SHT_PROGBITS)}
	table := elf.Section64{Type: uint32(elf.SHT_STRTAB)}
	packedTable := table
	packedTable.Flags = uint64(elf.SHF_COMPRESSED)
	shared := section{elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS)}, []byte{0}}
	long := []byte("\x00" + strings.Repeat("x", 60_000) + "\x00")
	for name, data := range map[string][]byte{
		"packed":               elfOf(section{info, bomb}, section{line, []byte{0}}, section{table, []byte(names)}),
		"names are packed":     elfOf(section{line, []byte{0}}, section{packedTable, bomb}),
		"sections share names": elfOf(append(slices.Repeat([]section{shared}, 1<<12), section{table, long})...),
	} {
		sessiontest.Allocates(t, mostFor(len(data)), func() {
			if line, ok, err := symbol.LineOf(bytes.NewReader(data), int64(len(data)), 0); ok || !errors.Is(err, symbol.ErrDebugInfo) {
				t.Errorf("%s: %+v, %t, %v", name, line, ok, err)
			}
		})
	}
}

// Names of functions that relocations share are not made again without bound, and
// what is read of a hostile file takes no more than it is worth.
func FuzzReadLinkage(f *testing.F) {
	const count = 1 << 12
	dynsym := elf.Section64{Type: uint32(elf.SHT_DYNSYM), Link: 3, Entsize: 24}
	rela := elf.Section64{Type: uint32(elf.SHT_RELA), Link: 1, Entsize: 24}
	of := func(count int, name string) []byte {
		var links []byte
		for i := range count {
			links = append(links, pack(uint64(i*8), uint64(1)<<32|uint64(elf.R_X86_64_JMP_SLOT), uint64(0))...)
		}
		return elfOf(section{dynsym, pack(elf.Sym64{}, elf.Sym64{Name: 1, Info: 0x12, Shndx: 1})}, section{rela, links},
			section{elf.Section64{Type: uint32(elf.SHT_STRTAB)}, pack("\x00", name, "\x00")})
	}
	read := func(t testing.TB, data []byte, bias uint64) (l symbol.Linkage) {
		sessiontest.Allocates(t, mostFor(len(data)), func() {
			var err error
			l, err = symbol.ReadLinkage(bytes.NewReader(data), int64(len(data)), bias)
			if err != nil && (l.Slots != nil || l.GOT != 0) {
				t.Errorf("%+v beside %v", l, err)
			}
		})
		return l
	}
	if l := read(f, of(2, "_ZN4Game4tickEi"), 0x1000); len(l.Slots) != 2 || l.Slots[0x1008] != "Game::tick(int)" {
		f.Errorf("%+v", l)
	}
	if l := read(f, of(count, "_ZN"+strings.Repeat("4Game", 10_000)+"E"), 0); len(l.Slots) == count {
		f.Error("a long name was made for each relocation")
	}
	f.Add(of(3, "puts"), uint64(0))
	f.Add(of(3, "_ZN4Game4tickEi")[:300], ^uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, bias uint64) {
		if l := read(t, data, bias); len(l.Slots) > len(data)/8 {
			t.Errorf("%d slots in %d bytes", len(l.Slots), len(data))
		}
	})
}
