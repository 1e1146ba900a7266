package disasm

import (
	"slices"
	"strings"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// Access is a place in memory that an instruction reads or writes, named or not:
// a push writes to the stack.
//
// Of x86, the operand's registers stand for what they hold after the instruction,
// which is what a debug register tells: a push writes at [rsp], a pop reads at
// [rsp-8]. Of arm64 they stand for what they hold before.
type Access struct {
	Operand
	Reads, Writes bool
	// Lost tells that the instruction changes a register of the operand, so that
	// its address cannot be computed afterwards.
	Lost bool
	// Backwards tells that Disp is the other way round when the direction flag is
	// set: movs and its like.
	Backwards bool
}

// Effects is what an instruction does to memory.
type Effects struct {
	Accesses []Access
	// Repeats tells that it is a string instruction that repeats itself, and can
	// be interrupted after each time.
	Repeats bool
}

// Effects returns what the instruction does that code begins with. It is false
// where that is not known: the bytes are no instruction, or not one that is in
// the tables.
func (d Decoder) Effects(code []byte, addr uint64) (e Effects, ok bool) {
	defer func() {
		if recover() != nil { // a fault in the tables must not end the program
			e, ok = Effects{}, false
		}
	}()
	if d.effects == nil || len(code) == 0 {
		return Effects{}, false
	}
	e, ok = d.effects(code, addr)
	for i := range e.Accesses {
		e.Accesses[i].Addr &= d.mask
	}
	return e, ok
}

// effects is Effects for x86.
func (m x86) effects(code []byte, addr uint64) (Effects, bool) {
	code = code[:min(len(code), 15):len(code)]
	inst, err := x86asm.Decode(code, m.bits)
	if err != nil || inst.Op == 0 || inst.Len < 1 || inst.Len > len(code) {
		return Effects{}, false
	}
	m.correct(&inst, code)
	x := x86Effects{x86: m, inst: inst, next: addr + uint64(inst.Len)}
	x.find()
	x.e.Repeats = x.e.Repeats && slices.ContainsFunc(inst.Prefix[:], func(p x86asm.Prefix) bool {
		return p&0xff == x86asm.PrefixREP || p&0xff == x86asm.PrefixREPN
	})
	return x.e, true
}

// x86Effects finds the effects of one instruction.
type x86Effects struct {
	x86
	inst x86asm.Inst
	next uint64
	e    Effects
}

func (x *x86Effects) word() int { return x.bits / 8 }

func (x *x86Effects) stackPointer() string {
	if x.bits == 64 {
		return "rsp"
	}
	return "esp"
}

// onStack adds an access at the stack pointer plus disp.
func (x *x86Effects) onStack(disp int64, size int, writes bool) {
	x.e.Accesses = append(x.e.Accesses, Access{
		Operand: Operand{Base: x.stackPointer(), Disp: disp, Size: size}, Reads: !writes, Writes: writes,
	})
}

// pushSize returns how many bytes a push or pop moves.
func (x *x86Effects) pushSize() int {
	if slices.ContainsFunc(x.inst.Prefix[:], func(p x86asm.Prefix) bool { return p&0xff == x86asm.PrefixDataSize && p != 0 }) {
		return 2
	}
	return x.word()
}

func (x *x86Effects) find() {
	size := x.pushSize()
	switch op := x.inst.Op; op {
	case x86asm.LEA, x86asm.NOP, x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW,
		x86asm.INVLPG:
	case x86asm.PUSH:
		x.named(int64(size))
		x.onStack(0, size, true)
	case x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ:
		x.onStack(0, size, true)
	case x86asm.PUSHA, x86asm.PUSHAD:
		x.onStack(0, 8*size, true)
	case x86asm.CALL:
		x.named(int64(size))
		x.onStack(0, size, true)
	case x86asm.RET:
		pops := int64(0)
		if n, ok := x.inst.Args[0].(x86asm.Imm); ok {
			pops = int64(n)
		}
		x.onStack(-int64(size)-pops, size, false)
	case x86asm.POP:
		x.named(0)
		x.onStack(-int64(size), size, false)
		if r, ok := x.inst.Args[0].(x86asm.Reg); ok && family(register(r)) == "sp" {
			x.e.Accesses[len(x.e.Accesses)-1].Lost = true
		}
	case x86asm.POPF, x86asm.POPFD, x86asm.POPFQ, x86asm.LEAVE:
		x.onStack(-int64(size), size, false)
	case x86asm.POPA, x86asm.POPAD:
		x.onStack(-8*int64(size), 8*size, false)
	case x86asm.ENTER:
		x.e.Accesses = append(x.e.Accesses, Access{
			Operand: Operand{Base: x.stackPointer()[:1] + "bp", Size: x.word()}, Writes: true,
		})
	case x86asm.MASKMOVDQU, x86asm.MASKMOVQ:
		x.e.Accesses = append(x.e.Accesses, Access{Operand: Operand{Base: x.stackPointer()[:1] + "di", Size: 16}, Writes: true})
	case x86asm.XLATB:
		x.e.Accesses = append(x.e.Accesses, Access{Operand: Operand{Size: 1}, Reads: true, Lost: true})
	default:
		if !x.strings() {
			x.named(0)
		}
	}
}

// strings adds the accesses of a string instruction, whose registers point behind
// what it has done, or before it when the direction flag is set.
func (x *x86Effects) strings() bool {
	size, ok := stringSizes[x.inst.Op]
	if !ok {
		return false
	}
	x.e.Repeats = true
	for n, arg := range x.inst.Args {
		a, ok := arg.(x86asm.Mem)
		if !ok {
			continue
		}
		o := x.operand(x.inst, a, x.next)
		o.Size, o.Disp = size, -int64(size)
		writes := n == 0 && x.writesFirst()
		x.e.Accesses = append(x.e.Accesses, Access{Operand: o, Reads: !writes, Writes: writes, Backwards: true})
	}
	return true
}

var stringSizes = map[x86asm.Op]int{
	x86asm.STOSB: 1, x86asm.STOSW: 2, x86asm.STOSD: 4, x86asm.STOSQ: 8,
	x86asm.MOVSB: 1, x86asm.MOVSW: 2, x86asm.MOVSD: 4, x86asm.MOVSQ: 8,
	x86asm.LODSB: 1, x86asm.LODSW: 2, x86asm.LODSD: 4, x86asm.LODSQ: 8,
	x86asm.SCASB: 1, x86asm.SCASW: 2, x86asm.SCASD: 4, x86asm.SCASQ: 8,
	x86asm.CMPSB: 1, x86asm.CMPSW: 2, x86asm.CMPSD: 4, x86asm.CMPSQ: 8,
	x86asm.INSB: 1, x86asm.INSW: 2, x86asm.INSD: 4, x86asm.OUTSB: 1, x86asm.OUTSW: 2, x86asm.OUTSD: 4,
}

// named adds the accesses of the operands that the instruction names. pushed is
// how far it has moved the stack pointer down.
func (x *x86Effects) named(pushed int64) {
	changed := x.changes()
	for n, arg := range x.inst.Args {
		a, ok := arg.(x86asm.Mem)
		if !ok {
			continue
		}
		o := x.operand(x.inst, a, x.next)
		if strings.HasPrefix(x.inst.Op.String(), "XSAVE") || strings.HasPrefix(x.inst.Op.String(), "XRSTOR") {
			o.Size = 0
		}
		if family(o.Base) == "sp" {
			o.Disp += pushed
		}
		writes := n == 0 && x.writesFirst() || x.inst.Op == x86asm.XCHG || x.inst.Op == x86asm.XADD
		access := Access{Operand: o, Writes: writes, Reads: !writes || !x.onlyStores()}
		for _, r := range []string{o.Base, o.Index} {
			access.Lost = access.Lost || r != "" && slices.Contains(changed, family(r))
			access.Lost = access.Lost || strings.Contains(r, "mm") // an index in a vector: many places
		}
		if _, byRegister := x.inst.Args[1].(x86asm.Reg); byRegister && strings.HasPrefix(x.inst.Op.String(), "BT") {
			access.Lost = true // the register tells how many bits further
		}
		x.e.Accesses = append(x.e.Accesses, access)
	}
}

// writesFirst reports whether the first operand is written.
func (x *x86Effects) writesFirst() bool {
	switch x.inst.Op {
	case x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.PUSH, x86asm.CALL, x86asm.LCALL, x86asm.JMP, x86asm.LJMP, x86asm.MUL, x86asm.DIV,
		x86asm.IDIV, x86asm.LDMXCSR, x86asm.FXRSTOR, x86asm.FXRSTOR64, x86asm.CLFLUSH, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD,
		x86asm.SCASQ, x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ, x86asm.OUTSB, x86asm.OUTSW, x86asm.OUTSD,
		x86asm.LGDT, x86asm.LIDT, x86asm.LLDT, x86asm.LMSW, x86asm.LTR, x86asm.VERR, x86asm.VERW:
		return false
	case x86asm.IMUL:
		return x.inst.Args[1] != nil
	}
	name := x.inst.Op.String()
	switch {
	case strings.HasPrefix(name, "FX"):
		return true // FXSAVE
	case strings.HasPrefix(name, "F"):
		return strings.HasPrefix(name, "FST") || strings.HasPrefix(name, "FIST") || strings.HasPrefix(name, "FBST") ||
			strings.HasPrefix(name, "FNST") || strings.HasPrefix(name, "FNSAVE")
	case strings.HasPrefix(name, "XRSTOR"), strings.HasPrefix(name, "VLDMX"), strings.HasPrefix(name, "PREFETCH"):
		return false
	}
	return true
}

// onlyStores reports whether what is written is not read before.
func (x *x86Effects) onlyStores() bool {
	name := x.inst.Op.String()
	for _, prefix := range []string{"MOV", "VMOV", "SET", "FST", "FIST", "FNST", "PEXTR", "VPEXTR", "VEXTRACT", "STMX", "FXSAVE", "POP"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// changes returns the families of the general registers that the instruction may
// change; more than it does, rather than fewer.
func (x *x86Effects) changes() (changed []string) {
	name := x.inst.Op.String()
	for n, arg := range x.inst.Args {
		r, ok := arg.(x86asm.Reg)
		if !ok {
			continue
		}
		exchanges := x.inst.Op == x86asm.XCHG || x.inst.Op == x86asm.XADD || name == "MULX"
		if exchanges || n == 0 && x.writesFirst() {
			changed = append(changed, family(register(r)))
		}
	}
	switch {
	case strings.HasPrefix(name, "CMPXCHG"), strings.HasPrefix(name, "MUL"), strings.HasPrefix(name, "DIV"),
		strings.HasPrefix(name, "IDIV"), strings.HasPrefix(name, "IMUL") && x.inst.Args[1] == nil:
		changed = append(changed, "ax", "dx")
	}
	return changed
}

// family returns what registers that are parts of each other have in common: ax
// for rax, eax, ax, al and ah, and 8 for r8d.
func family(name string) string {
	switch {
	case name == "":
		return ""
	case name[0] == 'r' && len(name) > 1 && name[1] >= '0' && name[1] <= '9':
		return strings.TrimRight(name[1:], "bwld")
	case len(name) == 3 && (name[0] == 'r' || name[0] == 'e'):
		return name[1:]
	case len(name) == 3 && name[2] == 'l': // spl and so on
		return name[:2]
	case len(name) == 2 && (name[1] == 'l' || name[1] == 'h'):
		return name[:1] + "x"
	}
	return name
}

// arm64Effects returns the places that an instruction of arm64 names.
func arm64Effects(code []byte, addr uint64) (Effects, bool) {
	i := decodeARM64(code, addr, Intel)
	if i.Bad {
		return Effects{}, false
	}
	inst, err := arm64asm.Decode(code[:4])
	if err != nil {
		return Effects{}, false
	}
	name := strings.ToLower(inst.Op.String())
	loads, stores := strings.HasPrefix(name, "ld"), strings.HasPrefix(name, "st")
	var e Effects
	for _, o := range i.Memory {
		if !o.AddressOnly {
			e.Accesses = append(e.Accesses, Access{Operand: o, Reads: !stores, Writes: !loads})
		}
	}
	return e, true
}
