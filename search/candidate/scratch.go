package candidate

import (
	"bytes"
	"runtime"
)

// Scratch is what one goroutine needs to look into blocks. The zero value is
// ready to use. What methods of [Block] return may lie in it, and is valid up
// to the next call with the same Scratch, and as long as the set is reachable.
type Scratch struct {
	where, values extent
	repeated      repeated
	positions     []uint16
	picked        []uint16
	packed        []byte
}

// extent is the piece of a slab in the file that was read last.
type extent struct {
	slab   *slab
	from   int
	buffer []byte
}

// Pieces of up to smallRead bytes are read with what follows them, up to
// readAhead bytes in all, as it is likely to be asked for next.
const (
	smallRead = 1 << 10
	readAhead = 32 << 10
)

// view returns n bytes of a slab.
func (e *extent) view(s *slab, offset, n int) ([]byte, error) {
	if s.memory != nil {
		return s.memory[offset:][:n:n], nil
	}
	if e.slab != s || offset < e.from || offset+n > e.from+len(e.buffer) {
		if err := e.read(s, offset, n); err != nil {
			return nil, err
		}
	}
	return e.buffer[offset-e.from:][:n:n], nil
}

func (e *extent) read(s *slab, offset, n int) error {
	if n <= smallRead {
		n = min(readAhead, int(s.size)-offset)
	}
	e.slab, e.from = nil, offset
	if cap(e.buffer) < n {
		e.buffer = make([]byte, n)
	}
	e.buffer = e.buffer[:n]
	if _, err := s.disk.ReadAt(e.buffer, s.offset+int64(offset)); err != nil {
		return &StorageError{"reading the temporary file", err}
	}
	runtime.KeepAlive(s) // or its place in the file could be gone
	e.slab = s
	return nil
}

// repeated is memory in which one value stands again and again.
type repeated struct {
	value  []byte
	stride int
	memory []byte
}

// of returns n bytes of memory with value at each stride, or nil when values
// overlap each other and differ where they do.
func (r *repeated) of(value []byte, stride, n int) []byte {
	if stride < len(value) && !bytes.Equal(value[stride:], value[:len(value)-stride]) {
		return nil
	}
	if len(r.memory) >= n && r.stride == stride && bytes.Equal(r.value, value) {
		return r.memory[:n]
	}
	r.value, r.stride = append(r.value[:0], value...), stride
	if size := max(n, BlockSize+len(value)); cap(r.memory) < size {
		r.memory = make([]byte, size)
	}
	r.memory = r.memory[:cap(r.memory)]
	clear(r.memory[:min(stride, len(r.memory))])
	copy(r.memory, value)
	for done := stride; done < len(r.memory); done *= 2 {
		copy(r.memory[done:], r.memory[:done])
	}
	return r.memory[:n]
}
