package condition

import (
	"encoding/binary"
	"math/big"

	"quarry/search/kernel"
	"quarry/search/value"
)

// inverted decodes numbers that are stored with some bits inverted, up to 64 at
// a time, side by side and in the byte order they are stored in.
type inverted []byte

// invert returns what decodes numbers of type t.
func invert(t value.Type, xor uint64, order binary.ByteOrder) inverted {
	return value.PutBits(nil, t, xor, order)
}

func (xor inverted) decode(dst, buf []byte, stride, n int) {
	for i := range n {
		for j, x := range xor {
			dst[i*len(xor)+j] = buf[i*stride+j] ^ x
		}
	}
}

// invertedNumbers is a kernel over decoded numbers.
type invertedNumbers struct {
	xor  inverted
	then Marker
}

// Mark implements [Marker].
func (k *invertedNumbers) Mark(dst []uint64, buf []byte, stride, n int) {
	size := len(k.xor)
	now := make([]byte, 64*size)
	for w := range kernel.Words(n) {
		m := min(64, n-w*64)
		k.xor.decode(now, buf[w*64*stride:], stride, m)
		k.then.Mark(dst[w:w+1], now, size, m)
	}
}

// invertedPairs is a kernel over decoded numbers and what they were.
type invertedPairs struct {
	xor  inverted
	then pairMarker
}

// Mark implements pairMarker.
func (k *invertedPairs) Mark(dst []uint64, now, was []byte, stride, n int) {
	size := len(k.xor)
	a, b := make([]byte, 64*size), make([]byte, 64*size)
	for w := range kernel.Words(n) {
		m, at := min(64, n-w*64), w*64*stride
		k.xor.decode(a, now[at:], stride, m)
		k.xor.decode(b, was[at:], stride, m)
		k.then.Mark(dst[w:w+1], a, b, size, m)
	}
}

// image is what integers in a linear form a*v+b can be: those that leave the
// rest of b when divided by a.
type image struct {
	typ   value.Type // U8..U64 where the sign does not matter
	swap  bool
	times uint64 // the magnitude of a
	rest  uint64
}

// newImage returns what integers in the form of b can be; nil for anything.
func newImage(b Binding) *image {
	a, offset, ok := b.Form.Linear()
	if !ok || a.Abs(a).Cmp(big.NewRat(1, 1)) == 0 {
		return nil
	}
	times := a.Num()
	k := &image{typ: b.Type, swap: b.swap(), times: times.Uint64()}
	k.rest = new(big.Int).Mod(offset.Num(), times).Uint64()
	if k.times&(k.times-1) == 0 {
		k.typ = unsigned(b.Type)
	}
	return k
}

// unsigned returns the unsigned integer type as wide as t.
func unsigned(t value.Type) value.Type {
	if t.Signed() {
		return t + (value.U8 - value.I8)
	}
	return t
}

// keep clears the bits of the values that are no image.
func (k *image) keep(dst []uint64, buf []byte, stride, n int) {
	var order binary.ByteOrder = binary.LittleEndian
	if k.swap {
		order = binary.BigEndian
	}
	keep(dst, n, func(i int) bool {
		bits := value.Bits(k.typ, buf[i*stride:], order)
		if s := value.Signed(k.typ, bits); k.typ.Signed() && s < 0 {
			if rest := uint64(-s) % k.times; rest != 0 {
				return k.times-rest == k.rest
			}
			return k.rest == 0
		}
		return bits%k.times == k.rest
	})
}
