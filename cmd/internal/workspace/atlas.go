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
// table of entries as it was when the atlas was made. It may be used by several
// goroutines.
type atlas struct {
	session *session.Session
	table   table
	symbols *symbol.Index
	options search.Options // to find entries that are located by content
	hits    []Sighting     // of the last watch
}

func (w *Workspace) atlas() atlas { return w.atlasOf(w.table) }

func (w *Workspace) atlasOf(t table) atlas {
	return atlas{w.session, t, w.symbols, w.options(), w.sightings}
}

// entry returns the place of an entry; its Value has the length of what is there
// and no meaning. outer are the entries whose address names this one.
func (a atlas) entry(ctx context.Context, edit patch.Edit, outer []string) (search.Match, error) {
	m := search.Match{Type: edit.Type, Form: edit.Stored, Order: edit.Order}
	if m.Type == value.Invalid {
		m.Type = edit.Guess()
	}
	if edit.At == "" {
		return a.found(ctx, edit, m)
	}
	var err error
	if m.Addr, err = a.address(ctx, edit.At, append(outer, edit.Name)); err != nil {
		return m, err
	}
	m.Value = make([]byte, edit.Width())
	return m, nil
}

// found returns the place of an entry that is located by content.
func (a atlas) found(ctx context.Context, edit patch.Edit, m search.Match) (search.Match, error) {
	edit.Disabled = false
	plan, err := patch.NewPlan(ctx, a.session, &patch.File{Edits: []patch.Edit{edit}}, a.options)
	if err != nil {
		return m, err
	}
	found := plan.Edits[0]
	if len(found.Places) != 1 {
		return m, errors.Join(ErrReference, found.Err)
	}
	m.Addr, m.Value = found.Places[0].Addr, found.Places[0].Before
	return m, nil
}

// address resolves an address expression. outer are the entries that are being
// resolved already: among them a name means something else, as that of a module.
func (a atlas) address(ctx context.Context, text string, outer []string) (uint64, error) {
	expr, err := address.Parse(text)
	if err != nil {
		return 0, err
	}
	var inner error // why an entry that the expression names has no address
	addr, err := expr.Resolve(ctx, address.In(a.session, a.names(ctx, outer, &inner), address.WithSymbols(a.symbols)))
	switch {
	case err != nil && inner != nil:
		return 0, inner
	case errors.Is(err, address.ErrUnresolved):
		return 0, fmt.Errorf("%w: %w", ErrReference, err)
	}
	return addr, err
}

// names returns what tells the addresses of entries by their names. Why one has
// none is added to failed.
func (a atlas) names(ctx context.Context, outer []string, failed *error) func(string) (uint64, bool) {
	return func(name string) (uint64, bool) {
		i := a.table.index(name)
		if i < 0 {
			return a.hit(name, failed)
		}
		if slices.Contains(outer, name) {
			return 0, false
		}
		m, err := a.entry(ctx, a.table.file.Edits[i], outer)
		*failed = errors.Join(*failed, err)
		return m.Addr, err == nil
	}
}

// hit returns the address of an instruction that the last watch has seen: hit1
// and so on. Why it has none is added to failed.
func (a atlas) hit(name string, failed *error) (uint64, bool) {
	i := slices.IndexFunc(a.hits, func(s Sighting) bool { return s.Name() == name })
	if i < 0 {
		return 0, false
	}
	c, err := a.hits[i].Code()
	*failed = errors.Join(*failed, err)
	return c.Instruction.Addr, err == nil
}
