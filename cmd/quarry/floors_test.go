package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors are the four floors of the house, from the ground up. Imports go
// downwards only.
var floors = []string{"session", "search", "patch", "cmd"}

// rawCalls are the packages that may make raw system calls: session on other
// processes, repl on the terminal, practice on itself.
var rawCalls = []string{"quarry/session", "quarry/cmd/internal/repl", "quarry/cmd/internal/practice"}

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "quarry/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := decoder.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// floorOf returns the number of the floor a package of this module is on, or -1.
func floorOf(path string) int {
	rest, ok := strings.CutPrefix(path, "quarry/")
	if !ok {
		return -1
	}
	return slices.Index(floors, strings.Split(rest, "/")[0])
}

func TestImportsGoDownwards(t *testing.T) {
	seen := make(map[int]bool)
	for _, p := range packages(t) {
		floor := floorOf(p.ImportPath)
		if floor < 0 {
			t.Errorf("%s is on no floor", p.ImportPath)
		}
		seen[floor] = true
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if floorOf(imported) > floor {
				t.Errorf("%s imports %s, which is above it", p.ImportPath, imported)
			}
		}
	}
	if len(seen) != len(floors) {
		t.Errorf("%d floors, want %d", len(seen), len(floors))
	}
}

func TestRawSystemCallsStayInTheirPlace(t *testing.T) {
	for _, p := range packages(t) {
		allowed := slices.ContainsFunc(rawCalls, func(at string) bool {
			return p.ImportPath == at || strings.HasPrefix(p.ImportPath, at+"/")
		})
		if !allowed && slices.Contains(p.Imports, "golang.org/x/sys/unix") {
			t.Errorf("%s imports golang.org/x/sys/unix", p.ImportPath)
		}
	}
}

// Descriptors left open and goroutines left running fail the tests of every package.
func TestLeaksFailTheRun(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{$dir := .Dir}}{{.ImportPath}}{{range .TestGoFiles}} {{$dir}}/{{.}}{{end}}{{range .XTestGoFiles}} {{$dir}}/{{.}}{{end}}", "quarry/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(out)) {
		files := strings.Fields(line)
		checked := len(files) == 1 // no tests
		for _, file := range files[1:] {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "sessiontest.Main(") {
				checked, found = true, found+1
			}
		}
		if !checked {
			t.Errorf("%s has no TestMain that calls sessiontest.Main", files[0])
		}
	}
	if found < 30 {
		t.Errorf("%d packages; the test proves nothing", found)
	}
}
