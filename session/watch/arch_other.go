//go:build !amd64 && !386

package watch

import "fmt"

const (
	executeLength    = 4
	sampledRegisters = 1<<33 - 1 // enum perf_event_arm_regs of arm64
	canTrace         = false     // debug registers are set in other ways there
	debugOffset      = 0
)

var (
	perfNames   = arm64Names()
	perfNames32 []string
	shown       = perfNames
)

func arm64Names() []string {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("x%d", i))
	}
	return append(names, "x30", "sp", "pc")
}

func tracedRegisters([]byte) Registers { return nil }
