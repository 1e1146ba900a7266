package disasm

import (
	"bufio"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session/sessiontest"
)

func TestDecode(t *testing.T) {
	const at = 0x401000
	for _, test := range []struct {
		arch, code, text string
		flow             Flow
		target           uint64
		memory           []Operand
	}{
		{"amd64", "55", "push rbp", Next, 0, nil},
		{"amd64", "f30f1efa", "endbr64", Next, 0, nil},
		{"386", "f30f1efb", "endbr32", Next, 0, nil},
		{"amd64", "f3480f1ec8", "rdsspq rax", Next, 0, nil},
		{"amd64", "e8fb0f0000", "call 0x402000", Call, 0x402000, nil},
		{"amd64", "ebfe", "jmp 0x401000", Jump, 0x401000, nil},
		{"amd64", "7510", "jnz 0x401012", Branch, 0x401012, nil},
		{"amd64", "c3", "ret", Return, 0, nil},
		{"amd64", "0f0b", "ud2", Stop, 0, nil},
		{"amd64", "8b05f20f0000", "mov eax, dword ptr [rip+0xff2]", Next, 0, []Operand{{Base: "rip", Disp: 0xff2, Size: 4, Addr: 0x401ff8, Fixed: true}}},
		{"amd64", "8b449318", "mov eax, dword ptr [rbx+4*rdx+0x18]", Next, 0, []Operand{{Base: "rbx", Index: "rdx", Scale: 4, Disp: 0x18, Size: 4}}},
		{"amd64", "488d3df90f0000", "lea rdi, [rip+0xff9]", Next, 0, []Operand{{Base: "rip", Disp: 0xff9, Addr: 0x402000, Fixed: true, AddressOnly: true}}},
		{"amd64", "488d157effffff", "lea rdx, [rip-0x82]", Next, 0, []Operand{{Base: "rip", Disp: -0x82, Addr: 0x400f85, Fixed: true, AddressOnly: true}}},
		{"amd64", "64488b042528000000", "mov rax, qword ptr fs:[0x28]", Next, 0, []Operand{{Segment: "fs", Disp: 0x28, Size: 8}}},
		{"amd64", "ff25e20f0000", "jmp qword ptr [rip+0xfe2]", Jump, 0, []Operand{{Base: "rip", Disp: 0xfe2, Size: 8, Addr: 0x401fe8, Fixed: true}}},
		{"amd64", "c5fc110502000000", "vmovups ymmword ptr [rip+0x2], ymm0", Next, 0, []Operand{{Base: "rip", Disp: 2, Size: 32, Addr: 0x40100a, Fixed: true}}},
		{"amd64", "62f17c481105f8ffffff", "vmovups zmmword ptr [rip-0x8], zmm0", Next, 0, []Operand{{Base: "rip", Disp: -8, Size: 64, Addr: 0x401002, Fixed: true}}},
		{"386", "a104c00408", "mov eax, dword ptr [0x804c004]", Next, 0, []Operand{{Disp: 0x804c004, Size: 4, Addr: 0x804c004, Fixed: true}}},
		{"amd64", "c5f877", "vzeroupper", Next, 0, nil},
		{"amd64", "c4e3fd09c105", ".byte 0xc4, 0xe3, 0xfd, 0x09, 0xc1, 0x05", Next, 0, nil},
		{"amd64", "f3480faee9", "incsspq rcx", Next, 0, nil},
		{"386", "8d8314e0ffff", "lea eax, [ebx-0x1fec]", Next, 0, []Operand{{Base: "ebx", Disp: -0x1fec, AddressOnly: true}}},
		{"amd64", "06", ".byte 0x06", Next, 0, nil},
		{"amd64", "48", ".byte 0x48", Next, 0, nil},
		{"arm64", "fd7bbfa9", "stp x29, x30, [sp,#-16]!", Next, 0, []Operand{{Base: "sp", Disp: -16}}},
		{"arm64", "00040094", "bl 0x402000", Call, 0x402000, nil},
		{"arm64", "e1ffff54", "b.ne 0x400ffc", Branch, 0x400ffc, nil},
		{"arm64", "c0035fd6", "ret", Return, 0, nil},
		{"arm64", "00000090", "adrp x0, 0x401000", Next, 0, []Operand{{Base: "pc", Addr: 0x401000, Fixed: true, AddressOnly: true}}},
		{"arm64", "ffffffff", ".word 0xffffffff", Next, 0, nil},
		{"arm64", "ff", ".byte 0xff", Next, 0, nil},
	} {
		code, err := hex.DecodeString(test.code)
		if err != nil {
			t.Fatal(err)
		}
		d, err := New(test.arch, Intel)
		if err != nil {
			t.Fatal(err)
		}
		got := d.Decode(code, at)
		want := Instruction{Addr: at, Bytes: code, Text: test.text, Bad: strings.HasPrefix(test.text, "."), Flow: test.flow,
			Target: test.target, HasTarget: test.target != 0, Memory: test.memory}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", test.code, diff)
		}
	}
}

func TestSyntax(t *testing.T) {
	for name, want := range map[string]string{"intel": "mov rbp, rsp", "att": "mov %rsp,%rbp", "go": "MOVQ SP, BP"} {
		s, err := ParseSyntax(name)
		if err != nil || s.String() != name {
			t.Fatal(s, err)
		}
		d, err := New("amd64", s)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Decode([]byte{0x48, 0x89, 0xe5}, 0x1000).Text; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := ParseSyntax("masm"); !errors.Is(err, ErrSyntax) {
		t.Error(err)
	}
	if _, err := New("riscv64", Intel); !errors.Is(err, ErrArch) {
		t.Error(err)
	}
}

// All goes through everything, also past what it does not know.
func TestAll(t *testing.T) {
	d, _ := New("amd64", Intel)
	var got []string
	for at, i := range d.All([]byte{0x55, 0x06, 0x48, 0x89, 0xe5, 0x48}, 0x1000) {
		if i.Addr != 0x1000+uint64(at) || i.End() != i.Addr+uint64(len(i.Bytes)) {
			t.Errorf("offset %d, %+v", at, i)
		}
		got = append(got, i.Text)
	}
	if diff := cmp.Diff([]string{"push rbp", ".byte 0x06", "mov rbp, rsp", ".byte 0x48"}, got); diff != "" {
		t.Error(diff)
	}
}

// objdump's instructions have the same lengths and, mostly, the same names.
func TestAgainstObjdump(t *testing.T) {
	sessiontest.NeedTool(t, "objdump", "binutils")
	for _, test := range []struct {
		arch  string
		flags []string
	}{
		{"amd64", []string{"-O2", "-static"}}, {"386", []string{"-O2", "-m32", "-static"}},
	} {
		t.Run(test.arch, func(t *testing.T) {
			program := sessiontest.BuildC(t, "#include <stdio.h>\n#include <math.h>\nint main(int n, char **v) { return printf(\"%f\\n\", sqrt(n) * v[0][0]); }\n", append(test.flags, "-lm")...)
			compare(t, test.arch, program)
		})
	}
}

func compare(t *testing.T, arch, program string) {
	t.Helper()
	cmd := exec.Command("objdump", "-d", "-w", "-j", ".text", "-M", "intel", program)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(arch, Intel)
	if err != nil {
		t.Fatal(err)
	}
	var all, lengths, unknown, names int
	for scanner := bufio.NewScanner(strings.NewReader(string(out))); scanner.Scan(); {
		fields := strings.Split(scanner.Text(), "\t")
		if len(fields) < 3 || strings.Contains(fields[2], "(bad)") {
			continue
		}
		addr, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(fields[0]), ":"), 16, 64)
		code, err2 := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(fields[1]), " ", ""))
		if err != nil || err2 != nil {
			continue
		}
		all++
		padded := append(code[:len(code):len(code)], 0x90, 0x90, 0x90, 0x90)
		i := d.Decode(padded, addr)
		switch {
		case len(i.Bytes) != len(code):
			if lengths++; lengths <= 10 {
				t.Logf("%x: %d bytes, %q; objdump: %s", code, len(i.Bytes), i.Text, fields[2])
			}
		case i.Bad:
			unknown++
		case sameName(i.Text, fields[2]):
			names++
		}
	}
	t.Logf("%s: %d instructions, %d of another length, %d unknown, %d of the same name", arch, all, lengths, unknown, names)
	if all < 10_000 || lengths*2000 > all || unknown*200 > all || names*100 < all*93 {
		t.Errorf("too many differ")
	}
}

// sameName compares mnemonics; some have two.
func sameName(a, b string) bool {
	first, _, _ := strings.Cut(a, " ")
	if strings.Contains(b, first) {
		return true
	}
	second, _, _ := strings.Cut(strings.TrimSpace(b), " ")
	return first[0] == second[0] // je is jz, cmovne is cmovnz
}

func FuzzDecode(f *testing.F) {
	for _, code := range []string{"f30f1efa", "62f17c48100d00000000", "c5f877", "0f38", "f2f3660f3a", "67", "", "fd7bbfa9"} {
		b, _ := hex.DecodeString(code)
		f.Add(b, uint64(0x401000))
	}
	f.Add([]byte{0x70, 0x80}, ^uint64(0))
	f.Fuzz(func(t *testing.T, code []byte, addr uint64) {
		for _, arch := range []string{"amd64", "386", "arm64"} {
			for s := Intel; s <= Go; s++ {
				d, err := New(arch, s)
				if err != nil {
					t.Fatal(err)
				}
				var n int
				for at, i := range d.All(code, addr) {
					if at != n || len(i.Bytes) == 0 || i.Text == "" {
						t.Fatalf("%s at %d of %x: %+v", arch, at, code, i)
					}
					n += len(i.Bytes)
				}
				if n != len(code) {
					t.Fatalf("%s: %d of %d bytes", arch, n, len(code))
				}
			}
		}
	})
}
