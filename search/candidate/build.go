package candidate

import (
	"bytes"
	"math/bits"
)

// Builder collects candidates for a set; [Writer.NewBuilder] makes it and
// [Join] makes a set of the builders of several writers.
//
// When an adding method fails, the search has failed: all that is left to do
// is [Writer.Discard].
type Builder struct {
	writer  *Writer
	set     Set
	counted int // bytes of the directory that the store counts
}

// Len returns the number of candidates collected so far.
func (b *Builder) Len() uint64 { return b.set.count }

// Piece is memory that was read, for builders to take values from. When
// several builders of one writer are given the same Piece, its bytes are
// stored once. It should cover no more than a block and the values that cross
// its end.
type Piece struct {
	Addr uint64
	Data []byte

	at     ref // of all of Data
	stored bool
}

// AddWindow adds the candidates whose bit is set in marks. Bit i stands for
// position first+i, address base+(first+i)*stride; piece holds their values.
// All positions must be below BlockSize, and no block may be added twice.
func (b *Builder) AddWindow(base uint64, first int, marks []uint64, piece *Piece) error {
	count, low, high := survey(marks)
	if count == 0 {
		return nil
	}
	blk := block{base: base, count: uint32(count), first: uint16(first + low), last: uint16(first + high)}
	if err := b.storeMarks(&blk, marks, first); err != nil {
		return err
	}
	if b.set.constant == nil {
		start := base + uint64((first+low)*b.set.stride)
		if err := b.storeWindow(&blk, piece, int(start-piece.Addr), marks, low); err != nil {
			return err
		}
	}
	b.add(blk)
	return nil
}

// AddPacked adds the candidates at positions, rising, with their values side
// by side.
func (b *Builder) AddPacked(base uint64, positions []uint16, values []byte) error {
	if len(positions) == 0 {
		return nil
	}
	blk := block{base: base, count: uint32(len(positions)), first: positions[0], last: positions[len(positions)-1]}
	if err := b.storePositions(&blk, positions); err != nil {
		return err
	}
	if b.set.constant == nil {
		if err := b.storePacked(&blk, values); err != nil {
			return err
		}
	}
	b.add(blk)
	return nil
}

// add appends a block to the directory and counts the memory it takes.
func (b *Builder) add(blk block) {
	before := cap(b.set.blocks)
	b.set.blocks = append(b.set.blocks, blk)
	if grown := (cap(b.set.blocks) - before) * blockBytes; grown > 0 {
		b.counted += grown
		b.writer.store.count(grown)
	}
	b.set.count += uint64(blk.count)
}

// formOf returns the smallest form of a block's positions.
func formOf(blk *block) form {
	first, last, count := int(blk.first), int(blk.last), int(blk.count)
	switch {
	case count == last-first+1:
		return formRun
	case 2*count <= bitmapBytes(first, last):
		return formOffsets
	}
	return formBitmap
}

// storeMarks stores the positions of a block, bit 0 of marks being position
// first.
func (b *Builder) storeMarks(blk *block, marks []uint64, first int) error {
	blk.form = formOf(blk)
	switch blk.form {
	case formOffsets:
		raw, err := b.alloc(&blk.where, 2*int(blk.count))
		if err != nil {
			return err
		}
		appendOffsets(asOffsets(raw)[:0], marks, first)
	case formBitmap:
		raw, err := b.alloc(&blk.where, bitmapBytes(int(blk.first), int(blk.last)))
		if err != nil {
			return err
		}
		copyBits(asWords(raw), marks, int(blk.first)/64*64-first)
	}
	return nil
}

// storePositions does the same for rising positions.
func (b *Builder) storePositions(blk *block, positions []uint16) error {
	blk.form = formOf(blk)
	switch blk.form {
	case formOffsets:
		raw, err := b.alloc(&blk.where, 2*len(positions))
		if err != nil {
			return err
		}
		copy(asOffsets(raw), positions)
	case formBitmap:
		raw, err := b.alloc(&blk.where, bitmapBytes(int(blk.first), int(blk.last)))
		if err != nil {
			return err
		}
		clear(raw)
		words := asWords(raw)
		for _, p := range positions {
			p -= blk.first / 64 * 64
			words[p/64] |= 1 << (p % 64)
		}
	}
	return nil
}

// storeWindow stores the values of a block in the smallest form. The first of
// them, that of bit low of marks, is at byte at of the piece.
func (b *Builder) storeWindow(blk *block, piece *Piece, at int, marks []uint64, low int) error {
	width, stride := b.set.width, b.set.stride
	span := int(blk.last-blk.first)*stride + width
	memory := piece.Data[at : at+span]
	packed := int(blk.count) * width
	switch {
	case b.uniform(blk, memory, marks, low):
		return b.storeUniform(blk, memory[:width])
	case packed < b.windowFrom(piece, span):
		blk.valueForm = valuesPacked
		dst, err := b.alloc(&blk.values, packed)
		if err == nil {
			gather(dst, memory, marks, low, stride, width)
		}
		return err
	}
	blk.valueForm = valuesWindow
	if len(b.writer.builders) == 1 {
		dst, err := b.alloc(&blk.values, span)
		copy(dst, memory)
		return err
	}
	err := b.storePiece(piece)
	blk.values = piece.at
	blk.values.offset += uint32(at)
	return err
}

// windowFrom returns the number of bytes of values from which on the span bytes
// of memory that they are among should be referred to, and the values not be
// copied.
func (b *Builder) windowFrom(piece *Piece, span int) int {
	switch {
	case piece.stored:
		return (span + 7) / 8
	case len(b.writer.builders) > 1:
		return span / 2 // as others will refer to it too
	}
	return span
}

// storePiece stores all of a piece, once.
func (b *Builder) storePiece(piece *Piece) error {
	if piece.stored {
		return nil
	}
	dst, err := b.alloc(&piece.at, len(piece.Data))
	copy(dst, piece.Data)
	piece.stored = err == nil
	return err
}

// worthSharing reports whether n bytes of values should refer to the size
// bytes of memory that they are among, rather than be copied.
func worthSharing(n, size int) bool { return n*8 >= size }

// uniform reports whether all values of a block are the same; memory holds them
// from the first on, which is that of bit low of marks.
func (b *Builder) uniform(blk *block, memory []byte, marks []uint64, low int) bool {
	width, stride := b.set.width, b.set.stride
	if blk.form == formRun {
		// A comparison of the memory with itself, shifted by one value. It ends
		// at once unless the memory repeats itself.
		shift := stride
		if blk.count == 1 {
			shift = 0
		}
		return bytes.Equal(memory[shift:], memory[:len(memory)-shift])
	}
	value := memory[:width]
	for i, word := range marks {
		for ; word != 0; word &= word - 1 {
			at := (i*64 + bits.TrailingZeros64(word) - low) * stride
			if !bytes.Equal(memory[at:at+width], value) {
				return false
			}
		}
	}
	return true
}

func (b *Builder) storeUniform(blk *block, value []byte) error {
	blk.valueForm = valuesUniform
	dst, err := b.alloc(&blk.values, len(value))
	copy(dst, value)
	return err
}

// storePacked stores values that lie side by side.
func (b *Builder) storePacked(blk *block, values []byte) error {
	width := b.set.width
	if bytes.Equal(values[width:], values[:len(values)-width]) {
		return b.storeUniform(blk, values[:width])
	}
	blk.valueForm = valuesPacked
	dst, err := b.alloc(&blk.values, len(values))
	copy(dst, values)
	return err
}

// gather copies the values of the bits set in marks to dst, side by side.
// memory begins with that of bit low.
func gather(dst, memory []byte, marks []uint64, low, stride, width int) {
	for i, word := range marks {
		for ; word != 0; word &= word - 1 {
			at := (i*64 + bits.TrailingZeros64(word) - low) * stride
			dst = dst[copy(dst, memory[at:at+width]):]
		}
	}
}

// alloc takes n bytes of a slab and tells where they are.
func (b *Builder) alloc(at *ref, n int) ([]byte, error) {
	where, raw, err := b.writer.alloc(n)
	*at = where
	return raw, err
}
