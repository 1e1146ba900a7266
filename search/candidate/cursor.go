package candidate

import (
	"iter"
)

// Candidate is an address and the bytes found there.
type Candidate struct {
	Addr  uint64
	Value []byte
}

// All iterates over the candidates in the order of addresses. The value is
// valid up to the next step. An error, which is [ErrStorage], is the last step.
func (s *Set) All() iter.Seq2[Candidate, error] { return s.From(0) }

// From iterates as [Set.All] does, from the candidate with that index on.
func (s *Set) From(index uint64) iter.Seq2[Candidate, error] {
	return func(yield func(Candidate, error) bool) {
		block := 0
		for ; block < len(s.blocks) && index >= uint64(s.blocks[block].count); block++ {
			index -= uint64(s.blocks[block].count)
		}
		c := s.Cursor(block)
		for c.Next() {
			if index > 0 {
				index--
			} else if !yield(c.Candidate, nil) {
				return
			}
		}
		if c.Err() != nil {
			yield(Candidate{}, c.Err())
		}
	}
}

// Cursor goes through the candidates of a set. It is for one goroutine.
type Cursor struct {
	// Candidate is the present one, after Next returned true. Its value is
	// valid up to the next call of Next.
	Candidate

	set       *Set
	next      int // block to enter
	block     Block
	positions []uint16 // of the block
	rank      int      // of the candidate to come
	values    []byte
	scratch   Scratch
	err       error
}

// Cursor returns a cursor before the first candidate of that block.
func (s *Set) Cursor(block int) *Cursor {
	return &Cursor{set: s, next: block, Candidate: Candidate{Value: make([]byte, s.width)}}
}

// Next goes to the next candidate. It returns false when there is none, or
// when Err has an error.
func (c *Cursor) Next() bool {
	for c.rank == len(c.positions) {
		if c.err != nil || c.next == len(c.set.blocks) || !c.enter() {
			return false
		}
	}
	position := c.positions[c.rank]
	at := 0
	switch width := c.set.width; c.block.b.valueForm {
	case valuesPacked:
		at = c.rank * width
	case valuesWindow:
		at = (int(position) - c.block.First()) * c.set.stride
	}
	c.rank++
	c.Addr = c.block.Addr(position)
	copy(c.Value, c.values[at:]) // slabs may go while the caller still looks
	return true
}

// Err returns the error that ended the iteration, which is [ErrStorage].
func (c *Cursor) Err() error { return c.err }

// enter looks into the next block.
func (c *Cursor) enter() bool {
	c.block, c.rank = c.set.Block(c.next), 0
	c.next++
	c.positions, c.err = c.block.Positions(&c.scratch, c.positions[:0])
	if c.err == nil {
		c.values, c.err = c.block.stored(&c.scratch)
	}
	if c.err != nil {
		c.positions = c.positions[:0]
	}
	return c.err == nil
}
