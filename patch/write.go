package patch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"quarry/session"
	"quarry/session/bug"
)

// Write is the replacement of the bytes at one address.
type Write struct {
	Addr   uint64
	Before []byte // what must be there
	After  []byte // what is put there, as many bytes as Before
}

// end returns the first address after the write.
func (w Write) end() uint64 { return w.Addr + uint64(len(w.After)) }

// inverse returns the write that takes w back.
func (w Write) inverse() Write { return Write{w.Addr, w.After, w.Before} }

// Apply makes all of the writes or none. It reads every address first, and again
// right before it is written, and returns a [*ConflictError] when something else
// than Before is there. After each write it reads back.
//
// A write whose Before and After are equal changes nothing, but must be true.
// All others are made in one piece each, in the order given.
//
// When one fails, those already made are taken back, the last first, each where
// our bytes still are. If that is not possible for some, the error is a
// [*PartialError] that lists them. ctx is heeded until the first write; from then
// on the group is finished or taken back.
//
// Two writes that overlap are an error that is [ErrOverlap], found before
// anything is read.
//
// A shared mapping of a file is memory like any other here: see [CheckFiles].
func Apply(ctx context.Context, mem session.Memory, writes []Write) error {
	steps := make([]step, len(writes))
	for i, w := range writes {
		steps[i] = step{Write: w}
	}
	return apply(ctx, mem, steps)
}

// step is a write on its way into memory.
type step struct {
	Write
	// accept, when set, decides instead of Before what may be overwritten. What
	// it is then becomes Before. It is for values that a program keeps changing,
	// so reading back something new is no failure.
	accept func(have []byte) bool
	// guards must hold before the first write of the group is made.
	guards []Write
}

// changes reports whether the step has anything to write.
func (s step) changes() bool { return !bytes.Equal(s.Before, s.After) }

// group returns the writes of the steps that change something.
func group(steps []step) []Write {
	var writes []Write
	for _, s := range steps {
		if s.changes() {
			writes = append(writes, s.Write)
		}
	}
	return writes
}

// apply does what [Apply] says. It fills in Before of the steps that accept.
func apply(ctx context.Context, mem session.Memory, steps []step) error {
	if err := check(steps); err != nil {
		return err
	}
	if err := verifyAll(ctx, mem, steps); err != nil {
		return err
	}
	return commitAll(ctx, mem, steps)
}

// verifyAll compares everything with what must be there, and fills in Before of
// the steps that accept.
func verifyAll(ctx context.Context, mem session.Memory, steps []step) error {
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := steps[i].verify(mem); err != nil {
			return err
		}
		for _, g := range steps[i].guards {
			if err := (&step{Write: g}).verify(mem); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// commitAll makes the writes, or takes back those that were made when one fails.
func commitAll(ctx context.Context, mem session.Memory, steps []step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range steps {
		var n int
		err := bug.Guard(func() (err error) { n, err = steps[i].commit(mem); return err })()
		if bug.Is(err) {
			n = len(steps[i].After) // it may have been written
		}
		if err != nil {
			done := group(steps[:i])
			if n > 0 {
				s := steps[i].Write
				done = append(done, Write{s.Addr, s.Before[:n], s.After[:n]})
			}
			return takeBack(mem, done, err)
		}
	}
	return nil
}

// check refuses writes that make no sense, whatever is in memory.
func check(steps []step) error {
	sorted := make([]Write, 0, len(steps))
	for _, s := range steps {
		if s.accept == nil && len(s.Before) != len(s.After) {
			return fmt.Errorf("write at %#x: %d bytes cannot replace %d", s.Addr, len(s.After), len(s.Before))
		}
		if n := uint64(len(s.After)); n > 0 && s.Addr+n-1 < s.Addr {
			return fmt.Errorf("write at %#x: %d bytes reach past the last address", s.Addr, n)
		}
		if len(s.After) > 0 {
			sorted = append(sorted, s.Write)
		}
	}
	slices.SortStableFunc(sorted, func(a, b Write) int { return cmp.Compare(a.Addr, b.Addr) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; b.Addr-a.Addr < uint64(len(a.After)) {
			return &OverlapError{First: a.Addr, Second: b.Addr}
		}
	}
	return nil
}

// verify reads what is at the step's address and compares it with what must be.
func (s *step) verify(mem session.Memory) error {
	have := make([]byte, len(s.After))
	if err := readFull(mem, have, s.Addr); err != nil {
		return err
	}
	if s.accept != nil {
		if !s.accept(have) {
			return &ConflictError{Addr: s.Addr, Have: have}
		}
		s.Before = have
		return nil
	}
	if !bytes.Equal(have, s.Before) {
		return &ConflictError{Addr: s.Addr, Want: s.Before, Have: have}
	}
	return nil
}

// commit verifies once more, writes and reads back. It returns how many bytes
// may have been changed when it fails.
func (s *step) commit(mem session.Memory) (int, error) {
	if err := s.verify(mem); err != nil || !s.changes() {
		return 0, err
	}
	if n, err := writeFull(mem, s.After, s.Addr); err != nil {
		return n, err
	}
	have := make([]byte, len(s.After))
	if err := readFull(mem, have, s.Addr); err != nil {
		return len(s.After), err
	}
	moved := s.accept != nil && !bytes.Equal(have, s.Before)
	if !bytes.Equal(have, s.After) && !moved {
		return len(s.After), &ConflictError{Addr: s.Addr, Want: s.After, Have: have, Written: true}
	}
	return len(s.After), nil
}

// takeBack undoes writes that were made, the last first, and returns cause; or
// a PartialError when some could not be undone.
func takeBack(mem session.Memory, done []Write, cause error) error {
	partial := &PartialError{Cause: cause}
	for _, w := range slices.Backward(done) {
		have := make([]byte, len(w.After))
		err := readFull(mem, have, w.Addr)
		switch {
		case err == nil && bytes.Equal(have, w.Before):
			continue
		case err == nil && !bytes.Equal(have, w.After):
			if saysSo(cause, w) {
				continue
			}
			partial.Changed = append(partial.Changed, w)
			continue
		case err == nil:
			_, err = writeFull(mem, w.Before, w.Addr)
		}
		if err == nil {
			err = readFull(mem, have, w.Addr)
		}
		if err != nil || bytes.Equal(have, w.After) {
			partial.Left = append(partial.Left, w)
		}
		if errors.Is(err, session.ErrGone) {
			partial.Cause = err // whatever it was before
		}
	}
	if partial.Left == nil && partial.Changed == nil {
		return cause
	}
	slices.Reverse(partial.Left)
	slices.Reverse(partial.Changed)
	return partial
}

// saysSo reports whether cause already tells that the program changed w.
func saysSo(cause error, w Write) bool {
	var conflict *ConflictError
	return errors.As(cause, &conflict) && conflict.Written && conflict.Addr == w.Addr
}

var errShort = errors.New("fewer bytes than asked for")

// readFull fills p. A short read is an error even if none was given.
func readFull(mem session.Memory, p []byte, addr uint64) error {
	n, err := mem.Read(p, addr)
	if err == nil && n < len(p) {
		err = &session.AccessError{State: session.ErrUnreadable, Addr: addr + uint64(n), Cause: errShort}
	}
	return err
}

// writeFull writes p. A short write is an error even if none was given.
func writeFull(mem session.Memory, p []byte, addr uint64) (int, error) {
	n, err := mem.Write(p, addr)
	if err == nil && n < len(p) {
		err = &session.AccessError{State: session.ErrUnwritable, Addr: addr + uint64(n), Cause: errShort}
	}
	return n, err
}
