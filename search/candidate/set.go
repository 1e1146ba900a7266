package candidate

import (
	"sort"
	"unsafe"
)

// Set is a set of addresses and the values they held.
type Set struct {
	width    int // of each value, in bytes
	stride   int // distance of neighbouring addresses, in bytes
	constant []byte
	blocks   []block // by address
	slabs    []*slab
	count    uint64
}

// block holds the candidates of one piece of memory. Position p stands for
// address base+p*stride.
type block struct {
	base        uint64
	where       ref // positions, at a multiple of eight
	values      ref
	count       uint32
	first, last uint16
	form        form
	valueForm   valueForm
}

const blockBytes = int(unsafe.Sizeof(block{}))

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
	valuesUniform                   // they are all the same, and stored once
	valuesPacked                    // count values side by side
	valuesWindow                    // the memory from the first to the end of the last value
)

// Len returns the number of candidates.
func (s *Set) Len() uint64 { return s.count }

// Width returns the size of each value in bytes.
func (s *Set) Width() int { return s.width }

// Stride returns the distance of neighbouring addresses in bytes.
func (s *Set) Stride() int { return s.stride }

// Constant returns the bytes of every value when all are the same, else nil.
func (s *Set) Constant() []byte { return s.constant }

// Usage returns how many bytes sets take in memory and in the temporary file.
// What several of them share counts once.
func Usage(sets ...*Set) (memory, file uint64) {
	seen := make(map[*slab]bool)
	for _, s := range sets {
		memory += uint64(cap(s.blocks) * blockBytes)
		for _, slab := range s.slabs {
			switch {
			case seen[slab]:
			case slab.memory == nil:
				file += uint64(slab.size)
			default:
				memory += uint64(slab.size)
			}
			seen[slab] = true
		}
	}
	return memory, file
}

// Blocks returns the number of blocks.
func (s *Set) Blocks() int { return len(s.blocks) }

// Block returns block i, in the order of addresses.
func (s *Set) Block(i int) Block { return Block{s, &s.blocks[i]} }

// Search returns the index of the first block whose base address is not below
// base, which is Blocks() when there is none.
func (s *Set) Search(base uint64) int {
	return sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i].base >= base })
}

// Touches reports whether a block may hold candidates from address start on and
// before end.
func (s *Set) Touches(start, end uint64) bool {
	i := s.Search(start)
	if i < len(s.blocks) && s.blocks[i].base < end {
		return true
	}
	return i > 0 && s.blocks[i-1].base+BlockSize > start
}

// Lookup returns the block with that base address.
func (s *Set) Lookup(base uint64) (Block, bool) {
	i := s.Search(base)
	if i == len(s.blocks) || s.blocks[i].base != base {
		return Block{}, false
	}
	return s.Block(i), true
}
