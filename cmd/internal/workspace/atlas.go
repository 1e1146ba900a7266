package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/patch"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/symbol"
)

// atlas tells where entries and address expressions are in a process, by the
// table of entries as it was when the atlas was made. It reads the memory map
// once: make a new one for each occasion. It is for one goroutine.
type atlas struct {
	session *session.Session
	table   table
	options search.Options // to find entries that are located by content
	hits    []Sighting     // of the last watch
	symbols *symbol.Index
	process *address.Process

	ctx   context.Context // of the resolution under way
	inner []string        // the entries that are being resolved: among them a name means something else, as that of a module
	fault error           // why an entry that an expression names has no address
}

func (w *Workspace) atlas() *atlas { return w.atlasOf(w.table) }

func (w *Workspace) atlasOf(t table) *atlas {
	return (&atlas{session: w.session, table: t, options: w.options(), hits: w.sightings, symbols: w.symbols}).renewed()
}

// renewed returns an atlas like this one that has not looked up anything yet.
func (a *atlas) renewed() *atlas {
	out := &atlas{session: a.session, table: a.table, options: a.options, hits: a.hits, symbols: a.symbols, ctx: context.Background()}
	out.process = address.In(out.session, out.named, address.WithSymbols(out.symbols))
	return out
}

// symbolsNow returns the symbols by the map of the atlas.
func (a *atlas) symbolsNow() (symbol.View, error) {
	regions, modules, err := a.process.Map()
	if err != nil {
		return symbol.View{}, err
	}
	return a.symbols.View(regions, modules), nil
}

// entry returns the place of an entry; its Value has the length of what is there
// and no meaning. outer are the entries whose address names this one.
func (a *atlas) entry(ctx context.Context, edit patch.Edit, outer []string) (search.Match, error) {
	m := search.Match{Type: edit.Type, Form: edit.Stored, Order: edit.Order}
	if m.Type == value.Invalid {
		m.Type = edit.Guess()
	}
	if edit.At == "" {
		return a.found(ctx, edit, m)
	}
	var err error
	if m.Addr, err = a.address(ctx, edit.At, append(slices.Clip(outer), edit.Name)); err != nil {
		return m, err
	}
	m.Value = make([]byte, edit.Width())
	return m, nil
}

// found returns the place of an entry that is located by content.
func (a *atlas) found(ctx context.Context, edit patch.Edit, m search.Match) (search.Match, error) {
	place, err := onePlace(ctx, a.session, edit, a.options)
	m.Addr, m.Value = place.Addr, place.Before
	return m, err
}

// onePlace searches for an entry that is located by content. The error is
// ErrReference when it is not at one place.
func onePlace(ctx context.Context, s *session.Session, edit patch.Edit, o search.Options) (patch.Place, error) {
	edit.Disabled = false
	plan, err := patch.NewPlan(ctx, s, &patch.File{Edits: []patch.Edit{edit}}, o)
	if err != nil {
		return patch.Place{}, err
	}
	found := plan.Edits[0]
	switch {
	case found.Err != nil:
		return patch.Place{}, fmt.Errorf("%w: %w", ErrReference, found.Err)
	case len(found.Places) != 1:
		return patch.Place{}, fmt.Errorf("%w: it is found at %d places, and an entry is one", ErrReference, len(found.Places))
	}
	return found.Places[0], nil
}

// address resolves an address expression. outer are the entries that are being
// resolved already.
func (a *atlas) address(ctx context.Context, text string, outer []string) (uint64, error) {
	expr, err := address.Parse(text)
	if err != nil {
		return 0, err
	}
	addr, err := a.resolve(ctx, expr, outer)
	switch {
	case err != nil && a.fault != nil:
		return 0, a.fault
	case errors.Is(err, address.ErrUnresolved):
		return 0, fmt.Errorf("%w: %w", ErrReference, err)
	}
	return addr, err
}

// resolve is address for an expression that was read before. Its errors are those
// of address.Expr.Resolve.
func (a *atlas) resolve(ctx context.Context, expr address.Expr, outer []string) (uint64, error) {
	formerly, inner := a.ctx, a.inner
	defer func() { a.ctx, a.inner = formerly, inner }()
	a.ctx, a.inner, a.fault = ctx, outer, nil
	return expr.Resolve(ctx, a.process)
}

// named tells the address of an entry by its name. Why it has none is kept in
// fault.
func (a *atlas) named(name string) (addr uint64, ok bool, err error) {
	i := a.table.index(name)
	switch {
	case i < 0:
		addr, ok = a.hit(name)
		return addr, ok, nil
	case slices.Contains(a.inner, name):
		return 0, false, nil
	case len(a.inner) > address.MaxNames:
		a.fault = fmt.Errorf("%w: %w", ErrReference, address.ErrNames)
		return 0, false, address.ErrNames
	}
	m, err := a.entry(a.ctx, a.table.file.Edits[i], a.inner)
	a.fault = err
	if errors.Is(err, address.ErrNames) {
		return 0, false, address.ErrNames
	}
	return m.Addr, err == nil, nil
}

// at returns the entry at each address where one is, by its place in the table.
// Entries that are located by content are left out: that would be a search.
func (a *atlas) at(ctx context.Context) map[uint64][]int {
	out := make(map[uint64][]int)
	for i, e := range a.table.file.Edits {
		if e.At == "" || e.Name == "" {
			continue
		}
		if m, err := a.entry(ctx, e, nil); err == nil {
			out[m.Addr] = append(out[m.Addr], i)
		}
	}
	return out
}

// hit returns the address of an instruction that the last watch has seen: hit1
// and so on. Why it has none is kept in fault.
func (a *atlas) hit(name string) (uint64, bool) {
	i := slices.IndexFunc(a.hits, func(s Sighting) bool { return s.Name() == name })
	if i < 0 {
		return 0, false
	}
	c, err := a.hits[i].Code()
	a.fault = err
	return c.Instruction.Addr, err == nil
}
