package session

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// game is an ELF file with code, data and a bss of 0x2800 bytes after the
// first page of its data.
var game = &elfImage{class: elf.ELFCLASS64, order: binary.LittleEndian, segments: []elfSegment{
	{kind: elf.PT_LOAD, flags: elf.PF_R | elf.PF_X, offset: 0, addr: 0, fileSize: 0x1f00, fileEnd: 0x1f00, inMem: 0x1f00, memEnd: 0x1f00},
	{
		kind: elf.PT_LOAD, flags: elf.PF_R | elf.PF_W, offset: 0x1f00, addr: 0x2f00, fileSize: 0x200, fileEnd: 0x3100,
		inMem: 0x2a00, memEnd: 0x5900,
	},
}}

func TestClassify(t *testing.T) {
	const text = `00400000-00402000 r-xp 00000000 fe:00 11 /usr/games/game
00402000-00404000 rw-p 00001000 fe:00 11 /usr/games/game
00404000-00407000 rw-p 00000000 00:00 0 
00500000-00600000 rw-p 00000000 00:00 0 [heap]
10000000-10001000 r--p 00000000 fe:00 11 /usr/games/game
10001000-10009000 rw-p 00000000 00:00 0 
20000000-20001000 r--s 00000000 fe:00 12 /usr/share/cache
20001000-20002000 rw-p 00000000 fe:00 13 /usr/share/levels
20002000-20003000 r-xp 00000000 fe:00 14 /usr/lib/code.dll
20003000-20004000 r--p 00001000 fe:00 14 /usr/lib/code.dll
20004000-20005000 ---p 00002000 fe:00 14 /usr/lib/code.dll
30000000-30001000 rw-s 00000000 00:06 15 /dev/dri/card0
30001000-30002000 rw-s 00000000 00:01 16 /dev/zero (deleted)
30002000-30003000 rw-p 00000000 00:06 17 /dev/zero
30003000-30004000 rw-s 00000000 00:1a 18 /dev/shm/sem
30004000-30005000 rw-s 00000000 00:01 19 /memfd:wayland (deleted)
30005000-30006000 rw-s 00000000 00:01 20 /SYSV00000000 (deleted)
30006000-30007000 rwxp 00000000 00:00 0 
30007000-30008000 rw-p 00000000 00:00 0 [anon:arena]
30008000-30009000 rw-s 00000000 00:01 21 [anon_shmem:ring]
30009000-3000a000 ---p 00000000 00:00 0 
3000a000-3000b000 rw-s 00000000 00:0e 22 anon_inode:[perf_event]
7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0 [stack]
7ffe00030000-7ffe00034000 r--p 00000000 00:00 0 [vvar]
7ffe00034000-7ffe00036000 r-xp 00000000 00:00 0 [vdso]
7fffffffe000-7ffffffff000 --xp 00000000 00:00 0 [uprobes]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
`
	regions, err := parseMaps(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	regions, modules := classify(regions, 4096, func(lowest Region) *elfImage {
		if lowest.Path == "/usr/games/game" {
			return game
		}
		return nil
	})
	var got []string
	for _, r := range regions {
		got = append(got, strings.TrimSpace(r.Range.String()+" "+r.Kind.String()+" "+r.Module))
	}
	want := []string{
		"0x400000..0x402000 code game",
		"0x402000..0x404000 data game",
		"0x404000..0x406000 data game", // bss up to p_memsz …
		"0x406000..0x407000 anon",      // … and not the memory joined to it
		"0x500000..0x600000 heap",
		"0x10000000..0x10001000 const game", // read as a file, with nothing of a bss
		"0x10001000..0x10009000 anon",
		"0x20000000..0x20001000 shared",
		"0x20001000..0x20002000 file",
		"0x20002000..0x20003000 code code.dll",
		"0x20003000..0x20004000 const code.dll",
		"0x20004000..0x20005000 guard code.dll",
		"0x30000000..0x30001000 device",
		"0x30001000..0x30002000 shared",
		"0x30002000..0x30003000 anon",
		"0x30003000..0x30004000 shared",
		"0x30004000..0x30005000 shared",
		"0x30005000..0x30006000 shared",
		"0x30006000..0x30007000 anon",
		"0x30007000..0x30008000 anon",
		"0x30008000..0x30009000 shared",
		"0x30009000..0x3000a000 guard",
		"0x3000a000..0x3000b000 shared",
		"0x7ffe00000000..0x7ffe00021000 stack",
		"0x7ffe00030000..0x7ffe00034000 kernel",
		"0x7ffe00034000..0x7ffe00036000 kernel",
		"0x7fffffffe000..0x7ffffffff000 kernel",
		"0xffffffffff600000..0xffffffffff601000 kernel",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
	var names []string
	for _, m := range modules {
		names = append(names, m.Name+" "+Range{m.Base, m.End}.String())
	}
	wantModules := []string{"game 0x400000..0x406000", "game 0x10000000..0x10001000", "code.dll 0x20002000..0x20005000"}
	if diff := cmp.Diff(wantModules, names); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
}

// Our own reader of ELF headers agrees with the standard library's.
func TestParseELF(t *testing.T) {
	for _, path := range []string{"/proc/self/exe", "/bin/sh"} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		image, err := parseELF(f)
		if err != nil {
			t.Fatal(err)
		}
		reference, err := elf.NewFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if image.class != reference.Class || image.machine != reference.Machine || image.order != reference.ByteOrder {
			t.Errorf("%s: %+v", path, image)
		}
		var got, want []elf.ProgHeader
		for _, s := range image.segments {
			got = append(got, elf.ProgHeader{
				Type: s.kind, Flags: s.flags, Off: s.offset, Vaddr: s.addr, Filesz: s.fileSize, Memsz: s.inMem, Align: s.alignment,
			})
		}
		for _, p := range reference.Progs {
			h := p.ProgHeader
			h.Paddr = 0
			want = append(want, h)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func FuzzParseELF(f *testing.F) {
	if data, err := os.ReadFile("/bin/true"); err == nil {
		f.Add(data[:1024])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		image, err := parseELF(bytes.NewReader(data))
		if err != nil {
			if image != nil {
				t.Fatal("an image beside an error")
			}
			return
		}
		bias, _ := image.bias(Region{Range: Range{0x1000, 0x2000}}, 4096)
		image.span(bias, 4096)
		image.bss(bias, 4096, func(uint64) bool { return true })
		image.buildID(func(seg elfSegment, p []byte) error {
			copy(p, data)
			return nil
		})
	})
}

func TestFindBuildID(t *testing.T) {
	note := func(kind uint32, name, content string) string {
		var b bytes.Buffer
		for _, n := range []uint32{uint32(len(name)), uint32(len(content)), kind} {
			binary.Write(&b, binary.BigEndian, n)
		}
		for _, part := range []string{name, content} {
			b.WriteString(part + strings.Repeat("\x00", -len(part)&3))
		}
		return b.String()
	}
	id := note(3, "GNU\x00", "\xde\xad\xbe\xef")
	for name, test := range map[string]struct{ notes, want string }{
		"alone":       {id, "\xde\xad\xbe\xef"},
		"after other": {note(1, "GNU\x00", "12345") + note(3, "Go\x00\x00", "x") + id, "\xde\xad\xbe\xef"},
		"none":        {note(1, "GNU\x00", "12345"), ""},
		"cut":         {id[:len(id)-1], ""},
		"huge":        {"\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x03", ""},
		"empty":       {"", ""},
	} {
		if got := string(findBuildID([]byte(test.notes), binary.BigEndian, 4)); got != test.want {
			t.Errorf("%s: % x", name, got)
		}
	}
}
