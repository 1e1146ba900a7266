package candidate

// Block is a view of one block of a set. Its methods that take a [Scratch]
// return an error that is [ErrStorage] when the temporary file cannot be read.
// They allocate nothing once the scratch has grown.
type Block struct {
	set *Set
	b   *block
}

// Len returns the number of candidates in the block.
func (b Block) Len() int { return int(b.b.count) }

// Width returns the size of each value in bytes.
func (b Block) Width() int { return b.set.width }

// Base returns the address of position 0.
func (b Block) Base() uint64 { return b.b.base }

// Addr returns the address of a position.
func (b Block) Addr(position uint16) uint64 {
	return b.b.base + uint64(position)*uint64(b.set.stride)
}

// First returns the position of the first candidate.
func (b Block) First() int { return int(b.b.first) }

// Last returns the position of the last candidate.
func (b Block) Last() int { return int(b.b.last) }

// Span returns the number of bytes from the start of the first value to the
// end of the last.
func (b Block) Span() int {
	return (b.Last()-b.First())*b.set.stride + b.set.width
}

// Start returns the address of the first candidate.
func (b Block) Start() uint64 { return b.Addr(b.b.first) }

// Resident reports whether looking at the values does not read the file.
func (b Block) Resident() bool {
	return b.b.valueForm == valuesConstant || b.set.slabs[b.b.values.slab].memory != nil
}

func (b Block) offsets(s *Scratch) ([]uint16, error) {
	raw, err := s.where.view(b.set.slabs[b.b.where.slab], int(b.b.where.offset), 2*b.Len())
	return asOffsets(raw), err
}

func (b Block) bitmap(s *Scratch) ([]uint64, error) {
	raw, err := s.where.view(b.set.slabs[b.b.where.slab], int(b.b.where.offset), bitmapBytes(b.First(), b.Last()))
	return asWords(raw), err
}

// Positions appends the positions of all candidates to dst, rising.
func (b Block) Positions(s *Scratch, dst []uint16) ([]uint16, error) {
	switch b.b.form {
	case formOffsets:
		offsets, err := b.offsets(s)
		return append(dst, offsets...), err
	case formBitmap:
		words, err := b.bitmap(s)
		return appendOffsets(dst, words, b.First()/64*64), err
	}
	for p := b.First(); p <= b.Last(); p++ {
		dst = append(dst, uint16(p))
	}
	return dst, nil
}

// Mask clears the bits of marks that stand for no candidate. Bit i of marks
// stands for position First()+i; there must be none past Last().
func (b Block) Mask(s *Scratch, marks []uint64) error {
	switch b.b.form {
	case formOffsets:
		offsets, err := b.offsets(s)
		if err != nil {
			return err
		}
		maskOffsets(marks, offsets, b.First())
	case formBitmap:
		words, err := b.bitmap(s)
		if err != nil {
			return err
		}
		for i := range marks {
			marks[i] &= bitsAt(words, b.First()%64+i*64)
		}
	}
	return nil
}

// maskOffsets clears the bits of marks other than those at offsets, less first.
func maskOffsets(marks []uint64, offsets []uint16, first int) {
	next := 0
	for i := range marks {
		var keep uint64
		for ; next < len(offsets) && int(offsets[next])-first < i*64+64; next++ {
			keep |= 1 << ((int(offsets[next]) - first) % 64)
		}
		marks[i] &= keep
	}
}

// Window returns the memory from the start of the first value to the end of
// the last, with what each candidate held in its place and anything between
// them, or nil when the block does not hold its values that way.
func (b Block) Window(s *Scratch) ([]byte, error) {
	switch b.b.valueForm {
	case valuesWindow:
		return b.view(s, 0, b.Span())
	case valuesPacked:
		return nil, nil
	}
	value, err := b.one(s)
	if err != nil {
		return nil, err
	}
	return s.repeated.of(value, b.set.stride, b.Span()), nil
}

// view returns n bytes of what is stored as the block's values.
func (b Block) view(s *Scratch, from, n int) ([]byte, error) {
	return s.values.view(b.set.slabs[b.b.values.slab], int(b.b.values.offset)+from, n)
}

// one returns the value of a block in which all are the same.
func (b Block) one(s *Scratch) ([]byte, error) {
	if b.b.valueForm == valuesConstant {
		return b.set.constant, nil
	}
	return b.view(s, 0, b.set.width)
}

// Values appends the values of some candidates to dst, side by side. positions
// are theirs, rising.
func (b Block) Values(s *Scratch, dst []byte, positions []uint16) ([]byte, error) {
	if len(positions) == 0 {
		return dst, nil
	}
	switch b.b.valueForm {
	case valuesWindow:
		width, stride, first := b.set.width, b.set.stride, int(positions[0])
		window, err := b.view(s, (first-b.First())*stride, (int(positions[len(positions)-1])-first)*stride+width)
		if err != nil {
			return dst, err
		}
		for _, p := range positions {
			at := (int(p) - first) * stride
			dst = append(dst, window[at:at+width]...)
		}
		return dst, nil
	case valuesPacked:
		return b.pick(s, dst, positions)
	}
	value, err := b.one(s)
	if err != nil {
		return dst, err
	}
	for range positions {
		dst = append(dst, value...)
	}
	return dst, nil
}

// pick does the work of Values when values lie side by side.
func (b Block) pick(s *Scratch, dst []byte, positions []uint16) ([]byte, error) {
	width := b.set.width
	values, err := b.view(s, 0, b.Len()*width)
	if err != nil {
		return dst, err
	}
	if len(positions) == b.Len() {
		return append(dst, values...), nil
	}
	if s.positions, err = b.Positions(s, s.positions[:0]); err != nil {
		return dst, err
	}
	rank := 0
	for _, p := range positions {
		for s.positions[rank] != p {
			rank++
		}
		dst = append(dst, values[rank*width:][:width]...)
	}
	return dst, nil
}

// stored returns the values as they are stored.
func (b Block) stored(s *Scratch) ([]byte, error) {
	switch b.b.valueForm {
	case valuesPacked:
		return b.view(s, 0, b.Len()*b.set.width)
	case valuesWindow:
		return b.view(s, 0, b.Span())
	}
	return b.one(s)
}
