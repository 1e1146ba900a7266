package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come: only a failure takes so
// long, and a machine that is busy with much else is none.
const patience = time.Minute

// quarryCommand prepares a run of quarry with a state folder of its own.
func quarryCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("quarry", args...)
	cmd.Env = quarryEnviron(t.TempDir())
	return cmd
}

// quarryEnviron is the environment of a run of quarry. The race detector is not
// to wait before it lets the program end.
func quarryEnviron(state string) []string {
	return append(os.Environ(), "XDG_STATE_HOME="+state, "XDG_CONFIG_HOME="+state, "GORACE=atexit_sleep_ms=0", "TERM=xterm", "NO_COLOR=1")
}

// outcome is how a run of quarry ended.
type outcome struct {
	Code           int // -1 when a signal ended it
	Stdout, Stderr string
}

// runToEnd runs a prepared command to its end and returns its outcome. Streams
// that are set already are left alone.
func runToEnd(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code := waitForCode(t, cmd)
	return outcome{code, stdout.String(), stderr.String()}
}

// runQuarry runs quarry with the arguments to its end.
func runQuarry(t *testing.T, args ...string) outcome {
	t.Helper()
	return runToEnd(t, quarryCommand(t, args...))
}

// waitForCode waits for the end of a started command and returns its exit code.
func waitForCode(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	err := cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s did not end in %v", strings.Join(cmd.Args, " "), patience)
	}
	return cmd.ProcessState.ExitCode()
}
