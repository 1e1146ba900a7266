package x64dbg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/search/value"
)

const (
	formHeader = "write the name of a module as >game.exe"
	formLine   = "write OFFSET:OLD->NEW in hexadecimal, such as 1C40:74->EB"
)

// module is the patches of one module, with its name as first written.
type module struct {
	name  string
	bytes []patched
}

// patched is one line of a file.
type patched struct {
	offset   uint64
	old, new byte
	at       int // where the line is in the file
}

// Parse reads a file. All of it can be taken over. The error is a
// [*patch.FileError].
func Parse(name string, data []byte) (*patch.File, []foreign.Omission, error) {
	s, err := foreign.NewSource(name, data)
	if err != nil {
		return nil, nil, err
	}
	modules, err := readModules(s)
	if err != nil {
		return nil, nil, err
	}
	f := &patch.File{Name: name}
	for _, m := range modules {
		if err := m.addEdits(s, f); err != nil {
			return nil, nil, err
		}
	}
	return f, nil, nil
}

// readModules reads all lines. Windows does not tell names apart by case, so
// neither does this.
func readModules(s *foreign.Source) ([]*module, error) {
	var modules []*module
	var current *module
	known := make(map[string]*module)
	text := string(s.Data)
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		begin := at + len(line) - len(strings.TrimLeft(line, " \t"))
		at += len(line) + 1
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '>':
			title := strings.TrimSpace(line[1:])
			if _, ok := foreign.Module(title); !ok {
				return nil, s.Fail(begin, "the name of a module is missing or cannot be one", formHeader)
			}
			if current = known[strings.ToLower(title)]; current == nil {
				current = &module{name: title}
				modules = append(modules, current)
				known[strings.ToLower(title)] = current
			}
		case current == nil:
			return nil, s.Fail(begin, "a patch stands before the name of its module", formHeader)
		default:
			p, err := readLine(s, line, begin)
			if err != nil {
				return nil, err
			}
			current.bytes = append(current.bytes, p)
		}
	}
	if modules == nil {
		return nil, s.Fail(len(text), "there is no patch in it", formHeader)
	}
	return modules, nil
}

func readLine(s *foreign.Source, line string, at int) (patched, error) {
	offset, rest, ok := strings.Cut(line, ":")
	if !ok {
		return patched{}, s.Fail(at, "there is no colon behind the offset", formLine)
	}
	from, to, ok := strings.Cut(rest, "->")
	if !ok {
		return patched{}, s.Fail(at+len(offset)+1, "there is no -> between two bytes", formLine)
	}
	p := patched{at: at}
	var err error
	if p.offset, err = strconv.ParseUint(strings.TrimSpace(offset), 16, 64); err != nil || p.offset > 1<<62 {
		return patched{}, s.Fail(at, fmt.Sprintf("%q is no hexadecimal offset", strings.TrimSpace(offset)), formLine)
	}
	if p.old, ok = hexByte(from); !ok {
		return patched{}, s.Fail(at+len(offset)+1, fmt.Sprintf("%q is no byte", strings.TrimSpace(from)), formLine)
	}
	if p.new, ok = hexByte(to); !ok {
		return patched{}, s.Fail(at+len(line)-len(to), fmt.Sprintf("%q is no byte", strings.TrimSpace(to)), formLine)
	}
	return p, nil
}

func hexByte(text string) (byte, bool) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseUint(text, 16, 8)
	return byte(n), err == nil && len(text) <= 2
}

// addEdits makes edits of the bytes, one for each run of them.
func (m *module) addEdits(s *foreign.Source, f *patch.File) error {
	slices.SortStableFunc(m.bytes, func(a, b patched) int {
		switch {
		case a.offset < b.offset:
			return -1
		case a.offset > b.offset:
			return 1
		}
		return 0
	})
	for i := 0; i < len(m.bytes); {
		if len(f.Edits) == foreign.MaxEntries {
			return s.TooMany(m.bytes[i].at)
		}
		first := m.bytes[i]
		var before, after []byte
		for ; i < len(m.bytes) && m.bytes[i].offset == first.offset+uint64(len(before)); i++ {
			before, after = append(before, m.bytes[i].old), append(after, m.bytes[i].new)
		}
		if i < len(m.bytes) && m.bytes[i].offset == m.bytes[i-1].offset {
			return s.Fail(m.bytes[i].at, fmt.Sprintf("the byte at %X is patched twice", m.bytes[i].offset), "keep one of the two lines")
		}
		place := foreign.Place{Name: m.name, Offset: int64(first.offset)}
		f.Edits = append(f.Edits, patch.Edit{
			At:     place.String(),
			Type:   value.Bytes,
			Expect: patch.Expectation{Values: []patch.Value{{Text: fmt.Sprintf("% x", before)}}},
			Set:    patch.Value{Text: fmt.Sprintf("% x", after)},
		})
	}
	return nil
}
