package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/mattn/go-runewidth"

	"quarry/session/sessiontest"
)

// startFight starts a game in which the health is written all the time.
func startFight(t *testing.T) *sessiontest.Proc {
	t.Helper()
	target := startNamed(t, "fight", "testdata/fight.c")
	target.WaitLine(t, "ready")
	return target
}

// unwatched makes sure that a process is as it was: it runs, it is not traced, no
// debug register of it is in use, and it still writes what was watched. One that
// was traced is watched by tracing: the kernel keeps the registers for that until
// the thread ends.
func unwatched(t *testing.T, target *sessiontest.Proc, traced bool) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", target.PID))
	if err != nil || !strings.Contains(string(status), "TracerPid:\t0\n") || regexp.MustCompile(`State:\t[tT]`).Match(status) {
		t.Errorf("%v\n%s", err, status)
	}
	if line := target.Ask(t, "hit"); line != "health 4300" {
		t.Errorf("after a hit it tells %q", line)
	}
	// All four debug registers are free.
	args := []string{"-p", strconv.Itoa(target.PID), "watch", "lives,quiet,[&hero]+16,[&hero]+24", "--for", "10ms"}
	if traced {
		args = append(args, "--trace")
	}
	got := runQuarry(t, args...)
	if got.Code != 0 && got.Code != 3 {
		t.Errorf("it cannot be watched again: %+v", got)
	}
}

// events counts the performance events that a process holds.
func events(pid int) (n int) {
	all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid)) // the pattern is right
	for _, path := range all {
		if to, err := os.Readlink(path); err == nil && strings.Contains(to, "perf_event") {
			n++
		}
	}
	return n
}

// On a terminal the instructions are listed in place, within the window whatever
// its size; Ctrl-C leads back to the prompt and leaves the result, and nothing
// else.
func TestWatchOnATerminal(t *testing.T) {
	t.Parallel()
	target := startFight(t)
	w := attachWindow(t, target.PID)
	w.press("watch [&hero]+24 lives", enter)
	w.waitMatch(regexp.MustCompile(`Ctrl-C ends\nwrite of 4 bytes at 0x[0-9a-f]+ \[&hero\]\+24: \d+ hits?`))
	w.waitMatch(regexp.MustCompile(`hit1 +[\d,]+  fight\+0x[0-9a-f]+  take_damage\+0x[0-9a-f]+  <stdin>:21\n +mov dword ptr \[rax\+0x18\], edx\n`))
	w.mu.Lock()
	inPlace := regexp.MustCompile("\x1b\\[[0-9]+A\rfight").Match(w.shown)
	w.mark = len(w.shown)
	w.mu.Unlock()
	if !inPlace {
		t.Error("nothing is drawn in place")
	}
	for _, size := range []pty.Winsize{{Rows: 10, Cols: 40}, {Rows: 2, Cols: 20}, {Rows: 3, Cols: 60}, {Rows: 60, Cols: 200}} {
		if err := pty.Setsize(w.ptmx, &size); err != nil {
			t.Fatal(err)
		}
		drawn := w.waitRaw("\x1b[H\x1b[2J", "\x1b[J")
		lines := strings.Split(strings.TrimSuffix(controls.ReplaceAllString(drawn, ""), "\n"), "\n")
		if len(lines) >= int(size.Rows) {
			t.Errorf("%d lines in a window of %d", len(lines), size.Rows)
		}
		for _, line := range lines {
			if runewidth.StringWidth(line) > int(size.Cols) {
				t.Errorf("%q is wider than a window of %d", line, size.Cols)
			}
		}
	}
	if events(w.quarry.Process.Pid) == 0 {
		t.Error("no events are open: the test looks for nothing")
	}
	w.press(ctrlC)
	w.waitMatch(regexp.MustCompile(`(?s)write of 4 bytes at 0x[0-9a-f]+ \[&hero\]\+24: .*rip 0x[0-9a-f]+ .*write of 4 bytes at 0x[0-9a-f]+ lives: `))
	w.wait(fmt.Sprintf("fight[%d]> ", target.PID))
	if n := events(w.quarry.Process.Pid); n != 0 {
		t.Errorf("%d events are left", n)
	}
	w.line("disasm hit1 1", "mov dword ptr [rax+0x18], edx")
	w.line("nop 1", "entry nop1, located by its signature ")
	w.line("undo", "undo: nop 0x")
	unwatched(t, target, false)
	w.leave()
}

// Whatever ends a watch, nothing of it is left, and what was seen is shown.
func TestWatchEnds(t *testing.T) {
	for _, engine := range []string{"", "--trace"} {
		for name, end := range map[string]struct {
			signal os.Signal // nil: the process ends
			code   int
			ended  string
		}{
			"interrupt":   {syscall.SIGINT, 0, "interrupt"},
			"termination": {syscall.SIGTERM, 0, "interrupt"},
			"kill":        {syscall.SIGKILL, -1, ""},
			"process":     {nil, 5, "process"},
		} {
			t.Run(strings.TrimSpace(name+" "+engine), func(t *testing.T) {
				t.Parallel()
				target := startFight(t)
				args := []string{"-p", strconv.Itoa(target.PID), "watch", "[&hero]+24", "--json"}
				if engine != "" {
					args = append(args, engine)
				}
				quarry := quarryCommand(t, args...)
				var stdout bytes.Buffer
				quarry.Stdout = &stdout
				stderr := watching(t, quarry)
				if end.signal != nil {
					_ = quarry.Process.Signal(end.signal)
				} else {
					target.Kill()
				}
				code := waitForCode(t, quarry)
				if code != end.code && !(name == "termination" && code >= 0) {
					t.Errorf("exit code %d, want %d: %s", code, end.code, stderr)
				}
				if end.ended != "" {
					var seen struct {
						Ended  string
						Points []struct{ Hits []struct{ Name string } }
					}
					if err := json.Unmarshal(stdout.Bytes(), &seen); err != nil || seen.Ended != end.ended || len(seen.Points) != 1 {
						t.Errorf("%v, it ended by %q: %s", err, seen.Ended, stdout.String())
					}
				}
				if end.signal != nil && name+engine != "kill--trace" {
					unwatched(t, target, engine != "")
				}
			})
		}
	}
}

// watching starts quarry and waits until it says that it watches. What follows on
// standard error is read.
func watching(t *testing.T, quarry *exec.Cmd) *bytes.Buffer {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	quarry.Stderr = w
	err = quarry.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = quarry.Process.Kill(); r.Close() })
	_ = r.SetReadDeadline(time.Now().Add(patience))
	var seen bytes.Buffer
	for chunk := make([]byte, 512); !strings.Contains(seen.String(), "Ctrl-C ends it and shows what was seen\n"); {
		n, err := r.Read(chunk)
		if seen.Write(chunk[:n]); err != nil {
			t.Fatalf("%v: %s", err, seen.String())
		}
	}
	return &seen
}

// What keeps quarry from watching is told, with what would work.
func TestWatchRefused(t *testing.T) {
	t.Parallel()
	target := startFight(t)
	pid := strconv.Itoa(target.PID)
	t.Run("another user's process", func(t *testing.T) {
		got := runToEnd(t, asNobody(t, quarryCommand(t, "-p", pid, "watch", "lives", "--for", "1ms")))
		if got.Code != 4 || got.Stdout != "" || !strings.Contains(got.Stderr, "it belongs to root, and quarry runs as ") {
			t.Errorf("outcome %+v", got)
		}
	})
	t.Run("files", func(t *testing.T) {
		quarry := quarryCommand(t)
		shell := exec.Command("sh", "-c", "ulimit -n 12; exec quarry -p "+pid+" watch lives --for 1ms")
		shell.Env = quarry.Env
		got := runToEnd(t, shell)
		if got.Code != 1 || got.Stdout != "" || !strings.Contains(got.Stderr, "too many open files: ") || !strings.Contains(got.Stderr, "--trace watches by tracing") {
			t.Errorf("outcome %+v", got)
		}
	})
	t.Run("in use", func(t *testing.T) {
		first := quarryCommand(t, "-p", pid, "watch", "[&hero]", "lives", "quiet,hero", "--trace")
		watching(t, first)
		got := runQuarry(t, "-p", pid, "watch", "lives", "--for", "1ms", "--trace")
		if got.Code != 4 || !strings.Contains(got.Stderr, "already traced by quarry (") {
			t.Errorf("outcome %+v", got)
		}
		_ = first.Process.Signal(syscall.SIGINT)
		if code := waitForCode(t, first); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	unwatched(t, target, true)
}

// A program without symbols, and one of 32 bits: the code that takes the health is
// found and switched off, and again in the next run. What is no instruction is
// refused.
func TestWatchStripped(t *testing.T) {
	for name, flags := range map[string][]string{"64": nil, "32": {"-m32"}, "optimised": {"-O2"}, "fixed": {"-no-pie", "-fno-pie"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			built := sessiontest.BuildC(t, "testdata/fight.c", append(flags, "-s", "-pthread")...)
			dir := t.TempDir()
			path, file := filepath.Join(dir, "fight"), filepath.Join(dir, "calm.toml")
			if err := os.Link(built, path); err != nil {
				t.Fatal(err)
			}
			target := sessiontest.Start(t, path)
			target.WaitLine(t, "ready")
			pid := strconv.Itoa(target.PID)
			got := runQuarry(t, "attach", pid, "-e", "find 4321 --in heap", "-e", "watch 1 --hits 1 --for 1m", "-e", "nop hit1", "-e", "save "+file)
			hit := regexp.MustCompile(`nop (0x[0-9a-f]+) fight\+0x`).FindStringSubmatch(got.Stdout)
			if got.Code != 0 || hit == nil {
				t.Fatalf("outcome %+v", got)
			}
			if line := target.Ask(t, "hit"); line != "health 4321" {
				t.Errorf("it tells %q", line)
			}
			if got := runQuarry(t, "-p", pid, "patch", "revert", file); got.Code != 0 {
				t.Errorf("outcome %+v", got)
			}
			if line := target.Ask(t, "hit"); line != "health 4300" {
				t.Errorf("when it is taken back it tells %q", line)
			}
			if got := runQuarry(t, "-p", pid, "nop", hit[1]+"+1"); got.Code != 2 || !strings.Contains(got.Stderr, "is in the middle of an instruction: ") {
				t.Errorf("the middle of an instruction: %+v", got)
			}
			target.Kill()
			next := sessiontest.Start(t, path)
			next.WaitLine(t, "ready")
			for range 2 {
				if got := runQuarry(t, "-p", strconv.Itoa(next.PID), "patch", "apply", file); got.Code != 0 {
					t.Fatalf("outcome %+v", got)
				}
				if line := next.Ask(t, "hit"); line != "health 4321" {
					t.Errorf("in the next run it tells %q", line)
				}
			}
		})
	}
}
