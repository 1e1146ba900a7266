package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSum(t *testing.T) {
	got, err := sum(strings.NewReader("survived 1 TestA: SIGTERM\nbytes 64\nfailed 1 TestB: SIGHUP\nsurvived 20 TestC: rounds\nbytes 8\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := figures{tried: 22, survived: 21, bytes: 72, failures: []string{"TestB: SIGHUP"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(figures{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := got.String(); text != "faults tried 22, survived 21; inputs fuzzed 0; bytes written and verified 72" {
		t.Errorf("told as %q", text)
	}
	for _, bad := range []string{"survived\n", "lost 1 x\n", "bytes x\n"} {
		if _, err := sum(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// What go test tells of an input that is kept is not counted.
func TestMadeUp(t *testing.T) {
	const baseline = "fuzz: elapsed: 0s, gathering baseline coverage: 0/45 completed\n"
	const begun = "fuzz: elapsed: 1s, gathering baseline coverage: 45/45 completed, now fuzzing with 2 workers\n"
	for output, want := range map[string]int{
		"PASS\n":          0,
		baseline + "PASS": 0,
		baseline + begun + "fuzz: elapsed: 1s, execs: 45 (0/sec), new interesting: 0 (total: 45)\nPASS":                                         0,
		baseline + begun + "fuzz: elapsed: 3s, execs: 9 (3/sec)\nfuzz: elapsed: 6s, execs: 31245 (10414/sec), new interesting: 1 (total: 46)\n": 31200,
	} {
		if n := madeUp(output); n != want {
			t.Errorf("%d inputs, want %d, of\n%s", n, want, output)
		}
	}
}

// A fuzzer that tries nothing gets more time, and in the end it has failed.
func TestNothingTried(t *testing.T) {
	const nothing = "fuzz: elapsed: 0s, gathering baseline coverage: 0/45 completed\nPASS\n"
	const some = "fuzz: elapsed: 3s, gathering baseline coverage: 2/2 completed\nfuzz: elapsed: 3s, execs: 12 (4/sec)\nPASS\n"
	f := fuzzTarget{"quarry/x", "FuzzX"}
	var periods []time.Duration
	answer := func(outputs ...string) func(time.Duration) (string, error) {
		periods = nil
		return func(period time.Duration) (string, error) {
			periods = append(periods, period)
			return outputs[min(len(periods), len(outputs))-1], nil
		}
	}
	if n, err := f.runBy(time.Second, answer(nothing, nothing, some)); n != 10 || err != nil {
		t.Errorf("%d inputs, %v", n, err)
	}
	if diff := cmp.Diff([]time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, periods); diff != "" {
		t.Errorf("periods (-want +got):\n%s", diff)
	}
	n, err := f.runBy(time.Second, answer(nothing))
	if n != 0 || !errors.Is(err, errNothingTried) || len(periods) != mostPatience {
		t.Errorf("%d inputs, %v in %v", n, err, periods)
	}
	late := func(time.Duration) (string, error) { return "context deadline exceeded\n", errors.New("exit status 1") }
	if n, err := f.runBy(time.Second, late); n != 0 || err == nil || errors.Is(err, errNothingTried) {
		t.Errorf("%d inputs, %v", n, err)
	}
}

// The fuzzers of a package are found by their names.
func TestFuzzTargets(t *testing.T) {
	targets, err := fuzzTargets(t.Context(), []string{"quarry/search/value"})
	if err != nil || len(targets) < 4 || targets[0].pkg != "quarry/search/value" || !strings.HasPrefix(targets[0].name, "Fuzz") {
		t.Errorf("%v, %v", targets, err)
	}
}

// No time for fuzzing is none, and not as much as go test would take: for ever.
func TestNoFuzzing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := faults(ctx, "^$", 0, 0, []string{"quarry/search/group"}); err != nil {
		t.Error(err)
	}
}
