package core_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/core"
	"quarry/session/sessiontest"
)

// holder holds known bytes, memory that was never touched, and a thread that
// waits. It prints the address of the bytes.
const holder = `
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *waiter(void *fd) { char c; read(*(int *)fd, &c, 1); return 0; }

int main(void) {
	int fds[2];
	pthread_t thread;
	char *block = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	strcpy(block + (8 << 20), "in the middle of nothing");
	if (pipe(fds) || pthread_create(&thread, 0, waiter, fds)) return 1;
	printf("%p\n", (void *)(block + (8 << 20)));
	fflush(stdout);
	char c;
	read(0, &c, 1);
	return 0;
}
`

// attach starts the holder and returns where its bytes are.
func attach(t *testing.T, flags ...string) (*session.Session, uint64) {
	t.Helper()
	p := sessiontest.Start(t, sessiontest.BuildC(t, holder, append(flags, "-pthread")...))
	addr, err := strconv.ParseUint(p.Line(t), 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	waitInRead(t, p.PID)
	return s, addr
}

// waitInRead waits until all threads of the holder wait in a system call.
func waitInRead(t *testing.T, pid int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Millisecond) {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		if err != nil || len(files) != 2 {
			continue
		}
		waiting := true
		for _, file := range files {
			line, err := os.ReadFile(file)
			waiting = waiting && err == nil && len(strings.Fields(string(line))) == 9
		}
		if waiting {
			return
		}
	}
	t.Fatal("the threads do not wait")
}

// written writes a core file and returns its path.
func written(t *testing.T, s *session.Session) (string, core.Summary) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "core")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum, err := core.Write(context.Background(), f, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path, sum
}

func TestCoreFile(t *testing.T) {
	for _, test := range []struct {
		name    string
		flags   []string
		class   elf.Class
		machine elf.Machine
	}{{"64-bit", nil, elf.ELFCLASS64, elf.EM_X86_64}, {"32-bit", []string{"-m32"}, elf.ELFCLASS32, elf.EM_386}} {
		t.Run(test.name, func(t *testing.T) {
			s, addr := attach(t, test.flags...)
			if arch := s.Layout().Arch; arch != "amd64" && arch != "386" {
				t.Skipf("a process of %s", arch)
			}
			path, sum := written(t, s)
			if sum.Threads != 2 || len(sum.Unreadable) != 0 {
				t.Errorf("summary: %+v", sum)
			}
			if sum.Bytes > 32<<20 || sum.Size < 64<<20 {
				t.Errorf("%d bytes of %d: memory that was never touched is a hole", sum.Bytes, sum.Size)
			}
			f, err := elf.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if f.Type != elf.ET_CORE || f.Class != test.class || f.Machine != test.machine {
				t.Errorf("header: %v", f.FileHeader)
			}
			text := make([]byte, 24)
			for _, p := range f.Progs {
				if p.Type == elf.PT_LOAD && p.Vaddr <= addr && addr < p.Vaddr+p.Memsz {
					if _, err := p.ReadAt(text, int64(addr-p.Vaddr)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if string(text) != "in the middle of nothing" {
				t.Errorf("the bytes at %#x: %q", addr, text)
			}
			kinds := map[uint32]int{}
			for _, n := range notes(t, f) {
				kinds[n]++
			}
			if diff := cmp.Diff(map[uint32]int{1: 2, 3: 1, 6: 1, 0x46494c45: 1}, kinds); diff != "" {
				t.Errorf("notes: %s", diff)
			}
		})
	}
}

// notes returns the types of the notes.
func notes(t *testing.T, f *elf.File) (types []uint32) {
	t.Helper()
	raw, err := io.ReadAll(f.Progs[0].Open())
	if err != nil {
		t.Fatal(err)
	}
	align := func(n uint32) uint32 { return (n + 3) &^ 3 }
	for len(raw) >= 12 {
		name, size := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:])
		types = append(types, binary.LittleEndian.Uint32(raw[8:]))
		raw = raw[12+align(name)+align(size):]
	}
	return types
}

// gdb sees the bytes, the threads and where they wait.
func TestGDB(t *testing.T) {
	sessiontest.NeedTool(t, "gdb", "gdb")
	for _, flags := range [][]string{nil, {"-m32"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			s, addr := attach(t, flags...)
			path, _ := written(t, s)
			command := exec.Command("gdb", "-batch", "-nx", "-ex", fmt.Sprintf("x/s %#x", addr), "-ex", "thread apply all backtrace", s.Exe(), path)
			command.Env = append(os.Environ(), "DEBUGINFOD_URLS=")
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range []string{`"in the middle of nothing"`, "waiter (", "main ("} {
				if !bytes.Contains(out, []byte(want)) {
					t.Errorf("gdb does not tell of %s:\n%s", want, out)
				}
			}
		})
	}
}

func TestWriteEnds(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, holder, "-pthread"))
	p.Line(t)
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, err := os.Create(filepath.Join(t.TempDir(), "core"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := core.Write(ctx, f, s, func(done, all uint64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	_, err = core.Write(context.Background(), f, s, func(done, all uint64) { p.Kill() })
	if !errors.Is(err, session.ErrGone) {
		t.Errorf("the process ends: %v", err)
	}
	if _, err := core.Write(context.Background(), f, s, nil); !errors.Is(err, session.ErrGone) {
		t.Errorf("the process has ended: %v", err)
	}
}

// fake is a process of which only the memory exists.
type fake struct{ *sessiontest.Fake }

func (fake) PID() int     { return os.Getpid() }
func (fake) Alive() error { return nil }

func TestUnsupported(t *testing.T) {
	f := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x1000}}, Data: make([]byte, 0x1000)})
	f.SetLayout(session.Layout{Arch: "8", WordSize: 8, Order: binary.BigEndian, PageSize: 4096})
	if _, err := core.Write(context.Background(), nil, fake{f}, nil); !errors.Is(err, core.ErrUnsupported) {
		t.Error(err)
	}
}

// More regions than the header can count are counted elsewhere.
func TestManyRegions(t *testing.T) {
	var segments []sessiontest.Segment
	for i := range uint64(0x10010) {
		segments = append(segments, sessiontest.Segment{Region: session.Region{
			Range: session.Range{Start: i * 0x2000, End: i*0x2000 + 0x1000}, Kind: session.KindGuard}})
	}
	path := filepath.Join(t.TempDir(), "core")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := core.Write(context.Background(), file, fake{sessiontest.NewFake(segments...)}, nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if count := binary.LittleEndian.Uint16(data[56:]); count != 0xffff {
		t.Errorf("%d program headers", count)
	}
	section := binary.LittleEndian.Uint64(data[40:])
	if count := binary.LittleEndian.Uint32(data[section+44:]); count != 0x10011 {
		t.Errorf("%#x program headers by the section header", count)
	}
}

// record is a writer that remembers what was written where.
type record map[int64]string

func (r record) WriteAt(p []byte, offset int64) (int, error) {
	r[offset] = string(p)
	return len(p), nil
}

func TestCopy(t *testing.T) {
	data := bytes.Repeat([]byte("abcdefgh"), 4*512)
	f := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x10000}}, Data: bytes.Clone(data)})
	f.Hole(session.Range{Start: 0x11000, End: 0x12000})
	f.SetPresent(session.Range{Start: 0x10000, End: 0x13000})
	regions, err := f.Regions()
	if err != nil {
		t.Fatal(err)
	}
	got, told := record{}, uint64(0)
	c, err := core.Copy(context.Background(), got, 100, f, regions[0], func(n uint64) { told += n })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(record{100: string(data[:0x1000]), 100 + 0x2000: string(data[:0x1000])}, got); diff != "" {
		t.Error(diff)
	}
	want := core.Copied{Bytes: 0x2000, Unreadable: []session.Range{{Start: 0x11000, End: 0x12000}}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if told != 0x4000 {
		t.Errorf("told of %#x bytes", told)
	}
	f.Gone()
	if _, err := core.Copy(context.Background(), got, 0, f, regions[0], nil); !errors.Is(err, session.ErrGone) {
		t.Error(err)
	}
}
