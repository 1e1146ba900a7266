package symbol

import "strings"

// Lookup returns the symbols of a name, in the order of the file: by the linker's
// name first; if none has it, by the demangled name, with or without the
// parameters. Of several versions of a name it returns the one that programs
// linked today get, unless the name says which, as in memcpy@GLIBC_2.2.5.
func (t *Table) Lookup(name string) []Symbol {
	name, version := cutVersion(name)
	found := t.byLinker(name, version)
	if len(found) == 0 {
		found = t.bySource(name)
	}
	out := make([]Symbol, len(found))
	for i, at := range found {
		out[i] = t.symbol(at)
	}
	return out
}

func cutVersion(name string) (plain, version string) {
	at := strings.IndexByte(name, '@')
	if at <= 0 {
		return name, ""
	}
	return name[:at], strings.TrimLeft(name[at:], "@")
}

// byLinker returns the entries that the linker calls so.
func (t *Table) byLinker(name, version string) []uint32 {
	var found, hidden []uint32
	if len(t.heads) == 0 {
		return nil
	}
	for i := t.heads[t.bucket(name)]; i != 0; i = t.next[i-1] {
		e := &t.entries[i-1]
		switch {
		case e.name != name || version != "" && e.version != version:
		case e.hidden && version == "":
			hidden = append(hidden, i-1)
		default:
			found = append(found, i-1)
		}
	}
	if len(found) == 0 {
		return hidden
	}
	return found
}

// bySource returns the entries whose demangled names match best.
func (t *Table) bySource(name string) []uint32 {
	wanted := readSource(name)
	var found []uint32
	best := cloneMatch
	for i := range t.entries {
		switch m := wanted.matches(t.entries[i].name); {
		case m > best:
			best, found = m, append(found[:0], uint32(i))
		case m == best:
			found = append(found, uint32(i))
		}
	}
	return found
}
