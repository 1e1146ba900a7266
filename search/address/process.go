package address

import (
	"context"
	"fmt"
	"strings"

	"quarry/session"
	"quarry/session/symbol"
)

// Process resolves names and pointers in a target: modules, "heap" and "stack",
// labelled entries, and symbols if the target has them. The memory map is read when a name first needs it and
// kept: make a new Process for each occasion. It must not be used by several
// goroutines at once.
type Process struct {
	target  session.Target
	entry   Entry
	modules []session.Module
	regions []session.Region
	mapped  bool          // modules and regions have been read
	symbols *symbol.Index // nil until one is needed
}

var _ SymbolResolver = (*Process)(nil)

// Entry returns the address of a labelled entry. ok is false when none has that
// name; err tells that one has, and that nothing else is to be tried.
type Entry func(name string) (addr uint64, ok bool, err error)

// In returns the Process for a target. entry, which may be nil, answers for
// labelled entries; modules of the same name come first, so that no label changes what saved
// addresses mean.
func In(t session.Target, entry Entry, opts ...Option) *Process {
	p := &Process{target: t, entry: entry}
	for _, opt := range opts {
		opt(p)
	}
	return p
}

// Name implements [Resolver].
func (p *Process) Name(_ context.Context, name string) (uint64, bool, error) {
	if err := p.readMap(); err != nil {
		return 0, false, err
	}
	switch name {
	case "heap":
		return p.first(session.KindHeap, name)
	case "stack":
		return p.first(session.KindStack, name)
	}
	addr, ok, err := p.module(name)
	if !ok && err == nil && p.entry != nil {
		addr, ok, err = p.entry(name)
	}
	return addr, ok, err
}

// Map returns the memory map by which names are resolved. The slices must not be
// changed.
func (p *Process) Map() ([]session.Region, []session.Module, error) {
	err := p.readMap()
	return p.regions, p.modules, err
}

func (p *Process) readMap() (err error) {
	if p.mapped {
		return nil
	}
	if p.regions, p.modules, err = p.target.Map(); err != nil {
		return err
	}
	p.mapped = true
	return nil
}

// first returns where the first region of a kind begins.
func (p *Process) first(kind session.Kind, name string) (uint64, bool, error) {
	for _, r := range p.regions {
		if r.Kind == kind {
			return r.Start, true, nil
		}
	}
	return 0, false, noRegion(name)
}

func (p *Process) module(name string) (uint64, bool, error) {
	var found []session.Module
	for _, m := range p.modules {
		if m.Name == name || strings.Contains(name, "/") && m.Path == name {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return 0, false, nil
	case 1:
		return found[0].Base, true, nil
	}
	return 0, false, fmt.Errorf("%d modules are called %q: %s at %#x and %s at %#x", len(found), name,
		found[0].Path, found[0].Base, found[1].Path, found[1].Base)
}

// Pointer implements [Resolver].
func (p *Process) Pointer(_ context.Context, addr uint64) (uint64, error) {
	layout := p.target.Layout()
	var raw [8]byte
	word := raw[:layout.WordSize]
	if _, err := p.target.Read(word, addr); err != nil {
		return 0, err
	}
	if layout.WordSize == 4 {
		return uint64(layout.Order.Uint32(word)), nil
	}
	return layout.Order.Uint64(word), nil
}
