package group

import (
	"math"
	"math/bits"

	"quarry/search/condition"
	"quarry/search/kernel"
)

// spread is the kernel of elements anywhere within a span.
type spread struct {
	parts    []part // as written
	byRarity []int
	span     int
	anyOrder bool
	stopped  func() bool // nil: never
}

// Until implements condition.Stopper.
func (k *spread) Until(stopped func() bool) condition.Marker {
	until := *k
	until.stopped = stopped
	return &until
}

// patience is the number of places that are looked at between two looks whether
// to go on.
const patience = 64

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
	fit := newFitting(k, places)
	for i, tried := 0, 0; ; i, tried = i+1, tried+1 {
		i = fit.skip(i, stride, rare)
		if i >= n || tried%patience == patience-1 && k.stopped != nil && k.stopped() {
			return
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
	soon   []int // of each part, the first place at or after the start
	ends   []int // for each set of parts, where it ends at the earliest
}

func newFitting(k *spread, places []places) *fitting {
	f := &fitting{spread: k, places: places, soon: make([]int, len(places))}
	for i := range f.soon {
		f.soon[i] = -1 // none was looked for
	}
	if k.anyOrder {
		f.ends = make([]int, 1<<len(k.parts))
	}
	return f
}

// first returns the first place of a part at or after start. Starts must rise.
func (f *fitting) first(part, start int) int {
	if f.soon[part] < start {
		f.soon[part] = f.places[part].next(start)
	}
	return f.soon[part]
}

// skip returns the first start from i on, counted in strides, that may be one:
// that has the rarest part in its span, and the part that can be the lowest at
// its beginning.
func (f *fitting) skip(i, stride, rare int) int {
	for {
		hit := f.first(rare, i*stride)
		if hit == nowhere {
			return nowhere
		}
		// Spans that end before the hit hold no rare element.
		lowest := max(i*stride, hit+f.parts[rare].width-f.span)
		lowest = f.lowest(lowest)
		if lowest == nowhere {
			return nowhere
		}
		next := (lowest + stride - 1) / stride
		if next == i {
			return i
		}
		i = next
	}
}

// lowest returns the first start at or after start where a part is that can be
// the lowest: in the order written, the first after the bytes to skip before it.
func (f *fitting) lowest(start int) int {
	if !f.anyOrder {
		offset := f.parts[0].offset
		if next := f.places[0].next(start + offset); next != nowhere {
			return next - offset
		}
		return nowhere
	}
	least := nowhere
	for i := range f.places {
		least = min(least, f.first(i, start))
	}
	return least
}

// at reports whether a group begins at start, with its lowest element.
func (f *fitting) at(start int) bool {
	for i := range f.places {
		if next := f.first(i, start); next == nowhere || next+f.parts[i].width > start+f.span {
			return false
		}
	}
	if f.anyOrder {
		return f.greedyAt(start) || f.anyAt(start)
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

// greedyAt tries one order: next always comes the part that ends first. It finds
// nearly all there is where parts are many and the span is wide.
func (f *fitting) greedyAt(start int) bool {
	put, all := 0, len(f.ends)-1
	for end := start; put != all; {
		best, bestEnd := -1, nowhere
		for i, p := range f.parts {
			if put&(1<<i) != 0 || p.twin >= 0 && put&(1<<p.twin) == 0 {
				continue
			}
			next := f.places[i].next(end)
			if next == nowhere || put == 0 && next != start || next+p.width >= bestEnd {
				continue
			}
			best, bestEnd = i, next+p.width
		}
		if best < 0 || bestEnd > start+f.span {
			return false
		}
		put, end = put|1<<best, bestEnd
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
