// Package signature makes byte patterns that find a place in code again, in the
// next run of a program and, with luck, in its next version.
//
//	sig, err := signature.Make(ctx, s, addr, start, signature.Longest)
//	// find sig.Pattern in sig.Module; the place is sig.Offset bytes further
//
// A pattern consists of whole instructions. Operands that move when a program is
// built again are wildcards: distances to variables and to functions that are
// called, and addresses. It is the shortest that is found nowhere else in the
// executable memory of the module and has [Least] bytes that are none.
package signature

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/search/value"
	"quarry/session"
	"quarry/session/disasm"
)

// Longest is how many bytes a signature has at most, unless asked otherwise.
const Longest = 64

// Least is how many bytes of a signature are no wildcards, at least, where there
// is so much code. Fewer may be found once today, and by chance elsewhere in the
// next version of the program.
const Least = 8

// Signature finds one place in the code of a module.
type Signature struct {
	Pattern value.Pattern // [value.Pattern.String] is what find and patch files take
	// Offset is how far the place is from the start of the pattern, in bytes.
	Offset int
	Module string
	// Addr is where the pattern is now.
	Addr uint64
}

// States that the errors of this package stand for. Match them with errors.Is.
var (
	// ErrNotUnique: no pattern of that length is found only there.
	ErrNotUnique = errors.New("no signature is unique")
	// ErrNoCode: there is no code of a module at that address.
	ErrNoCode = errors.New("no code of a module")
)

// NotUniqueError tells how often the best pattern was found. It is [ErrNotUnique].
type NotUniqueError struct {
	Addr    uint64
	Module  string
	Longest int // bytes that were allowed
}

func (e *NotUniqueError) Error() string {
	return fmt.Sprintf("%v: the code at %#x is found more than once in %s, with up to %d bytes", ErrNotUnique, e.Addr, e.Module, e.Longest)
}

// Is matches ErrNotUnique.
func (e *NotUniqueError) Is(target error) bool { return target == ErrNotUnique }

// Hint returns what would work.
func (e *NotUniqueError) Hint() string {
	return "allow a longer one, or write the place as MODULE+OFFSET"
}

// code is the executable memory of a module.
type code struct {
	module  string
	parts   []part
	decoder disasm.Decoder
}

// part is a run of code that could be read; start is its address.
type part struct {
	start uint64
	data  []byte
}

// Make returns the shortest unique pattern of at most longest bytes, and with at
// least [Least] that are no wildcards if it can be, that covers the
// instruction at addr, which must be where one begins. start is where an
// instruction begins at or before addr, best the start of the function; the
// pattern then may begin before addr. Take addr itself if none is known.
//
// The errors are [ErrNoCode], [*NotUniqueError], [disasm.ErrArch],
// [session.ErrGone], and that of ctx. What cannot be read is left out of the search.
func Make(ctx context.Context, t session.Target, addr, start uint64, longest int) (Signature, error) {
	c, err := read(ctx, t, addr)
	if err != nil {
		return Signature{}, err
	}
	p, ok := c.partOf(addr)
	if !ok {
		return Signature{}, fmt.Errorf("%w is at %#x", ErrNoCode, addr)
	}
	steps := c.steps(p, addr, start, longest)
	at := slices.IndexFunc(steps, func(s step) bool { return s.addr == addr })
	if at < 0 { // start is not in the same run of instructions
		steps, at = c.steps(p, addr, addr, longest), 0
	}
	if len(steps) == 0 {
		return Signature{}, fmt.Errorf("%w is at %#x", ErrNoCode, addr)
	}
	best, err := c.shortest(ctx, steps, at, longest)
	if err != nil {
		return Signature{}, err
	}
	if best.Pattern.Bytes == nil {
		return Signature{}, &NotUniqueError{Addr: addr, Module: c.module, Longest: longest}
	}
	return best, nil
}

// read reads the executable memory of the module that addr is in.
func read(ctx context.Context, t session.Target, addr uint64) (*code, error) {
	modules, err := t.Modules()
	if err != nil {
		return nil, err
	}
	d, err := disasm.New(t.Layout().Arch, disasm.Intel)
	if err != nil {
		return nil, err
	}
	within := func(r session.Region) bool { return r.Contains(addr) && r.Perms&session.PermExec != 0 }
	for _, m := range modules {
		if !slices.ContainsFunc(m.Regions, within) {
			continue
		}
		c := &code{module: m.Name, decoder: d}
		for _, r := range m.Regions {
			if r.Perms&session.PermExec == 0 {
				continue
			}
			if err := c.readRegion(ctx, t, r); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
	return nil, fmt.Errorf("%w is at %#x", ErrNoCode, addr)
}

// mostCode is how much code of a module is looked at.
const mostCode = 1 << 30

func (c *code) readRegion(ctx context.Context, t session.Target, r session.Region) error {
	const chunk = 1 << 20
	if r.Size() > mostCode {
		return fmt.Errorf("%s has %d bytes of code, and %d are the limit", c.module, r.Size(), mostCode)
	}
	p := part{start: r.Start}
	for at := r.Start; at < r.End; {
		if err := ctx.Err(); err != nil {
			return err
		}
		piece := make([]byte, min(chunk, r.End-at))
		n, err := t.Read(piece, at)
		if errors.Is(err, session.ErrGone) {
			return err
		}
		p.data = append(p.data, piece[:n]...)
		at += uint64(n)
		if n < len(piece) { // go on behind the page
			page := uint64(t.Layout().PageSize)
			c.parts = append(c.parts, p)
			at = (at + page) &^ (page - 1)
			p = part{start: at}
		}
	}
	c.parts = append(c.parts, p)
	return nil
}

func (c *code) partOf(addr uint64) (part, bool) {
	for _, p := range c.parts {
		if addr >= p.start && addr-p.start < uint64(len(p.data)) {
			return p, true
		}
	}
	return part{}, false
}

// step is one instruction with what of it stays.
type step struct {
	addr        uint64
	bytes, mask []byte
}

// steps decodes from start to as far behind addr as a signature can reach, and
// returns the instructions that a signature may hold.
func (c *code) steps(p part, addr, start uint64, longest int) (steps []step) {
	if start > addr || start < p.start {
		start = addr
	}
	end := min(uint64(len(p.data)), addr-p.start+uint64(max(longest, 0)))
	for _, i := range c.decoder.All(p.data[start-p.start:end], start) {
		if i.Addr+uint64(longest) <= addr {
			continue
		}
		mask := c.decoder.Lasting(i.Bytes, i.Addr)
		kept := make([]byte, len(mask))
		for n := range kept {
			kept[n] = i.Bytes[n] & mask[n]
		}
		steps = append(steps, step{i.Addr, kept, mask})
	}
	return steps
}

// place is a position in the code: a part and an offset in it.
type place struct{ part, offset int }

// shortest looks for the shortest run of instructions that holds steps[at], is
// found once and has Least bytes that are no wildcards, or else fewer. It begins with the places that the one instruction is found at, and
// adds neighbours on both sides, which leaves ever fewer.
func (c *code) shortest(ctx context.Context, steps []step, at, longest int) (best Signature, err error) {
	places, err := c.find(ctx, steps[at])
	if err != nil {
		return best, err
	}
	var few Signature // the shortest with fewer than Least
	offset := 0       // of steps[at] from the start of the pattern
	for first := at; first >= 0; first-- {
		if first < at {
			offset += len(steps[first].bytes)
			places = c.keep(places, steps[first], -offset)
		}
		if offset+len(steps[at].bytes) > longest {
			break
		}
		if err := ctx.Err(); err != nil {
			return best, err
		}
		left, size := places, offset
		for last := at; last < len(steps); last++ {
			if last > at {
				left = c.keep(left, steps[last], size-offset)
			}
			size += len(steps[last].bytes)
			if size > longest || best.Pattern.Bytes != nil && size >= len(best.Pattern.Bytes) {
				break
			}
			if len(left) != 1 {
				continue
			}
			sig := Signature{Pattern: join(steps[first : last+1]), Offset: offset, Module: c.module, Addr: steps[first].addr}
			if fixed(sig.Pattern) >= Least {
				best = sig
				break
			}
			if few.Pattern.Bytes == nil || size < len(few.Pattern.Bytes) {
				few = sig
			}
		}
	}
	if best.Pattern.Bytes == nil {
		return few, nil
	}
	return best, nil
}

// fixed counts the bytes of a pattern that are no wildcards, not even in half.
func fixed(p value.Pattern) (n int) {
	for _, m := range p.Mask {
		if m == 0xff {
			n++
		}
	}
	return n
}

// join puts instructions together.
func join(steps []step) (p value.Pattern) {
	for _, s := range steps {
		p.Bytes, p.Mask = append(p.Bytes, s.bytes...), append(p.Mask, s.mask...)
	}
	return p
}

// find returns the places where an instruction is found.
func (c *code) find(ctx context.Context, s step) (places []place, err error) {
	pattern := value.Pattern{Bytes: s.bytes, Mask: s.mask}
	for n, p := range c.parts {
		for at := range p.data {
			if at&0xfffff == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if pattern.Match(p.data[at:]) {
				places = append(places, place{n, at})
			}
		}
	}
	return places, nil
}

// keep returns those places that have an instruction at a distance.
func (c *code) keep(places []place, s step, distance int) (kept []place) {
	pattern := value.Pattern{Bytes: s.bytes, Mask: s.mask}
	for _, p := range places {
		at := p.offset + distance
		if data := c.parts[p.part].data; at >= 0 && at < len(data) && pattern.Match(data[at:]) {
			kept = append(kept, p)
		}
	}
	return kept
}
