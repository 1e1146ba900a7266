package disasm

import (
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// Lasting returns which bits of the instruction that code begins with stay when the
// program is built again, as a mask of the same length: not distances to
// variables and functions elsewhere, nor addresses. Short jumps stay.
func (d Decoder) Lasting(code []byte, addr uint64) []byte {
	i := d.Decode(code, addr)
	mask := make([]byte, len(i.Bytes))
	for n := range mask {
		mask[n] = 0xff
	}
	if i.Bad {
		return mask
	}
	if d.bits == 0 {
		if len(mask) == 4 && (i.HasTarget && i.Flow != Branch || len(i.Memory) > 0 && i.Memory[0].Fixed) {
			mask[0], mask[1], mask[2], mask[3] = 0x0f, 0, 0, 0xf0 // the register, and what it does
			if i.HasTarget {
				mask[0], mask[3] = 0, 0xfc
			}
		}
		return mask
	}
	if i.HasTarget && len(i.Bytes) >= 5 {
		forget(mask, i.Bytes, i.Target-i.End(), 4)
	}
	for _, o := range i.Memory {
		if o.Fixed {
			forget(mask, i.Bytes, uint64(o.Disp), 4)
			forget(mask, i.Bytes, uint64(o.Disp), 8)
		} else if o.Base == "" || o.Disp >= lowestAddress || d.bits == 32 { // there, variables are at a distance from a register
			forget(mask, i.Bytes, uint64(o.Disp), 4)
		}
	}
	if inst, err := x86asm.Decode(i.Bytes, d.bits); err == nil {
		for _, arg := range inst.Args {
			n, ok := arg.(x86asm.Imm)
			if ok && (n >= lowestAddress || d.bits == 32 && inst.Op == x86asm.ADD) { // what makes that register
				forget(mask, i.Bytes, uint64(n), 8)
				forget(mask, i.Bytes, uint64(n), 4)
			}
		}
	}
	return mask
}

// lowestAddress is the least number that is taken for an address.
const lowestAddress = 0x10000

// forget clears the mask where code holds a number, looked for from the end, where
// operands are.
func forget(mask, code []byte, number uint64, size int) {
	var want [8]byte
	binary.LittleEndian.PutUint64(want[:], number)
	for at := len(code) - size; at > 0; at-- {
		if string(code[at:at+size]) == string(want[:size]) {
			clear(mask[at : at+size])
			return
		}
	}
}
