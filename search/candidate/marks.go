package candidate

import (
	"math/bits"
	"unsafe"
)

// survey returns the number of bits set and the places of the lowest and the
// highest.
func survey(marks []uint64) (count, low, high int) {
	from, to := 0, len(marks)
	for from < to && marks[from] == 0 {
		from++
	}
	for from < to && marks[to-1] == 0 {
		to--
	}
	if from == to {
		return 0, 0, 0
	}
	for _, word := range marks[from:to] {
		count += bits.OnesCount64(word)
	}
	return count, from*64 + bits.TrailingZeros64(marks[from]), to*64 - 1 - bits.LeadingZeros64(marks[to-1])
}

// bitmapBytes returns the size of a bitmap of the positions first..last.
func bitmapBytes(first, last int) int { return (last/64 - first/64 + 1) * 8 }

// bitsAt returns the 64 bits of marks from bit at on. at may be negative; bits
// outside of marks are zero.
func bitsAt(marks []uint64, at int) uint64 {
	word, shift := at>>6, uint(at&63)
	var low, high uint64
	if uint(word) < uint(len(marks)) {
		low = marks[word]
	}
	if uint(word+1) < uint(len(marks)) {
		high = marks[word+1]
	}
	return low>>shift | high<<(64-shift)
}

// copyBits fills dst with the bits of marks from bit at on, which may be
// negative.
func copyBits(dst, marks []uint64, at int) {
	if at >= 0 && at%64 == 0 && at/64+len(dst) <= len(marks) {
		copy(dst, marks[at/64:])
		return
	}
	for i := range dst {
		dst[i] = bitsAt(marks, at+i*64)
	}
}

// appendOffsets appends the places of the bits set, plus first.
func appendOffsets(dst []uint16, marks []uint64, first int) []uint16 {
	for i, word := range marks {
		for ; word != 0; word &= word - 1 {
			dst = append(dst, uint16(first+i*64+bits.TrailingZeros64(word)))
		}
	}
	return dst
}

// asOffsets and asWords look at bytes that lie at a multiple of eight as
// numbers of the machine quarry runs on.
func asOffsets(raw []byte) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/2)
}

func asWords(raw []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/8)
}
