package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"quarry/cmd/internal/cli"
	"quarry/session/sessiontest"
)

// curse is the environment variable with the text that cursedquarry panics on, the
// first time it would write it to standard error.
const curse = "QUARRY_CURSE"

// cursedquarry is quarry with a fault: system calls are explained in the goroutine
// that made them, errors in the one that runs verbs.
func cursedquarry() {
	os.Exit(int(cli.Main(context.Background(), os.Args[1:], cli.Streams{
		In: os.Stdin, Out: os.Stdout, Err: &cursedWriter{text: []byte(os.Getenv(curse))},
	})))
}

type cursedWriter struct {
	text []byte
	done atomic.Bool
}

func (w *cursedWriter) Write(p []byte) (int, error) {
	if bytes.Contains(p, w.text) && w.done.CompareAndSwap(false, true) {
		panic("cursed at " + string(w.text))
	}
	return os.Stderr.Write(p)
}

// curseCommand makes a command of quarry one that panics on a text.
func curseCommand(t *testing.T, cmd *exec.Cmd, text, traceback string) {
	t.Helper()
	path, err := exec.LookPath("cursedquarry")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args[0] = path, path
	cmd.Env = append(cmd.Env, curse+"="+text, "GOTRACEBACK="+traceback)
}

// faultyLines are lines of the prompt, and the text on which quarry panics in the
// course of each.
var faultyLines = []struct{ name, text, line string }{
	{"in a worker", "(anonymous memory)", "find 5555555555 --in anon --explain"},
	{"in a verb", "quarry: ", "set 9999 1"},
	{"while the target is paused", "pwrite64", "set all 1 --pause --explain"},
}

// A panic, in whatever goroutine, ends quarry in one line with exit code 1. The
// terminal is as it was, the temporary file is gone, what was frozen is let go, what
// was paused runs, and nothing is left half written.
func TestFaultPanicAtThePrompt(t *testing.T) {
	for _, c := range faultyLines {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sessiontest.Fault(t, "a panic "+c.name)
			m := startMortal(t)
			fresh := m.Ask(t, "sum")
			folder := t.TempDir()
			cmd := quarryCommand(t, "attach", m.pid(), "--memory", "1MiB")
			cmd.Env = append(cmd.Env, "TMPDIR="+folder)
			curseCommand(t, cmd, c.text, "")
			w := openWindow(t, cmd)
			w.wait("> ")
			w.line("freeze lives 7 -t i32 --interval 1ms", "")
			m.waitLives(t, "7")
			w.line("find unknown -t i64 --in anon", "matches")
			w.line("find 5555555555 --in anon", "1,024 matches")
			w.press(c.line, enter)
			w.wait("quarry: a bug in quarry: cursed at")
			if code := w.waitEnd(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if shown := w.answer(); strings.Count(shown, "quarry: a bug in quarry: cursed at "+strings.TrimSpace(c.text)) != 1 {
				t.Errorf("shown: %s", shown)
			}
			checkEmpty(t, folder)
			checkRuns(t, m, "7", "6")
			_, before, _ := strings.Cut(fresh, " ") // the number of lives
			if _, after, _ := strings.Cut(m.Ask(t, "sum"), " "); after != before {
				t.Errorf("half written: the sum is %s, was %s", after, before)
			}
			sessiontest.Verified(t, 8*1024)
		})
	}
}

// A panic in a verb from the shell, and in a script: one line, no stack unless
// GOTRACEBACK asks for it, as for any Go program.
func TestFaultPanicInTheShell(t *testing.T) {
	t.Parallel()
	m := startMortal(t)
	for _, level := range []string{"", "none", "all"} {
		for _, args := range [][]string{
			{"-p", m.pid(), "find", "5555555555", "--in", "anon", "--explain"},
			{"attach", m.pid(), "-e", "find 5555555555 --in anon --explain", "-e", "set all 1"},
		} {
			sessiontest.Fault(t, "a panic in "+args[0])
			fresh := m.Ask(t, "sum")
			cmd := quarryCommand(t, args...)
			curseCommand(t, cmd, "process_vm_readv", level)
			got := runToEnd(t, cmd)
			told := strings.Contains(got.Stderr, "\nquarry: a bug in quarry: cursed at process_vm_readv\nhint: with GOTRACEBACK=all")
			if got.Code != 1 || got.Stdout != "" || !told || strings.Contains(got.Stderr, "goroutine ") != (level == "all") {
				t.Errorf("GOTRACEBACK=%s %v: outcome %+v", level, args, got)
			}
			if after := m.Ask(t, "sum"); after != fresh {
				t.Errorf("written: the sum is %s, was %s", after, fresh)
			}
		}
	}
}
