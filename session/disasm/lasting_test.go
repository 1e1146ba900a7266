package disasm

import (
	"encoding/hex"
	"testing"
)

func TestLasting(t *testing.T) {
	for _, test := range []struct{ arch, code, want string }{
		{"amd64", "894318", "ffffff"},
		{"amd64", "8905b72e0000", "ffff00000000"},
		{"amd64", "c705b72e00002a000000", "ffff00000000ffffffff"},
		{"amd64", "e8fb0f0000", "ff00000000"},
		{"amd64", "0f84fb0f0000", "ffff00000000"},
		{"amd64", "7510", "ffff"},
		{"amd64", "48b8000011223344556677"[:20], "ffff0000000000000000"},
		{"amd64", "bf10204000", "ff00000000"},
		{"amd64", "83c005", "ffffff"},
		{"386", "a104c00408", "ff00000000"},
		{"386", "81c2ec2d0000", "ffff00000000"},
		{"386", "83c404", "ffffff"},
		{"386", "8b8218000000", "ffff00000000"},
		{"arm64", "00040094", "000000fc"},
		{"arm64", "200800b9", "ffffffff"},
		{"amd64", "06", "ff"},
	} {
		code, err := hex.DecodeString(test.code)
		if err != nil {
			t.Fatal(err)
		}
		d, err := New(test.arch, Intel)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(d.Lasting(code, 0x401000)); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.arch, test.code, got, test.want)
		}
	}
}
