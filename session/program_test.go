package session_test

import (
	"debug/elf"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
)

// fileBuildID reads the build ID of a file with the standard library.
func fileBuildID(t *testing.T, path string) string {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	section := f.Section(".note.gnu.build-id")
	if section == nil {
		return ""
	}
	data, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(data[16:])
}

func TestModules(t *testing.T) {
	p := startTarget(t)
	s := attach(t, p.PID)
	modules, err := s.Modules()
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for i, m := range modules {
		names[m.Name] = true
		if m.Name != filepath.Base(m.Path) || m.Base >= m.End || len(m.Regions) < 2 || m.Base != m.Regions[0].Start {
			t.Errorf("module %+v", m)
		}
		if i > 0 && m.Base < modules[i-1].End {
			t.Errorf("%s begins inside %s", m.Name, modules[i-1].Name)
		}
		if id, err := s.BuildID(m); err != nil || id != fileBuildID(t, m.Path) {
			t.Errorf("build ID of %s: %q, %v", m.Name, id, err)
		}
	}
	if !names["libc.so.6"] || !names[s.Name()] {
		t.Errorf("modules %v", names)
	}
}

// The build ID is that of what was loaded, also when the file is gone.
func TestBuildIDOfDeletedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deleted  file")
	original := sessiontest.BuildC(t, "testdata/target.c")
	if out, err := exec.Command("cp", original, path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := startCommand(t, exec.Command(path))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s := attach(t, p.PID)
	if s.Exe() != path {
		t.Errorf("exe %q", s.Exe())
	}
	m, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	if !m.Regions[0].Deleted || m.Name != "deleted  file" {
		t.Errorf("module %+v", m)
	}
	if id, err := s.BuildID(m); err != nil || id != fileBuildID(t, original) {
		t.Errorf("build ID %q, %v", id, err)
	}
}

func TestNoBuildID(t *testing.T) {
	p := startTarget(t, "-Wl,--build-id=none")
	s := attach(t, p.PID)
	m, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	if id, err := s.BuildID(m); err != nil || id != "" {
		t.Errorf("build ID %q, %v", id, err)
	}
}

func TestKindsOfRealMemory(t *testing.T) {
	for name, start := range map[string]func() target{
		"usual":  func() target { return startTarget(t) },
		"static": func() target { return startTarget(t, "-static") },
		// Without randomised addresses the heap may begin where the bss ends.
		"fixed addresses": func() target {
			sessiontest.NeedTool(t, "setarch", "util-linux")
			return startCommand(t, exec.Command("setarch", "-R", sessiontest.BuildC(t, "testdata/target.c", "-static", "-no-pie")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := start()
			variable, constant, zeros, main := p.addresses()
			s := attach(t, p.PID)
			arena := p.mapMemory(64*page, "rw", "")
			p.Ask(t, fmt.Sprintf("label %x %x quarry arena", arena, 64*page)) // older kernels cannot
			heap := p.ask("brk 10000")
			jit := p.mapMemory(page, "rwx", "")
			guard := p.mapMemory(page, "-", "")
			shared := p.mapMemory(page, "rws", "")
			regions, err := s.Regions()
			if err != nil {
				t.Fatal(err)
			}
			program := filepath.Base(s.Exe())
			for _, test := range []struct {
				what   string
				addr   uint64
				kind   session.Kind
				module string
			}{
				{"variable", variable, session.KindData, program},
				{"constant", constant, session.KindConst, program},
				{"bss", zeros, session.KindData, program},
				{"end of the bss", zeros + 3*page, session.KindData, program},
				{"code", main, session.KindCode, program},
				{"arena", arena, session.KindAnon, ""},
				{"heap", heap + 0x8000, session.KindHeap, ""},
				{"generated code", jit, session.KindAnon, ""},
				{"guard", guard, session.KindGuard, ""},
				{"shared", shared, session.KindShared, ""},
			} {
				r, ok := session.FindRegion(regions, test.addr)
				if !ok || r.Kind != test.kind || r.Module != test.module {
					t.Errorf("%s at %#x: %+v", test.what, test.addr, r)
				}
			}
			if heapOnly, err := mustScope(t, "heap").Select(s); err != nil || heapOnly[0].Contains(zeros+3*page) {
				t.Errorf("the bss is in the heap: %v, %v", heapOnly, err)
			}
		})
	}
}

func TestFindRealProcess(t *testing.T) {
	p := startTarget(t)
	p.Ask(t, fmt.Sprintf("name q) (%x x", p.PID))
	name := fmt.Sprintf("q) (%x x", p.PID)
	found, err := session.Find(name)
	if err != nil || found.PID != p.PID || found.Name != name || !strings.HasPrefix(found.Exe, "target-") {
		t.Fatalf("%+v, %v", found, err)
	}
	s := attach(t, found.PID)
	if listed := (session.Identity{PID: found.PID, Start: found.Start}); s.Name() != name || s.Identity() != listed {
		t.Errorf("name %q, identity %v and %v", s.Name(), s.Identity(), listed)
	}
}
