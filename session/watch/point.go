package watch

import (
	"fmt"

	"quarry/session"
)

// Kind is what a watch waits for.
type Kind uint8

// The kinds.
const (
	Write   Kind = iota // an instruction writes there, be it the same value
	Access              // an instruction reads or writes there
	Execute             // the instruction there is executed
)

var kindNames = [...]string{Write: "write", Access: "access", Execute: "execute"}

// String returns the kind in one lower-case word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Point is a place that is watched.
type Point struct {
	Addr uint64
	// Length is the number of bytes; 1 for [Execute], where Addr is the first byte
	// of an instruction.
	Length int
	Kind   Kind
}

// Range returns the addresses that are watched.
func (p Point) Range() session.Range {
	return session.Range{Start: p.Addr, End: p.Addr + uint64(p.Length)}
}

func (p Point) String() string {
	if p.Kind == Execute {
		return fmt.Sprintf("%s of %#x", p.Kind, p.Addr)
	}
	return fmt.Sprintf("%s of %d bytes at %#x", p.Kind, p.Length, p.Addr)
}

// debugRegisters is the number of debug registers that a thread has on x86; a kernel
// for another processor may have more or fewer.
const debugRegisters = 4

// piece is the part of a point that one debug register watches.
type piece struct {
	addr   uint64
	length int
	kind   Kind
	point  int // its index
}

func (p piece) contains(addr uint64) bool { return addr-p.addr < uint64(p.length) }

// split divides points among debug registers, which take 1, 2, 4 or 8 bytes at an
// address that is a multiple of that.
func split(points []Point, word int) ([]piece, error) {
	var pieces []piece
	for i, p := range points {
		if err := check(p, word); err != nil {
			return nil, err
		}
		if p.Kind == Execute {
			pieces = append(pieces, piece{p.Addr, 1, Execute, i})
			continue
		}
		for at, end := p.Addr, p.Addr+uint64(p.Length); at < end; {
			n := uint64(8)
			for at%n != 0 || n > end-at {
				n /= 2
			}
			pieces = append(pieces, piece{at, int(n), p.Kind, i})
			at += n
		}
	}
	if len(pieces) == 0 {
		return nil, &PointError{Reason: "nothing is to be watched"}
	}
	for i, a := range pieces {
		for _, b := range pieces[:i] {
			if a.contains(b.addr) || b.contains(a.addr) {
				return nil, &PointError{Point: points[a.point], Reason: "the same bytes are watched twice"}
			}
		}
	}
	if len(pieces) > debugRegisters {
		return nil, &RegistersError{Need: len(pieces), Have: debugRegisters}
	}
	return pieces, nil
}

// check refuses points that cannot be.
func check(p Point, word int) error {
	const longest = 8 * debugRegisters
	switch {
	case p.Kind > Execute:
		return &PointError{Point: p, Reason: "there is no such kind"}
	case p.Length < 1:
		return &PointError{Point: p, Reason: "the length must be at least 1"}
	case p.Kind == Execute && p.Length != 1:
		return &PointError{Point: p, Reason: "execution is watched at one address, with length 1"}
	case p.Length > longest:
		return &RegistersError{Need: (p.Length + 7) / 8, Have: debugRegisters}
	case p.Addr+uint64(p.Length) < p.Addr, word == 4 && p.Addr+uint64(p.Length) > 1<<32:
		return &PointError{Point: p, Reason: "it goes beyond the last address"}
	}
	return nil
}
