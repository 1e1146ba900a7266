package workspace

import (
	"context"
	"errors"
	"slices"

	"quarry/patch"
	"quarry/search/signature"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/symbol"
)

// Signature is a pattern that finds an instruction again.
type Signature struct {
	signature.Signature
	Place uint64 // the instruction
	Text  string // the same
}

// Signature returns the shortest pattern that finds the instruction at a place, and
// nothing else in its module.
func (w *Workspace) Signature(ctx context.Context, reference string) (Signature, error) {
	c, err := w.instruction(ctx, reference)
	if err != nil {
		return Signature{}, err
	}
	sig, err := c.signature(ctx)
	return Signature{sig, c.Addr, c.Text}, err
}

// signature returns that of an instruction.
func (c code) signature(ctx context.Context) (signature.Signature, error) {
	sig, err := signature.Make(ctx, c.names.session, c.Addr, c.start(), signature.Longest)
	if errors.Is(err, signature.ErrNoCode) {
		err = &adviceError{err, "code that a program makes while it runs is elsewhere in each run"}
	}
	return sig, err
}

// start returns where the function begins that the instruction is in, or the
// instruction itself.
func (c code) start() uint64 {
	s, offset, ok := c.names.at(c.Addr)
	if !ok || s.Kind != symbol.Func || offset == 0 {
		return c.Addr
	}
	if _, lands := c.walk(c.Addr-offset, c.Addr); !lands {
		return c.Addr
	}
	return c.Addr - offset
}

// found returns the edit that finds an instruction by its signature and sets other
// bytes there; ok is false when there is none that is unique, or that holds other
// instructions that were replaced. The pattern has the bytes that are
// replaced as they are, so that they can be put back, and is as long as it takes to
// find the place afterwards, too. It is at n.span.
func (w *Workspace) found(ctx context.Context, n *nop, c code) (edit patch.Edit, ok bool, err error) {
	sig, err := c.signature(ctx)
	if errors.Is(err, signature.ErrNotUnique) || errors.Is(err, signature.ErrNoCode) {
		return edit, false, nil
	}
	if err != nil {
		return edit, false, err
	}
	pattern := value.Pattern{Bytes: slices.Clone(sig.Pattern.Bytes), Mask: slices.Clone(sig.Pattern.Mask)}
	copy(pattern.Bytes[sig.Offset:], n.before)
	for i := range n.before {
		pattern.Mask[sig.Offset+i] = 0xff
	}
	for next := sig.Addr + uint64(len(pattern.Bytes)); len(pattern.Bytes) <= signature.Longest; {
		n.span = session.Range{Start: sig.Addr, End: next}
		if slices.ContainsFunc(w.nops, func(other nop) bool { return other.place() != n.place() && overlap(n.span, other.place()) }) {
			return edit, false, nil
		}
		edit = patch.Edit{
			Type: value.Bytes, Find: patch.NewValue(value.Bytes, pattern.String()), In: "module:" + sig.Module,
			Offset: sig.Offset, Set: bytesValue(n.after), Note: n.instruction.Text,
		}
		plan, err := patch.NewPlan(ctx, w.session, &patch.File{Edits: []patch.Edit{edit}}, w.options())
		if err != nil {
			return edit, false, err
		}
		if e := plan.Edits[0]; e.State == patch.Pending && len(e.Places) == 1 && e.Places[0].Addr == c.Addr {
			return edit, true, nil
		}
		more, err := c.names.decodeAt(next)
		if err != nil {
			return edit, false, nil
		}
		pattern.Bytes = append(pattern.Bytes, more.Bytes...)
		pattern.Mask = append(pattern.Mask, more.lasting()...)
		next = more.End()
	}
	return edit, false, nil
}
