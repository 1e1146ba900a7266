package watch

import (
	"slices"
	"strings"
)

// Register is one register of a thread.
type Register struct {
	Name  string // in lower case: rax, eip, x29
	Value uint64
}

// Registers are the registers of a thread, in the order in which debuggers show
// them. Which there are depends on the code that was running: 32-bit code has
// those of a 32-bit processor. Those of floating point and vectors are not
// among them.
type Registers []Register

// Get returns the value of a register or of a part of one, as eax and ah are of
// rax; ok is false for one that is not there.
func (r Registers) Get(name string) (value uint64, ok bool) {
	if i := slices.IndexFunc(r, func(one Register) bool { return one.Name == name }); i >= 0 {
		return r[i].Value, true
	}
	whole, shift, bits := wholeRegister(name)
	for _, prefix := range []string{"r", "e", ""} {
		i := slices.IndexFunc(r, func(one Register) bool { return one.Name == prefix+whole })
		if i >= 0 && bits > 0 {
			return r[i].Value >> shift & (1<<bits - 1), true
		}
	}
	return 0, false
}

// wholeRegister returns the name of the register that a part belongs to, without
// its r or e, and which bits of it the part is. For all but parts bits is 0.
func wholeRegister(name string) (whole string, shift, bits int) {
	switch {
	case len(name) == 3 && name[0] == 'e' && name != "efl":
		return name[1:], 0, 32
	case strings.HasPrefix(name, "r") && len(name) >= 3:
		number, width := name[1:len(name)-1], map[byte]int{'b': 8, 'l': 8, 'w': 16, 'd': 32}[name[len(name)-1]]
		return number, 0, width
	case strings.HasPrefix(name, "w") && len(name) >= 2: // of arm64
		return "x" + name[1:], 0, 32
	case len(name) == 3 && name[2] == 'l': // spl, bpl, sil, dil
		return name[:2], 0, 8
	case len(name) == 2 && name[1] == 'l':
		return name[:1] + "x", 0, 8
	case len(name) == 2 && name[1] == 'h':
		return name[:1] + "x", 8, 8
	case len(name) == 2:
		return name, 0, 16
	}
	return name, 0, 0
}

// stack returns the stack pointer, under the name that it has here.
func (r Registers) stack() uint64 {
	for _, name := range []string{"rsp", "esp", "sp"} {
		if value, ok := r.Get(name); ok {
			return value
		}
	}
	return 0
}

// inOrder names values, which come in the order of names, and returns them in the
// order in which registers are shown. Those without a name are left out.
func inOrder(names []string, value func(i int) uint64) Registers {
	r := make(Registers, 0, len(names))
	for _, name := range shown {
		if i := slices.Index(names, name); i >= 0 {
			r = append(r, Register{name, value(i)})
		}
	}
	return r
}
