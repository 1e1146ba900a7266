package patch

import (
	"bytes"
	"errors"
	"slices"

	"quarry/search"
	"quarry/search/value"
	"quarry/session"
)

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
