package watch

import "encoding/binary"

const (
	executeLength    = 4
	sampledRegisters = 0xfff // enum perf_event_x86_regs without selectors of segments
	canTrace         = true
	debugOffset      = 252 // offsetof(struct user, u_debugreg)
)

var (
	perfNames   = []string{"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "eflags"}
	perfNames32 = perfNames
	tracedNames = []string{"ebx", "ecx", "edx", "esi", "edi", "ebp", "eax", "", "", "", "", "", "eip", "", "eflags", "esp"}
	shown       = []string{"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "eflags"}
)

// tracedRegisters names the registers that PTRACE_GETREGSET gave.
func tracedRegisters(data []byte) Registers {
	if len(data) != 17*4 {
		return nil
	}
	return inOrder(tracedNames, func(i int) uint64 { return uint64(binary.NativeEndian.Uint32(data[4*i:])) })
}
