package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// rooms are the packages of cmd/internal, in an order in which each imports only
// those before it: what a run holds knows nothing of the prompt or of verbs.
var rooms = []string{
	"owner", "outfile", "shellwords", "manual", "practice", "vt", "render", "workspace",
	"settings", "repl", "tutorial", "cli", "docs", "docs/generate", "faults",
}

type pkg struct {
	ImportPath, Dir                    string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "quarry/...").Output()
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

func TestRoomsHaveAnOrder(t *testing.T) {
	roomOf := func(path string) int {
		room, ok := strings.CutPrefix(path, "quarry/cmd/internal/")
		if !ok {
			return -1
		}
		n := slices.Index(rooms, room)
		if n < 0 {
			t.Errorf("%s is not in the list of rooms", path)
		}
		return n
	}
	for _, p := range packages(t) {
		room := roomOf(p.ImportPath)
		if room < 0 {
			continue
		}
		for _, imported := range p.Imports {
			if roomOf(imported) > room {
				t.Errorf("%s imports %s, which comes after it", p.ImportPath, imported)
			}
		}
	}
}

func TestRawSystemCallsStayInTheirPlace(t *testing.T) {
	for _, p := range packages(t) {
		allowed := slices.ContainsFunc(rawCalls, func(at string) bool {
			return p.ImportPath == at || strings.HasPrefix(p.ImportPath, at+"/")
		})
		if allowed {
			continue
		}
		if slices.Contains(p.Imports, "golang.org/x/sys/unix") {
			t.Errorf("%s imports golang.org/x/sys/unix", p.ImportPath)
		}
		if p.ImportPath == "quarry/patch/freeze" { // its own thread sleeps
			continue
		}
		for _, name := range p.GoFiles {
			for _, call := range othersCalls(t, filepath.Join(p.Dir, name)) {
				t.Errorf("%s/%s uses %s", p.ImportPath, name, call)
			}
		}
	}
}

// onOthers are the names of package syscall that can reach other processes.
var onOthers = regexp.MustCompile(`^(Ptrace.*|Kill|(Raw)?Syscall6?)$`)

// othersCalls returns which of them a file uses.
func othersCalls(t *testing.T, path string) (used []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "syscall" && onOthers.MatchString(s.Sel.Name) {
				used = append(used, "syscall."+s.Sel.Name)
			}
		}
		return true
	})
	return used
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
