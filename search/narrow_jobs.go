package search

import (
	"iter"

	"quarry/search/candidate"
	"quarry/session"
)

// job is the memory that one goroutine narrows at once: the blocks whose base
// addresses lie in it.
type job session.Range

// sparseCost is the number of bytes that are read in one piece in the time that
// looking at one scattered candidate takes, as far as sharing the work goes.
const sparseCost = 32

// A piece of memory that is read for few candidates is larger than a chunk, so
// that no system call is made for less than some hundreds of them.
const (
	enoughCandidates = 1 << 10
	mostRead         = 8 * chunkSize
)

// enough reports whether a reading of so many bytes for so many candidates is
// large enough.
func enough(bytes uint64, candidates int) bool {
	return bytes >= mostRead || bytes >= chunkSize && candidates >= enoughCandidates
}

// plan divides the work into jobs of about a chunk each: enough for system
// calls that read much, little enough to share among processors and to stop
// soon. Blocks in one cell, a piece of memory of the size of a block, are in one
// job.
func (n *narrowing) plan() {
	var start, cost, cell, read uint64
	candidates := 0
	for b := range n.blocks() {
		if here := b.Base() / candidate.BlockSize * candidate.BlockSize; here != cell {
			if enough(cost+read, candidates) {
				n.jobs = append(n.jobs, job{start, here})
				start, cost, read, candidates = here, 0, 0, 0
			}
			cell, cost, read = here, cost+read, 0
		}
		candidates += b.Len()
		if dense(b) {
			read = max(read, uint64(b.Span())) // once for all types
		} else {
			cost += uint64(b.Len() * max(sparseCost, b.Width()))
		}
	}
	if cost+read > 0 {
		n.jobs = append(n.jobs, job{start, 1<<64 - 1})
	}
}

// blocks iterates over the blocks of all parts by address.
func (n *narrowing) blocks() iter.Seq[candidate.Block] {
	return func(yield func(candidate.Block) bool) {
		next := make([]int, len(n.parts))
		for {
			var least candidate.Block
			from := -1
			for i, p := range n.parts {
				if next[i] == p.old.Blocks() {
					continue
				}
				if b := p.old.Block(next[i]); from < 0 || b.Base() < least.Base() {
					least, from = b, i
				}
			}
			if from < 0 || !yield(least) {
				return
			}
			next[from]++
		}
	}
}

// gatherCost is the number of bytes that are read in one piece in the time it
// takes to read one scattered address.
const gatherCost = 2500

// dense reports whether reading the block in one piece is faster.
func dense(b candidate.Block) bool { return b.Len()*max(gatherCost, b.Width()) > b.Span() }
