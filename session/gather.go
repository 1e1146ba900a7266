package session

import (
	"sync"

	"golang.org/x/sys/unix"
)

const (
	mostPieces   = 1023      // one process_vm_readv takes 1024 (IOV_MAX), with the witness
	gatherBytes  = 256 << 10 // scratch memory of one call, to stay in the cache
	gatherWindow = 4096      // the smallest page there is
)

// piece is a stretch of memory that serves the addresses from index first up to
// but not including next: one remote element of process_vm_readv.
type piece struct {
	first, next int
	offset      int // of its bytes in the scratch memory
}

// gatherer is the working memory of one Gather.
type gatherer struct {
	pieces  [mostPieces]piece
	remote  [1 + mostPieces]unix.RemoteIovec // the witness, then the pieces
	scratch []byte                           // likewise
}

var gatherers = sync.Pool{New: func() any { return &gatherer{scratch: make([]byte, gatherBytes)} }}

// of returns the remote element of a piece.
func (g *gatherer) of(piece int) *unix.RemoteIovec { return &g.remote[1+piece] }

// Gather implements [Memory]. Addresses that follow each other in one page are
// read together, whatever lies between them, so that dense addresses cost less
// each than sparse ones; rising order helps, but is not needed.
func (s *Session) Gather(dst []byte, width int, addrs []uint64) ([]int, error) {
	if width <= 0 || len(addrs) == 0 {
		return nil, s.Alive()
	}
	g := gatherers.Get().(*gatherer)
	defer gatherers.Put(g)
	var missing []int
	for at := 0; at < len(addrs); {
		pieces, next := g.plan(width, addrs, at)
		var err error
		if pieces == 0 { // too wide an element or too high an address for the fast way
			next = at + 1
			missing, err = s.gatherEach(dst, width, addrs, at, next, missing)
		} else {
			missing, err = s.gatherPieces(g, pieces, dst, width, addrs, missing)
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	return missing, nil
}

// gatherPieces reads all that was planned. A call stops at the first piece that
// fails; that one is read address by address, and the next call goes on after it.
func (s *Session) gatherPieces(g *gatherer, pieces int, dst []byte, width int, addrs []uint64, missing []int) ([]int, error) {
	for from := 0; from < pieces; from++ {
		failed, err := s.fetch(g, from, pieces)
		if err != nil {
			return nil, err
		}
		g.scatter(dst, width, addrs, from, failed)
		if from = failed; failed == pieces {
			break
		}
		p := g.pieces[failed]
		if missing, err = s.gatherEach(dst, width, addrs, p.first, p.next, missing); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// plan fills the pieces with the addresses from index at on and returns how
// many pieces there are, and the first index that they do not serve.
func (g *gatherer) plan(width int, addrs []uint64, at int) (pieces, next int) {
	used := witnessSize
	for next = at; next < len(addrs) && pieces < mostPieces; pieces++ {
		start := addrs[next]
		if used+width > len(g.scratch) || start > uint64(^uintptr(0)>>1)-uint64(width) {
			break
		}
		first, last := next, start
		for next++; next < len(addrs); next++ {
			a := addrs[next]
			size := int(a-start) + width
			if a < last || a/gatherWindow != start/gatherWindow || used+size > len(g.scratch) {
				break
			}
			last = a
		}
		size := int(last-start) + width
		g.pieces[pieces] = piece{first: first, next: next, offset: used}
		*g.of(pieces) = unix.RemoteIovec{Base: uintptr(start), Len: size}
		used += size
	}
	return pieces, next
}

// fetch reads the pieces from index from on into the scratch memory and returns
// the index of the first that was not read whole. The witness goes where the
// piece before them was, which is not needed any more.
func (s *Session) fetch(g *gatherer, from, pieces int) (failed int, err error) {
	w := s.witness.Load()
	if w == nil {
		return from, nil
	}
	g.remote[from] = w.remote()
	start := g.pieces[from].offset - witnessSize
	end := g.pieces[pieces-1].offset + g.of(pieces-1).Len
	local := [1]unix.Iovec{{Base: &g.scratch[start]}}
	local[0].SetLen(end - start)
	n, callErr := s.processVMReadv(local[:], g.remote[from:1+pieces])
	if s.explained() {
		s.recordGather(g, from, pieces, max(0, n-witnessSize), callErr)
	}
	if n == 0 {
		return from, nil
	}
	if ok, err := s.testify(w, g.scratch[start:start+witnessSize]); err != nil || !ok {
		return from, err
	}
	// The kernel may have copied a part of the piece that failed.
	for failed = from; failed < pieces && g.pieces[failed].offset+g.of(failed).Len <= start+n; failed++ {
	}
	return failed, nil
}

func (s *Session) recordGather(g *gatherer, from, pieces, n int, err error) {
	addresses := g.pieces[pieces-1].next - g.pieces[from].first
	note := itoa(addresses) + " addresses at once, this the first"
	if addresses == 1 {
		note = s.useOf(uint64(g.of(from).Base), g.of(from).Len)
	}
	s.record(Call{
		Name: "process_vm_readv", Path: s.processText(), Addr: uint64(g.of(from).Base),
		Len: g.pieces[pieces-1].offset + g.of(pieces-1).Len - g.pieces[from].offset, N: n, Err: err,
		Note: note,
	})
}

// scatter copies the elements of the pieces from one index up to another to dst.
func (g *gatherer) scatter(dst []byte, width int, addrs []uint64, from, to int) {
	for i := from; i < to; i++ {
		p, start := g.pieces[i], uint64(g.of(i).Base)
		for k := p.first; k < p.next; k++ {
			at := p.offset + int(addrs[k]-start)
			copy(dst[k*width:(k+1)*width], g.scratch[at:at+width])
		}
	}
}

// gatherEach reads the elements from index first up to next one by one and
// appends the indexes of those that cannot be read to missing.
func (s *Session) gatherEach(dst []byte, width int, addrs []uint64, first, next int, missing []int) ([]int, error) {
	for k := first; k < next; k++ {
		element := dst[k*width : (k+1)*width]
		n, err := s.Read(element, addrs[k])
		if n == width {
			continue
		}
		if !isUnreadable(err) {
			return nil, err
		}
		clear(element)
		missing = append(missing, k)
	}
	return missing, nil
}
