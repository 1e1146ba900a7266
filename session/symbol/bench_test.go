package symbol_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"quarry/session"
	"quarry/session/symbol"
)

// BenchmarkNew reads the symbols of real files, one that all have and large ones.
func BenchmarkNew(b *testing.B) {
	python, _ := exec.Command("python3", "-c", "import sys; print(sys.executable, end='')").Output()
	gotool, _ := exec.LookPath("go")
	for name, path := range map[string]string{
		"libc": "/lib/x86_64-linux-gnu/libc.so.6", "libstdc++": "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
		"python": string(python), "go": gotool,
	} {
		b.Run(name, func(b *testing.B) {
			path, err := filepath.EvalSymlinks(path)
			if err != nil || path == "" {
				b.Skipf("no %s here", name)
			}
			b.ReportAllocs()
			for b.Loop() {
				t := read(b, path)
				b.ReportMetric(float64(t.Len()), "symbols")
			}
		})
	}
}

// BenchmarkLookup finds a name by its source form, for which demangling is needed.
func BenchmarkLookup(b *testing.B) {
	path, err := filepath.EvalSymlinks("/usr/lib/x86_64-linux-gnu/libstdc++.so.6")
	if err != nil {
		b.Skip("no libstdc++ here")
	}
	t := read(b, path)
	for _, name := range []string{"_ZSt4cout", "std::cout", "std::string::append(char const*)", "nothing::like::it"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				t.Lookup(name)
			}
		})
	}
}

// read reads a file as if it were mapped whole.
func read(b *testing.B, path string) *symbol.Table {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	r := session.Region{Range: session.Range{Start: 0x40_0000, End: 0x40_0000 + uint64(info.Size())}}
	t, err := symbol.New(f, info.Size(), session.Module{Name: "m", Base: r.Start, End: r.End, Regions: []session.Region{r}}, 4096)
	if err != nil {
		b.Fatal(err)
	}
	return t
}
