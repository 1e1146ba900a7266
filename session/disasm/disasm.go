package disasm

import (
	"errors"
	"fmt"
	"strings"
)

// Syntax is the way in which instructions are written.
type Syntax uint8

// The syntaxes. For arm64 there are two: Go, and one for both others.
const (
	Intel Syntax = iota // mov eax, dword ptr [rbp-0x4]
	ATT                 // mov -0x4(%rbp),%eax
	Go                  // MOVL -0x4(BP), AX
)

var syntaxNames = [...]string{Intel: "intel", ATT: "att", Go: "go"}

// String returns the name of the syntax.
func (s Syntax) String() string { return syntaxNames[s] }

// States that errors of this package stand for. Match with errors.Is.
var (
	// ErrSyntax: there is no syntax of that name.
	ErrSyntax = errors.New("syntax is intel, att or go")
	// ErrArch: the instruction set is not known.
	ErrArch = errors.New("no disassembler for this machine")
)

// ParseSyntax reads the name of a syntax. The error is [ErrSyntax].
func ParseSyntax(name string) (Syntax, error) {
	for s, n := range syntaxNames {
		if n == name {
			return Syntax(s), nil
		}
	}
	return 0, fmt.Errorf("%q: %w", name, ErrSyntax)
}

// Flow tells where a program goes on after an instruction.
type Flow uint8

// The flows.
const (
	Next   Flow = iota // at the next instruction
	Jump               // somewhere else
	Branch             // somewhere else or at the next instruction
	Call               // somewhere else, and later at the next instruction
	Return             // where it was called from
	Stop               // nowhere: ud2, hlt
)

var flowNames = [...]string{Next: "next", Jump: "jump", Branch: "branch", Call: "call", Return: "return", Stop: "stop"}

// String returns the flow in one lower-case word.
func (f Flow) String() string { return flowNames[f] }

// Instruction is one machine instruction.
type Instruction struct {
	Addr  uint64
	Bytes []byte // at least one; they belong to the code that was decoded
	Text  string // in lower case but for Go syntax
	// Bad tells that the bytes are no instruction that is known. When there is
	// more than one, their number is sure all the same.
	Bad  bool
	Flow Flow
	// Target is where a jump, branch or call goes, if HasTarget. Those through a
	// register or through memory have none.
	Target    uint64
	HasTarget bool
	// Memory are the places that the operands name.
	Memory []Operand
}

// End returns the address after the instruction.
func (i Instruction) End() uint64 { return i.Addr + uint64(len(i.Bytes)) }

// Operand is a place in memory that an instruction names:
// Base + Index*Scale + Disp, above the start of Segment.
type Operand struct {
	Segment string // fs or gs, or empty
	Base    string // a register in lower case, or empty
	Index   string // likewise
	Scale   int    // 1, 2, 4 or 8 with an Index
	Disp    int64
	Size    int // bytes, 0 when it cannot be told
	// Addr is the address, if Fixed: it depends on no register but the program
	// counter.
	Addr  uint64
	Fixed bool
	// Loads tells that the instruction takes the address and not what is there.
	AddressOnly bool
}

// Decoder decodes the instructions of one machine. It holds no state and may be
// used by several goroutines.
type Decoder struct {
	syntax  Syntax
	decode  func(code []byte, addr uint64, syntax Syntax) Instruction
	effects func(code []byte, addr uint64) (Effects, bool)
	mask    uint64 // of addresses
	bits    int    // of x86, or 0
}

// New returns the decoder of an instruction set in Go's spelling: amd64, 386 or
// arm64. The error is [ErrArch].
func New(arch string, syntax Syntax) (Decoder, error) {
	d := Decoder{syntax: syntax, mask: ^uint64(0)}
	switch arch {
	case "amd64":
		d.decode, d.effects, d.bits = x86{64}.decode, x86{64}.effects, 64
	case "386":
		d.decode, d.effects, d.bits, d.mask = x86{32}.decode, x86{32}.effects, 32, 1<<32-1
	case "arm64":
		d.decode, d.effects = decodeARM64, arm64Effects
	default:
		return Decoder{}, fmt.Errorf("%w: %s", ErrArch, arch)
	}
	return d, nil
}

// Decode returns the instruction that code begins with; addr is where that is.
// Code must not be empty. The instruction has at least one byte. One that is cut
// off by the end of code is bad.
func (d Decoder) Decode(code []byte, addr uint64) (i Instruction) {
	defer func() {
		if recover() != nil { // a fault in the tables must not end the program
			i = bad(code, addr, 1)
		}
	}()
	i = d.decode(code, addr, d.syntax)
	i.Target &= d.mask
	for n := range i.Memory {
		i.Memory[n].Addr &= d.mask
	}
	return i
}

// All returns the instructions of code, which is at addr, with their offsets.
func (d Decoder) All(code []byte, addr uint64) func(yield func(int, Instruction) bool) {
	return func(yield func(int, Instruction) bool) {
		for at := 0; at < len(code); {
			i := d.Decode(code[at:], addr+uint64(at))
			if !yield(at, i) {
				return
			}
			at += len(i.Bytes)
		}
	}
}

// bad returns the first n bytes as no instruction.
func bad(code []byte, addr uint64, n int) Instruction {
	n = max(1, min(n, len(code)))
	texts := make([]string, n)
	for i, b := range code[:n] {
		texts[i] = fmt.Sprintf("%#02x", b)
		if b < 0x10 {
			texts[i] = fmt.Sprintf("0x%02x", b)
		}
	}
	return Instruction{Addr: addr, Bytes: code[:n:n], Text: ".byte " + strings.Join(texts, ", "), Bad: true}
}
