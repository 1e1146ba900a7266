package condition

import (
	"quarry/search/kernel"
	"quarry/search/value"
)

// Test is a condition bound to a type: it looks at the bytes of many values at
// once. A Test never changes and may be used by several goroutines.
type Test struct {
	// Type is the type of the values.
	Type value.Type
	// Width is the size of each value in bytes.
	Width int
	// Twin, if not value.Invalid, is a type of the same width that a value that
	// passes can be as well; see [Condition.BindAny].
	Twin value.Type
	// Constant holds the bytes of every value that passes, when they are all
	// the same; nil otherwise.
	Constant []byte

	first Marker     // looks at values alone
	pairs pairMarker // looks at values and what they were
	not   bool
	image *image // what a stored form can be; nil for anything
	lone  bool   // the value is a number in digits
}

// Marker looks at present values. It may be used by several goroutines.
type Marker interface {
	// Mark sets bit i of dst where the value at buf[i*stride:] passes, for i from
	// 0 to n-1, and clears all others of the first kernel.Words(n) words of dst.
	Mark(dst []uint64, buf []byte, stride, n int)
}

// AddressMarker is a Marker to which it matters where in the process buf
// begins. Its Mark takes addr to be a multiple of every alignment.
type AddressMarker interface {
	Marker
	// MarkAt is Mark for a buf that begins at addr in the process.
	MarkAt(dst []uint64, addr uint64, buf []byte, stride, n int)
}

// pairMarker looks at present values and what they were.
type pairMarker interface {
	Mark(dst []uint64, now, was []byte, stride, n int)
}

// NewTest returns a test of values of that type and width by a marker, for
// searches that no [Condition] expresses.
func NewTest(t value.Type, width int, m Marker) *Test {
	return &Test{Type: t, Width: width, first: m}
}

// everything is the kernel of a condition that any value meets.
type everything struct{}

// Mark implements [Marker].
func (everything) Mark(dst []uint64, _ []byte, _, n int) { kernel.Fill(dst, n) }

// NeedsOld reports whether the test compares with former values.
func (t *Test) NeedsOld() bool { return t.pairs != nil }

// Mark sets bit i of dst where the value at now[i*stride:] passes, for i from
// 0 to n-1; was holds the former values in the same places and is only looked
// at when the test [Test.NeedsOld]. See package kernel for the sizes.
func (t *Test) Mark(dst []uint64, now, was []byte, stride, n int) {
	t.MarkAt(dst, 0, now, was, stride, n)
}

// MarkAt is [Test.Mark] for memory that begins at addr in the process. It
// matters to groups in any order, whose elements stand at their natural
// alignment; Mark takes addr to be a multiple of 8.
func (t *Test) MarkAt(dst []uint64, addr uint64, now, was []byte, stride, n int) {
	if t.pairs != nil {
		t.pairs.Mark(dst, now, was, stride, n)
	} else if m, ok := t.first.(AddressMarker); ok {
		m.MarkAt(dst, addr, now, stride, n)
	} else {
		t.first.Mark(dst, now, stride, n)
	}
	if t.not {
		kernel.Not(dst, n)
	}
	if t.image != nil {
		t.image.keep(dst, now, stride, n)
	}
}

// Lone reports whether the test looks for a number in digits, and a match may
// therefore be part of a longer number; see [Test.Whole].
func (t *Test) Lone() bool { return t.lone }

// Whole reports whether the match at memory[at:] is no part of a longer
// number: 100 is neither within 1000 nor within -100, 3.100 or 100.5. What lies
// outside of memory is taken to be no digit. It is true for tests that do not
// look for digits.
//
// Mark cannot see what is beside a value, so a search asks this of each match
// in turn.
func (t *Test) Whole(memory []byte, at int) bool {
	if !t.lone {
		return true
	}
	if at > 0 && (isDigit(memory[at-1]) || memory[at-1] == '-' || memory[at-1] == '.') {
		return false
	}
	after := memory[min(at+t.Width, len(memory)):]
	if len(after) > 1 && after[0] == '.' {
		after = after[1:]
	}
	return len(after) == 0 || !isDigit(after[0])
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// Stopper is a Marker that can take so long that it has to look now and then
// whether its answer is still wanted.
type Stopper interface {
	Marker
	// Until returns the same marker, which may leave off with any answer once
	// stopped returns true.
	Until(stopped func() bool) Marker
}

// Until returns the same test, which may leave off with any answer once stopped
// returns true.
func (t *Test) Until(stopped func() bool) *Test {
	s, ok := t.first.(Stopper)
	if !ok {
		return t
	}
	until := *t
	until.first = s.Until(stopped)
	return &until
}
