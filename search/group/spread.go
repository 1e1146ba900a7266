package group

import (
	"math"
	"math/bits"

	"quarry/search/kernel"
)

// spread is the kernel of elements anywhere within a span.
type spread struct {
	parts    []part // as written
	byRarity []int
	span     int
	anyOrder bool
}

// Mark takes buf to begin at a multiple of every alignment.
func (k *spread) Mark(dst []uint64, buf []byte, stride, n int) { k.MarkAt(dst, 0, buf, stride, n) }

// MarkAt looks for each element in all of buf, the rarest first, and gives up
// as soon as one is nowhere; then it looks at the spans that hold the rarest.
func (k *spread) MarkAt(dst []uint64, addr uint64, buf []byte, stride, n int) {
	clear(dst[:kernel.Words(n)])
	if n == 0 {
		return
	}
	buf = buf[:(n-1)*stride+k.span]
	places := make([]places, len(k.parts))
	for _, i := range k.byRarity {
		if places[i] = k.parts[i].places(addr, buf, stride); places[i].next(0) == nowhere {
			return
		}
	}
	rare := k.byRarity[0]
	fit := &fitting{spread: k, places: places}
	if k.anyOrder {
		fit.ends = make([]int, 1<<len(k.parts))
	}
	for i := 0; i < n; i++ {
		hit := places[rare].next(i * stride)
		if hit == nowhere {
			return
		}
		// Spans that end before the hit hold no rare element.
		if first := hit + k.parts[rare].width - k.span; first > i*stride {
			if i = (first + stride - 1) / stride; i >= n {
				return
			}
		}
		if fit.at(i * stride) {
			dst[i/64] |= 1 << (i % 64)
		}
	}
}

// nowhere is the place of an element that does not come any more.
const nowhere = math.MaxInt

// places are where an element is in a buffer.
type places struct {
	marks []uint64
	from  int // the first place looked at
	step  int
}

// places returns where p is in buf, which begins at addr.
func (p *part) places(addr uint64, buf []byte, stride int) places {
	step := min(p.align, stride)
	if stride%step != 0 {
		step = 1
	}
	from := int(-addr & uint64(step-1))
	n := (len(buf)-from-p.width)/step + 1
	if len(buf)-from < p.width {
		n = 0
	}
	found := places{marks: make([]uint64, kernel.Words(n)), from: from, step: step}
	p.test.Mark(found.marks, buf[from:], nil, step, n)
	return found
}

// next returns the first place at or after at, or nowhere.
func (s *places) next(at int) int {
	i := max(0, (at-s.from+s.step-1)/s.step)
	w := i / 64
	if w >= len(s.marks) {
		return nowhere
	}
	word := s.marks[w] >> (i % 64) << (i % 64)
	for word == 0 {
		if w++; w == len(s.marks) {
			return nowhere
		}
		word = s.marks[w]
	}
	return s.from + (w*64+bits.TrailingZeros64(word))*s.step
}

// fitting tells where the elements fit into a span.
type fitting struct {
	*spread
	places []places
	ends   []int // for each set of parts, where it ends at the earliest
}

// at reports whether a group begins at start, with its lowest element.
func (f *fitting) at(start int) bool {
	for i := range f.places {
		if next := f.places[i].next(start); next == nowhere || next+f.parts[i].width > start+f.span {
			return false
		}
	}
	if f.anyOrder {
		return f.anyAt(start)
	}
	end := start
	for i, p := range f.parts {
		earliest := end + p.offset
		if i == 0 && f.places[0].next(earliest) != earliest {
			return false
		}
		next := f.places[i].next(earliest)
		if next == nowhere || next+p.width > start+f.span {
			return false
		}
		end = next + p.width
	}
	return true
}

// anyAt goes through the sets of parts, from small to large. What matters of a
// set is only where it ends at the earliest, its last part being any of it: a
// part put later than need be makes no room for another.
func (f *fitting) anyAt(start int) bool {
	all := len(f.ends) - 1
	for set := 1; set <= all; set++ {
		f.ends[set] = nowhere
		for i, p := range f.parts {
			others := set &^ (1 << i)
			// Of parts that ask the same, the first comes first.
			if others == set || p.twin >= 0 && others&(1<<p.twin) == 0 {
				continue
			}
			f.ends[set] = min(f.ends[set], f.end(i, others, start))
		}
	}
	return f.ends[all] != nowhere
}

// end returns where part i ends at the earliest when it comes after the others.
func (f *fitting) end(i, others, start int) int {
	from := start
	if others != 0 {
		if from = f.ends[others]; from == nowhere {
			return nowhere
		}
	}
	next := f.places[i].next(from)
	if next == nowhere || others == 0 && next != start || next+f.parts[i].width > start+f.span {
		return nowhere
	}
	return next + f.parts[i].width
}
