package symbol

import "debug/elf"

// rawTable is one symbol table as it stands in the file.
type rawTable struct {
	symbols  []byte
	strings  string
	versions []byte // one half-word for each symbol, may be empty
	names    map[uint16]string
	dynamic  bool
}

// tables reads the symbol tables that the section headers lead to, and the
// dynamic one by the dynamic segment when they lead to none. What is unsound
// is left out; the error is that of the first such table.
func (im *image) tables() (found []rawTable, err error) {
	const most = 4 // a file has one of each kind
	tried := 0
	keep := func(t rawTable, bad error) {
		tried++
		if bad == nil {
			found = append(found, t)
		} else if err == nil {
			err = bad
		}
	}
	dynamic := false
	for i, s := range im.sections {
		switch s.kind {
		case elf.SHT_SYMTAB:
			keep(im.sectionTable(uint32(i), s))
		case elf.SHT_DYNSYM:
			t, bad := im.sectionTable(uint32(i), s)
			keep(t, bad)
			dynamic = dynamic || bad == nil
		}
		if tried >= most {
			break
		}
	}
	if !dynamic {
		if t, ok, bad := im.dynamicTable(); ok {
			keep(t, bad)
		}
	}
	return found, err
}

func (im *image) symbolSize() uint64 {
	if im.is64 {
		return elf.Sym64Size
	}
	return elf.Sym32Size
}

func (im *image) sectionTable(index uint32, s section) (t rawTable, err error) {
	t.dynamic = s.kind == elf.SHT_DYNSYM
	if s.entry != im.symbolSize() {
		return t, malformed("symbols of %d bytes", s.entry)
	}
	if t.symbols, err = im.contents(index, s.kind, mostSymbols*s.entry); err != nil {
		return t, err
	}
	strings, err := im.contents(s.link, elf.SHT_STRTAB, mostStrings)
	if err != nil {
		return t, err
	}
	t.strings = string(strings)
	for i, v := range im.sections {
		if v.link != index || v.kind != elf.SHT_GNU_VERSYM {
			continue
		}
		t.versions, _ = im.contents(uint32(i), elf.SHT_GNU_VERSYM, mostSymbols*2)
		break
	}
	for i, v := range im.sections {
		if v.kind == elf.SHT_GNU_VERDEF && v.link == s.link && t.versions != nil {
			definitions, _ := im.contents(uint32(i), elf.SHT_GNU_VERDEF, 16<<20)
			t.names = im.versionNames(definitions, t.strings)
			break
		}
	}
	return t, nil
}

// versionNames reads the definitions of versions: a chain of records, each with
// a chain of names of which the first is its own. See the LSB on symbol versions.
func (im *image) versionNames(b []byte, strings string) map[uint16]string {
	names := make(map[uint16]string)
	for len(b) >= 20 && len(names) < 1<<15 {
		index := im.order.Uint16(b[4:]) & 0x7fff
		if aux := uint64(im.order.Uint32(b[12:])); aux+8 <= uint64(len(b)) {
			names[index], _ = nameAt(strings, uint64(im.order.Uint32(b[aux:])))
		}
		next := uint64(im.order.Uint32(b[16:]))
		if next < 20 || next > uint64(len(b)) { // the chain only goes forward
			break
		}
		b = b[next:]
	}
	return names
}

// dynamicTable reads the symbol table that the loader uses, by way of the
// dynamic segment. ok is false when there is none.
func (im *image) dynamicTable() (t rawTable, ok bool, err error) {
	tags := im.dynamicTags()
	if tags[elf.DT_SYMTAB] == 0 || tags[elf.DT_STRTAB] == 0 {
		return t, false, nil
	}
	t.dynamic = true
	at, okAt := im.offsetOf(tags[elf.DT_SYMTAB])
	stringsAt, okStrings := im.offsetOf(tags[elf.DT_STRTAB])
	if !okAt || !okStrings {
		return t, true, malformed("its dynamic symbols are outside of it")
	}
	count, err := im.countDynamic(tags)
	if err != nil {
		return t, true, err
	}
	if t.symbols, err = im.bytes(at, count*im.symbolSize(), mostSymbols*im.symbolSize()); err != nil {
		return t, true, err
	}
	strings, err := im.bytes(stringsAt, tags[elf.DT_STRSZ], mostStrings)
	if err != nil {
		return t, true, err
	}
	t.strings = string(strings)
	if versionsAt, ok := im.offsetOf(tags[elf.DT_VERSYM]); ok && tags[elf.DT_VERSYM] != 0 {
		t.versions, _ = im.bytes(versionsAt, count*2, mostSymbols*2)
	}
	if at, ok := im.offsetOf(tags[elf.DT_VERDEF]); ok && tags[elf.DT_VERDEF] != 0 && t.versions != nil {
		// Its size is not told; it lies before the end of the file.
		definitions, _ := im.bytes(at, min(1<<20, im.size-min(at, im.size)), 1<<20)
		t.names = im.versionNames(definitions, t.strings)
	}
	return t, true, nil
}

// dynamicTags reads the entries of the dynamic segment; the first of each counts.
func (im *image) dynamicTags() map[elf.DynTag]uint64 {
	tags := make(map[elf.DynTag]uint64)
	width := uint64(4)
	if im.is64 {
		width = 8
	}
	for _, s := range im.segments {
		if s.kind != elf.PT_DYNAMIC {
			continue
		}
		entries, err := im.bytes(s.offset, s.fileSize, 1<<20)
		if err != nil {
			return tags
		}
		for ; uint64(len(entries)) >= 2*width; entries = entries[2*width:] {
			tag := im.word(entries)
			if tag == uint64(elf.DT_NULL) {
				break
			}
			if _, known := tags[elf.DynTag(tag)]; !known && tag < 1<<31 {
				tags[elf.DynTag(tag)] = im.word(entries[width:])
			}
		}
	}
	return tags
}

// countDynamic tells how many dynamic symbols there are, which only their hash
// tables know.
func (im *image) countDynamic(tags map[elf.DynTag]uint64) (uint64, error) {
	if at, ok := im.offsetOf(tags[elf.DT_HASH]); ok && tags[elf.DT_HASH] != 0 {
		head, err := im.bytes(at, 8, 8)
		if err != nil {
			return 0, err
		}
		return uint64(im.order.Uint32(head[4:])), nil
	}
	at, ok := im.offsetOf(tags[elf.DT_GNU_HASH])
	if !ok || tags[elf.DT_GNU_HASH] == 0 {
		return 0, malformed("its dynamic symbols cannot be counted")
	}
	return im.countGNUHash(at)
}

// countGNUHash finds the end of the last chain of a GNU hash table.
func (im *image) countGNUHash(at uint64) (uint64, error) {
	head, err := im.bytes(at, 16, 16)
	if err != nil {
		return 0, err
	}
	buckets, first := uint64(im.order.Uint32(head)), uint64(im.order.Uint32(head[4:]))
	bloom := uint64(im.order.Uint32(head[8:])) * 4
	if im.is64 {
		bloom *= 2
	}
	table, err := im.bytes(at+16+bloom, buckets*4, mostSymbols*4)
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	for ; len(table) > 0; table = table[4:] {
		last = max(last, uint64(im.order.Uint32(table)))
	}
	if last < first {
		return first, nil
	}
	chains := at + 16 + bloom + buckets*4
	for ; last < mostSymbols; last++ {
		link, err := im.bytes(chains+(last-first)*4, 4, 4)
		if err != nil {
			return 0, err
		}
		if im.order.Uint32(link)&1 != 0 {
			return last + 1, nil
		}
	}
	return 0, malformed("a chain of its symbols has no end")
}
