package watch

import (
	"unsafe"

	"quarry/session/internal/ptrace"
)

// setDebug sets a debug register of a stopped thread.
func setDebug(tid, number int, value uint64) error {
	return ptrace.SetUser(tid, debugOffset+uintptr(number)*unsafe.Sizeof(uintptr(0)), value)
}

// debug returns a debug register of a stopped thread.
func debug(tid, number int) (uint64, error) {
	return ptrace.User(tid, debugOffset+uintptr(number)*unsafe.Sizeof(uintptr(0)))
}

// registersOf reads the general registers of a stopped thread.
func registersOf(tid int, buffer []byte) (Registers, error) {
	registers, err := ptrace.Registers(tid, buffer)
	if err != nil {
		return nil, err
	}
	return tracedRegisters(registers), nil
}
