package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"quarry/session"
	"quarry/session/symbol"
)

// codeNames names addresses, by the memory map as it was at one moment. It serves
// one listing.
type codeNames struct {
	work    *Workspace
	session *session.Session
	regions []session.Region
	modules []session.Module
	symbols symbol.View
	entries map[uint64]string
	tables  map[string]*symbol.Table  // by module path, nil where there is none
	links   map[string]symbol.Linkage // likewise
	known   map[uint64]string         // targets named already
}

func (w *Workspace) codeNames(ctx context.Context, by *atlas) (*codeNames, error) {
	n := &codeNames{work: w, session: w.session, entries: make(map[uint64]string), tables: make(map[string]*symbol.Table),
		links: make(map[string]symbol.Linkage), known: make(map[uint64]string)}
	var err error
	if n.regions, _, err = by.process.Map(); err != nil {
		return nil, err
	}
	if n.symbols, err = by.symbolsNow(); err != nil {
		return nil, err
	}
	n.modules = n.symbols.Modules()
	for addr, entries := range by.at(ctx) {
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
	names, err := w.codeNames(ctx, w.atlas())
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
