package pause

import "encoding/binary"

// Sizes of the general registers as NT_PRSTATUS has them. They tell the
// instruction set that a thread is running, which in a process need not be the
// same for all: 32-bit code can run in a 64-bit one.
const (
	regsAMD64 = 27 * 8 // struct user_regs_struct
	regs386   = 17 * 4 // struct user_regs_struct32
	regsARM64 = 34 * 8 // struct user_pt_regs
	regsARM   = 18 * 4 // struct pt_regs
)

// decodePC returns the instruction pointer of a thread from its registers, and
// where it goes on when the system call it is in starts over: at the instruction
// that made the call, which is before pc. The two are the same otherwise.
func decodePC(regs []byte) (pc, next uint64, ok bool) {
	order := binary.NativeEndian
	reg64 := func(i int) uint64 { return order.Uint64(regs[8*i:]) }
	reg32 := func(i int) uint32 { return order.Uint32(regs[4*i:]) }
	const syscallLen = 2 // of syscall, sysenter and int 0x80
	switch len(regs) {
	case regsAMD64:
		pc = reg64(16)
		next = pc
		if startsOver(int64(reg64(15)), int64(reg64(10))) {
			next -= syscallLen
		}
	case regs386:
		pc = uint64(reg32(12))
		next = pc
		if startsOver(int64(int32(reg32(11))), int64(int32(reg32(6)))) {
			next -= syscallLen
		}
	case regsARM64: // the kernel has set it back already
		pc = reg64(32)
		next = pc
	case regsARM: // the same
		pc = uint64(reg32(15))
		next = pc
	default:
		return 0, 0, false
	}
	return pc, next, true
}

// startsOver reports whether a thread is in system call number call, and the
// kernel will make it start over. The codes are the kernel's own, from
// include/linux/errno.h.
func startsOver(call, result int64) bool {
	const (
		restartSys, restartNoIntr, restartNoHand = -512, -513, -514
		restartBlock                             = -516
	)
	if call < 0 {
		return false
	}
	switch result {
	case restartSys, restartNoIntr, restartNoHand, restartBlock:
		return true
	}
	return false
}
