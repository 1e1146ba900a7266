package candidate

import (
	"cmp"
	"math/bits"
	"slices"
	"unsafe"
)

const blockBytes = uint64(unsafe.Sizeof(block{}))

// A slab takes an eighth of what a builder holds already, within these limits:
// a small set stays small, and a large one takes few allocations.
const (
	minSlab = 4 << 10
	maxSlab = 1 << 20
)

// Builder collects candidates for a set. Each goroutine needs one of its own;
// [Join] makes a set of them all.
type Builder struct {
	set       Set
	slabBytes int // capacity of all slabs
}

// NewBuilder returns a builder for values of that width at addresses of that
// stride, in bytes. When all values are the same, constant holds them and no
// value is stored.
func NewBuilder(width, stride int, constant []byte) *Builder {
	return &Builder{set: Set{width: width, stride: stride, constant: constant}}
}

// Len returns the number of candidates collected so far.
func (w *Builder) Len() uint64 { return w.set.count }

// AddWindow adds the candidates whose bit is set in marks. Bit i stands for
// position first+i, address base+(first+i)*stride; window holds the memory
// from there on. All positions must be below BlockSize, and no block may be
// added twice.
func (w *Builder) AddWindow(base uint64, first int, marks []uint64, window []byte) {
	count, low, high := survey(marks)
	if count == 0 {
		return
	}
	b := block{base: base, count: uint32(count), first: uint16(first + low), last: uint16(first + high)}
	w.storeMarks(&b, marks, first, low, high)
	w.storeWindow(&b, marks, low, window)
	w.set.blocks = append(w.set.blocks, b)
	w.set.count += uint64(count)
}

// AddPacked adds the candidates at positions, rising, with their values side
// by side.
func (w *Builder) AddPacked(base uint64, positions []uint16, values []byte) {
	if len(positions) == 0 {
		return
	}
	first, last := positions[0], positions[len(positions)-1]
	b := block{base: base, count: uint32(len(positions)), first: first, last: last}
	switch {
	case len(positions) == int(last-first)+1:
		b.form = formRun
	case 2*len(positions) <= bitmapBytes(int(first), int(last)):
		b.form = formOffsets
		copy(w.offsets(&b), positions)
	default:
		b.form = formBitmap
		bitmap := w.bitmap(&b)
		for _, p := range positions {
			p -= first / 64 * 64
			bitmap[p/64] |= 1 << (p % 64)
		}
	}
	if w.set.constant == nil {
		b.valueForm = valuesPacked
		copy(w.alloc(&b.values, len(values)), values)
	}
	w.set.blocks = append(w.set.blocks, b)
	w.set.count += uint64(len(positions))
}

// survey returns the number of bits set and the places of the lowest and the
// highest.
func survey(marks []uint64) (count, low, high int) {
	low = -1
	for i, word := range marks {
		if word == 0 {
			continue
		}
		if low < 0 {
			low = i*64 + bits.TrailingZeros64(word)
		}
		high = i*64 + 63 - bits.LeadingZeros64(word)
		count += bits.OnesCount64(word)
	}
	return count, low, high
}

// bitmapBytes returns the size of a bitmap of the positions first..last.
func bitmapBytes(first, last int) int { return (last/64 - first/64 + 1) * 8 }

// storeMarks stores the positions of a block in the smallest form. low and
// high are the lowest and highest bit set in marks, bit 0 being position
// first.
func (w *Builder) storeMarks(b *block, marks []uint64, first, low, high int) {
	count := int(b.count)
	switch {
	case count == high-low+1:
		b.form = formRun
	case 2*count <= bitmapBytes(first+low, first+high):
		b.form = formOffsets
		offsets := w.offsets(b)
		next := 0
		for i, word := range marks {
			for ; word != 0; word &= word - 1 {
				offsets[next] = uint16(first + i*64 + bits.TrailingZeros64(word))
				next++
			}
		}
	default:
		b.form = formBitmap
		bitmap := w.bitmap(b)
		origin := int(b.first) / 64 * 64
		for i, word := range marks {
			for ; word != 0; word &= word - 1 {
				p := first + i*64 + bits.TrailingZeros64(word) - origin
				bitmap[p/64] |= 1 << (p % 64)
			}
		}
	}
}

// storeWindow stores the values of a block in the smaller form.
func (w *Builder) storeWindow(b *block, marks []uint64, low int, window []byte) {
	if w.set.constant != nil {
		return
	}
	span := int(b.last-b.first)*w.set.stride + w.set.width
	if packed := int(b.count) * w.set.width; packed < span {
		b.valueForm = valuesPacked
		dst := w.alloc(&b.values, packed)[:0]
		for i, word := range marks {
			for ; word != 0; word &= word - 1 {
				at := (i*64 + bits.TrailingZeros64(word)) * w.set.stride
				dst = append(dst, window[at:at+w.set.width]...)
			}
		}
		return
	}
	b.valueForm = valuesWindow
	copy(w.alloc(&b.values, span), window[low*w.set.stride:])
}

// alloc takes n bytes from a slab, at a multiple of eight.
func (w *Builder) alloc(at *ref, n int) []byte {
	slabs := w.set.slabs
	if last := len(slabs) - 1; last < 0 || cap(slabs[last])-len(slabs[last]) < n {
		size := min(max(w.slabBytes/8, minSlab), maxSlab)
		size = max(n, size-size%n) // blocks of one size fill it
		w.slabBytes += size
		slabs = append(slabs, make([]byte, 0, size))
	}
	last := len(slabs) - 1
	from := len(slabs[last])
	*at = ref{uint32(last), uint32(from)}
	slabs[last] = slabs[last][:min(from+(n+7)&^7, cap(slabs[last]))]
	w.set.slabs = slabs
	return slabs[last][from : from+n : from+n]
}

func (w *Builder) offsets(b *block) []uint16 {
	return asOffsets(w.alloc(&b.where, 2*int(b.count)))
}

func (w *Builder) bitmap(b *block) []uint64 {
	return asWords(w.alloc(&b.where, bitmapBytes(int(b.first), int(b.last))))
}

func (s *Set) bytes(at ref, n int) []byte {
	return s.slabs[at.slab][at.offset:][:n:n]
}

func (b Block) offsets() []uint16 { return asOffsets(b.set.bytes(b.b.where, 2*b.Len())) }

func (b Block) bitmap() []uint64 {
	return asWords(b.set.bytes(b.b.where, bitmapBytes(b.First(), b.Last())))
}

// asOffsets and asWords look at bytes of a slab, which lie at multiples of
// eight, as numbers of the machine quarry runs on.
func asOffsets(raw []byte) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/2)
}

func asWords(raw []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/8)
}

// Join makes one set of what several builders collected. There must be at
// least one, all made alike, and none may be used afterwards.
func Join(builders ...*Builder) *Set {
	first := &builders[0].set
	set := &Set{width: first.width, stride: first.stride, constant: first.constant}
	total := 0
	for _, w := range builders {
		total += len(w.set.blocks)
	}
	set.blocks = make([]block, 0, total)
	for _, w := range builders {
		shift := uint32(len(set.slabs))
		for _, b := range w.set.blocks {
			b.where.slab += shift
			b.values.slab += shift
			set.blocks = append(set.blocks, b)
		}
		set.slabs = append(set.slabs, w.set.slabs...)
		set.count += w.set.count
	}
	slices.SortFunc(set.blocks, func(a, b block) int { return cmp.Compare(a.base, b.base) })
	return set
}
