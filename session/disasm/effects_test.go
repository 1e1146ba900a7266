package disasm

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEffects(t *testing.T) {
	at := func(base string, disp int64, size int) Operand { return Operand{Base: base, Disp: disp, Size: size} }
	reads := func(o Operand) Access { return Access{Operand: o, Reads: true} }
	writes := func(o Operand) Access { return Access{Operand: o, Writes: true} }
	both := func(o Operand) Access { return Access{Operand: o, Reads: true, Writes: true} }
	lost := func(a Access) Access { a.Lost = true; return a }
	moving := func(a Access) Access { a.Backwards = true; return a }
	for _, test := range []struct {
		name, arch, code string
		want             Effects
	}{
		{"mov [rbx+0x18], eax", "amd64", "894318", Effects{Accesses: []Access{writes(at("rbx", 0x18, 4))}}},
		{"mov eax, [rbx+0x18]", "amd64", "8b4318", Effects{Accesses: []Access{reads(at("rbx", 0x18, 4))}}},
		{"mov eax, [rax]", "amd64", "8b00", Effects{Accesses: []Access{lost(reads(at("rax", 0, 4)))}}},
		{"movzx eax, byte [rax]", "amd64", "0fb600", Effects{Accesses: []Access{lost(reads(at("rax", 0, 1)))}}},
		{"add [rax], ecx", "amd64", "0108", Effects{Accesses: []Access{both(at("rax", 0, 4))}}},
		{"add ecx, [rax]", "amd64", "0308", Effects{Accesses: []Access{reads(at("rax", 0, 4))}}},
		{"cmp [rax], ecx", "amd64", "3908", Effects{Accesses: []Access{reads(at("rax", 0, 4))}}},
		{"test [rax], ecx", "amd64", "8508", Effects{Accesses: []Access{reads(at("rax", 0, 4))}}},
		{"inc dword [rax]", "amd64", "ff00", Effects{Accesses: []Access{both(at("rax", 0, 4))}}},
		{"xchg [rbx], eax", "amd64", "8703", Effects{Accesses: []Access{both(at("rbx", 0, 4))}}},
		{"xchg [rax], eax", "amd64", "8700", Effects{Accesses: []Access{lost(both(at("rax", 0, 4)))}}},
		{"cmpxchg [rdx], ecx", "amd64", "0fb10a", Effects{Accesses: []Access{lost(both(at("rdx", 0, 4)))}}},
		{"cmpxchg [rbx], ecx", "amd64", "0fb10b", Effects{Accesses: []Access{both(at("rbx", 0, 4))}}},
		{"bts [rax], ecx", "amd64", "0fab08", Effects{Accesses: []Access{lost(both(at("rax", 0, 4)))}}},
		{"bts [rax], 3", "amd64", "0fba2803", Effects{Accesses: []Access{both(at("rax", 0, 4))}}},
		{"mul dword [rdx]", "amd64", "f722", Effects{Accesses: []Access{lost(reads(at("rdx", 0, 4)))}}},
		{"lea", "amd64", "488d4318", Effects{}},
		{"nop [rax]", "amd64", "0f1f00", Effects{}},
		{"push rax", "amd64", "50", Effects{Accesses: []Access{writes(at("rsp", 0, 8))}}},
		{"push eax", "386", "50", Effects{Accesses: []Access{writes(at("esp", 0, 4))}}},
		{"push [rsp+8]", "amd64", "ff742408", Effects{Accesses: []Access{reads(at("rsp", 16, 8)), writes(at("rsp", 0, 8))}}},
		{"pop rax", "amd64", "58", Effects{Accesses: []Access{reads(at("rsp", -8, 8))}}},
		{"pop rsp", "amd64", "5c", Effects{Accesses: []Access{lost(reads(at("rsp", -8, 8)))}}},
		{"leave", "amd64", "c9", Effects{Accesses: []Access{reads(at("rsp", -8, 8))}}},
		{"ret 8", "386", "c20800", Effects{Accesses: []Access{reads(at("esp", -12, 4))}}},
		{"call", "amd64", "e800000000", Effects{Accesses: []Access{writes(at("rsp", 0, 8))}}},
		{"call [rax+8]", "amd64", "ff5008", Effects{Accesses: []Access{reads(at("rax", 8, 8)), writes(at("rsp", 0, 8))}}},
		{"rep stosb", "amd64", "f3aa", Effects{Repeats: true, Accesses: []Access{moving(writes(at("rdi", -1, 1)))}}},
		{"stosq", "amd64", "48ab", Effects{Accesses: []Access{moving(writes(at("rdi", -8, 8)))}}},
		{"movsd", "amd64", "a5", Effects{Accesses: []Access{moving(writes(at("rdi", -4, 4))), moving(reads(at("rsi", -4, 4)))}}},
		{"repne scasb", "amd64", "f2ae", Effects{Repeats: true, Accesses: []Access{moving(reads(at("rdi", -1, 1)))}}},
		{"movsd [rax], xmm0", "amd64", "f20f1100", Effects{Accesses: []Access{writes(at("rax", 0, 8))}}},
		{"vmovups [rax+0x80], zmm0", "amd64", "62f17c48114002", Effects{Accesses: []Access{writes(at("rax", 0x80, 64))}}},
		{"fstp [rbx]", "amd64", "dd1b", Effects{Accesses: []Access{writes(at("rbx", 0, 8))}}},
		{"fadd [rbx]", "amd64", "dc03", Effects{Accesses: []Access{reads(at("rbx", 0, 8))}}},
		{"sete [rbx]", "amd64", "0f9403", Effects{Accesses: []Access{writes(at("rbx", 0, 1))}}},
		{"xlatb", "amd64", "d7", Effects{Accesses: []Access{lost(reads(at("", 0, 1)))}}},
		{"str w0, [x1,#8]", "arm64", "200800b9", Effects{Accesses: []Access{writes(at("x1", 8, 0))}}},
		{"ldr w0, [x1,#8]", "arm64", "200840b9", Effects{Accesses: []Access{reads(at("x1", 8, 0))}}},
	} {
		code, err := hex.DecodeString(test.code)
		if err != nil {
			t.Fatal(err)
		}
		d, err := New(test.arch, Intel)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := d.Effects(code, 0x1000)
		if diff := cmp.Diff(test.want, got); diff != "" || !ok {
			t.Errorf("%s: %v %s", test.name, ok, diff)
		}
	}
	d, _ := New("amd64", Intel)
	for _, code := range [][]byte{nil, {0x06}, {0x48}, {0xf3, 0x0f, 0x1e, 0xfa}} {
		if e, ok := d.Effects(code, 0); ok {
			t.Errorf("%x: %+v", code, e)
		}
	}
}

func FuzzEffects(f *testing.F) {
	f.Add([]byte{0xf3, 0xaa}, false)
	f.Add([]byte{0x62, 0xf1, 0x7c, 0x48, 0x11, 0x05}, true)
	f.Fuzz(func(t *testing.T, code []byte, wide bool) {
		arch := "386"
		if wide {
			arch = "amd64"
		}
		d, err := New(arch, Intel)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := d.Effects(code, 0x1000); ok && d.Decode(code, 0x1000).Bad {
			t.Errorf("% x is no instruction and has effects", code)
		}
	})
}
