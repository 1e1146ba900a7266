package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"quarry/session"
)

// mapping is memory of a process that a file, shared memory or a memfd backs.
type mapping struct {
	session.Region
	file *os.File // nil where there is none to open
}

// mappings are the kinds of memory that is not private and anonymous.
func mappings(t *testing.T, p target, s *session.Session, size uint64) map[string]mapping {
	t.Helper()
	fd, err := unix.MemfdCreate("quarry", 0)
	if err != nil {
		t.Fatal(err)
	}
	memfd := os.NewFile(uintptr(fd), "memfd")
	sparse, err := os.Create(filepath.Join(t.TempDir(), "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{memfd, sparse} {
		t.Cleanup(func() { f.Close() })
		if err := f.Truncate(int64(size)); err != nil {
			t.Fatal(err)
		}
	}
	of := func(f *os.File) string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()) }
	all := map[string]mapping{}
	for name, m := range map[string]struct {
		rights, path string
		file         *os.File
	}{
		"shared anonymous":    {"rws", "", nil},
		"private of a memfd":  {"rw", of(memfd), memfd},
		"shared sparse file":  {"rws", of(sparse), sparse},
		"private sparse file": {"rw", of(sparse), sparse},
	} {
		addr := p.mapMemory(int(size), m.rights, m.path)
		regions, err := s.Regions()
		if err != nil {
			t.Fatal(err)
		}
		r, ok := session.FindRegion(regions, addr)
		if !ok || r.Size() != size {
			t.Fatalf("%s: region %+v", name, r)
		}
		all[name] = mapping{r, m.file}
	}
	return all
}

func kib(t *testing.T, pid int, field string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSuffix(statusField(t, pid, field), " kB"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What no one has put anything into is left out, so that reading what can hold
// data gives the process no memory; what it or another has put there is not.
func TestPresentOfFiles(t *testing.T) {
	const size = 64 << 20
	p := startTarget(t)
	s := attach(t, p.PID)
	all := mappings(t, p, s, size)
	read := func(name string, parts []session.Range) {
		t.Helper()
		for _, part := range parts {
			if _, err := s.Read(make([]byte, part.Size()), part.Start); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	rss, tables := kib(t, p.PID, "VmRSS"), kib(t, p.PID, "VmPTE")
	for name, m := range all {
		parts, err := s.Present(nil, m.Region)
		if err != nil || len(parts) != 0 {
			t.Errorf("%s, untouched: %v, %v", name, parts, err)
		}
		read(name, parts)
	}
	if now := kib(t, p.PID, "VmRSS"); now > rss+1024 {
		t.Errorf("VmRSS grew from %d to %d KiB", rss, now)
	}
	if now := kib(t, p.PID, "VmPTE"); now > tables {
		t.Errorf("VmPTE grew from %d to %d KiB", tables, now)
	}
	pages := func(m mapping, first, next uint64) session.Range {
		return session.Range{Start: m.Start + first*page, End: m.Start + next*page}
	}
	for name, m := range all {
		var want []session.Range
		p.do("fill %x %x 5a", m.Start+5*page, 2*page)
		if m.file != nil {
			if _, err := m.file.WriteAt([]byte("by another"), 9000*page+page-3); err != nil {
				t.Fatal(err)
			}
		}
		parts, err := s.Present(nil, m.Region)
		if err != nil {
			t.Fatal(err)
		}
		want = []session.Range{pages(m, 5, 7)}
		if m.file != nil {
			want = append(want, pages(m, 9000, 9002))
		}
		var bytes uint64
		for _, w := range want {
			if !slices.ContainsFunc(parts, func(r session.Range) bool { return r.Start <= w.Start && w.End <= r.End }) {
				t.Errorf("%s: %v is not in %v", name, w, parts)
			}
		}
		for _, r := range parts {
			bytes += r.Size()
		}
		if bytes > 4<<20 { // a file system may give out more than a page at a time
			t.Errorf("%s: %v", name, parts)
		}
		read(name, parts)
		// A piece of a region is found by its whole mapping.
		cut := m.Region
		cut.Range, cut.Offset = pages(m, 6, 100), 6*page
		if part, err := s.Present(nil, cut); err != nil || len(part) == 0 || part[0].Start != cut.Start || part[0].Size() > 1<<20 {
			t.Errorf("%s: piece %v, %v", name, part, err)
		}
	}
}

// Without map_files, which is for root, a file is asked by its path or through
// a descriptor, if it is the very file, and otherwise all of it is returned.
func TestPresentWithoutMapFiles(t *testing.T) {
	const size = 16 << 20
	p := startTarget(t)
	s := attach(t, p.PID)
	all := mappings(t, p, s, size)
	proc := t.TempDir()
	folder := filepath.Join(proc, fmt.Sprint(p.PID))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"root": "/", "fd": fmt.Sprintf("/proc/%d/fd", os.Getpid())} {
		if err := os.Symlink(to, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.SetProc(proc)
	for name, m := range all {
		parts, err := s.Present(nil, m.Region)
		if err != nil || (len(parts) == 0) != (m.file != nil) {
			t.Errorf("%s: %v, %v", name, parts, err)
		}
		m.Inode++
		if parts, err = s.Present(nil, m.Region); err != nil || !slices.Equal(parts, []session.Range{m.Range}) {
			t.Errorf("%s, another inode: %v, %v", name, parts, err)
		}
	}
}

// Kernels without PAGEMAP_SCAN give the same answer.
func TestPresentOfFilesByPagemap(t *testing.T) {
	p := startTarget(t)
	s := attach(t, p.PID)
	for name, m := range mappings(t, p, s, 1<<20) {
		p.do("fill %x 1 5a", m.Start+7*page)
		scanned, err := s.Present(nil, m.Region)
		if err != nil {
			t.Fatal(err)
		}
		read := attach(t, p.PID)
		read.NoScan()
		got, err := read.Present(nil, m.Region)
		if err != nil || !slices.Equal(got, scanned) {
			t.Errorf("%s: %v, %v, and by a scan %v", name, got, err, scanned)
		}
	}
}
