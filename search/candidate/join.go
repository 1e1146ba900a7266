package candidate

import (
	"cmp"
	"context"
	"runtime"
	"slices"
)

// Join makes one set of what several builders collected. There must be at
// least one, all made alike by different writers, and none may be used
// afterwards. When it fails, also with ctx.Err() because ctx is done, all that
// is left to do is [Writer.Discard].
func Join(ctx context.Context, builders ...*Builder) (*Set, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := compact(ctx, builders); err != nil {
		return nil, err
	}
	for _, b := range builders {
		if err := b.writer.finish(); err != nil {
			return nil, err
		}
	}
	first := &builders[0].set
	set := &Set{width: first.width, stride: first.stride, constant: first.constant}
	set.blocks = merge(builders)
	set.adoptSlabs(builders)
	store, counted := builders[0].writer.store, 0
	for _, b := range builders {
		set.count += b.set.count
		counted += b.counted
		b.counted, b.set.blocks = 0, nil
	}
	directory := cap(set.blocks) * blockBytes
	store.count(directory - counted)
	runtime.AddCleanup(set, store.count, -directory)
	return set, nil
}

// merge returns the blocks of all builders by address. The slab of a ref is
// then that of its writer, counted from where the writer's slabs begin in the
// list of those of all writers.
func merge(builders []*Builder) []block {
	total, shift := 0, uint32(0)
	runs := make([][]block, len(builders))
	byBase := func(a, b block) int { return cmp.Compare(a.base, b.base) }
	for i, b := range builders {
		runs[i] = b.set.blocks
		if !slices.IsSortedFunc(runs[i], byBase) {
			slices.SortFunc(runs[i], byBase)
		}
		for j := range runs[i] {
			runs[i][j].where.slab += shift
			runs[i][j].values.slab += shift
		}
		total += len(runs[i])
		shift += uint32(len(b.writer.slabs))
	}
	out := make([]block, 0, total)
	for len(out) < total {
		least := -1
		for i, run := range runs {
			if len(run) > 0 && (least < 0 || run[0].base < runs[least][0].base) {
				least = i
			}
		}
		out = append(out, runs[least][0])
		runs[least] = runs[least][1:]
	}
	return out
}

// adoptSlabs lists the slabs that blocks refer to, and no others, and makes the
// blocks refer to that list.
func (s *Set) adoptSlabs(builders []*Builder) {
	var all []*slab
	for _, b := range builders {
		all = append(all, b.writer.slabs...)
	}
	index := make([]uint32, len(all)) // in s.slabs, plus one
	known := make(map[*slab]uint32)   // several writers may have adopted one
	of := func(i uint32) uint32 {
		if index[i] == 0 {
			n, ok := known[all[i]]
			if !ok {
				s.slabs = append(s.slabs, all[i])
				n = uint32(len(s.slabs))
				known[all[i]] = n
			}
			index[i] = n
		}
		return index[i] - 1
	}
	for i := range s.blocks {
		b := &s.blocks[i]
		if b.form != formRun {
			b.where.slab = of(b.where.slab)
		}
		if b.valueForm != valuesConstant {
			b.values.slab = of(b.values.slab)
		}
	}
}

// compact copies what blocks refer to in slabs of other sets where it is so
// little that the slabs are not worth keeping for it.
func compact(ctx context.Context, builders []*Builder) error {
	used := make(map[*slab]int)
	for _, b := range builders {
		b.addUse(used)
	}
	wasteful := make(map[*slab]bool)
	for s, n := range used {
		if !worthSharing(n, int(s.size)) {
			wasteful[s] = true
		}
	}
	if len(wasteful) == 0 {
		return nil
	}
	for _, b := range builders {
		if err := b.copyFrom(ctx, wasteful); err != nil {
			return err
		}
	}
	return nil
}

// addUse adds up the bytes of slabs of other sets that are of use to blocks.
func (b *Builder) addUse(used map[*slab]int) {
	if len(b.writer.foreign) == 0 {
		return
	}
	bytes := make([]int, len(b.writer.slabs))
	for i := range b.set.blocks {
		where, values := b.set.blocks[i].use(b.set.width)
		bytes[b.set.blocks[i].where.slab] += where
		bytes[b.set.blocks[i].values.slab] += values
	}
	for s, i := range b.writer.foreign {
		used[s] += bytes[i]
	}
}

// use returns the number of bytes that the block's positions and values take,
// where nothing lies between them.
func (blk *block) use(width int) (where, values int) {
	switch blk.form {
	case formOffsets:
		where = 2 * int(blk.count)
	case formBitmap:
		where = bitmapBytes(int(blk.first), int(blk.last))
	}
	switch blk.valueForm {
	case valuesUniform:
		values = width
	case valuesPacked, valuesWindow:
		values = int(blk.count) * width
	}
	return where, values
}

// copyFrom copies what blocks refer to in some slabs to slabs of the writer.
func (b *Builder) copyFrom(ctx context.Context, slabs map[*slab]bool) error {
	var scratch Scratch
	for i := range b.set.blocks {
		if i%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		blk := &b.set.blocks[i]
		if blk.form != formRun && slabs[b.writer.slabs[blk.where.slab]] {
			n, _ := blk.use(b.set.width)
			if err := b.copyRef(&blk.where, n, &scratch); err != nil {
				return err
			}
		}
		if blk.valueForm != valuesConstant && slabs[b.writer.slabs[blk.values.slab]] {
			if err := b.copyValues(blk, &scratch); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Builder) copyRef(at *ref, n int, scratch *Scratch) error {
	raw, err := scratch.where.view(b.writer.slabs[at.slab], int(at.offset), n)
	if err != nil {
		return err
	}
	dst, err := b.alloc(at, n)
	copy(dst, raw)
	return err
}

// copyValues copies the values of a block; of a window only what is needed.
func (b *Builder) copyValues(blk *block, scratch *Scratch) error {
	_, n := blk.use(b.set.width)
	if blk.valueForm != valuesWindow {
		return b.copyRef(&blk.values, n, scratch)
	}
	view := Block{&b.set, blk}
	if n >= view.Span() {
		return b.copyRef(&blk.values, view.Span(), scratch)
	}
	b.set.slabs = b.writer.slabs
	var err error
	if scratch.picked, err = view.Positions(scratch, scratch.picked[:0]); err != nil {
		return err
	}
	if scratch.packed, err = view.Values(scratch, scratch.packed[:0], scratch.picked); err != nil {
		return err
	}
	return b.storePacked(blk, scratch.packed)
}
