package kernel

// Words returns the number of words that n bits take.
func Words(n int) int { return (n + 63) / 64 }

// lowest returns a word whose lowest n bits are set, all of them for n >= 64.
func lowest(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// trim clears the bits of marks from n on.
func trim(marks []uint64, n int) {
	for i := n / 64; i < len(marks); i++ {
		marks[i] &= lowest(max(0, n-i*64))
	}
}

// Fill sets the lowest n bits of dst and clears all others of its first
// Words(n) words.
func Fill(dst []uint64, n int) {
	for i := range dst[:Words(n)] {
		dst[i] = lowest(n - i*64)
	}
}

// Not turns the lowest n bits of dst and clears all others of its first
// Words(n) words.
func Not(dst []uint64, n int) {
	for i := range dst[:Words(n)] {
		dst[i] = ^dst[i] & lowest(n-i*64)
	}
}

// OrShifted sets bit i of dst where bit i+shift of src is set. dst and src may
// be the same.
func OrShifted(dst, src []uint64, shift int) {
	skip, shift := shift/64, shift%64
	if skip >= len(src) {
		return
	}
	src = src[skip:]
	dst = dst[:min(len(dst), len(src))]
	low := src[0]
	for i := range dst {
		var high uint64
		if i+1 < len(src) {
			high = src[i+1]
		}
		dst[i] |= low>>shift | high<<(64-shift) // the latter 0 for a shift of 0
		low = high
	}
}

// Any reports whether a bit of marks is set.
func Any(marks []uint64) bool {
	for _, w := range marks {
		if w != 0 {
			return true
		}
	}
	return false
}
