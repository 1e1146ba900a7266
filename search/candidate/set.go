// Package candidate holds the addresses that a search found, and the values
// they held, in as little memory as the information in them takes.
//
// A [Set] is cut into blocks, each for the candidates in at most [BlockSize]
// consecutive bytes of the process. A block stores its candidates in whichever
// of three forms is smallest: as a run when they follow each other without a
// gap, as a bitmap when they are dense, or as 16-bit offsets when they are few.
// Values are not stored at all when they are all the same, and otherwise side
// by side or as the piece of memory that holds them all, again what is
// smaller. A search for 0 in zeros thus takes a few bytes for 64 KiB, and a
// search for an unknown value takes the memory it looked at, once.
//
// A Set never changes after it was built and may be used by several
// goroutines.
package candidate

import (
	"iter"
	"math/bits"
	"sort"
)

// BlockSize is the greatest number of bytes of the process that one block
// covers.
const BlockSize = 1 << 16

// Set is a set of addresses and the values they held.
type Set struct {
	width    int // of each value, in bytes
	stride   int // distance of neighbouring addresses, in bytes
	constant []byte
	blocks   []block
	slabs    [][]byte
	count    uint64
}

// form tells how the positions of a block are stored.
type form uint8

const (
	formRun     form = iota // first..last, nothing stored
	formOffsets             // count 16-bit positions
	formBitmap              // one bit for each position from first/64*64 to last
)

// valueForm tells how the values of a block are stored.
type valueForm uint8

const (
	valuesConstant valueForm = iota // they are all Set.constant
	valuesPacked                    // count values side by side
	valuesWindow                    // the memory from the first to the end of the last value
)

// block holds the candidates of one piece of memory. Position p stands for
// address base+p*stride.
type block struct {
	base        uint64
	where       ref // positions
	values      ref
	count       uint32
	first, last uint16
	form        form
	valueForm   valueForm
}

// ref is a place in a slab of the set.
type ref struct {
	slab, offset uint32
}

// Len returns the number of candidates.
func (s *Set) Len() uint64 { return s.count }

// Width returns the size of each value in bytes.
func (s *Set) Width() int { return s.width }

// Stride returns the distance of neighbouring addresses in bytes.
func (s *Set) Stride() int { return s.stride }

// Constant returns the bytes of every value when all are the same, else nil.
func (s *Set) Constant() []byte { return s.constant }

// Memory returns the number of bytes the set takes.
func (s *Set) Memory() uint64 {
	total := uint64(len(s.blocks)) * blockBytes
	for _, slab := range s.slabs {
		total += uint64(cap(slab))
	}
	return total
}

// Blocks returns the number of blocks.
func (s *Set) Blocks() int { return len(s.blocks) }

// Block returns block i, in the order of addresses.
func (s *Set) Block(i int) Block { return Block{s, &s.blocks[i]} }

// All iterates over the candidates in the order of addresses, with the bytes
// each held. The bytes belong to the set and must not be changed.
func (s *Set) All() iter.Seq2[uint64, []byte] { return s.From(0) }

// From iterates as [Set.All] does, from the candidate with that index on.
func (s *Set) From(index uint64) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		var positions []uint16
		for i := range s.blocks {
			b := s.Block(i)
			if skip := uint64(b.Len()); index >= skip {
				index -= skip
				continue
			}
			positions = b.Positions(positions[:0])
			for rank := int(index); rank < len(positions); rank++ {
				if !yield(b.Addr(positions[rank]), b.value(rank, positions[rank])) {
					return
				}
			}
			index = 0
		}
	}
}

// Lookup returns the block with that base address.
func (s *Set) Lookup(base uint64) (Block, bool) {
	i := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i].base >= base })
	if i == len(s.blocks) || s.blocks[i].base != base {
		return Block{}, false
	}
	return s.Block(i), true
}

// Block is a view of one block of a set.
type Block struct {
	set *Set
	b   *block
}

// Len returns the number of candidates in the block.
func (b Block) Len() int { return int(b.b.count) }

// Base returns the address of position 0.
func (b Block) Base() uint64 { return b.b.base }

// Addr returns the address of a position.
func (b Block) Addr(position uint16) uint64 {
	return b.b.base + uint64(position)*uint64(b.set.stride)
}

// First and Last return the positions of the first and the last candidate.
func (b Block) First() int { return int(b.b.first) }

// Last returns the position of the last candidate.
func (b Block) Last() int { return int(b.b.last) }

// Span returns the number of bytes from the start of the first value to the
// end of the last.
func (b Block) Span() int {
	return (b.Last()-b.First())*b.set.stride + b.set.width
}

// Positions appends the positions of all candidates to dst, rising.
func (b Block) Positions(dst []uint16) []uint16 {
	switch b.b.form {
	case formRun:
		for p := b.First(); p <= b.Last(); p++ {
			dst = append(dst, uint16(p))
		}
	case formOffsets:
		dst = append(dst, b.offsets()...)
	case formBitmap:
		base := b.First() / 64 * 64
		for i, word := range b.bitmap() {
			for ; word != 0; word &= word - 1 {
				dst = append(dst, uint16(base+i*64+bits.TrailingZeros64(word)))
			}
		}
	}
	return dst
}

// Mask clears the bits of marks that stand for no candidate. Bit i of marks
// stands for position First()+i.
func (b Block) Mask(marks []uint64) {
	switch b.b.form {
	case formOffsets:
		next := 0
		offsets := b.offsets()
		for i := range marks {
			var keep uint64
			for ; next < len(offsets) && int(offsets[next])-b.First() < i*64+64; next++ {
				keep |= 1 << ((int(offsets[next]) - b.First()) % 64)
			}
			marks[i] &= keep
		}
	case formBitmap:
		words := b.bitmap()
		shift := b.First() % 64
		for i := range marks {
			word := words[i] >> shift
			if i+1 < len(words) {
				word |= words[i+1] << (64 - shift)
			}
			marks[i] &= word
		}
	}
}

// Window returns the memory from the start of the first value to the end of
// the last, as it was, or nil when the block does not hold it.
func (b Block) Window() []byte {
	if b.b.valueForm != valuesWindow {
		return nil
	}
	return b.set.bytes(b.b.values, b.Span())
}

// Values appends the values of all candidates to dst, side by side. positions
// must be those of the block.
func (b Block) Values(dst []byte, positions []uint16) []byte {
	if b.b.valueForm == valuesPacked {
		return append(dst, b.set.bytes(b.b.values, b.Len()*b.set.width)...)
	}
	for rank, p := range positions {
		dst = append(dst, b.value(rank, p)...)
	}
	return dst
}

// value returns the bytes of the candidate with that rank and position.
func (b Block) value(rank int, position uint16) []byte {
	width := b.set.width
	switch b.b.valueForm {
	case valuesPacked:
		return b.set.bytes(b.b.values, b.Len()*width)[rank*width:][:width:width]
	case valuesWindow:
		return b.Window()[(int(position)-b.First())*b.set.stride:][:width:width]
	}
	return b.set.constant
}
