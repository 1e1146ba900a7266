package main

import (
	"fmt"
	"strings"
	"testing"

	"quarry/session/sessiontest"
)

// Where quarry may open too few files for what it is asked, it says so, and not that
// a process that runs has ended.
func TestFaultFewDescriptors(t *testing.T) {
	t.Parallel()
	m := startMortal(t)
	refused, done := 0, 0
	for most := 8; most <= 16; most++ { // with fewer, Go's runtime gives up
		sessiontest.Fault(t, "too few descriptors")
		cmd := quarryCommand(t, "-p", m.pid(), "read", "lives", "-t", "i32")
		cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, most), cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
		switch got := runToEnd(t, cmd); {
		case got.Code == 0 && strings.Contains(got.Stdout, "736548219"):
			done++
		case got.Code == 1 && got.Stdout == "" && strings.Contains(got.Stderr, "too many open files") && strings.Count(got.Stderr, "\n") == 1:
			refused++
		default:
			t.Errorf("with %d descriptors: outcome %+v", most, got)
		}
	}
	if refused == 0 || done == 0 {
		t.Errorf("%d times refused, %d times done: the test proves nothing", refused, done)
	}
}
