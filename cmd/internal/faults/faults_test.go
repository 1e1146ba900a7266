package main

import (
	"context"
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

func TestLastExecs(t *testing.T) {
	output := "fuzz: elapsed: 0s, execs: 0 (0/sec)\nfuzz: elapsed: 3s, execs: 31245 (10414/sec), new interesting: 1\nPASS\n"
	if n := lastExecs(output); n != 31245 {
		t.Errorf("%d inputs", n)
	}
	if n := lastExecs("PASS\n"); n != 0 {
		t.Errorf("%d inputs of none", n)
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
