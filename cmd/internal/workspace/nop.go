package workspace

import (
	"context"
	"fmt"

	"quarry/patch"
	"quarry/search/address"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/disasm"
)

// Nopped is an instruction that was replaced by no-operations, or put back.
type Nopped struct {
	Instruction disasm.Instruction // the one that it was
	Name        string             // of its function and how far from its start, or of its module; may be empty
	Group       patch.Group        // what was written; nothing where that was there already
	Entry       *Entry             // that it became, or nil
	// Lasting tells that the entry is found in later runs of the program too.
	Lasting bool
}

// nop is an instruction that was replaced in this run.
type nop struct {
	instruction   disasm.Instruction
	before, after []byte
	name          string        // of its entry, as it was made
	find          patch.Value   // its pattern, if it has one
	span          session.Range // where that is
}

// place is where the instruction is.
func (n nop) place() session.Range {
	return session.Range{Start: n.instruction.Addr, End: n.instruction.End()}
}

// nopped returns what was replaced at an address, or nil.
func (w *Workspace) nopped(addr uint64) *nop {
	for i := range w.nops {
		if w.nops[i].instruction.Addr == addr {
			return &w.nops[i]
		}
	}
	return nil
}

// Nop replaces the instruction that a reference means by no-operations. It
// becomes an entry of the table, so that it can be saved.
func (w *Workspace) Nop(ctx context.Context, reference string, o Writing) (*Nopped, error) {
	c, err := w.instruction(ctx, reference)
	if err != nil {
		return nil, err
	}
	n := w.nopped(c.Addr)
	if n == nil {
		after, err := patch.Nops(w.session.Layout().Arch, len(c.Bytes))
		if err != nil {
			return nil, err
		}
		n = &nop{instruction: c.Instruction, before: c.Bytes, after: after}
	}
	out := &Nopped{Instruction: n.instruction, Name: c.names.near(c.Addr)}
	var edit patch.Edit
	if edit, out.Lasting, err = w.codeEdit(ctx, n, c); err != nil {
		return nil, err
	}
	if err := w.checkSets(ctx, n.place(), edit.Name); err != nil && w.nopped(c.Addr) == nil {
		return nil, err
	}
	title := fmt.Sprintf("nop %#x", c.Addr)
	if out.Group, err = w.exchange(ctx, title, c.Addr, n.before, n.after, o); err != nil {
		return nil, err
	}
	if len(out.Group.Writes) == 0 {
		return out, nil
	}
	next := w.apart(n.place(), c).with(edit.Name, edit)
	if n.name, n.find = edit.Name, edit.Find; w.nopped(c.Addr) == nil {
		w.nops = append(w.nops, *n)
	}
	if err := w.wrote(out.Group, &next); err != nil {
		return out, err
	}
	entry, err := w.locate(ctx, w.atlas(), edit, nil)
	out.Entry = &entry
	return out, err
}

// checkSets returns an error when an entry beside the one called own sets bytes in a
// range: a file of both could not be applied.
func (w *Workspace) checkSets(ctx context.Context, place session.Range, own string) error {
	atlas := w.atlas()
	for i, e := range w.table.file.Edits {
		if e.Set.Text == "" || e.Disabled || e.Name == own {
			continue
		}
		m, err := atlas.entry(ctx, e, nil)
		if err != nil || !overlap(place, extent(e, m)) {
			continue // what is nowhere now is not there
		}
		if e.Name == "" {
			return fmt.Errorf("%w: entry %d of the table sets bytes at %#x, and a file of both could not be applied", ErrReference, i+1, m.Addr)
		}
		return &adviceError{
			fmt.Errorf("%w: the entry %q sets bytes at %#x, and a file of both could not be applied", ErrReference, e.Name, m.Addr),
			fmt.Sprintf("label --delete %q takes it off the table", e.Name),
		}
	}
	return ctx.Err()
}

// Restore puts an instruction back that Nop has replaced in this run.
func (w *Workspace) Restore(ctx context.Context, reference string, o Writing) (*Nopped, error) {
	by := w.atlas()
	addr, _, err := w.place(ctx, by, reference)
	if err != nil {
		return nil, err
	}
	n := w.nopped(addr)
	if n == nil {
		return nil, &adviceError{fmt.Errorf("%w: nop has replaced nothing at %#x in this run", ErrReference, addr), "patch revert FILE takes back what a patch file has changed"}
	}
	names, err := w.codeNames(ctx, by)
	if err != nil {
		return nil, err
	}
	out := &Nopped{Instruction: n.instruction, Name: names.near(addr)}
	if out.Group, err = w.exchange(ctx, fmt.Sprintf("restore %#x", addr), addr, n.after, n.before, o); err != nil {
		return nil, err
	}
	return out, w.wrote(out.Group, nil)
}

// exchange writes bytes where others are, by the rules of patch files: nothing
// where they are already, and nothing where anything else is.
func (w *Workspace) exchange(ctx context.Context, title string, addr uint64, before, after []byte, o Writing) (patch.Group, error) {
	f := &patch.File{Edits: []patch.Edit{{
		At: fmt.Sprintf("%#x", addr), Type: value.Bytes, Expect: patch.Expectation{Values: []patch.Value{bytesValue(before)}}, Set: bytesValue(after),
	}}}
	plan, err := patch.NewPlan(ctx, w.session, f, w.options())
	if err != nil {
		return patch.Group{}, err
	}
	if err := plan.Edits[0].Err; err != nil {
		return patch.Group{}, err
	}
	result, err := plan.Apply(ctx, w.session, w.writing(ctx, o)...)
	if result == nil {
		return patch.Group{}, err
	}
	result.Group.Title = title
	return result.Group, err
}

func bytesValue(p []byte) patch.Value { return patch.NewValue(value.Bytes, fmt.Sprintf("% x", p)) }

// codeEdit returns the entry of an instruction that is replaced, by its signature or
// else its address, and whether it is found in later runs of the program.
func (w *Workspace) codeEdit(ctx context.Context, n *nop, c code) (edit patch.Edit, lasting bool, err error) {
	edit, lasting, err = w.found(ctx, n, c)
	if err != nil {
		return edit, false, err
	}
	if !lasting {
		edit, lasting = n.at(c)
	}
	for _, former := range w.table.file.Edits { // it was replaced and put back before
		if former.At == edit.At && former.Find == edit.Find && former.Offset == edit.Offset && former.Set == edit.Set {
			edit.Name = former.Name
		}
	}
	if edit.Name == "" {
		edit.Name = w.freeName("nop")
	}
	return edit, lasting, nil
}

// at returns the edit that replaces the instruction at its place, and whether it is
// there in later runs of the program too.
func (n nop) at(c code) (edit patch.Edit, lasting bool) {
	at := address.Durable(n.instruction.Addr, c.names.regions, c.names.modules)
	return patch.Edit{
		Type: value.Bytes, Set: bytesValue(n.after), Note: n.instruction.Text,
		At: at.String(), Expect: patch.Expectation{Values: []patch.Value{bytesValue(n.before)}},
	}, !at.Absolute()
}

// apart returns the table in which no entry of a replaced instruction is found by a
// pattern that holds a place: what is replaced there is no longer what the pattern
// expects. Such entries go by their place from then on.
func (w *Workspace) apart(place session.Range, c code) table {
	next := w.table
	for _, other := range w.nops {
		i := next.index(other.name)
		if i < 0 || other.place() == place || !overlap(other.span, place) || next.file.Edits[i].Find != other.find {
			continue
		}
		edit, _ := other.at(c)
		edit.Name, edit.Group = other.name, next.file.Edits[i].Group
		next = next.with(other.name, edit)
	}
	return next
}

func overlap(a, b session.Range) bool { return a.Start < b.End && b.Start < a.End }

// freeName returns a name for an entry that none has: its kind and a number.
func (w *Workspace) freeName(kind string) string {
	taken := w.taken()
	for n := 1; ; n++ {
		if name := fmt.Sprint(kind, n); !taken[name] {
			return name
		}
	}
}
