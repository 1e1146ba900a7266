package symbol

import (
	"debug/elf"
	"io"
)

// Linkage is what the loader is told about the functions that a module calls in
// others.
type Linkage struct {
	Slots map[uint64]string // demangled names, by the places that the addresses are put in
	GOT   uint64            // the global offset table; 0 where there is none
}

// mostLinks is how many bytes of relocations are read of a module.
const mostLinks = 64 << 20

// ReadLinkage reads the relocations of jump slots and of addresses of functions of
// an ELF file of size bytes, which is loaded with bias; see elf(5). Names are left
// out when they overlap so much that they would take many times the file.
func ReadLinkage(r io.ReaderAt, size int64, bias uint64) (Linkage, error) {
	im, err := readImage(r, uint64(max(size, 0)))
	if err != nil {
		return Linkage{}, err
	}
	l := Linkage{Slots: make(map[uint64]string)}
	if got, ok := im.dynamicTags()[elf.DT_PLTGOT]; ok {
		l.GOT = got + bias
	}
	var of rawTable // of the section that symbols are in
	in, room, left := uint32(0), 0, uint64(mostLinks)
	for i, s := range im.sections {
		if s.kind != elf.SHT_REL && s.kind != elf.SHT_RELA || s.size > left || uint64(s.link) >= uint64(len(im.sections)) {
			continue
		}
		symbols := im.sections[s.link]
		if symbols.kind != elf.SHT_DYNSYM || in != 0 && s.link != in {
			continue // a module has one table for the loader
		}
		if in == 0 {
			if of, err = im.sectionTable(s.link, symbols); err != nil {
				return Linkage{}, err
			}
			in, room = s.link, 16*len(of.strings)+1<<20
		}
		relocations, err := im.contents(uint32(i), s.kind, left)
		if err != nil {
			return Linkage{}, err
		}
		left -= s.size
		room = l.add(im, relocations, s.kind == elf.SHT_RELA, of, bias, room)
	}
	return l, nil
}

// add adds relocations, as long as there is room for names, and returns what is
// left of it.
func (l Linkage) add(im *image, relocations []byte, addends bool, of rawTable, bias uint64, room int) int {
	width, half := 4, 8
	if im.is64 {
		width, half = 8, 32
	}
	step, size := 2*width, int(im.symbolSize())
	if addends {
		step += width
	}
	for ; len(relocations) >= step && room > 0; relocations = relocations[step:] {
		info := im.word(relocations[width:])
		kind, index := uint32(info&(1<<half-1)), info>>half
		if index == 0 || index >= uint64(len(of.symbols)/size) || !linksFunction(im.machine, kind) {
			continue
		}
		name, ok := nameAt(of.strings, uint64(im.symbol(of.symbols[int(index)*size:]).name))
		if !ok {
			continue
		}
		shown := Demangle(name)
		room -= len(name) + len(shown)
		l.Slots[im.word(relocations)+bias] = shown
	}
	return room
}

// linksFunction reports whether a relocation puts the address of a symbol in a
// place that code jumps through.
func linksFunction(machine elf.Machine, kind uint32) bool {
	switch machine {
	case elf.EM_X86_64:
		return kind == uint32(elf.R_X86_64_JMP_SLOT) || kind == uint32(elf.R_X86_64_GLOB_DAT)
	case elf.EM_386:
		return kind == uint32(elf.R_386_JMP_SLOT) || kind == uint32(elf.R_386_GLOB_DAT)
	case elf.EM_AARCH64:
		return kind == uint32(elf.R_AARCH64_JUMP_SLOT) || kind == uint32(elf.R_AARCH64_GLOB_DAT)
	}
	return false
}
