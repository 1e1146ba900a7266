package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"quarry/session"
	"quarry/session/disasm"
	"quarry/session/symbol"
)

// Listing is a piece of code.
type Listing struct {
	Arch     string
	Function *symbol.Symbol // where a whole function was asked for
	Code     bool           // the memory may be executed
	Cut      bool           // the function is longer than what was decoded
	Lines    []CodeLine
}

// CodeLine is an instruction and what is known about the addresses in it.
type CodeLine struct {
	disasm.Instruction
	Labels []string // names of this address
	Target string   // name of where it goes, may be empty
	Notes  []CodeNote
}

// CodeNote tells what an address that an instruction names stands for.
type CodeNote struct {
	Addr uint64
	Name string // a symbol, an entry, a module with an offset; may be empty
	Text string // what is there, if it is a text
}

const (
	defaultLines = 10
	mostLines    = 1 << 16
	mostCode     = 1 << 20 // bytes of one function
)

// Disassemble decodes n instructions at the place that a reference names. With n
// 0, it is the whole function if the reference is its name, and 10 instructions
// otherwise.
func (w *Workspace) Disassemble(ctx context.Context, reference string, n int, syntax disasm.Syntax) (Listing, error) {
	s, err := w.Session()
	if err != nil {
		return Listing{}, err
	}
	if n > mostLines {
		return Listing{}, &adviceError{fmt.Errorf("%w: %d instructions are more than %d", ErrReference, n, mostLines), "dump writes code to a file"}
	}
	decoder, err := disasm.New(s.Layout().Arch, syntax)
	if err != nil {
		return Listing{}, err
	}
	addr, _, err := w.Place(ctx, reference)
	if err != nil {
		return Listing{}, err
	}
	names, err := w.codeNames(ctx)
	if err != nil {
		return Listing{}, err
	}
	out := Listing{Arch: s.Layout().Arch}
	if r, ok := session.FindRegion(names.regions, addr); ok {
		out.Code = r.Perms&session.PermExec != 0
	}
	const longest = 15
	size := uint64(n) * longest
	if n == 0 {
		n, size = defaultLines, defaultLines*longest
		if f, ok := w.function(reference, addr, names); ok {
			out.Function, out.Cut = &f, f.Size > mostCode
			n, size = mostCode, min(f.Size, mostCode)
		}
	}
	code := make([]byte, size)
	got, err := s.Read(code, addr)
	if got == 0 {
		return Listing{}, w.unreadable(err)
	}
	for _, i := range decoder.All(code[:got], addr) {
		if err := ctx.Err(); err != nil {
			return Listing{}, err
		}
		if len(out.Lines) == n {
			break
		}
		out.Lines = append(out.Lines, names.line(i))
	}
	if f := out.Function; f != nil { // which may have several names
		first := &out.Lines[0]
		first.Labels = append([]string{f.Name()}, slices.DeleteFunc(first.Labels, func(l string) bool { return l == f.Name() })...)
	}
	return out, s.Alive()
}

// function returns the function that a reference is the name of.
func (w *Workspace) function(reference string, addr uint64, names *codeNames) (symbol.Symbol, bool) {
	s, offset, ok := names.at(addr)
	if !ok || offset != 0 || s.Kind != symbol.Func || s.Size == 0 || w.table.index(reference) >= 0 {
		return symbol.Symbol{}, false
	}
	if _, _, isRow := rows(reference); isRow {
		return symbol.Symbol{}, false
	}
	found, err := w.symbols.Find(strings.TrimPrefix(strings.TrimSpace(reference), "&"))
	return found, err == nil && found.Addr == addr && found.Size > 0
}

// codeNames names addresses, by the memory map as it was at one moment. It serves
// one listing.
type codeNames struct {
	work    *Workspace
	session *session.Session
	regions []session.Region
	modules []session.Module
	entries map[uint64]string
	tables  map[string]*symbol.Table  // by module path, nil where there is none
	links   map[string]symbol.Linkage // likewise
	known   map[uint64]string         // targets named already
}

func (w *Workspace) codeNames(ctx context.Context) (*codeNames, error) {
	n := &codeNames{work: w, session: w.session, entries: make(map[uint64]string), tables: make(map[string]*symbol.Table),
		links: make(map[string]symbol.Linkage), known: make(map[uint64]string)}
	var err error
	if n.regions, err = w.session.Regions(); err != nil {
		return nil, err
	}
	if n.modules, err = w.symbols.Modules(); err != nil {
		return nil, err
	}
	for addr, entries := range w.atlas().at(ctx) {
		n.entries[addr] = w.table.file.Edits[entries[0]].Name
	}
	return n, ctx.Err()
}

// module returns the module that an address lies in.
func (n *codeNames) module(addr uint64) (session.Module, bool) {
	for _, m := range n.modules {
		if slices.ContainsFunc(m.Regions, func(r session.Region) bool { return r.Contains(addr) }) {
			return m, true
		}
	}
	return session.Module{}, false
}

// at returns the symbol that an address lies in, and how far.
func (n *codeNames) at(addr uint64) (s symbol.Symbol, offset uint64, ok bool) {
	m, ok := n.module(addr)
	if !ok {
		return s, 0, false
	}
	t, known := n.tables[m.Path]
	if !known {
		t, _ = n.work.symbols.Table(m) // nil where it cannot be read
		n.tables[m.Path] = t
	}
	if t == nil {
		return s, 0, false
	}
	return t.At(addr)
}

// Names returns what names addresses by the entries and symbols of this moment; a
// name is empty where there is none.
func (w *Workspace) Names(ctx context.Context) (func(addr uint64) string, error) {
	names, err := w.codeNames(ctx)
	if err != nil {
		return nil, err
	}
	return names.given, nil
}

// given names an address by an entry or a symbol, or not at all.
func (n *codeNames) given(addr uint64) string {
	if name, ok := n.entries[addr]; ok {
		return name
	}
	s, offset, ok := n.at(addr)
	switch {
	case ok && offset == 0:
		return s.Name()
	case ok && (s.Size > 0 || n.executable(addr)): // labels in data reach too far
		return fmt.Sprintf("%s+%#x", s.Name(), offset)
	}
	return ""
}

// name names an address: by an entry, a symbol, a module, or not at all.
func (n *codeNames) name(addr uint64) string {
	if name := n.given(addr); name != "" {
		return name
	}
	if m, ok := n.module(addr); ok {
		return fmt.Sprintf("%s+%#x", m.Name, addr-m.Base)
	}
	if r, ok := session.FindRegion(n.regions, addr); ok && (r.Kind == session.KindHeap || r.Kind == session.KindStack) {
		return fmt.Sprintf("%s+%#x", r.Kind, addr-r.Start)
	}
	return ""
}

func (n *codeNames) executable(addr uint64) bool {
	r, ok := session.FindRegion(n.regions, addr)
	return ok && r.Perms&session.PermExec != 0
}

// line adds to an instruction what is known about its addresses.
func (n *codeNames) line(i disasm.Instruction) CodeLine {
	line := CodeLine{Instruction: i}
	if s, offset, ok := n.at(i.Addr); ok && offset == 0 {
		line.Labels = append(line.Labels, s.Name())
	}
	if name, ok := n.entries[i.Addr]; ok && !slices.Contains(line.Labels, name) {
		line.Labels = append(line.Labels, name)
	}
	if i.HasTarget {
		line.Target = n.target(i.Target)
	}
	for _, o := range i.Memory {
		if !o.Fixed || o.Segment != "" {
			continue
		}
		note := CodeNote{Addr: o.Addr, Name: n.name(o.Addr)}
		if m, ok := n.module(o.Addr); ok {
			if name, ok := n.linkage(m).Slots[o.Addr]; ok {
				note.Name = name + "@got"
			}
		}
		if i.Flow == disasm.Jump || i.Flow == disasm.Call {
			line.Target = n.slot(o.Addr)
		}
		if o.AddressOnly {
			note.Text = n.text(o.Addr)
		}
		line.Notes = append(line.Notes, note)
	}
	return line
}

// target names where a jump or a call goes, through a stub of the linker to what
// that calls.
func (n *codeNames) target(addr uint64) string {
	name, ok := n.known[addr]
	if !ok {
		if name = n.stub(addr); name == "" {
			name = n.name(addr)
		}
		n.known[addr] = name
	}
	return name
}

// stub names what an entry of the procedure linkage table jumps to: name@plt.
func (n *codeNames) stub(addr uint64) string {
	if s, offset, ok := n.at(addr); ok && offset == 0 && s.Size > 0 {
		return "" // a function of its own
	}
	layout := n.session.Layout()
	decoder, err := disasm.New(layout.Arch, disasm.Intel)
	if err != nil {
		return ""
	}
	code := make([]byte, 32)
	got, _ := n.session.Read(code, addr)
	for at, i := range decoder.All(code[:got], addr) {
		switch {
		case at > 4: // not even the second one
			return ""
		case strings.HasPrefix(i.Text, "endbr"):
			continue
		case i.Flow != disasm.Jump || len(i.Memory) != 1:
			return ""
		}
		slot := i.Memory[0].Addr
		if m, ok := n.module(addr); ok && !i.Memory[0].Fixed {
			if i.Memory[0].Base != "ebx" || i.Memory[0].Index != "" {
				return ""
			}
			slot = uint64(uint32(n.linkage(m).GOT + uint64(i.Memory[0].Disp)))
		}
		if name := n.slot(slot); name != "" {
			return name + "@plt"
		}
		return ""
	}
	return ""
}

// slot names the function whose address is at a place, as the linker says or as
// it is there now.
func (n *codeNames) slot(addr uint64) string {
	if m, ok := n.module(addr); ok {
		if name, ok := n.linkage(m).Slots[addr]; ok {
			return name
		}
	}
	layout := n.session.Layout()
	word := make([]byte, layout.WordSize)
	if got, _ := n.session.Read(word, addr); got < len(word) {
		return ""
	}
	to := uint64(0)
	if layout.WordSize == 4 {
		to = uint64(layout.Order.Uint32(word))
	} else {
		to = layout.Order.Uint64(word)
	}
	if s, offset, ok := n.at(to); ok && offset == 0 {
		return s.Name()
	}
	return ""
}

// text returns the text that is at an address, quoted, or nothing.
func (n *codeNames) text(addr uint64) string {
	const least, most = 2, 40
	r, ok := session.FindRegion(n.regions, addr)
	if !ok || r.Perms&session.PermExec != 0 || !r.Readable() {
		return ""
	}
	p := make([]byte, min(most+utf8.UTFMax, r.End-addr))
	got, _ := n.session.Read(p, addr)
	text, _, ended := strings.Cut(string(p[:got]), "\x00")
	for !ended && len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	bad := strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) && r != '\n' && r != '\t' })
	if bad || len(text) < least {
		return ""
	}
	quoted := fmt.Sprintf("%q", text)
	if !ended {
		quoted += "…"
	}
	return quoted
}

// linkage returns that of a module, read from its file once.
func (n *codeNames) linkage(m session.Module) symbol.Linkage {
	l, known := n.links[m.Path]
	if known {
		return l
	}
	table := n.tables[m.Path]
	if table == nil {
		_, _, _ = n.at(m.Base)
		table = n.tables[m.Path]
	}
	if table != nil && strings.HasPrefix(m.Path, "/") {
		if f, err := n.session.OpenModule(m); err == nil {
			if info, err := f.Stat(); err == nil {
				l, _ = symbol.ReadLinkage(f, info.Size(), table.Bias()) // empty when the file makes no sense
			}
			f.Close()
		}
	}
	n.links[m.Path] = l
	return l
}
