package core

import (
	"os"
	"testing"
)

// Whatever the files of a process hold, they are read to what can be told.
func FuzzParseNotes(f *testing.F) {
	data, _ := os.ReadFile("/proc/self/stat")
	f.Add(string(data))
	f.Add("0 0x7 0x1 0x2 0x3 0x4 0x5 0x7ffe00 0x401000")
	f.Add("-1 0x7ffe00 0x401000")
	f.Add("x) (")
	f.Fuzz(func(t *testing.T, text string) {
		parseStat(text)
		for arch, m := range machines {
			if got := m.parseRegisters(text); len(got) != m.registers {
				t.Errorf("%s: %d registers, want %d", arch, len(got), m.registers)
			}
		}
	})
}
