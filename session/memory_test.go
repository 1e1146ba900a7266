package session_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/session"
	"quarry/session/sessiontest"
)

// modes are the ways in which a session can have to read.
var modes = map[string]func(*session.Session){
	"process_vm_readv": func(*session.Session) {},
	"mem":              (*session.Session).NoVMRead,
}

// A page that cannot be read, in the middle of a large mapping, costs that page
// and nothing else.
func TestHoles(t *testing.T) {
	sessiontest.Fault(t, "holes in memory")
	const pages, hole = 64, 20
	fresh := func(p target) uint64 {
		addr := p.mapMemory(pages*page, "rw", "")
		p.do("fill %x %x 5a", addr, pages*page)
		return addr
	}
	tests := []struct {
		name  string
		holes int // pages
		make  func(t *testing.T, p target) uint64
	}{
		{"munmap", 1, func(t *testing.T, p target) uint64 {
			addr := fresh(p)
			p.ask("unmap %x %x", addr+hole*page, page)
			return addr
		}},
		{"no access", 0, func(t *testing.T, p target) uint64 { // mem reads it all the same
			addr := fresh(p)
			p.ask("protect %x %x 0", addr+hole*page, page)
			return addr
		}},
		{"truncated file", pages - hole, func(t *testing.T, p target) uint64 {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, bytes.Repeat([]byte{0x5a}, pages*page), 0o644); err != nil {
				t.Fatal(err)
			}
			addr := p.mapMemory(pages*page, "r", path)
			if err := os.Truncate(path, hole*page); err != nil {
				t.Fatal(err)
			}
			return addr
		}},
	}
	for _, test := range tests {
		for mode, set := range modes {
			t.Run(test.name+" "+mode, func(t *testing.T) {
				p := startTarget(t)
				addr := test.make(t, p)
				s := attach(t, p.PID)
				set(s)
				checkHoles(t, s, addr, pages*page, session.Range{
					Start: addr + hole*page, End: addr + uint64(hole+test.holes)*page,
				})
			})
		}
	}
}

// checkHoles reads size bytes from just before addr on that are all 0x5a but for
// a hole of whole pages.
func checkHoles(t *testing.T, s *session.Session, addr uint64, size int, hole session.Range) {
	t.Helper()
	buffer := bytes.Repeat([]byte{0xee}, size-8)
	before := session.Range{Start: 1, End: 2} // what is there already stays
	spans, err := session.ReadSpans(s, buffer, addr+4, []session.Range{before})
	if err != nil {
		t.Fatal(err)
	}
	want := []session.Range{before}
	end := addr + 4 + uint64(len(buffer))
	for _, r := range []session.Range{{Start: addr + 4, End: hole.Start}, {Start: hole.End, End: end}} {
		if r.Start < r.End {
			want = append(want, r)
		}
	}
	if hole.Size() == 0 {
		want = []session.Range{before, {Start: addr + 4, End: end}}
	}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Fatalf("spans (-want +got):\n%s", diff)
	}
	for i, b := range buffer {
		want := byte(0x5a)
		if hole.Contains(addr + 4 + uint64(i)) {
			want = 0
		}
		if b != want {
			t.Fatalf("byte %#x at %#x, want %#x", b, addr+4+uint64(i), want)
		}
	}
	var addrs []uint64
	var missing []int
	for a := addr; a+4 <= addr+uint64(size); a += 1022 { // some cross the border of a page
		if a+3 >= hole.Start && a < hole.End {
			missing = append(missing, len(addrs))
		}
		addrs = append(addrs, a)
	}
	checkGather(t, s, addrs, missing)
}

func checkGather(t *testing.T, s *session.Session, addrs []uint64, missing []int) {
	t.Helper()
	dst := bytes.Repeat([]byte{0xee}, 4*len(addrs))
	got, err := s.Gather(dst, 4, addrs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(missing, got); diff != "" {
		t.Fatalf("missing (-want +got):\n%s", diff)
	}
	for i := range addrs {
		want := []byte{0x5a, 0x5a, 0x5a, 0x5a}
		if slices.Contains(missing, i) {
			want = make([]byte, 4)
		}
		if !bytes.Equal(dst[4*i:4*i+4], want) {
			t.Fatalf("element %d at %#x is % x, want % x", i, addrs[i], dst[4*i:4*i+4], want)
		}
	}
}

// Unreadable addresses between readable ones, in no order, thousands of them.
func TestGatherScattered(t *testing.T) {
	const pages = 512
	for mode, set := range modes {
		t.Run(mode, func(t *testing.T) {
			p := startTarget(t)
			addr := p.mapMemory(pages*page, "rw", "")
			p.do("fill %x %x 5a", addr, pages*page)
			for i := 0; i < pages; i += 5 {
				p.ask("unmap %x %x", addr+uint64(i)*page, page)
			}
			s := attach(t, p.PID)
			set(s)
			var addrs []uint64
			var missing []int
			for i := range 10 * pages {
				at := (i * 7919) % (10 * pages)
				if at/10%5 == 0 {
					missing = append(missing, i)
				}
				addrs = append(addrs, addr+uint64(at/10)*page+uint64(at%10)*400)
			}
			checkGather(t, s, addrs, missing)
			extremes := []uint64{addr + page, 0, 1<<63 - 2, 1 << 63, 1<<64 - 1, 0xffffffffff600000, addr + page, addr + page - 2}
			checkGather(t, s, extremes, []int{1, 2, 3, 4, 5, 7})
		})
	}
}

func TestGatherWide(t *testing.T) {
	p := startTarget(t)
	const size = 300 << 10
	addr := p.mapMemory(2*size, "rw", "")
	p.do("fill %x %x 5a", addr, 2*size)
	s := attach(t, p.PID)
	dst := make([]byte, 2*size)
	missing, err := s.Gather(dst, size, []uint64{addr + 8, addr + size - 8})
	if err != nil || missing != nil {
		t.Fatal(missing, err)
	}
	if !bytes.Equal(dst, bytes.Repeat([]byte{0x5a}, 2*size)) {
		t.Error("wrong bytes")
	}
}

func TestReadBeyond(t *testing.T) {
	p := startTarget(t)
	s := attach(t, p.PID)
	buffer := make([]byte, 2*session.Bulk)
	for _, addr := range []uint64{
		0, 8, 1<<63 - 4, 1<<63 - 2*session.Bulk, 1<<63 - page, 1 << 63, 0xffffffffff600000, 1<<64 - 4, 1<<64 - 1,
	} {
		for _, size := range []int{1, 8, len(buffer)} {
			n, err := s.Read(buffer[:size], addr)
			if n != 0 || !errors.Is(err, session.ErrUnreadable) {
				t.Errorf("Read of %d at %#x: %d, %v", size, addr, n, err)
			}
			spans, err := session.ReadSpans(s, buffer[:size], addr, nil)
			if err != nil || spans != nil {
				t.Errorf("ReadSpans of %d at %#x: %v, %v", size, addr, spans, err)
			}
			n, err = s.Write(buffer[:size], addr)
			if n != 0 || !errors.Is(err, session.ErrUnwritable) {
				t.Errorf("Write of %d at %#x: %d, %v", size, addr, n, err)
			}
		}
	}
	var access *session.AccessError
	if _, err := s.Read(buffer[:1], 8); !errors.As(err, &access) || access.Addr != 8 || access.Cause == nil {
		t.Errorf("error %#v", err)
	}
}

func TestReadDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p := startTarget(t)
	addr := p.mapMemory(1<<20, "rw", "")
	p.do("fill %x %x 5a", addr, 1<<20)
	s := attach(t, p.PID)
	buffer := make([]byte, 1<<20)
	spans := make([]session.Range, 0, 4)
	addrs := []uint64{addr, addr + page, addr + 2*page}
	for name, f := range map[string]func(){
		"small":  func() { s.Read(buffer[:8], addr) },
		"bulk":   func() { s.Read(buffer, addr) },
		"spans":  func() { session.ReadSpans(s, buffer, addr, spans[:0]) },
		"alive":  func() { s.Alive() },
		"gather": func() { s.Gather(buffer[:12], 4, addrs) },
		"write":  func() { s.Write(buffer[:8], addr) },
	} {
		if n := testing.AllocsPerRun(20, f); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestWrite(t *testing.T) {
	for _, test := range []struct {
		name   string
		rights string
		file   bool
		want   error
		advice string
	}{
		{"private rw", "rw", false, nil, ""},
		{"private r-x", "rx", false, nil, ""},
		{"private r", "r", false, nil, ""},
		{"no access", "-", false, nil, ""},
		{"shared rw", "rws", false, nil, ""},
		{"private file r-x", "rx", true, nil, ""},
		{"shared file r", "rs", true, session.ErrUnwritable, "shared with the file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := startTarget(t)
			path := ""
			original := bytes.Repeat([]byte{0x5a}, 2*page)
			if test.file {
				path = filepath.Join(t.TempDir(), "file")
				if err := os.WriteFile(path, original, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			addr := p.mapMemory(2*page, test.rights, path)
			p.ask("unmap %x %x", addr+page, page) // so that the mapping ends there
			s := attach(t, p.PID)
			last := addr + page - 4
			old, now := make([]byte, 4), make([]byte, 4)
			if _, err := s.Read(old, last); err != nil {
				t.Fatal(err)
			}
			n, err := s.Write([]byte{1, 2, 3, 4}, last)
			if !errors.Is(err, test.want) || (err == nil) != (n == 4) {
				t.Fatalf("wrote %d: %v", n, err)
			}
			if !strings.Contains(session.Hint(err), test.advice) {
				t.Errorf("hint %q", session.Hint(err))
			}
			s.Read(now, last)
			want := []byte{1, 2, 3, 4}
			if test.want != nil {
				want = old
			}
			if !bytes.Equal(now, want) {
				t.Errorf("memory holds % x, want % x", now, want)
			}
			if data, _ := os.ReadFile(path); test.file && !bytes.Equal(data, original) {
				t.Error("the file was changed")
			}
		})
	}
}

// A write that reaches past the end of the mapping writes what it can and names
// the first byte that it could not.
func TestWritePastEnd(t *testing.T) {
	p := startTarget(t)
	addr := p.mapMemory(2*page, "rw", "")
	p.ask("unmap %x %x", addr+page, page)
	s := attach(t, p.PID)
	n, err := s.Write(make([]byte, 16), addr+page-6)
	var access *session.AccessError
	if n != 6 || !errors.As(err, &access) || access.Addr != addr+page || !errors.Is(err, session.ErrUnwritable) {
		t.Fatalf("wrote %d: %v", n, err)
	}
	if !strings.Contains(access.Hint(), "nothing is mapped there") {
		t.Errorf("hint %q", access.Hint())
	}
}

// The program sees what was written, and its rights do not matter.
func TestWriteIsSeen(t *testing.T) {
	p := startTarget(t)
	variable, constant, _, main := p.addresses()
	s := attach(t, p.PID)
	for _, addr := range []uint64{variable, constant, main &^ (page - 1)} {
		if _, err := s.Write([]byte{0xab}, addr); err != nil {
			t.Fatal(err)
		}
		if got := p.ask("peek %x", addr); got != 0xab {
			t.Errorf("the program reads %#x at %#x", got, addr)
		}
	}
}

// bigRegion maps a gibibyte, touches a few pages, and returns it as a region.
func bigRegion(t *testing.T, p target, s *session.Session) session.Region {
	t.Helper()
	const size = 1 << 30
	addr := p.mapMemory(size, "rw", "")
	for _, at := range []uint64{5, 6, 1000, 200000} {
		p.do("fill %x 1 5a", addr+at*page)
	}
	regions, err := s.Regions()
	if err != nil {
		t.Fatal(err)
	}
	r, ok := session.FindRegion(regions, addr)
	if !ok || r.Kind != session.KindAnon {
		t.Fatalf("region %+v", r)
	}
	r.Range = session.Range{Start: addr, End: addr + size} // without its neighbours
	return r
}

func TestPresent(t *testing.T) {
	for name, set := range map[string]func(*session.Session){
		"scan":    func(*session.Session) {},
		"pagemap": (*session.Session).NoScan,
	} {
		t.Run(name, func(t *testing.T) {
			p := startTarget(t)
			s := attach(t, p.PID)
			set(s)
			r := bigRegion(t, p, s)
			before := statusField(t, p.PID, "VmPTE")
			got, err := s.Present([]session.Range{{Start: 1, End: 2}}, r)
			if err != nil {
				t.Fatal(err)
			}
			pages := func(first, next uint64) session.Range {
				return session.Range{Start: r.Start + first*page, End: r.Start + next*page}
			}
			want := []session.Range{{Start: 1, End: 2}, pages(5, 7), pages(1000, 1001), pages(200000, 200001)}
			if data, _ := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled"); strings.Contains(string(data), "[always]") {
				t.Log("huge pages are on: only checking that little is present")
				if len(got) > 4 {
					t.Errorf("present %v", got)
				}
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("present (-want +got):\n%s", diff)
			}
			for _, span := range got[1:] {
				buffer := make([]byte, span.Size())
				if _, err := s.Read(buffer, span.Start); err != nil {
					t.Error(err)
				}
			}
			if after := statusField(t, p.PID, "VmPTE"); after != before {
				t.Errorf("page tables grew from %s to %s", before, after)
			}
			// A part of a page is clipped to what was asked for.
			r.Range = session.Range{Start: r.Start + 5*page + 8, End: r.Start + 5*page + 16}
			if part, err := s.Present(nil, r); err != nil || !slices.Equal(part, []session.Range{r.Range}) {
				t.Errorf("part: %v, %v", part, err)
			}
		})
	}
}

// More ranges than the kernel tells at once, and than are worth telling.
func TestPresentMany(t *testing.T) {
	p := startTarget(t)
	const pages = 3000
	addr := p.mapMemory(pages*page, "rw", "")
	for i := uint64(0); i < pages; i += 2 {
		p.Send(t, fmt.Sprintf("fill %x 1 5a", addr+i*page))
	}
	for i := 0; i < pages; i += 2 {
		p.Line(t)
	}
	s := attach(t, p.PID)
	r := session.Region{Range: session.Range{Start: addr, End: addr + pages*page}}
	scanned, err := s.Present(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	s.NoScan()
	read, err := s.Present(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read, scanned); diff != "" {
		t.Errorf("pagemap and scan differ:\n%s", diff)
	}
	s.NoPagemap()
	if all, err := s.Present(nil, r); err != nil || !slices.Equal(all, []session.Range{r.Range}) {
		t.Errorf("without pagemap: %v, %v", all, err)
	}
}

// Searching a 32-bit program works as any other.
func Test32Bit(t *testing.T) {
	p := startTarget(t, "-m32")
	s := attach(t, p.PID)
	if l := s.Layout(); l.Arch != "386" || l.WordSize != 4 || l.Order != binary.LittleEndian {
		t.Errorf("layout %+v", l)
	}
	variable, _, zeros, _ := p.addresses()
	var b [4]byte
	if _, err := s.Read(b[:], variable); err != nil || binary.LittleEndian.Uint32(b[:]) != 1234 {
		t.Errorf("read % x, %v", b, err)
	}
	regions, err := s.Regions()
	if err != nil {
		t.Fatal(err)
	}
	program, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []uint64{variable, zeros, zeros + 3*page} {
		if r, ok := session.FindRegion(regions, addr); !ok || r.Kind != session.KindData || r.Module != program.Name {
			t.Errorf("%#x is in %+v", addr, r)
		}
	}
	if id, err := s.BuildID(program); err != nil || len(id) != 40 {
		t.Errorf("build ID %q, %v", id, err)
	}
}

// The program prints its text; after a write it prints another.
func TestStudent(t *testing.T) {
	p := sessiontest.Start(t, sessiontest.BuildC(t, "testdata/printer.c"))
	line := p.WaitLine(t, "String 1")
	s := attach(t, p.PID)
	heap, err := mustScope(t, "heap").Select(s)
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, heap[0].Size())
	if _, err := session.ReadSpans(s, buffer, heap[0].Start, nil); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(buffer, []byte("String 1"))
	if at < 0 || !strings.HasPrefix(line, fmt.Sprintf("%#x ", heap[0].Start+uint64(at))) {
		t.Fatalf("found at %#x, program says %s", at, line)
	}
	if _, err := s.Write([]byte("Replaced"), heap[0].Start+uint64(at)); err != nil {
		t.Fatal(err)
	}
	p.WaitLine(t, "Replaced")
}

func mustScope(t testing.TB, text string) session.Scope {
	t.Helper()
	s, err := session.ParseScope(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Many goroutines at once, until the session is closed under them.
func TestHammer(t *testing.T) {
	p := startTarget(t)
	addr := p.mapMemory(1<<20, "rw", "")
	p.do("fill %x %x 5a", addr, 1<<20)
	s := attach(t, p.PID)
	results := make(chan error)
	began := make(chan struct{}, 6)
	for worker := range 6 {
		go func() {
			buffer := make([]byte, 1<<20)
			for round := 0; ; round++ {
				var err error
				switch worker % 3 {
				case 0:
					_, err = session.ReadSpans(s, buffer, addr, nil)
				case 1:
					_, err = s.Gather(buffer[:40], 4, []uint64{addr, 1, addr + 9, 2, addr + 5000, 3, 4, 5, addr, 7})
				case 2:
					_, err = s.Regions()
					if err == nil {
						_, err = s.Write(buffer[:9], addr+100)
					}
				}
				if err != nil {
					results <- err
					return
				}
				if round == 3 {
					began <- struct{}{}
				}
			}
		}()
	}
	for range 6 {
		<-began
	}
	s.Close()
	for range 6 {
		if err := <-results; !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	}
}

// TestGatherMany reads more addresses than one system call takes, in each way
// there is. How fast it is, BenchmarkGather tells.
func TestGatherMany(t *testing.T) {
	p := startTarget(t)
	const n = 1 << 14
	addr := p.mapMemory(n*64, "rw", "")
	p.do("fill %x %x 5a", addr, n*64)
	dst := make([]byte, 4*n)
	for name, test := range map[string]struct {
		start, stride uint64
		n, missing    int
		set           func(*session.Session)
	}{
		"there":               {addr, 64, n, 0, modes["process_vm_readv"]},
		"not there":           {page, 8 * page, n / 4, n / 4, modes["process_vm_readv"]},
		"there, through mem":  {addr, 64, n, 0, modes["mem"]},
		"there, in one place": {addr, 0, n, 0, modes["process_vm_readv"]},
	} {
		t.Run(name, func(t *testing.T) {
			s := attach(t, p.PID)
			test.set(s)
			addrs := make([]uint64, test.n)
			for i := range addrs {
				addrs[i] = test.start + uint64(i)*test.stride
			}
			missing, err := s.Gather(dst, 4, addrs)
			if err != nil || len(missing) != test.missing {
				t.Fatalf("%d missing, %v", len(missing), err)
			}
		})
	}
}

func benchmarkTarget(b *testing.B, size int) (*session.Session, uint64) {
	b.Helper()
	p := startTarget(b)
	addr := p.mapMemory(size, "rw", "")
	p.do("fill %x %x 5a", addr, size)
	return attach(b, p.PID), addr
}

func BenchmarkRead(b *testing.B) {
	const all = 64 << 20
	for name, set := range modes {
		s, addr := benchmarkTarget(b, all)
		set(s)
		for _, size := range []int{8, page, 16 << 10, 32 << 10, 64 << 10, 256 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				buffer := make([]byte, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				at := 0
				for b.Loop() {
					if _, err := s.Read(buffer, addr+uint64(at)); err != nil {
						b.Fatal(err)
					}
					at = (at + size) % (all - size)
				}
			})
		}
	}
}

func BenchmarkGather(b *testing.B) {
	const all = 256 << 20
	s, addr := benchmarkTarget(b, all)
	for name, stride := range map[string]int{"dense": 16, "line": 64, "page": page} {
		b.Run(name, func(b *testing.B) {
			addrs := make([]uint64, 65536)
			for i := range addrs {
				addrs[i] = addr + uint64(i*stride)
			}
			dst := make([]byte, 4*len(addrs))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Gather(dst, 4, addrs); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(addrs)), "ns/address")
		})
	}
}

func BenchmarkRegions(b *testing.B) {
	s, _ := benchmarkTarget(b, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Regions(); err != nil {
			b.Fatal(err)
		}
	}
}
