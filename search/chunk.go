package search

import (
	"math"

	"quarry/search/candidate"
	"quarry/session"
)

// chunkBlocks is the number of blocks read at once. The chunk stays in a
// core's cache while it is compared.
const chunkBlocks = 4

const chunkSize = chunkBlocks * candidate.BlockSize

// chunk is a piece of memory to search: values that begin in it are looked at.
// The bytes before and after it are read for what is beside them, and for
// values that cross its end.
type chunk struct {
	session.Range
	head, tail int
}

// read returns what is read to search the chunk.
func (c chunk) read() session.Range {
	return session.Range{Start: c.Start - uint64(c.head), End: c.End + uint64(c.tail)}
}

// cut divides ranges into chunks with up to head bytes before and tail bytes
// after each.
func cut(ranges []session.Range, head, tail int) []chunk {
	var chunks []chunk
	for _, r := range ranges {
		for at := r.Start; at < r.End; {
			// Borders lie at multiples of the chunk size, so that pages are
			// not read twice.
			end := min(r.End, after(at, chunkSize))
			chunks = append(chunks, chunk{
				session.Range{Start: at, End: end},
				int(min(uint64(head), at-r.Start)), int(min(uint64(tail), r.End-end)),
			})
			at = end
		}
	}
	return chunks
}

// after returns the first multiple of size above addr, or the last address
// there is.
func after(addr, size uint64) uint64 {
	if next := addr - addr%size + size; next > addr {
		return next
	}
	return math.MaxUint64
}
