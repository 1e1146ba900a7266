package patch

import (
	"errors"
	"fmt"
)

// ErrNop: there are no no-operations of that length for that machine.
var ErrNop = errors.New("cannot be replaced by no-operations")

// nops are the no-operations of x86, by their length less one, as the makers of
// the processors recommend them.
var nops = [][]byte{
	{0x90},
	{0x66, 0x90},
	{0x0f, 0x1f, 0x00},
	{0x0f, 0x1f, 0x40, 0x00},
	{0x0f, 0x1f, 0x44, 0x00, 0x00},
	{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
	{0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
	{0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
	{0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
}

// Nops returns what replaces one instruction of length bytes so that nothing
// happens. The machine is in Go's spelling: amd64, 386 or arm64. It is one
// instruction again, so no thread is ever in the middle of what is put there, or
// of what is put back later. The error is [ErrNop].
func Nops(arch string, length int) ([]byte, error) {
	const longest = 15 // instructions of x86 have no more
	switch {
	case (arch == "amd64" || arch == "386") && length >= 1 && length <= longest:
		var out []byte
		for ; length > len(nops); length-- {
			out = append(out, 0x66) // it may stand there again and again
		}
		return append(out, nops[length-1]...), nil
	case arch == "arm64" && length == 4:
		return []byte{0x1f, 0x20, 0x03, 0xd5}, nil
	}
	return nil, fmt.Errorf("%s code of %d bytes %w", arch, length, ErrNop)
}
