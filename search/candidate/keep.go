package candidate

// AddWhole adds a block of another set, one of the same width and stride, as it
// is. Nothing is copied.
func (b *Builder) AddWhole(from Block) error {
	blk := *from.b
	if blk.where = (ref{}); blk.form != formRun {
		blk.where = b.share(from, from.b.where)
	}
	if err := b.keepValues(&blk, from, nil, 0, nil); err != nil {
		return err
	}
	b.add(blk)
	return nil
}

// AddUnchanged adds the candidates of a block of another set, one of the same
// width and stride, whose bit is set in marks, with the values that the block
// holds for them. Bit i stands for position first+i; marks must not have a bit
// that stands for no candidate of the block. What is stored for the block is
// referred to where that wastes little, and copied elsewhere.
func (b *Builder) AddUnchanged(from Block, first int, marks []uint64, scratch *Scratch) error {
	count, low, high := survey(marks)
	if count == 0 {
		return nil
	}
	if count == from.Len() {
		return b.AddWhole(from)
	}
	blk := block{base: from.b.base, count: uint32(count), first: uint16(first + low), last: uint16(first + high)}
	if err := b.storeMarks(&blk, marks, first); err != nil {
		return err
	}
	if err := b.keepValues(&blk, from, marks, first, scratch); err != nil {
		return err
	}
	b.add(blk)
	return nil
}

// keepValues takes the values of a block over from one that holds them too,
// among others or, when both have the same number of candidates, alone.
func (b *Builder) keepValues(blk *block, from Block, marks []uint64, first int, scratch *Scratch) error {
	blk.values, blk.valueForm = ref{}, from.b.valueForm
	whole := int(blk.count) == from.Len()
	switch {
	case b.set.constant != nil:
		blk.valueForm = valuesConstant
	case from.b.valueForm == valuesConstant:
		return b.storeUniform(blk, from.set.constant)
	case whole || from.b.valueForm == valuesUniform:
		blk.values = b.share(from, from.b.values)
	case from.b.valueForm == valuesWindow && worthSharing(int(blk.count)*b.set.width, from.Span()):
		at := from.b.values
		at.offset += uint32(int(blk.first-from.b.first) * b.set.stride)
		blk.values = b.share(from, at)
	default:
		return b.copySome(blk, from, marks, first, scratch)
	}
	return nil
}

// copySome copies the values of the candidates marked.
func (b *Builder) copySome(blk *block, from Block, marks []uint64, first int, scratch *Scratch) error {
	scratch.picked = appendOffsets(scratch.picked[:0], marks, first)
	values, err := from.Values(scratch, scratch.packed[:0], scratch.picked)
	if err != nil {
		return err
	}
	scratch.packed = values
	return b.storePacked(blk, values)
}

// share makes a place in the slabs of a block's set one in those of the writer.
func (b *Builder) share(from Block, at ref) ref {
	return ref{b.writer.adopt(from.set.slabs[at.slab]), at.offset}
}
