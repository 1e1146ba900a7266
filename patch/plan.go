package patch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"quarry/patch/freeze"
	"quarry/search"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
)

// Plan is what a patch file would do in a process: the state of each edit and
// what it would change, byte for byte. Making one writes nothing.
type Plan struct {
	File  *File
	Edits []PlannedEdit // one for each edit of the file, in its order

	identity session.Identity
}

// PlannedEdit is an edit of a plan.
type PlannedEdit struct {
	Edit
	Index int // in the file, from 0
	State State
	Err   error // why, in the states that stop a plan; else nil
	// Places are where the edit is, by address. Of an edit that is located by
	// content, and of which more are found than asked for, they are the first.
	Places []Place
	// Pending and Applied count the places, also those that are not listed.
	Pending, Applied int
	// File is a [*FileWriteError] when the edit would change a file on disk, now
	// or because of what it keeps frozen: that takes [WithFileWrites]. Else nil.
	File error
	// Padded is the number of NULs at the end of the new text, at each place.
	Padded int

	compiled *compiled
	kept     []session.Range // where it keeps a value frozen
}

// Label names the edit for messages: edit "lives", or edit 2.
func (p PlannedEdit) Label() string { return p.label(p.Index) }

// Place is where an edit changes memory.
type Place struct {
	Addr    uint64
	Before  []byte // what is there
	After   []byte // what would be there
	Applied bool   // they are equal, so there is nothing to do

	guards []Write // bytes around it that must stay as they are
	around []Write // bytes around it by which it was found
}

// Marked reports whether a place was found by bytes that the edit leaves as they
// are, so that [Place.Stands] can tell.
func (p Place) Marked() bool { return len(p.around) > 0 }

// Stands reports whether the bytes around a place by which it was found are still
// there. Where they cannot be read they are not; any other error is returned.
func (p Place) Stands(mem session.Memory) (bool, error) {
	for _, w := range p.around {
		have := make([]byte, len(w.Before))
		err := readFull(mem, have, w.Addr)
		if err != nil && (errors.Is(err, session.ErrGone) || !errors.Is(err, session.ErrUnreadable)) {
			return false, err
		}
		if err != nil || !bytes.Equal(have, w.Before) {
			return false, nil
		}
	}
	return true, nil
}

// write returns the write that makes the change.
func (p Place) write() Write { return Write{p.Addr, p.Before, p.After} }

// NewPlan finds out what the file would do in the process. It returns a
// [*FileError] for a file that cannot be used, a [*TargetError] for a process that
// the file is not for, session.ErrGone when the process ends meanwhile and
// ctx.Err() when ctx is done. Edits that cannot be applied are no error here:
// their State tells.
func NewPlan(ctx context.Context, t Target, f *File, o search.Options) (*Plan, error) {
	edits, err := f.compile(t.Layout().Order)
	if err != nil {
		return nil, err
	}
	if err := f.Target.Check(t); err != nil {
		return nil, err
	}
	p := &Plan{File: f, identity: t.Identity()}
	l := newLocator(ctx, t, f, o)
	for i, c := range edits {
		e := PlannedEdit{Edit: c.Edit, Index: i, Padded: c.padded, compiled: c}
		if err := l.plan(ctx, &e); err != nil {
			return nil, err
		}
		if e.kept, err = l.kept(ctx, e); err != nil {
			return nil, err
		}
		p.Edits = append(p.Edits, e)
	}
	p.findOverlaps()
	if err := p.findFiles(t); err != nil {
		return nil, err
	}
	return p, nil
}

// kept returns where an edit keeps a value frozen, as far as that can be told now.
func (l *locator) kept(ctx context.Context, e PlannedEdit) ([]session.Range, error) {
	if e.Disabled || e.Freeze.Mode == freeze.Off {
		return nil, nil
	}
	addr := uint64(0)
	switch {
	case len(e.Places) == 1:
		addr = e.Places[0].Addr
	case e.compiled.byContent():
		return nil, nil
	default:
		var err error
		if addr, err = l.resolve(ctx, e.Name, e.compiled.at); err != nil { // it is waited for
			return nil, ctx.Err()
		}
	}
	return []session.Range{{Start: addr, End: addr + uint64(e.Width())}}, nil
}

// findFiles tells which edits would change a file on disk.
func (p *Plan) findFiles(t Target) error {
	if !slices.ContainsFunc(p.Edits, func(e PlannedEdit) bool { return e.State == Pending || e.kept != nil }) {
		return nil
	}
	regions, err := t.Regions()
	if err != nil {
		return err
	}
	look := policy{known: true, regions: regions}
	for i, e := range p.Edits {
		written := e.kept
		if e.State == Pending {
			written = append(ranges(group(e.steps())), e.kept...)
		}
		p.Edits[i].File = look.refuseFiles(t, written)
	}
	return nil
}

// CheckFiles returns a [*FileWriteError] when applying the plan, or keeping frozen
// what it says, would change a file on disk, and so needs [WithFileWrites]; that of
// the first such edit.
func (p *Plan) CheckFiles() error {
	for _, e := range p.Edits {
		if e.File != nil {
			return e.File
		}
	}
	return nil
}

// compile reads all edits of a file for a byte order.
func (f *File) compile(order binary.ByteOrder) ([]*compiled, error) {
	edits := make([]*compiled, len(f.Edits))
	for i, e := range f.Edits {
		c, err := compile(e, order)
		if err != nil {
			return nil, fileError(f.Name, e.label(i), err)
		}
		edits[i] = c
	}
	return edits, nil
}

// Count returns how many edits are in a state.
func (p *Plan) Count(s State) int {
	n := 0
	for _, e := range p.Edits {
		if e.State == s {
			n++
		}
	}
	return n
}

// Check returns a [*PlanError] when the plan cannot be applied. Optional edits
// that are not found do not stop it.
func (p *Plan) Check() error {
	var stopped []PlannedEdit
	for _, e := range p.Edits {
		if e.State.sentinel() != nil && !(e.State == Unresolved && e.Optional) {
			stopped = append(stopped, e)
		}
	}
	if stopped == nil {
		return nil
	}
	return &PlanError{stopped}
}

// findOverlaps makes conflicts of pending edits that would change what an
// earlier one changes.
func (p *Plan) findOverlaps() {
	type change struct {
		edit  int
		write Write
	}
	var changes []change
	for i, e := range p.Edits {
		if e.State != Pending {
			continue
		}
		for _, place := range e.Places {
			if !place.Applied {
				changes = append(changes, change{i, place.write()})
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.write.Addr, b.write.Addr) })
	for i := 1; i < len(changes); i++ {
		a, b := changes[i-1], changes[i]
		if a.write.end() > b.write.Addr {
			later := &p.Edits[max(a.edit, b.edit)]
			later.State, later.Err = Conflict, &OverlapError{First: a.write.Addr, Second: b.write.Addr}
		}
	}
}

// locator finds the places of edits in one process.
type locator struct {
	target  Target
	names   *address.Process
	options search.Options
	modules []session.Module     // once they are needed
	edits   map[string]Edit      // by their names
	inner   []string             // the edits whose addresses are being told
	found   map[string]foundEdit // those found by content, by their names
	trouble error                // why a named edit has no address
	// keep is how many places that hold the new bytes are listed at least.
	keep int
}

// listed is how many places are listed where more are found than asked for.
const listed = 16

func newLocator(ctx context.Context, t Target, f *File, o search.Options) *locator {
	l := &locator{target: t, options: o, keep: listed, edits: make(map[string]Edit), found: make(map[string]foundEdit)}
	for _, e := range f.Edits {
		if e.Name != "" {
			l.edits[e.Name] = e
		}
	}
	l.names = address.In(t, func(name string) (uint64, bool, error) { return l.named(ctx, name) })
	return l
}

// named returns the address of the edit with that name, which the address of
// another may be told by. What an edit's own address says by its name is
// something else, such as a module.
func (l *locator) named(ctx context.Context, name string) (addr uint64, ok bool, err error) {
	e, ok := l.edits[name]
	switch {
	case !ok || slices.Contains(l.inner, name):
		return 0, false, nil
	case len(l.inner) > address.MaxNames:
		l.trouble = address.ErrNames
		return 0, false, address.ErrNames
	case e.At == "":
		addr, err := l.foundAt(ctx, name, e)
		l.trouble = errors.Join(l.trouble, err)
		return addr, err == nil, nil
	}
	expr, err := address.Parse(e.At)
	if err == nil {
		addr, err = l.resolve(ctx, name, expr)
	}
	if errors.Is(err, address.ErrNames) {
		return 0, false, address.ErrNames
	}
	return addr, err == nil, nil
}

// foundEdit is the address of an edit that is found by content, or why it has
// none.
type foundEdit struct {
	addr uint64
	err  error
}

// foundAt returns where an edit is that is found by content. It is looked for
// once, also when it is off: its place is one all the same.
func (l *locator) foundAt(ctx context.Context, name string, e Edit) (uint64, error) {
	if known, ok := l.found[name]; ok {
		return known.addr, known.err
	}
	var at foundEdit
	c, err := compile(e, l.target.Layout().Order)
	if err == nil {
		look := PlannedEdit{Edit: c.Edit, compiled: c}
		err = l.planContent(ctx, &look)
		switch {
		case err != nil:
		case len(look.Places) == 1 && look.Err == nil:
			at.addr = look.Places[0].Addr
		default:
			err = fmt.Errorf("edit %q, whose place the address begins with, is not at one place: %w", name, cmp.Or(look.Err, ErrAmbiguous))
		}
	}
	at.err = err
	l.found[name] = at
	return at.addr, at.err
}

// resolve returns the address of an edit.
func (l *locator) resolve(ctx context.Context, name string, expr address.Expr) (uint64, error) {
	l.inner = append(l.inner, name)
	defer func() { l.inner = l.inner[:len(l.inner)-1] }()
	return expr.Resolve(ctx, l.names)
}

// plan finds the places of an edit and settles its state. An error is one that
// ends the whole plan.
func (l *locator) plan(ctx context.Context, e *PlannedEdit) error {
	var err error
	switch {
	case e.Disabled || e.compiled.nothing():
		e.State = Off
		return ctx.Err()
	case e.compiled.byContent():
		err = l.planContent(ctx, e)
	default:
		err = l.planAddress(ctx, e)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case errors.Is(err, session.ErrGone):
		return err
	case errors.Is(err, session.ErrScope) || errors.Is(err, address.ErrUnresolved),
		errors.Is(err, address.ErrNames), errors.Is(err, ErrUnresolved), errors.Is(err, ErrAmbiguous):
		e.State, e.Err = Unresolved, err
		return nil
	case errors.Is(err, session.ErrUnreadable):
		e.State, e.Err = Unreadable, err
		return nil
	}
	return err
}

func (l *locator) planAddress(ctx context.Context, e *PlannedEdit) error {
	c := e.compiled
	l.trouble = nil
	addr, err := l.resolve(ctx, c.Name, c.at)
	if err != nil {
		return cmp.Or(l.trouble, err)
	}
	have := make([]byte, c.width())
	if err := readFull(l.target, have, addr); err != nil {
		return err
	}
	place := Place{Addr: addr, Before: have[:len(c.fresh)], After: c.fresh}
	place.Applied = bytes.Equal(place.Before, place.After)
	switch {
	case place.Applied:
		e.State, e.Applied = Applied, 1
	case c.expect.accepts(have):
		e.State, e.Pending = Pending, 1
		if len(c.expect.patterns) == 1 {
			place.guards = guards(c.expect.patterns[0], addr, have, 0, len(c.fresh))
		}
	default:
		e.State, e.Err = Conflict, c.conflict(addr, have)
	}
	e.Places = []Place{place}
	return nil
}

// conflict returns the error for bytes that are not expected.
func (c *compiled) conflict(addr uint64, have []byte) error {
	e := &ConflictError{Addr: addr, Have: have}
	if c.expect.exact() {
		e.Want = c.expect.patterns[0].Bytes
	}
	return e
}

func (l *locator) planContent(ctx context.Context, e *PlannedEdit) error {
	if err := l.findPlaces(ctx, e); err != nil {
		return err
	}
	total := e.Pending + e.Applied
	switch {
	case e.Pending == 0 && e.Applied > 0 && (e.Matches == All || e.Matches == e.Applied):
		e.State = Applied
	case e.Matches == All && e.Pending > 0 || e.Matches == total:
		e.State = Pending
	default:
		e.State = Unresolved
		if e.Matches != All && total > e.Matches {
			e.State = Ambiguous
		}
		spots, err := l.spots(e.Places)
		if err != nil {
			return err
		}
		e.Err = &CountError{Want: e.Matches, Pending: e.Pending, Applied: e.Applied, Spots: spots}
	}
	return nil
}

// findPlaces searches for what the edit replaces, and for what it looks like once
// it is applied.
func (l *locator) findPlaces(ctx context.Context, e *PlannedEdit) error {
	c := e.compiled
	old, err := l.search(ctx, c, c.old)
	if c.test != nil {
		old, err = search.Find(ctx, l.target, c.query, l.options)
	}
	if err != nil {
		return err
	}
	free := uint64(0) // the first address that no pending place has taken
	for m, err := range old.All() {
		if err != nil {
			return err
		}
		place := c.place(m)
		if !place.Applied && c.Matches == All {
			if place.Addr < free {
				continue
			}
			free = place.write().end()
		}
		l.list(e, place)
	}
	laid, err := l.search(ctx, c, c.laid)
	if err != nil {
		return err
	}
	for m, err := range laid.All() {
		if err != nil {
			return err
		}
		if !c.isOld(m.Value) {
			l.list(e, c.place(m))
		}
	}
	slices.SortStableFunc(e.Places, func(a, b Place) int { return cmp.Compare(a.Addr, b.Addr) })
	e.countOnce()
	return nil
}

// countOnce leaves out places that were found twice, since the program, or what
// keeps a value frozen, wrote between both searches: what was found last counts.
func (e *PlannedEdit) countOnce() {
	once := e.Places[:0]
	for _, p := range e.Places {
		if n := len(once); n > 0 && once[n-1].Addr == p.Addr && once[n-1].Applied != p.Applied {
			once[n-1].Applied, once[n-1].Before = true, p.After
			e.Pending--
			continue
		}
		once = append(once, p)
	}
	e.Places = once
}

// list counts a place, and lists it when not too many are already.
func (l *locator) list(e *PlannedEdit, p Place) {
	count, room := &e.Pending, max(listed, e.Matches)
	if p.Applied {
		count, room = &e.Applied, max(l.keep, e.Matches)
	} else if e.Matches == All {
		room = *count + 1
	}
	if *count < room {
		e.Places = append(e.Places, p)
	}
	*count++
}

// search finds a pattern in the scope of an edit.
func (l *locator) search(ctx context.Context, c *compiled, p value.Pattern) (*search.Generation, error) {
	q := search.Query{Type: value.Bytes, Scope: c.scope, Align: max(c.Type.Size(), 1)}
	q.Condition.A = p.String()
	return search.Find(ctx, l.target, q, l.options)
}

// place returns where the edit is in a match of its content.
func (c *compiled) place(m search.Match) Place {
	p := Place{
		Addr:   m.Addr + uint64(c.Offset),
		Before: slices.Clone(m.Value[c.Offset : c.Offset+len(c.fresh)]),
		After:  c.fresh,
	}
	p.Applied = bytes.Equal(p.Before, p.After)
	if c.test == nil {
		p.around = guards(c.old, m.Addr, m.Value, c.Offset, len(c.fresh))
	}
	if !p.Applied {
		p.guards = p.around
	}
	return p
}

// guards returns writes that change nothing: the bytes of a match that the
// pattern names exactly, but for the n bytes at offset, which the edit changes.
func guards(p value.Pattern, addr uint64, have []byte, offset, n int) []Write {
	var out []Write
	for from := 0; from < len(p.Mask); {
		to := from
		for to < len(p.Mask) && p.Mask[to] == 0xff && (to < offset || to >= offset+n) {
			to++
		}
		if to > from {
			same := slices.Clone(have[from:to])
			out = append(out, Write{addr + uint64(from), same, same})
		}
		from = max(to, from+1)
	}
	return out
}
