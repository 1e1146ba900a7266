package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere are functions that need no guard, and why.
var elsewhere = map[string]string{
	"repl/loop.go: untilInterrupt":   "it only waits",
	"repl/unseen.go: Unseen":         "it only waits, and sets the terminal",
	"repl/editor.go: watchSignals":   "it only waits",
	"cli/prompt.go: watch":           "it only waits",
	"cli/demo.go: start":             "it only hands on lines",
	"workspace/try.go: untilEnd":     "it only waits",
	"workspace/child.go: RunCommand": "it only waits",
	"tutorial/target.go: Close":      "it only waits",
	"practice/stage.go: play":        "it runs in a program to practise on",
	"sessiontest/proc.go: StartCmd":  "it runs in tests",
	"tutorial/target.go: NewTarget":  "read has it",
	"freeze/freezer.go: start":       "run has it",
	"pause/pause.go: stopBy":         "tracer.run has it",
	"watch/tracer.go: arm":           "tracer.trace has it",
}

// Every goroutine hands on its panics: package bug tells why.
func TestGoroutinesHandOnPanics(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		found += checkGoroutines(t, path)
		return nil
	})
	if err != nil || found < 15 {
		t.Errorf("%d functions that start goroutines, %v", found, err)
	}
}

// checkGoroutines checks the functions of a file that start goroutines, and returns
// how many there are.
func checkGoroutines(t *testing.T, path string) (found int) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !starts(f) {
			continue
		}
		found++
		name := filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path) + ": " + f.Name.Name
		if elsewhere[name] == "" && !guarded(f) {
			t.Errorf("%s starts a goroutine that does not hand on its panics (bug.Guard, bug.Catch)", name)
		}
	}
	return found
}

// starts reports whether a function starts goroutines: with go, or a group's Go.
func starts(f *ast.FuncDecl) (yes bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			yes = true
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Go" {
				yes = true
			}
		}
		return !yes
	})
	return yes
}

// guarded reports whether a function uses package bug.
func guarded(f *ast.FuncDecl) (yes bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "bug" {
				yes = true
			}
		}
		return !yes
	})
	return yes
}
