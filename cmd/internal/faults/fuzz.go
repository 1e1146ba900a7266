package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// fuzzTarget is one fuzzer.
type fuzzTarget struct{ pkg, name string }

var fuzzFunc = regexp.MustCompile(`(?m)^func (Fuzz\w*)\(`)

// fuzzTargets returns all fuzzers of the packages.
func fuzzTargets(ctx context.Context, packages []string) ([]fuzzTarget, error) {
	args := append([]string{"list", "-f", "{{.ImportPath}} {{.Dir}}"}, packages...)
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var targets []fuzzTarget
	for line := range strings.Lines(string(out)) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			for _, match := range fuzzFunc.FindAllStringSubmatch(string(text), -1) {
				targets = append(targets, fuzzTarget{pkg, match[1]})
			}
		}
	}
	return targets, nil
}

// run fuzzes for a time and returns how many inputs were tried. On a busy machine
// go test now and then fails because its own time is over, without an input that
// fails; then it is run once more.
func (f fuzzTarget) run(ctx context.Context, period time.Duration) (execs int, err error) {
	execs, output, err := f.try(ctx, period)
	if err != nil && strings.Contains(output, "context deadline exceeded") && !strings.Contains(output, "Failing input") {
		var more int
		more, output, err = f.try(ctx, period)
		execs += more
	}
	if err != nil {
		fmt.Fprint(os.Stderr, output)
		return execs, fmt.Errorf("%s of %s: %w", f.name, f.pkg, err)
	}
	fmt.Printf("ok  \t%s %s\t%d inputs\n", f.pkg, f.name, execs)
	return execs, nil
}

// try runs the fuzzer once.
func (f fuzzTarget) try(ctx context.Context, period time.Duration) (execs int, output string, err error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+f.name+"$", "-fuzztime", period.String(), f.pkg)
	out, err := cmd.CombinedOutput()
	return lastExecs(string(out)), string(out), err
}

var execsText = regexp.MustCompile(`execs: (\d+)`)

// lastExecs returns the number of inputs that go test told last.
func lastExecs(output string) int {
	all := execsText.FindAllStringSubmatch(output, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1][1]) // digits; too many for an int is beyond all
	return n
}
