package symbol

import (
	"debug/elf"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"quarry/session"
)

// Table is the symbols of one module. It never changes; all methods may be
// called from several goroutines at once.
type Table struct {
	module session.Module
	bias   uint64
	full   bool // there is a .symtab, not only what the loader needs

	entries []entry
	files   []string
	// A hash table by linker names: chains of entries, by number plus one.
	seed  maphash.Seed
	heads []uint32
	next  []uint32

	sorting sync.Once
	byAddr  []uint32 // entries that have an address, sorted by it
	reach   []uint64 // for each of byAddr, the highest end up to it
	ends    []session.Range
}

// entry is a symbol, small: programs have hundreds of thousands.
type entry struct {
	name       string
	version    string
	addr, size uint64
	file       uint32 // number in files
	kind       Kind
	binding    Binding
	hidden     bool
}

// New reads the symbol tables of an ELF file of size bytes, which m is mapped
// from, for a process with that size of pages. A module without symbols has an
// empty table. The error is [ErrFormat] or that of reading.
func New(r io.ReaderAt, size int64, m session.Module, page int) (*Table, error) {
	im, err := readImage(r, uint64(max(size, 0)))
	if err != nil {
		return nil, err
	}
	return newTable(im, m, uint64(page))
}

func newTable(im *image, m session.Module, page uint64) (*Table, error) {
	if len(m.Regions) == 0 {
		return nil, malformed("%s is not mapped", m.Name)
	}
	lowest := m.Regions[0]
	bias, ok := im.bias(lowest.Start, lowest.Offset, page)
	if !ok {
		return nil, malformed("%s is not mapped as its program headers say", m.Name)
	}
	t := &Table{module: m, bias: bias, seed: maphash.MakeSeed(), files: []string{""}}
	for _, s := range im.segments {
		if s.kind == elf.PT_LOAD {
			t.ends = append(t.ends, session.Range{Start: s.addr + bias, End: s.addr + s.inMem + bias})
		}
	}
	if err := t.add(im, im); err != nil {
		return nil, err
	}
	return t, nil
}

// add adds the symbols of a file, which may be the separate debug file of the
// image that is loaded.
func (t *Table) add(loaded, from *image) error {
	tables, err := from.tables()
	if len(tables) == 0 {
		return err
	}
	// The full table first: what the other one adds is versions.
	slices.SortStableFunc(tables, func(a, b rawTable) int {
		switch {
		case a.dynamic == b.dynamic:
			return 0
		case b.dynamic:
			return -1
		}
		return 1
	})
	for _, raw := range tables {
		t.full = t.full || !raw.dynamic
		if err := t.addTable(loaded, from, raw); err != nil {
			return err
		}
	}
	return nil
}

// addTable adds the symbols of one table. A file that lets many long names
// overlap in its strings would make reading it slow: there is a limit to the
// sum of their lengths.
func (t *Table) addTable(loaded, from *image, raw rawTable) error {
	size := int(from.symbolSize())
	budget := 16*len(raw.strings) + 1<<20
	known := len(t.entries) > 0
	count := len(raw.symbols) / size
	if len(t.entries)+count > mostSymbols {
		return malformed("it has more than %d symbols", mostSymbols)
	}
	t.grow(count)
	file := uint32(0)
	for i := 1; i < count; i++ {
		s := from.symbol(raw.symbols[i*size:])
		if s.section == elf.SHN_UNDEF || s.section == elf.SHN_COMMON || budget < 0 {
			continue
		}
		kind, place := kindOf(s.kind)
		if !place && s.kind != elf.STT_FILE {
			continue
		}
		name, ok := nameAt(raw.strings, uint64(s.name))
		budget -= len(name)
		if s.kind == elf.STT_FILE {
			t.files = append(t.files, name[strings.LastIndexByte(name, '/')+1:])
			file = uint32(len(t.files) - 1)
			continue
		}
		if !ok || unwanted(loaded.machine, name, kind) {
			continue
		}
		e := entry{name: name, size: s.size, kind: kind, binding: bindingOf(s.binding)}
		if e.addr, ok = t.address(loaded, s); !ok {
			continue
		}
		if e.binding == Local {
			e.file = file
		}
		e.readVersion(from, raw, i)
		if !known || !t.merge(e) {
			t.insert(e)
		}
	}
	return nil
}

// unwanted reports whether a symbol only tells code from data, as those of ARM
// do: $a, $d, $t, $x.
func unwanted(m elf.Machine, name string, kind Kind) bool {
	return name == "" || (m == elf.EM_ARM || m == elf.EM_AARCH64 || m == elf.EM_RISCV) && kind == Other && name[0] == '$'
}

// address returns where a symbol is in the process; ok is false when that is
// not in the module.
func (t *Table) address(loaded *image, s rawSymbol) (addr uint64, ok bool) {
	switch {
	case s.kind == elf.STT_TLS:
		return s.value, true
	case s.section == elf.SHN_ABS:
		return 0, false // a number, not a place: the names of versions, mostly
	case loaded.machine == elf.EM_ARM && s.kind == elf.STT_FUNC:
		s.value &^= 1 // it is Thumb code
	}
	return s.value + t.bias, loaded.holds(s.value)
}

// grow makes room for n more entries, and hashes anew those that are there.
func (t *Table) grow(n int) {
	t.entries = slices.Grow(t.entries, n)
	t.next = slices.Grow(t.next, n)
	buckets := 16
	for buckets < len(t.entries)+n {
		buckets *= 2
	}
	t.heads = make([]uint32, buckets)
	for i := range t.entries {
		t.next[i] = t.link(i)
	}
}

// link puts entry i at the head of its chain and returns what was there.
func (t *Table) link(i int) uint32 {
	head := &t.heads[t.bucket(t.entries[i].name)]
	former := *head
	*head = uint32(i + 1)
	return former
}

func (t *Table) bucket(name string) uint64 {
	return maphash.String(t.seed, name) & uint64(len(t.heads)-1)
}

func (t *Table) insert(e entry) {
	t.entries = append(t.entries, e)
	t.next = append(t.next, t.link(len(t.entries)-1))
}

// merge adds what e knows to the same symbol of another table, and reports
// whether there is one. It does not look far: chains are long only when a file
// means ill, and a symbol that is there twice does no harm.
func (t *Table) merge(e entry) bool {
	i := t.heads[t.bucket(e.name)]
	for range 32 {
		if i == 0 {
			return false
		}
		old := &t.entries[i-1]
		if old.name == e.name && old.addr == e.addr && old.kind == e.kind {
			if old.version == "" {
				old.version, old.hidden = e.version, e.hidden
			}
			return true
		}
		i = t.next[i-1]
	}
	return false
}

// Module returns the module that the table was made for.
func (t *Table) Module() session.Module { return t.module }

// Bias returns what was added to the addresses in the file when it was loaded:
// 0 for a program that is not position-independent.
func (t *Table) Bias() uint64 { return t.bias }

// Len returns the number of symbols.
func (t *Table) Len() int { return len(t.entries) }

// Stripped reports whether the module has lost its symbol table: what is left
// are at most the symbols that the loader needs, those that other modules use.
func (t *Table) Stripped() bool { return !t.full }

func (t *Table) symbol(i uint32) Symbol {
	e := &t.entries[i]
	return Symbol{
		Linker: e.name, Version: e.version, Addr: e.addr, Size: e.size, Kind: e.kind, Binding: e.binding,
		File: t.files[e.file], Module: t.module.Name, Base: t.module.Base,
	}
}

// All returns the symbols that keep accepts, all when it is nil, sorted by
// address; those that have no address of their own ([TLS]) come last.
func (t *Table) All(keep func(Symbol) bool) iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		t.sort()
		for _, i := range t.byAddr {
			if s := t.symbol(i); (keep == nil || keep(s)) && !yield(s) {
				return
			}
		}
		for i := range t.entries {
			if t.entries[i].kind != TLS {
				continue
			}
			if s := t.symbol(uint32(i)); (keep == nil || keep(s)) && !yield(s) {
				return
			}
		}
	}
}
