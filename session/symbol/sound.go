package symbol

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The standard library's readers of ELF and DWARF take a file at its word: a count
// in a header is allocated before what it counts is looked for, and the same bytes
// may be told to be the name of everything. What is here looks at the same places
// first, and refuses what would take many times the file.

func unsoundInfo(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDebugInfo, fmt.Sprintf(format, args...))
}

// openELF opens the image by the standard library's reader.
func (im *image) openELF() (*elf.File, error) {
	if im.names != 0 { // else it reads no names
		contents, err := im.contents(im.names, elf.SHT_STRTAB, mostStrings)
		if err != nil {
			return nil, err
		}
		names, room := string(contents), 16*len(contents)+1<<20
		for _, s := range im.sections {
			name, _ := nameAt(names, uint64(s.name))
			if room -= len(name); room < 0 {
				return nil, malformed("the names of its sections overlap")
			}
		}
	}
	return elf.NewFile(io.NewSectionReader(im.r, 0, int64(im.size)))
}

// cursor reads DWARF data; see the DWARF standard, 7.6. At the end it is bad, and
// reads zeros.
type cursor struct {
	data  []byte
	order binary.ByteOrder
	bad   bool
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.data)) {
		c.data, c.bad = nil, true
		return nil
	}
	p := c.data[:n]
	c.data = c.data[n:]
	return p
}

func (c *cursor) uint(n uint64) uint64 {
	p := c.take(n)
	switch len(p) {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(c.order.Uint16(p))
	case 4:
		return uint64(c.order.Uint32(p))
	case 8:
		return c.order.Uint64(p)
	}
	return 0
}

// leb reads an unsigned number of any length, or goes over a signed one.
func (c *cursor) leb() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := c.uint(1)
		n |= b & 0x7f << shift
		if b < 0x80 {
			return n
		}
	}
}

// text goes over a text that ends with a zero and returns its length.
func (c *cursor) text() int {
	n := lengthAt(c.data, 0)
	c.take(uint64(n) + 1)
	return n
}

// lengthAt returns the length of the text at an offset, to a zero or the end.
func lengthAt(data []byte, offset uint64) int {
	if offset >= uint64(len(data)) {
		return 0
	}
	for i, b := range data[offset:] {
		if b == 0 {
			return i
		}
	}
	return len(data) - int(offset)
}

// unit reads the length of a unit or a table, and returns what it holds and how
// wide offsets in it are.
func (c *cursor) unit() (inside cursor, width uint64) {
	length, width := c.uint(4), uint64(4)
	if length == math.MaxUint32 {
		length, width = c.uint(8), 8
	}
	return cursor{data: c.take(length), order: c.order}, width
}

// checkUnits refuses units whose tables of abbreviations overlap: each is kept. A
// linker puts one behind the other, or has units share one.
func checkUnits(info, abbreviations []byte, order binary.ByteOrder) error {
	room := 2*len(abbreviations) + 1<<16
	known := make(map[uint64]bool)
	for c := (&cursor{data: info, order: order}); len(c.data) > 0; {
		unit, width := c.unit()
		if unit.uint(2) >= 5 { // the version
			unit.take(2)
		}
		at := unit.uint(width)
		if unit.bad || known[at] || at > uint64(len(abbreviations)) {
			continue
		}
		known[at] = true
		size, err := checkAbbreviations(cursor{data: abbreviations[at:], order: order})
		if room -= size; err != nil || room < 0 {
			return unsoundInfo("tables of abbreviations overlap, or are too wide")
		}
	}
	return nil
}

// mostAttributes is how many an entry may have. Those of compilers have two dozen.
const mostAttributes = 128

// checkAbbreviations returns how long a table is.
func checkAbbreviations(c cursor) (size int, err error) {
	const implicitConst = 0x21 // DW_FORM_implicit_const
	begin := len(c.data)
	for c.leb() != 0 {
		c.leb()   // the tag
		c.take(1) // whether there are children
		for n := 0; ; n++ {
			attribute, form := c.leb(), c.leb()
			if attribute == 0 && form == 0 {
				break
			}
			if n == mostAttributes {
				return 0, unsoundInfo("an entry has more than %d attributes", mostAttributes)
			}
			if form == implicitConst {
				c.leb()
			}
		}
	}
	return begin - len(c.data), nil
}

// lineTable is the header of a table of lines, as far as it tells how much is
// allocated for it: the names of files are put together with those of folders.
type lineTable struct {
	cursor
	width        uint64 // of offsets
	str, lineStr []byte
	folder       int // the longest name of one
	room         int // for names
}

// checkLines refuses a table of lines whose header claims more files than it has
// room for, or whose names take many times the sections.
func (d *debugInfo) checkLines(unit *dwarf.Entry) error {
	at, _ := unit.Val(dwarf.AttrStmtList).(int64)
	if at < 0 || at > int64(len(d.line)) {
		return nil // the reader will say so
	}
	of := cursor{data: d.line[at:], order: d.order}
	inside, width := of.unit()
	t := lineTable{cursor: inside, width: width, str: d.str, lineStr: d.lineStr}
	t.room = 16*(len(d.line)+len(d.str)+len(d.lineStr)) + 1<<20
	version := t.uint(2)
	if version >= 5 {
		t.take(2) // the sizes of addresses and of segments
	}
	t.uint(width) // the length of the header
	t.take(1)
	if version >= 4 {
		t.take(1)
	}
	t.take(3)
	if lengths := t.uint(1); lengths > 0 { // of opcodes, from 1 on
		t.take(lengths - 1)
	}
	if version >= 5 {
		t.takeNames()
		t.takeNames()
	} else {
		directory, _ := unit.Val(dwarf.AttrCompDir).(string)
		t.takeOldNames(len(directory))
	}
	if t.room < 0 {
		return unsoundInfo("the names of files take many times the file")
	}
	return nil
}

// takeOldNames goes over the folders and files of versions before 5, and over files
// that the program of the table defines.
func (t *lineTable) takeOldNames(directory int) {
	t.folder = directory
	for n := t.text(); n > 0; n = t.text() {
		t.room -= directory + n
		t.folder = max(t.folder, directory+n)
	}
	for n := t.text(); n > 0; n = t.text() {
		t.leb()
		t.leb()
		t.leb()
		t.room -= t.folder + n
	}
	const defineFile = 3 // DW_LNE_define_file, behind a zero and a length
	for i, b := range t.data {
		if b != 0 {
			continue
		}
		c := cursor{data: t.data[i+1:], order: t.order}
		if c.leb(); c.uint(1) == defineFile {
			t.room -= t.folder + c.text()
		}
	}
}

// takeNames goes over a list of folders or of files of version 5.
func (t *lineTable) takeNames() {
	formats := make([]uint64, t.uint(1))
	for i := range formats {
		t.leb() // what it is of
		formats[i] = t.leb()
	}
	count := t.leb()
	if count > uint64(len(t.data)) {
		t.room = -1
		return
	}
	longest := 0
	for range count {
		if t.bad || t.room < 0 {
			return
		}
		length := 0
		for _, form := range formats {
			length += t.takeForm(form)
		}
		t.room -= t.folder + length
		longest = max(longest, length)
	}
	t.folder = longest
}

// takeForm goes over a value of the forms that the standard library's reader knows
// there, and returns how long the text is that it stands for.
func (t *lineTable) takeForm(form uint64) (length int) {
	switch form {
	case 0x08: // DW_FORM_string
		return t.text()
	case 0x0e: // DW_FORM_strp
		return lengthAt(t.str, t.uint(t.width))
	case 0x1f: // DW_FORM_line_strp
		return lengthAt(t.lineStr, t.uint(t.width))
	case 0x1d: // DW_FORM_strp_sup
		t.take(t.width)
	case 0x1a, 0x0f: // DW_FORM_strx, DW_FORM_udata
		t.leb()
	case 0x25, 0x0b: // DW_FORM_strx1, DW_FORM_data1
		t.take(1)
	case 0x26, 0x05: // DW_FORM_strx2, DW_FORM_data2
		t.take(2)
	case 0x27: // DW_FORM_strx3
		t.take(3)
	case 0x28, 0x06: // DW_FORM_strx4, DW_FORM_data4
		t.take(4)
	case 0x07: // DW_FORM_data8
		t.take(8)
	case 0x1e: // DW_FORM_data16
		t.take(16)
	case 0x09: // DW_FORM_block
		t.take(t.leb())
	}
	return 0
}
