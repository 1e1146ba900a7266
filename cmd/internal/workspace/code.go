package workspace

import (
	"bytes"
	"context"
	"fmt"

	"quarry/patch"
	"quarry/session"
	"quarry/session/disasm"
	"quarry/session/symbol"
)

// code is an instruction in the process, and the names around it.
type code struct {
	disasm.Instruction
	names   *codeNames
	decoder disasm.Decoder
}

// instruction returns the instruction that a reference means. The error is
// ErrReference for what is no start of an instruction or no code, and
// patch.ErrConflict when it is another by now than the last watch has seen.
func (w *Workspace) instruction(ctx context.Context, reference string) (code, error) {
	var seen []byte
	hit, isHit := w.sighting(reference)
	if isHit && w.table.index(reference) < 0 {
		c, err := hit.Code()
		if err != nil {
			return code{}, err
		}
		seen = c.Bytes
	}
	by := w.atlas()
	addr, _, err := w.place(ctx, by, reference)
	if err != nil {
		return code{}, err
	}
	names, err := w.codeNames(ctx, by)
	if err != nil {
		return code{}, err
	}
	i, err := names.decodeAt(addr)
	switch {
	case err != nil:
		return code{}, err
	case seen != nil && !bytes.Equal(i.Bytes, seen) && w.nopped(addr) == nil:
		return code{}, &patch.ConflictError{Addr: addr, Want: seen, Have: i.Bytes}
	case seen == nil:
		return i, i.begins()
	}
	return i, nil
}

// decodeAt decodes what is at an address, which must be code.
func (n *codeNames) decodeAt(addr uint64) (code, error) {
	s := n.session
	decoder, err := disasm.New(s.Layout().Arch, disasm.Intel)
	if err != nil {
		return code{}, err
	}
	const longest = 15
	p := make([]byte, longest)
	got, err := s.Read(p, addr)
	if got == 0 {
		return code{}, err
	}
	c := code{decoder.Decode(p[:got], addr), n, decoder}
	switch {
	case !n.executable(addr):
		return code{}, fmt.Errorf("%w: %#x is no code: the memory there cannot be executed", ErrReference, addr)
	case c.Bad:
		return code{}, fmt.Errorf("%w: the bytes at %#x (% x) are no instruction that is known", ErrReference, addr, c.Bytes)
	case !n.executable(c.End() - 1):
		return code{}, fmt.Errorf("%w: the bytes at %#x (% x) go beyond the memory that can be executed", ErrReference, addr, c.Bytes)
	}
	return c, nil
}

// begins returns an error when an instruction around the address begins before
// it: by decoding the function from its start, or where that is not known from
// many places before, most of which arrive at the true instructions.
func (c code) begins() error {
	const longest, around = 1 << 20, 64
	s, offset, ok := c.names.at(c.Addr)
	if ok && s.Kind == symbol.Func && offset < longest {
		before, lands := c.walk(c.Addr-offset, c.Addr)
		if lands {
			return nil
		}
		return c.middle(before)
	}
	misses, sum := 0, 0
	var before disasm.Instruction
	for n := uint64(1); n <= around && n <= c.Addr; n++ {
		r, ok := session.FindRegion(c.names.regions, c.Addr-n)
		if !ok || r.Perms&session.PermExec == 0 {
			break
		}
		sum++
		if i, lands := c.walk(c.Addr-n, c.Addr); !lands {
			misses, before = misses+1, i
		}
	}
	if 2*misses > sum {
		return c.middle(before)
	}
	return nil
}

// middle is the error for an address within an instruction.
func (c code) middle(i disasm.Instruction) error {
	return &adviceError{
		fmt.Errorf("%w: %#x is in the middle of an instruction: %s", ErrReference, c.Addr, i.Text),
		fmt.Sprintf("it begins at %#x", i.Addr),
	}
}

// walk decodes from an address on, and reports whether an instruction begins at
// to; if not, it returns the one that reaches beyond.
func (c code) walk(from, to uint64) (disasm.Instruction, bool) {
	const longest = 15
	p := make([]byte, to-from+longest)
	n, _ := c.names.session.Read(p, from) // what cannot be read is missing
	for _, i := range c.decoder.All(p[:n], from) {
		if i.Addr == to {
			return i, true
		}
		if i.End() > to {
			return i, false
		}
	}
	return disasm.Instruction{}, false
}

// lasting returns which bits of the instruction stay when the program is built
// again.
func (c code) lasting() []byte { return c.decoder.Lasting(c.Bytes, c.Addr) }

// near names an address by its function, or else by what it lies in.
func (n *codeNames) near(addr uint64) string {
	s, offset, ok := n.at(addr)
	switch {
	case !ok || s.Kind != symbol.Func:
		return n.name(addr)
	case offset == 0:
		return s.Name()
	}
	return fmt.Sprintf("%s+%#x", s.Name(), offset)
}
