package symbol_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"quarry/session/sessiontest"
	"quarry/session/symbol"
)

// The lines of functions are those of the source, of all DWARF versions, whether
// the sections are compressed or not; without debugging information there are none.
func TestLines(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "names.c"))
	if err != nil {
		t.Fatal(err)
	}
	for name, flags := range map[string][]string{
		"5": {"-gdwarf-5"}, "4": {"-gdwarf-4"}, "compressed": {"-g", "-gz"}, "no-pie": {"-g", "-no-pie", "-fno-pie"},
		"32 bits": {"-g", "-m32"}, "none": {"-g0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, build(t, "gcc", "names", with(flags...)...))
			s := p.find(t, "tick", p.told["tick"])
			program, err := p.s.Program()
			if err != nil {
				t.Fatal(err)
			}
			line, ok, err := symbol.NewLines(p.s).At(program, s.Addr)
			if err != nil || ok != (name != "none") {
				t.Fatalf("%+v, %v, %v", line, ok, err)
			}
			if !ok {
				return
			}
			lines := bytes.Split(text, []byte("\n"))
			if filepath.Base(line.File) != "names.c" || line.Number > len(lines) || !bytes.Contains(lines[line.Number-1], []byte("tick(")) {
				t.Errorf("%+v: %s", line, lines[min(line.Number, len(lines))-1])
			}
		})
	}
}

// Code has lines whatever the order in which linkers put sections, as those that gcc
// -O2 makes for main, and those of functions that no linker has kept.
func TestLinesOfSections(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "sections.c"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(text, []byte("\n"))
	for name, flags := range map[string][]string{
		"O2": {"-O2"}, "DWARF 4": {"-O2", "-gdwarf-4"}, "left out": {"-ffunction-sections", "-Wl,--gc-sections"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, build(t, "gcc", "sections", append([]string{"sections.c", "-g"}, flags...)...))
			program, err := p.s.Program()
			if err != nil {
				t.Fatal(err)
			}
			of := symbol.NewLines(p.s)
			for _, function := range []string{"first", "later", "last", "main"} {
				s, err := p.x.Find(function)
				if err != nil {
					t.Fatal(err)
				}
				line, ok, err := of.At(program, s.Addr)
				if err != nil || !ok || line.Number > len(lines) || !bytes.Contains(lines[line.Number-1], []byte(function+"(")) {
					t.Errorf("%s: %+v, %v, %v", function, line, ok, err)
				}
			}
		})
	}
}

// Whatever a file holds, reading its lines neither panics nor takes more than
// there is.
func FuzzLines(f *testing.F) {
	seed, err := os.ReadFile(build(f, "gcc", "small", "-g", "-c", "other.c"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, uint64(0))
	f.Add(seed[:len(seed)/2], uint64(16))
	f.Fuzz(func(t *testing.T, file []byte, addr uint64) {
		sessiontest.Allocates(t, mostFor(len(file)), func() {
			line, ok, err := symbol.LineOf(bytes.NewReader(file), int64(len(file)), addr)
			sound := errors.Is(err, symbol.ErrDebugInfo) || errors.Is(err, symbol.ErrFormat)
			if err != nil && !sound || ok && (err != nil || line.Number < 1) {
				t.Errorf("%+v, %v, %v", line, ok, err)
			}
		})
	})
}
