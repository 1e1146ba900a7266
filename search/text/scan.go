package text

import (
	"unicode/utf8"

	"quarry/search/kernel"
	"quarry/session"
)

// reach is how many bytes before and after a chunk are read for characters
// that cross its borders.
const reach = utf8.UTFMax - 1

// run is a piece of text in one chunk.
type run struct {
	addr, end uint64 // in memory
	encoding  Encoding
	chars     int
	from, to  int // in the text of its finding
}

// finding is what is in a chunk: texts that are long enough, and what may be a
// part of one that crosses the border.
type finding struct {
	chunk session.Range
	runs  []run
	text  []byte
}

// scanner finds the texts in pieces of memory. It is used by one goroutine.
type scanner struct {
	least  int
	utf16  bool
	basic  *[0x10000 / 64]uint64
	marker marker
	found  *finding
}

// scan adds the texts in memory, which begins at addr, to the finding.
// Characters that begin outside of its chunk belong to the neighbours.
func (s *scanner) scan(memory []byte, addr uint64) {
	s.scanUTF8(memory, addr)
	if !s.utf16 {
		return
	}
	c := s.found.chunk
	lo, hi := max(addr, c.Start), min(addr+uint64(len(memory)), c.End)
	lo += lo & 1
	if lo+1 < hi {
		units := memory[lo-addr : hi-addr]
		s.scanUTF16(units, lo, UTF16LE, &littleLetters)
		s.scanUTF16(units, lo, UTF16BE, &bigLetters)
	}
}

func (s *scanner) scanUTF8(memory []byte, addr uint64) {
	marks := s.marker.utf8(memory)
	c := s.found.chunk
	if addr >= c.End || addr+uint64(len(memory)) <= c.Start {
		return
	}
	first := int(max(c.Start, addr) - addr)                  // byte of the chunk
	last := int(min(c.End, addr+uint64(len(memory))) - addr) // the byte after it
	take := func(from, to int) { s.takeUTF8(memory, addr, from, to) }
	head := 0
	for head <= first { // whatever its length, it may go on from the chunk before
		if marks[head/64]>>(head%64)&1 == 0 {
			head++
			continue
		}
		end := nextClear(marks, head)
		take(head, end)
		head = end
	}
	longRuns(marks, head, s.least, func(from, to int) {
		if from < last {
			take(from, to)
		}
	})
	if at := last - 1; marks[at/64]>>(at%64)&1 != 0 { // or go on in the next
		if from, to := runBegin(marks, at, s.least), nextClear(marks, at); to-from < min(s.least, 64) && from >= head {
			take(from, to)
		}
	}
}

// takeUTF8 adds the texts in memory[from:to]. What is no character after all,
// or is not printable, parts them.
func (s *scanner) takeUTF8(memory []byte, addr uint64, from, to int) {
	f := s.found
	if start := int64(f.chunk.Start - addr); start > int64(from) {
		for from = int(start); from < to && !utf8.RuneStart(memory[from]); from++ {
		}
	}
	end := int(min(f.chunk.End-addr, uint64(to))) // characters begin before it
	r := run{addr: addr + uint64(from), from: len(f.text)}
	at := from
	for at < end {
		n := asciiPrefix(memory[at:end])
		if n == 0 {
			c, size := utf8.DecodeRune(memory[at:to])
			if !s.graphic(c) || c == utf8.RuneError && size == 1 {
				r.end, r.to = addr+uint64(at), len(f.text)
				s.keep(r)
				at += size
				r = run{addr: addr + uint64(at), from: len(f.text)}
				continue
			}
			r.chars += 1 - size
			n = size
		}
		f.text = append(f.text, memory[at:at+n]...)
		r.chars += n
		at += n
	}
	r.end, r.to = addr+uint64(at), len(f.text)
	s.keep(r)
}

func (s *scanner) graphic(r rune) bool {
	if r < 0x10000 {
		return s.basic[r/64]>>(r%64)&1 != 0
	}
	return graphic(r)
}

// asciiPrefix returns how many bytes of ASCII a text begins with.
func asciiPrefix(text []byte) int {
	for i, c := range text {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(text)
}

// keep adds a run that is long enough or may be a part of a longer one, and
// forgets any other.
func (s *scanner) keep(r run) {
	f := s.found
	if r.chars == 0 || r.chars < s.least && r.addr > f.chunk.Start+reach && r.end < f.chunk.End {
		f.text = f.text[:r.from]
		return
	}
	f.runs = append(f.runs, r)
}

func (s *scanner) scanUTF16(units []byte, addr uint64, encoding Encoding, k *kernel.Numbers) {
	marks := s.marker.utf16(units, k)
	n := len(units) / 2
	take := func(from, to int) { s.takeUTF16(units, addr, from, to, encoding) }
	head := 0
	if marks[0]&1 != 0 {
		head = nextClear(marks, 0)
		take(0, head)
	}
	longRuns(marks, head, s.least, take)
	if at := n - 1; marks[at/64]>>(at%64)&1 != 0 {
		if from := runBegin(marks, at, s.least); n-from < min(s.least, 64) && from >= head {
			take(from, n)
		}
	}
}

// takeUTF16 adds the texts in the units from..to-1.
func (s *scanner) takeUTF16(units []byte, addr uint64, from, to int, encoding Encoding) {
	f := s.found
	at := func(i int) uint64 { return addr + 2*uint64(i) }
	r := run{addr: at(from), encoding: encoding, from: len(f.text)}
	for i := from; i <= to; i++ {
		var unit rune
		if i < to {
			a, b := rune(units[2*i]), rune(units[2*i+1])
			if unit = a | b<<8; encoding == UTF16BE {
				unit = a<<8 | b
			}
			if inUTF16[unit] {
				f.text = utf8.AppendRune(f.text, unit)
				r.chars++
				continue
			}
		}
		r.end, r.to = at(i), len(f.text)
		s.keep(r)
		r = run{addr: at(i + 1), encoding: encoding, from: len(f.text)}
	}
}
