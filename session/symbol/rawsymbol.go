package symbol

import (
	"debug/elf"
	"strings"
)

// rawSymbol is a symbol as it stands in the file.
type rawSymbol struct {
	name        uint32
	kind        elf.SymType
	binding     elf.SymBind
	section     elf.SectionIndex
	value, size uint64
}

func (im *image) symbol(b []byte) rawSymbol {
	s := rawSymbol{name: im.order.Uint32(b)}
	info := byte(0)
	if im.is64 {
		info, s.section = b[4], elf.SectionIndex(im.order.Uint16(b[6:]))
		s.value, s.size = im.order.Uint64(b[8:]), im.order.Uint64(b[16:])
	} else {
		s.value, s.size = uint64(im.order.Uint32(b[4:])), uint64(im.order.Uint32(b[8:]))
		info, s.section = b[12], elf.SectionIndex(im.order.Uint16(b[14:]))
	}
	s.kind, s.binding = elf.ST_TYPE(info), elf.ST_BIND(info)
	return s
}

// nameAt returns the name at an offset in a string table.
func nameAt(table string, offset uint64) (string, bool) {
	if offset >= uint64(len(table)) {
		return "", false
	}
	rest := table[offset:min(offset+longestName, uint64(len(table)))]
	end := strings.IndexByte(rest, 0)
	if end < 0 {
		return "", false
	}
	return rest[:end], true
}

// readVersion takes the version off the name, where full tables have it, or
// out of the table of versions.
func (e *entry) readVersion(im *image, raw rawTable, i int) {
	if !raw.dynamic {
		if at := strings.IndexByte(e.name, '@'); at > 0 {
			e.hidden = !strings.HasPrefix(e.name[at:], "@@")
			e.name, e.version = e.name[:at], strings.TrimLeft(e.name[at:], "@")
		}
		return
	}
	const hidden = 0x8000
	if len(raw.versions) >= 2*i+2 {
		v := im.order.Uint16(raw.versions[2*i:])
		if index := v &^ hidden; index > 1 {
			e.version, e.hidden = raw.names[index], v&hidden != 0
		}
	}
}
