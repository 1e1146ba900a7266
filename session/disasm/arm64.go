package disasm

import (
	"fmt"
	"strings"

	"golang.org/x/arch/arm64/arm64asm"
)

// decodeARM64 decodes one instruction; each has four bytes.
func decodeARM64(code []byte, addr uint64, syntax Syntax) Instruction {
	const width = 4
	if len(code) < width {
		return bad(code, addr, len(code))
	}
	inst, err := arm64asm.Decode(code[:width])
	if err != nil || inst.Op == 0 {
		i := bad(code, addr, width)
		i.Text = fmt.Sprintf(".word 0x%02x%02x%02x%02x", code[3], code[2], code[1], code[0])
		return i
	}
	i := Instruction{Addr: addr, Bytes: code[:width:width], Flow: arm64Flow(inst)}
	if syntax == Go {
		i.Text = arm64asm.GoSyntax(inst, addr, func(uint64) (string, uint64) { return "", 0 }, nil)
	} else {
		i.Text = arm64asm.GNUSyntax(inst)
	}
	for _, arg := range inst.Args {
		switch a := arg.(type) {
		case arm64asm.PCRel:
			to := addr + uint64(int64(a))
			if inst.Op == arm64asm.ADRP {
				to = addr&^0xfff + uint64(int64(a))
			}
			i.Text = strings.Replace(i.Text, strings.ToLower(a.String()), fmt.Sprintf("%#x", to), 1)
			if i.Flow == Next {
				address := inst.Op == arm64asm.ADR || inst.Op == arm64asm.ADRP
				i.Memory = append(i.Memory, Operand{Base: "pc", Disp: int64(to - addr), Addr: to, Fixed: true, AddressOnly: address})
			} else {
				i.Target, i.HasTarget = to, true
			}
		case arm64asm.MemImmediate:
			i.Memory = append(i.Memory, Operand{Base: strings.ToLower(a.Base.String()), Disp: arm64Offset(a)})
		case arm64asm.MemExtend:
			i.Memory = append(i.Memory, Operand{Base: strings.ToLower(a.Base.String()), Index: strings.ToLower(a.Index.String()), Scale: 1 << a.Amount})
		}
	}
	return i
}

// arm64Offset returns the offset of an operand, which the tables only tell in
// its text; one that is added afterwards is none.
func arm64Offset(a arm64asm.MemImmediate) (offset int64) {
	if a.Mode != arm64asm.AddrOffset && a.Mode != arm64asm.AddrPreIndex {
		return 0
	}
	_, text, _ := strings.Cut(a.String(), "#")
	_, _ = fmt.Sscanf(text, "%d", &offset) // 0 where there is none
	return offset
}

// arm64Flow tells where the program goes on after an instruction.
func arm64Flow(inst arm64asm.Inst) Flow {
	switch inst.Op {
	case arm64asm.B:
		if _, conditional := inst.Args[0].(arm64asm.Cond); conditional {
			return Branch
		}
		return Jump
	case arm64asm.BR:
		return Jump
	case arm64asm.BL, arm64asm.BLR:
		return Call
	case arm64asm.RET, arm64asm.ERET:
		return Return
	case arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
		return Branch
	case arm64asm.HLT:
		return Stop
	}
	return Next
}
