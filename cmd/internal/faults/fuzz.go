package main

import (
	"context"
	"errors"
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

// errNothingTried: a fuzzer had its time, and more, and made up no input.
var errNothingTried = errors.New("no input was tried beyond those that are kept")

// mostPatience is how often the time of a fuzzer is doubled while it tries nothing.
const mostPatience = 5

// run fuzzes for a time and returns how many inputs were made up and tried. A time
// that goes by while the inputs that are kept are looked at, as it does on a busy
// machine, is doubled; one that is still not enough in the end is a failure, so that
// no fuzzer counts as run that did nothing.
func (f fuzzTarget) run(ctx context.Context, period time.Duration) (execs int, err error) {
	return f.runBy(period, func(period time.Duration) (string, error) { return f.try(ctx, period) })
}

// runBy is run by that way of running the fuzzer once. On a busy machine go test now
// and then fails because its own time is over, without an input that fails; then it
// is run once more.
func (f fuzzTarget) runBy(period time.Duration, try func(time.Duration) (output string, err error)) (execs int, err error) {
	for range mostPatience {
		output, err := try(period)
		execs += madeUp(output)
		if err != nil && strings.Contains(output, "context deadline exceeded") && !strings.Contains(output, "Failing input") {
			output, err = try(period)
			execs += madeUp(output)
		}
		if err != nil {
			fmt.Fprint(os.Stderr, output)
			return execs, fmt.Errorf("%s of %s: %w", f.name, f.pkg, err)
		}
		if execs > 0 {
			fmt.Printf("ok  \t%s %s\t%d inputs\n", f.pkg, f.name, execs)
			return execs, nil
		}
		fmt.Fprintf(os.Stderr, "    \t%s %s\ttried nothing in %v, and gets more time\n", f.pkg, f.name, period)
		period *= 2
	}
	return 0, fmt.Errorf("%s of %s: %w", f.name, f.pkg, errNothingTried)
}

// try runs the fuzzer once. What go test does with an input that reaches new code, to
// make it shorter, would otherwise take a minute for each, and nothing else is tried.
func (f fuzzTarget) try(ctx context.Context, period time.Duration) (output string, err error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+f.name+"$", "-fuzztime", period.String(), "-fuzzminimizetime", "100x", f.pkg)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var (
	execsText = regexp.MustCompile(`execs: (\d+)`)
	keptText  = regexp.MustCompile(`(\d+)/(\d+) completed`)
)

// madeUp returns how many inputs go test has made up, by what it told last: those
// that it tried but for the ones that are kept, with which it begins.
func madeUp(output string) int {
	return max(0, lastNumber(execsText, output)-lastNumber(keptText, output))
}

// lastNumber returns what the last group of the last match says, or 0.
func lastNumber(text *regexp.Regexp, output string) int {
	all := text.FindAllStringSubmatch(output, -1)
	if len(all) == 0 {
		return 0
	}
	last := all[len(all)-1]
	n, _ := strconv.Atoi(last[len(last)-1]) // digits; too many for an int is beyond all
	return n
}
