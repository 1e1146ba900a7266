package pause_test

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"quarry/session/pause"
)

// functionSize returns the size of a function of a program.
func functionSize(t testing.TB, path, name string) uint64 {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, symbol := range symbols {
		if symbol.Name == name {
			return symbol.Size
		}
	}
	t.Fatalf("%s has no function %s", path, name)
	return 0
}

// registers makes a set of n registers of width bytes that hold the given values.
func registers(width, n int, values map[int]int64) []byte {
	regs := make([]byte, width*n)
	for i, value := range values {
		if width == 8 {
			binary.NativeEndian.PutUint64(regs[8*i:], uint64(value))
		} else {
			binary.NativeEndian.PutUint32(regs[4*i:], uint32(value))
		}
	}
	return regs
}

func TestDecodePC(t *testing.T) {
	for _, test := range []struct {
		name     string
		regs     []byte
		pc, next uint64
		ok       bool
	}{
		{"amd64", registers(8, 27, map[int]int64{16: 0x1000, 15: -1, 10: -512}), 0x1000, 0x1000, true},
		{"amd64, in a system call", registers(8, 27, map[int]int64{16: 0x1000, 15: 0, 10: -512}), 0x1000, 0xffe, true},
		{"amd64, at its end", registers(8, 27, map[int]int64{16: 0x1000, 15: 0, 10: -4}), 0x1000, 0x1000, true},
		{"386", registers(4, 17, map[int]int64{12: 0xf0001000, 11: -1, 6: -514}), 0xf0001000, 0xf0001000, true},
		{"386, in a system call", registers(4, 17, map[int]int64{12: 0xf0001000, 11: 3, 6: -516}), 0xf0001000, 0xf0000ffe, true},
		{"arm64", registers(8, 34, map[int]int64{32: 0x2000}), 0x2000, 0x2000, true},
		{"arm", registers(4, 18, map[int]int64{15: 0x3000}), 0x3000, 0x3000, true},
		{"unknown", registers(8, 3, nil), 0, 0, false},
		{"none", nil, 0, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			pc, next, ok := pause.DecodePC(test.regs)
			if pc != test.pc || next != test.next || ok != test.ok {
				t.Errorf("got %#x, %#x, %v, want %#x, %#x, %v", pc, next, ok, test.pc, test.next, test.ok)
			}
		})
	}
}
