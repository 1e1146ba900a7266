package patch_test

import (
	"errors"
	"strings"
	"testing"

	"quarry/patch"
	"quarry/session/disasm"
)

// What replaces an instruction is one instruction of the same length that does
// nothing.
func TestNops(t *testing.T) {
	for arch, lengths := range map[string][]int{
		"amd64": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		"386":   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		"arm64": {4},
	} {
		decoder, err := disasm.New(arch, disasm.Intel)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range lengths {
			code, err := patch.Nops(arch, n)
			if err != nil {
				t.Fatal(arch, n, err)
			}
			i := decoder.Decode(code, 0x1000)
			if len(code) != n || len(i.Bytes) != n || !strings.Contains(i.Text, "nop") {
				t.Errorf("%s, %d bytes: % x is %d bytes, %q", arch, n, code, len(i.Bytes), i.Text)
			}
		}
	}
	for _, bad := range []struct {
		arch   string
		length int
	}{{"amd64", 0}, {"amd64", 16}, {"386", -1}, {"arm64", 3}, {"arm64", 8}, {"mips", 4}} {
		if code, err := patch.Nops(bad.arch, bad.length); !errors.Is(err, patch.ErrNop) || code != nil {
			t.Errorf("%v: % x, %v", bad, code, err)
		}
	}
}
