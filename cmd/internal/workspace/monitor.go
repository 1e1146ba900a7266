package workspace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"quarry/patch"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
)

// Monitor looks at the same places again and again. Places that an expression
// names are found anew at each look, so that a pointer is followed when it
// moves; those of candidates stay.
type Monitor struct {
	Spots []*Spot
	work  *Workspace
	page  []Present // as it is read, one for each spot
}

// Spot is a place that is looked at.
type Spot struct {
	Ref   string // as it was named; of a candidate the number of its row
	Name  string // of the entry, may be empty
	Type  value.Type
	Form  value.Form
	Order binary.ByteOrder
	Hex   bool // the entry asks for hexadecimal numbers

	Addr uint64 // as of the last look; 0 when it had none
	Raw  []byte // what was there; nil when it could not be read
	Err  error  // why not

	expr  address.Expr // finds the place, or zero when it stays
	width int
}

// unknownWidth is how much is read of a text that nothing tells the length of.
const unknownWidth = 64

// Monitor returns what looks at the places of some references: with none, at the
// candidates of the current search, or where there is no search at all entries.
// t is the type of what is at an address; Invalid stands for i32, and of a variable
// for a whole number as wide as it.
func (w *Workspace) Monitor(ctx context.Context, references []string, t value.Type) (*Monitor, error) {
	if _, err := w.Session(); err != nil {
		return nil, err
	}
	references, err := w.watchable(references)
	if err != nil {
		return nil, err
	}
	m := &Monitor{work: w}
	for _, reference := range references {
		for _, word := range w.words(reference) {
			if err := m.add(ctx, word, t); err != nil {
				return nil, err
			}
		}
		if len(m.Spots) > maxPlaces {
			return nil, &adviceError{fmt.Errorf("%w: %q names more than %d places", ErrReference, reference, maxPlaces), "narrow them first, or name some, such as 1..20"}
		}
	}
	m.page = make([]Present, len(m.Spots))
	return m, nil
}

// watchable returns the references, or what is meant by none.
func (w *Workspace) watchable(references []string) ([]string, error) {
	if len(references) > 0 {
		return references, nil
	}
	if g, err := w.Scan(); err == nil && g.Len() > 0 {
		return []string{"all"}, nil
	}
	if names := w.EntryNames(); len(names) > 0 {
		return names, nil
	}
	return nil, &adviceError{fmt.Errorf("%w: there are no candidates and no entries to look at", ErrReference), "name places, such as heap+0x2a0 or &counter; or begin with find"}
}

// add adds the places that one word of a reference names. That an expression
// has no address now is no mistake: a pointer may be set later.
func (m *Monitor) add(ctx context.Context, word string, t value.Type) error {
	if from, to, isRows := rows(word); isRows {
		places, err := m.work.resolveRows(word, from, to)
		for i, place := range places {
			spot := m.spot(fmt.Sprint(from+uint64(i)), place)
			spot.width = len(place.Value)
			m.Spots = append(m.Spots, spot)
		}
		return err
	}
	if i := m.work.table.index(word); i >= 0 {
		return m.addEntry(ctx, word, m.work.table.file.Edits[i])
	}
	by := m.work.atlas()
	addr, err := by.address(ctx, word, nil)
	expr, parseErr := address.Parse(word)
	if err = cmp.Or(parseErr, lasting(err)); err != nil {
		return err
	}
	if t == value.Invalid {
		t = by.typeAt(word, addr)
	}
	spot := m.spot(word, search.Match{Addr: addr, Type: t})
	if !expr.Absolute() {
		spot.expr = expr
	}
	m.Spots = append(m.Spots, spot)
	return nil
}

// lasting returns the error of an expression that has no address, but for one
// that may have it later: all its names are known, and a pointer leads nowhere.
func lasting(err error) error {
	if errors.Is(err, session.ErrUnreadable) {
		return nil
	}
	return err
}

func (m *Monitor) addEntry(ctx context.Context, name string, edit patch.Edit) error {
	place, err := m.work.atlas().entry(ctx, edit, nil)
	if err = lasting(err); err != nil {
		return err
	}
	spot := m.spot(name, place)
	spot.Name, spot.Hex, spot.width = name, edit.Hex, len(place.Value)
	if spot.width == 0 {
		spot.width = edit.Width()
	}
	if expr, err := address.Parse(edit.At); err == nil && !expr.Absolute() { // else it was found by content, and stays
		spot.expr = expr
	}
	m.Spots = append(m.Spots, spot)
	return nil
}

func (m *Monitor) spot(ref string, place search.Match) *Spot {
	s := &Spot{Ref: ref, Type: place.Type, Form: place.Form, Order: place.Order, Addr: place.Addr}
	if s.Type == value.Invalid {
		s.Type = value.I32
	}
	if s.Order == nil {
		s.Order = m.work.session.Layout().Order
	}
	if s.width = s.Form.Size(s.Type); s.width == 0 {
		s.width = unknownWidth
	}
	return s
}

// Look reads all places. An error is one that holds for all of them.
func (m *Monitor) Look(ctx context.Context) error {
	s, err := m.work.Session()
	if err != nil {
		return err
	}
	places := m.work.atlas() // which reads the memory map once
	for i, spot := range m.Spots {
		spot.Raw, spot.Err = nil, nil
		if err := spot.find(ctx, places); err != nil {
			return err
		}
		m.page[i] = Present{Match: search.Match{Addr: spot.Addr, Value: m.page[i].Value}}
		if len(m.page[i].Value) != spot.width {
			m.page[i].Value = make([]byte, spot.width)
		}
	}
	if err := readNow(s, m.page); err != nil { // all in a few calls
		return err
	}
	for i, spot := range m.Spots {
		if err := spot.take(s, m.page[i].Now); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Unreadable returns why none of the places can be read, and none ever will, or
// nil.
func (m *Monitor) Unreadable() error {
	for _, spot := range m.Spots {
		if spot.Err == nil || !spot.expr.IsZero() {
			return nil
		}
	}
	return m.work.unreadable(m.Spots[0].Err)
}

// find finds the place anew where an expression names it. An error is one that
// holds for all places.
func (s *Spot) find(ctx context.Context, a *atlas) error {
	if s.expr.IsZero() {
		return nil
	}
	var outer []string
	if s.Name != "" {
		outer = []string{s.Name}
	}
	addr, err := a.resolve(ctx, s.expr, outer)
	if errors.Is(err, session.ErrGone) || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if s.Addr, s.Err = addr, err; err != nil {
		s.Addr = 0
	}
	return nil
}

// take takes over what was read of the place, nil being nothing: a text may
// begin shortly before what cannot be read. Of a text only what stands before
// the first NUL counts.
func (s *Spot) take(m session.Memory, raw []byte) error {
	switch {
	case s.Err != nil:
		return nil
	case raw == nil:
		raw = make([]byte, s.width)
		n, err := m.Read(raw, s.Addr)
		if errors.Is(err, session.ErrGone) {
			return err
		}
		if raw = raw[:n]; err != nil && (s.Type != value.String || n == 0) {
			s.Err = err
			return nil
		}
	}
	switch {
	case s.Type == value.String && s.Form.Plain():
		raw, _, _ = bytes.Cut(raw, []byte{0})
	case s.Type == value.UTF16:
		for i := 0; i+2 <= len(raw); i += 2 {
			if raw[i] == 0 && raw[i+1] == 0 {
				raw = raw[:i]
			}
		}
	}
	s.Raw = bytes.Clone(raw)
	if s.Raw == nil {
		s.Raw = []byte{}
	}
	return nil
}
