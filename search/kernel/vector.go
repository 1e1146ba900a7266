package kernel

// op is what a vector kernel does to each value; see internal/gen.
type op uint8

const (
	opEqual         op = iota // value == a
	opWithin                  // value-a <= b
	opWithinSwapped           // the same, of big-endian values
	opSame                    // now == was, the answer xor c
	opAbove                   // now^c > was^c, signed
	opAboveFloat              // now > was
	opRise                    // now^c >= was^c, signed, and now-was-a <= b
	opPattern                 // the terms, at stride 1 only
)

// key names a vector kernel: level, op, width and stride.
type key uint32

// vector is a vector kernel with its operands.
type vector struct {
	level   Level
	op      op
	width   int
	a, b, c uint64
	terms   []term
}

// least is the number of values that a vector kernel looks at at once; fewer
// are left to pure Go.
const least = 64

// maxThin is the greatest ratio of the stride asked for to that of the kernel
// used: beyond it, too much work is thrown away.
const maxThin = 32

// mark adds the marks of the first values to dst, and returns the number of
// values it has looked at: a multiple of 64, or n. The others are left to
// pure Go.
func (v *vector) mark(dst []uint64, now, was []byte, stride, n int) int {
	if v.level == Portable || n < least || !powerOfTwo(stride) {
		return 0
	}
	native := min(stride, v.width)
	if v.op == opPattern {
		native = 1
	}
	switch {
	case native == stride:
		if v.run(dst, now, was, stride, n) {
			return n
		}
	case stride/native <= maxThin:
		return v.thin(dst, now, was, stride, native, n)
	}
	return 0
}

func powerOfTwo(n int) bool { return n > 0 && n&(n-1) == 0 }

// run is mark at a stride that there is a kernel for, and reports whether
// there is one. n must be at least least. The last values are looked at
// together with some before them, so that nothing outside memory is touched.
func (v *vector) run(dst []uint64, now, was []byte, stride, n int) bool {
	words, rest := n/64, n%64
	if !v.call(&dst[0], now, was, 0, stride, words) {
		return false
	}
	if rest != 0 {
		var last uint64
		v.call(&last, now, was, (n-64)*stride, stride, 1)
		dst[words] |= last >> (64 - rest)
	}
	return true
}

// call calls the kernel for memory from offset at on.
func (v *vector) call(dst *uint64, now, was []byte, at, stride, words int) bool {
	if v.op == opPattern {
		return callPattern(v.level, dst, &now[at], words, v.terms)
	}
	var former *byte
	if was != nil {
		former = &was[at]
	}
	k := key(v.level)<<16 | key(v.op)<<8 | key(v.width)<<4 | key(stride)
	return call(k, dst, &now[at], former, words, v.a, v.b, v.c)
}

// scratch is the number of words of marks that thin and sameBytes go through
// at a time.
const scratch = 64

// thin is mark at a stride above that of the kernel: it marks values at the
// kernel's stride and keeps the marks of each factor-th.
func (v *vector) thin(dst []uint64, now, was []byte, stride, native, n int) int {
	var marks [scratch]uint64
	factor := stride / native
	per := scratch * 64 / factor
	for i := 0; i < n; i += per {
		kept := min(per, n-i)
		all := (kept-1)*factor + 1
		if all < least {
			return i
		}
		former := was
		if was != nil {
			former = was[i*stride:]
		}
		clear(marks[:])
		if !v.run(marks[:], now[i*stride:], former, native, all) {
			return i
		}
		compress(dst[i/64:], marks[:Words(all)], factor)
	}
	return n
}

// compress adds each factor-th bit of marks to dst. factor is a power of two.
func compress(dst, marks []uint64, factor int) {
	for i, w := range marks {
		if w == 0 {
			continue
		}
		for f := factor; f > 1; f /= 2 {
			w &= 0x5555555555555555
			w = (w | w>>1) & 0x3333333333333333
			w = (w | w>>2) & 0x0f0f0f0f0f0f0f0f
			w = (w | w>>4) & 0x00ff00ff00ff00ff
			w = (w | w>>8) & 0x0000ffff0000ffff
			w = (w | w>>16) & 0x00000000ffffffff
		}
		dst[i/factor] |= w << (i % factor * (64 / factor))
	}
}

// sameBytes marks the values of any width that are the same, or with changed
// those that are not, like [vector.mark]. It compares all bytes, and a value
// has changed where one of its bytes has.
func sameBytes(level Level, dst []uint64, now, was []byte, width, stride, n int, changed bool) int {
	const maxWidth = 1024
	if level == Portable || !powerOfTwo(stride) || stride > maxThin || width > maxWidth {
		return 0
	}
	bytes := vector{level: level, op: opSame, width: 1, c: ^uint64(0)}
	var marks [scratch + maxWidth/64 + 1]uint64
	per := scratch * 64 / stride
	for i := 0; i < n; i += per {
		kept := min(per, n-i)
		size := (kept-1)*stride + width
		if size < least {
			return i
		}
		clear(marks[:])
		if !bytes.run(marks[:], now[i*stride:], was[i*stride:], 1, size) {
			return i
		}
		out := dst[i/64:][:Words(kept)]
		if Any(marks[:]) {
			spread(marks[:Words(size)+1], width)
			compress(out, marks[:Words((kept-1)*stride+1)], stride)
			trim(out, kept)
		}
		if !changed {
			Not(out, kept)
		}
	}
	return n
}

// spread sets each bit of marks of which one of the width bits from it on is
// set. The last word of marks must be zero.
func spread(marks []uint64, width int) {
	if width > 64 {
		reach := 1 // bits that each bit stands for
		for ; 2*reach <= width; reach *= 2 {
			OrShifted(marks, marks, reach)
		}
		OrShifted(marks, marks, width-reach)
		return
	}
	low := marks[0]
	for i, high := range marks[1:] {
		if low|high != 0 { // few bytes change
			marks[i] = spreadWord(low, high, width)
		}
		low = high
	}
}

// spreadWord is spread for the word low and the one after it, and a width of
// up to 64.
func spreadWord(low, high uint64, width int) uint64 {
	reach := 1
	for ; 2*reach <= width; reach *= 2 {
		low |= low>>reach | high<<(64-reach)
		high |= high >> reach
	}
	rest := width - reach
	return low | low>>rest | high<<(64-rest)
}
