package watch

import "encoding/binary"

// executeLength is the length of a breakpoint of execution: sizeof(long), see
// perf_event_open(2).
const executeLength = 8

// sampledRegisters are the bits of sample_regs_user: all that the kernel gives,
// see enum perf_event_x86_regs. Selectors of segments are not among them.
const sampledRegisters = 0xff0fff

// perfNames are the names of those registers, in the order of their bits. The two
// empty ones are cs and ss.
var perfNames = []string{
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "rip", "eflags", "", "",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
}

// perfNames32 are those of 32-bit code.
var perfNames32 = []string{"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "eflags"}

// tracedNames are the names of struct user_regs_struct; empty ones are left out.
var tracedNames = []string{
	"r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
	"", "rip", "", "eflags", "rsp", "", "fs_base", "gs_base",
}

// tracedNames32 are those of struct user_regs_struct32.
var tracedNames32 = []string{"ebx", "ecx", "edx", "esi", "edi", "ebp", "eax", "", "", "", "", "", "eip", "", "eflags", "esp"}

// shown is the order of registers.
var shown = []string{
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
	"rip", "eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "eflags", "fs_base", "gs_base",
}

// tracedRegisters names the registers that PTRACE_GETREGSET gave.
func tracedRegisters(data []byte) Registers {
	const regs64, regs32 = 27 * 8, 17 * 4
	switch len(data) {
	case regs64:
		return inOrder(tracedNames, func(i int) uint64 { return binary.NativeEndian.Uint64(data[8*i:]) })
	case regs32:
		return inOrder(tracedNames32, func(i int) uint64 { return uint64(binary.NativeEndian.Uint32(data[4*i:])) })
	}
	return nil
}

// canTrace tells that debug registers can be set by PTRACE_POKEUSER.
const canTrace = true

// debugOffset is offsetof(struct user, u_debugreg).
const debugOffset = 848
