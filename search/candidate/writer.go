package candidate

// A slab takes an eighth of what a writer holds already, and several times what
// is to be put into it, within these limits: a small set stays small, and a
// large one takes few allocations.
const (
	minSlab = 4 << 10
	maxSlab = 4 << 20
)

// Writer puts the bytes of sets into slabs of a store. Each goroutine that
// builds sets needs one of its own; the builders it makes with it share slabs.
type Writer struct {
	store    *Store
	builders []*Builder
	slabs    []*slab          // all that blocks refer to
	foreign  map[*slab]uint32 // those of other sets, by their index in slabs
	own      []*slab
	open     *slab  // the one being filled; nil when there is none
	index    uint32 // of the open one
	held     int    // bytes of own
	seen     int64  // collections of the store before the writer began
}

// ref is a place in a slab, which is an index into those of a writer or a set.
type ref struct {
	slab, offset uint32
}

// NewWriter returns a writer for one goroutine.
func (s *Store) NewWriter() *Writer {
	s = s.orUnlimited()
	return &Writer{store: s, seen: s.collected.Load()}
}

// NewBuilder returns a builder for values of that width at addresses of that
// stride, in bytes. When all values are the same, constant holds them and no
// value is stored.
func (w *Writer) NewBuilder(width, stride int, constant []byte) *Builder {
	b := &Builder{writer: w, set: Set{width: width, stride: stride, constant: constant}}
	w.builders = append(w.builders, b)
	return b
}

// Discard gives back at once what the writer's builders collected. It is for
// searches that fail; nothing of the writer may be used afterwards.
func (w *Writer) Discard() {
	for _, s := range w.own {
		s.free()
	}
	for _, b := range w.builders {
		w.store.count(-b.counted)
	}
	*w = Writer{}
}

// alloc takes n bytes from a slab, at a multiple of eight. They must be filled
// before the next call, which may write the slab to the file.
func (w *Writer) alloc(n int) (ref, []byte, error) {
	if w.open == nil || cap(w.open.memory)-len(w.open.memory) < n {
		if err := w.turn(n); err != nil {
			return ref{}, nil, err
		}
	}
	memory := w.open.memory
	from := len(memory)
	end := min((from+n+7)&^7, cap(memory))
	w.open.memory = memory[:end]
	return ref{w.index, uint32(from)}, memory[from : from+n : from+n], nil
}

// turn opens a slab with room for n bytes.
func (w *Writer) turn(n int) error {
	size := fitted(n, min(max(w.held/8, 4*n, minSlab), maxSlab))
	fits := w.store.reserve(size)
	if !fits && w.seen >= 0 {
		w.store.collectSince(w.seen)
		w.seen = -1 // once is enough for one search
		fits = w.store.reserve(size)
	}
	if fits {
		return w.start(size)
	}
	return w.turnFull(n)
}

// fitted returns a size for a slab of blocks that take n bytes each: about
// size, filled by them, and whole pages.
func fitted(n, size int) int {
	const page = 4096
	return (max(n, size-size%n) + page - 1) / page * page
}

// turnFull opens a slab when there is no memory left: what the open one holds
// goes to the file, and its memory is used again.
func (w *Writer) turnFull(n int) error {
	size := fitted(n, int(min(max(w.store.limit/256, minSlab), maxSlab)))
	if w.open == nil {
		w.store.count(size)
		return w.start(size)
	}
	rest, err := w.open.spill()
	if err != nil {
		return err
	}
	if c := cap(rest.memory); c < n || c < size/2 {
		rest.free()
		w.store.count(size)
		return w.start(size)
	}
	w.add(rest)
	return nil
}

func (w *Writer) start(size int) error {
	s, err := newSlab(w.store, size)
	if err != nil {
		return err
	}
	w.held += size
	w.add(s)
	return nil
}

// add makes s the open slab.
func (w *Writer) add(s *slab) {
	w.open, w.index = s, uint32(len(w.slabs))
	w.own = append(w.own, s)
	w.slabs = append(w.slabs, s)
}

// finish ends filling slabs. When the ceiling is passed, the last one goes to
// the file too; otherwise it gives back what it does not need.
func (w *Writer) finish() error {
	open := w.open
	if w.open = nil; open == nil {
		return nil
	}
	if !w.store.full() {
		return w.trim(open)
	}
	rest, err := open.spill()
	if err != nil {
		return err
	}
	rest.free()
	return nil
}

// trim moves what a slab holds, the last one, to one of just its size, when
// that is clearly smaller.
func (w *Writer) trim(last *slab) error {
	size := fitted(len(last.memory), minSlab)
	if size > cap(last.memory)/8*7 {
		return nil
	}
	w.store.count(size)
	s, err := newSlab(w.store, size)
	if err != nil {
		return err
	}
	s.memory = append(s.memory, last.memory...)
	w.slabs[w.index], w.own[len(w.own)-1] = s, s
	last.free()
	return nil
}

// adopt returns the index of a slab of another set among those of the writer.
func (w *Writer) adopt(s *slab) uint32 {
	if i, ok := w.foreign[s]; ok {
		return i
	}
	if w.foreign == nil {
		w.foreign = make(map[*slab]uint32)
	}
	i := uint32(len(w.slabs))
	w.slabs = append(w.slabs, s)
	w.foreign[s] = i
	return i
}
