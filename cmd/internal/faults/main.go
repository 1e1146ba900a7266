// Command faults runs the whole fault suite: every test of the repository, those
// that bring about faults at length, and each fuzzer for a time. It ends with a
// line of figures, and with exit code 1 when anything failed:
//
//	go run ./cmd/internal/faults                         # a few minutes
//	go run ./cmd/internal/faults -long 10m -fuzz 1m      # before a release
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	"quarry/session/sessiontest"
)

func main() {
	long := flag.Duration("long", 0, "how long memory changes under searches and writes (default: a moment)")
	fuzz := flag.Duration("fuzz", 3*time.Second, "how long each fuzzer runs; 0 for none")
	run := flag.String("run", "", "run only the tests that match")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := faults(ctx, *run, *long, *fuzz, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// faults runs the tests and the fuzzers of the packages, or of all, and prints
// the figures, also when something failed.
func faults(ctx context.Context, run string, long, fuzz time.Duration, packages []string) error {
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	tally, err := os.CreateTemp("", "quarry-tally-")
	if err != nil {
		return err
	}
	defer os.Remove(tally.Name())
	defer tally.Close()
	env := append(os.Environ(), sessiontest.TallyFile+"="+tally.Name())
	if long > 0 {
		env = append(env, "QUARRY_FAULTS_LONG="+long.String())
	}
	failed := runTests(ctx, env, run, long, packages)
	f, err := sum(tally)
	if err != nil {
		return err
	}
	var targets []fuzzTarget
	if fuzz > 0 { // to go test, 0 means for ever
		if targets, err = fuzzTargets(ctx, packages); err != nil {
			return err
		}
	}
	for _, target := range targets {
		execs, err := target.run(ctx, fuzz)
		f.inputs += execs
		if err != nil {
			failed = append(failed, err.Error())
		}
	}
	fmt.Println(f)
	for _, what := range f.failures {
		fmt.Println("not survived:", what)
	}
	if len(failed) > 0 || len(f.failures) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(append(failed, f.failures...), "; "))
	}
	return ctx.Err()
}

// runTests runs the tests and returns what failed.
func runTests(ctx context.Context, env []string, run string, long time.Duration, packages []string) []string {
	args := []string{"test", "-count=1", "-timeout", (long + 30*time.Minute).String(), "-run", run}
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return []string{"the tests: " + err.Error()}
	}
	return nil
}
