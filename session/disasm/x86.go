package disasm

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// x86 is the family of Intel's processors with that many bits.
type x86 struct{ bits int }

// decode decodes one instruction.
func (m x86) decode(code []byte, addr uint64, syntax Syntax) Instruction {
	const longest = 15
	code = code[:min(len(code), longest):len(code)]
	inst, err := x86asm.Decode(code, m.bits)
	// Without a table entry there is no error and no name: endbr64 is such.
	if err != nil || inst.Op == 0 || inst.Len < 1 || inst.Len > len(code) {
		return m.unknown(code, addr)
	}
	m.correct(&inst, code)
	i := Instruction{Addr: addr, Bytes: code[:inst.Len:inst.Len], Text: x86Text(inst, addr, syntax), Flow: x86Flow(inst.Op)}
	next := addr + uint64(inst.Len)
	for _, arg := range inst.Args {
		switch a := arg.(type) {
		case x86asm.Rel:
			i.Target, i.HasTarget = next+uint64(int64(a)), true
		case x86asm.Mem:
			i.Memory = append(i.Memory, m.operand(inst, a, next))
		}
	}
	return i
}

// signDisplacements makes displacements from registers signed, which the tables
// have as numbers of 32 bits without a sign where that is the size of addresses,
// and where the register is the program counter.
func signDisplacements(inst *x86asm.Inst) {
	for n, arg := range inst.Args {
		if a, ok := arg.(x86asm.Mem); ok && (a.Base == x86asm.RIP || inst.AddrSize == 32 && (a.Base != 0 || a.Index != 0)) {
			a.Disp = int64(int32(a.Disp))
			inst.Args[n] = a
		}
	}
}

// correct makes up for what the tables get wrong.
func (m x86) correct(inst *x86asm.Inst, code []byte) {
	if m.bits == 64 && relativeVector(code) {
		for n, arg := range inst.Args {
			if a, ok := arg.(x86asm.Mem); ok && a.Base == 0 && a.Index == 0 {
				a.Base = x86asm.RIP
				inst.Args[n] = a
			}
		}
	}
	signDisplacements(inst)
}

// relativeVector reports whether an instruction with a VEX or EVEX prefix has an
// operand relative to the program counter: ModRM 00 xxx 101. The tables take that
// for an address.
func relativeVector(code []byte) bool {
	for len(code) > 0 && (code[0] == 0x64 || code[0] == 0x65 || code[0] == 0x67 || code[0] == 0x2e || code[0] == 0x3e) {
		code = code[1:]
	}
	if len(code) == 0 {
		return false
	}
	at := map[byte]int{0xc5: 3, 0xc4: 4, 0x62: 5}[code[0]]
	return at > 0 && at < len(code) && code[at]&0xc7 == 5
}

// x86Text writes an instruction. The tables take address 0 for an unknown one.
func x86Text(inst x86asm.Inst, addr uint64, syntax Syntax) string {
	none := func(uint64) (string, uint64) { return "", 0 }
	switch syntax {
	case ATT:
		return x86asm.GNUSyntax(inst, addr, none)
	case Go:
		return x86asm.GoSyntax(inst, addr, none)
	}
	text := x86asm.IntelSyntax(inst, addr, none)
	if inst.Op == x86asm.LEA { // there is nothing of that size
		text = strings.Replace(text, ", ptr [", ", [", 1)
	}
	return text
}

// operand returns the place that an operand names.
func (m x86) operand(inst x86asm.Inst, a x86asm.Mem, next uint64) Operand {
	o := Operand{Segment: register(a.Segment), Base: register(a.Base), Index: register(a.Index), Disp: a.Disp, Size: inst.MemBytes}
	if a.Index != 0 {
		o.Scale = int(a.Scale)
	}
	if o.Segment != "fs" && o.Segment != "gs" {
		o.Segment = "" // the others begin at 0
	}
	switch {
	case o.Segment != "" || a.Index != 0:
	case a.Base == x86asm.RIP || a.Base == x86asm.EIP:
		o.Addr, o.Fixed = next+uint64(a.Disp), true
	case a.Base == 0:
		o.Addr, o.Fixed = uint64(a.Disp), true
	}
	if inst.Op == x86asm.LEA || inst.Op == x86asm.NOP {
		o.AddressOnly = true
	}
	return o
}

// register returns the name of a register, or nothing for none.
func register(r x86asm.Reg) string {
	if r == 0 {
		return ""
	}
	return strings.ToLower(x86asm.IntelSyntax(x86asm.Inst{Op: x86asm.PUSH, Args: x86asm.Args{r}}, 0, nil)[len("push "):])
}

// x86Flow tells where the program goes on after an operation.
func x86Flow(op x86asm.Op) Flow {
	switch op {
	case x86asm.JMP, x86asm.LJMP:
		return Jump
	case x86asm.CALL, x86asm.LCALL:
		return Call
	case x86asm.RET, x86asm.LRET, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.SYSRET, x86asm.SYSEXIT:
		return Return
	case x86asm.UD1, x86asm.UD2, x86asm.HLT:
		return Stop
	case x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JCXZ, x86asm.JE, x86asm.JECXZ, x86asm.JG, x86asm.JGE,
		x86asm.JL, x86asm.JLE, x86asm.JNE, x86asm.JNO, x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP, x86asm.JRCXZ,
		x86asm.JS, x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE, x86asm.XBEGIN:
		return Branch
	}
	return Next
}

// unknown returns what the tables do not have: a name where it is one of those
// that compilers write, and the length where that can be told.
func (m x86) unknown(code []byte, addr uint64) Instruction {
	s, ok := m.shape(code)
	if !ok {
		s, ok = m.vectorShape(code)
	}
	if !ok {
		return bad(code, addr, 1)
	}
	i := bad(code, addr, s.length)
	if string(i.Bytes) == "\xc5\xf8\x77" {
		i.Text, i.Bad = "vzeroupper", false
	} else if name := s.name(); name != "" {
		i.Text, i.Bad = name, false
	}
	return i
}

// shape is how an instruction of two opcode bytes or more is put together.
type shape struct {
	prefix     byte // the last of 66, F2 and F3, or 0
	wide       bool // REX.W
	opcode     byte // after 0F, or 0 in the other maps
	modrm      byte
	length     int
	inRegister bool // the operand is a register
}

// name returns the instruction, where it is one that has none in the tables.
func (s shape) name() string {
	registers := [...]string{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"}
	switch {
	case s.opcode == 0x1e && s.prefix == 0xf3 && s.modrm == 0xfa:
		return "endbr64"
	case s.opcode == 0x1e && s.prefix == 0xf3 && s.modrm == 0xfb:
		return "endbr32"
	case s.opcode == 0x1e && s.prefix == 0xf3 && s.inRegister && s.modrm>>3&7 == 1:
		if s.wide {
			return "rdsspq r" + registers[s.modrm&7]
		}
		return "rdsspd e" + registers[s.modrm&7]
	case s.opcode == 0xae && s.prefix == 0xf3 && s.inRegister && s.modrm>>3&7 == 5:
		if s.wide {
			return "incsspq r" + registers[s.modrm&7]
		}
		return "incsspd e" + registers[s.modrm&7]
	case s.opcode >= 0x18 && s.opcode <= 0x1f:
		return "nop" // hints that this processor may not know
	}
	return ""
}

// shape finds the length of an instruction that begins with 0F, from the parts
// that all of them have: prefixes, opcode, ModRM, SIB, displacement, and after
// 0F 3A a byte. See the Intel manual, volume 2, chapter 2.
func (m x86) shape(code []byte) (s shape, ok bool) {
	at := 0
	for ; at < len(code); at++ {
		switch b := code[at]; {
		case b == 0x66 || b == 0xf2 || b == 0xf3:
			s.prefix = b
			continue
		case b == 0x2e || b == 0x36 || b == 0x3e || b == 0x26 || b == 0x64 || b == 0x65 || b == 0xf0:
			continue
		}
		break
	}
	if m.bits == 64 && at < len(code) && code[at]&0xf0 == 0x40 {
		s.wide = code[at]&8 != 0
		at++
	}
	if at+2 >= len(code) || code[at] != 0x0f {
		return s, false
	}
	at++
	s.opcode = code[at]
	switch {
	case s.opcode == 0x38 || s.opcode == 0x3a:
		s.opcode = 0 // of no name
		at++
		if code[at-1] == 0x3a {
			s.length = 1
		}
	case s.opcode >= 0x18 && s.opcode <= 0x1f, s.opcode == 0xae:
	default:
		return s, false
	}
	return s.operands(code, at+1)
}

// operands finds the length from the ModRM byte on, which is at that offset.
func (s shape) operands(code []byte, at int) (shape, bool) {
	if at >= len(code) {
		return s, false
	}
	s.modrm = code[at]
	at++
	mod, rm := s.modrm>>6, s.modrm&7
	s.inRegister = mod == 3
	if mod != 3 && rm == 4 {
		if at >= len(code) {
			return s, false
		}
		if code[at]&7 == 5 && mod == 0 {
			at += 4
		}
		at++
	}
	switch {
	case mod == 1:
		at++
	case mod == 2 || mod == 0 && rm == 5:
		at += 4
	}
	s.length += at
	return s, s.length <= len(code)
}

// vectorShape finds the length of an instruction with a VEX or EVEX prefix.
func (m x86) vectorShape(code []byte) (s shape, ok bool) {
	const twoBytes, threeBytes, four = 0xc5, 0xc4, 0x62
	if len(code) < 3 || m.bits == 32 && code[1] < 0xc0 { // lds, les and bound
		return s, false
	}
	table, at := byte(1), 2
	switch code[0] {
	case twoBytes:
	case threeBytes:
		table, at = code[1]&0x1f, 3
	case four:
		table, at = code[1]&7, 4
	default:
		return s, false
	}
	if at >= len(code) || table == 0 {
		return s, false
	}
	opcode := code[at]
	switch {
	case table == 3, table == 1 && (opcode >= 0x70 && opcode <= 0x73 || opcode >= 0xc4 && opcode <= 0xc6 || opcode == 0xc2):
		s.length = 1 // a byte at the end
	case table == 1 && opcode == 0x77: // vzeroupper and vzeroall have no operands
		s.length = at + 1
		return s, true
	}
	return s.operands(code, at+1)
}
