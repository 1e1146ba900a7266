package symbol

import (
	"debug/elf"
	"encoding/binary"
	"io"
)

// Matches reports whether a name as written in the source is that of a linker's
// name, in full or without parameters.
func Matches(name, linker string) bool { return readSource(name).matches(linker) > cloneMatch }

// Telling returns the word that must occur in the mangled form of a name.
func Telling(name string) string { return telling(name) }

// BuildImage makes a small ELF file with one segment and a .symtab that holds
// "counter", "_ZN4Game4tickEi" and "own", which is thread-local.
func BuildImage(is64, big bool) []byte {
	const size = 0x400
	var order binary.ByteOrder = binary.LittleEndian
	ident := [16]byte{0x7f, 'E', 'L', 'F', 1, 1, 1}
	if big {
		order, ident[elf.EI_DATA] = binary.BigEndian, 2
	}
	names := "\x00counter\x00_ZN4Game4tickEi\x00own\x00"
	out := make([]byte, size)
	copy(out[0x300:], names)
	put := func(at int, values ...any) {
		for _, v := range values {
			n, _ := binary.Encode(out[at:], order, v)
			at += n
		}
	}
	symbols := []elf.Sym64{
		{},
		{Name: 1, Info: 0x11, Shndx: 1, Value: 0x10, Size: 4},
		{Name: 9, Info: 0x12, Shndx: 1, Value: 0x20, Size: 8},
		{Name: 25, Info: 0x16, Shndx: 1, Value: 0x8, Size: 4},
	}
	strings := len(names)
	if is64 {
		ident[elf.EI_CLASS] = 2
		put(0, elf.Header64{Ident: ident, Type: 3, Machine: uint16(elf.EM_X86_64), Phoff: 64, Shoff: 0x100, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64, Shnum: 3},
			elf.Prog64{Type: 1, Filesz: size, Memsz: size, Align: 4096})
		put(0x100, elf.Section64{},
			elf.Section64{Type: uint32(elf.SHT_SYMTAB), Off: 0x200, Size: 24 * 4, Link: 2, Entsize: 24},
			elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: 0x300, Size: uint64(strings)})
		put(0x200, symbols)
		return out
	}
	ident[elf.EI_CLASS] = 1
	put(0, elf.Header32{Ident: ident, Type: 3, Machine: uint16(elf.EM_386), Phoff: 52, Shoff: 0x100, Ehsize: 52, Phentsize: 32, Phnum: 1, Shentsize: 40, Shnum: 3},
		elf.Prog32{Type: 1, Filesz: size, Memsz: size, Align: 4096})
	put(0x100, elf.Section32{},
		elf.Section32{Type: uint32(elf.SHT_SYMTAB), Off: 0x200, Size: 16 * 4, Link: 2, Entsize: 16},
		elf.Section32{Type: uint32(elf.SHT_STRTAB), Off: 0x300, Size: uint32(strings)})
	for i, s := range symbols {
		put(0x200+16*i, elf.Sym32{Name: s.Name, Value: uint32(s.Value), Size: uint32(s.Size), Info: s.Info, Shndx: s.Shndx})
	}
	return out
}

// LineOf looks an address up in a file as it stands there.
func LineOf(r io.ReaderAt, size int64, addr uint64) (Line, bool, error) {
	im, err := readImage(r, uint64(size))
	if err != nil {
		return Line{}, false, err
	}
	info, err := im.debugInfo()
	if info == nil || err != nil {
		return Line{}, false, err
	}
	return info.lineAt(addr)
}

// LineIn looks an address up in sections, which have these names behind ".debug_".
func LineIn(sections map[string][]byte, addr uint64) (Line, bool, error) {
	info, err := newDebugInfo(sections, binary.LittleEndian)
	if err != nil {
		return Line{}, false, err
	}
	return info.lineAt(addr)
}
