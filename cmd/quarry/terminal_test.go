package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"quarry/cmd/internal/vt"
	"quarry/session/sessiontest"
)

// Keys as a terminal sends them.
const (
	enter = "\r"
	tab   = "\t"
	ctrlC = "\x03"
	ctrlD = "\x04"
	ctrlU = "\x15"
	ctrlZ = "\x1a"
	keyUp = "\x1b[A"
)

// longSearch is a line that keeps quarry busy for seconds where there is much
// memory: it has to decode the number at every byte.
const longSearch = "find > 7 -t i64 --align 1 --stored v^5"

// window is a terminal with quarry on it.
type window struct {
	t         *testing.T
	ptmx, tty *os.File // the person's end and quarry's
	quarry    *exec.Cmd
	before    unix.Termios

	mu      sync.Mutex
	shown   []byte
	screen  *vt.Screen    // what the window shows
	mark    int           // where the answer to the last keys begins
	changed chan struct{} // closed when something is shown
}

// openWindow runs a prepared command on a terminal of 80 columns and 24 rows.
func openWindow(t *testing.T, cmd *exec.Cmd) *window {
	t.Helper()
	return openSized(t, cmd, 80, 24)
}

// openSized runs a prepared command on a terminal.
func openSized(t *testing.T, cmd *exec.Cmd, columns, rows int) *window {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	w := &window{t: t, ptmx: ptmx, tty: tty, quarry: cmd, changed: make(chan struct{}), screen: vt.New(columns, rows)}
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	w.before = w.settings()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		w.read()
	}()
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		_ = tty.Close()
		select {
		case <-read:
			_ = ptmx.Close()
		case <-time.After(5 * time.Second):
			t.Error("a program that quarry started still holds the terminal")
		}
	})
	return w
}

// attachWindow runs quarry attach on a terminal and waits for the prompt.
func attachWindow(t *testing.T, pid int) *window {
	t.Helper()
	w := openWindow(t, quarryCommand(t, "attach", strconv.Itoa(pid)))
	w.wait(fmt.Sprintf("[%d]> ", pid))
	return w
}

func (w *window) read() {
	var chunk [4096]byte
	for {
		n, err := w.ptmx.Read(chunk[:])
		w.mu.Lock()
		w.shown = append(w.shown, chunk[:n]...)
		_, _ = w.screen.Write(chunk[:n])
		close(w.changed)
		w.changed = make(chan struct{})
		w.mu.Unlock()
		if err != nil {
			return
		}
	}
}

var controls = regexp.MustCompile("\x1b(\\[[0-9;?]*[A-Za-z]|[A-Z])|\r")

// answer is what came since the last keys, without what moves the cursor and
// sets colours.
func (w *window) answer() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return controls.ReplaceAllString(string(w.shown[w.mark:]), "")
}

// press sends keys.
func (w *window) press(keys ...string) {
	w.t.Helper()
	w.mu.Lock()
	w.mark = len(w.shown)
	w.mu.Unlock()
	if _, err := w.ptmx.WriteString(strings.Join(keys, "")); err != nil {
		w.t.Fatal(err)
	}
}

// wait waits until the answer holds a text.
func (w *window) wait(text string) {
	w.t.Helper()
	w.waitMatch(regexp.MustCompile(regexp.QuoteMeta(text)))
}

// waitMatch waits until the answer matches, and returns what the groups match.
func (w *window) waitMatch(want *regexp.Regexp) (match []string) {
	w.t.Helper()
	w.until(func() bool {
		match = want.FindStringSubmatch(w.answer())
		return match != nil
	}, want.String())
	return match
}

// until waits until what was shown is as wanted.
func (w *window) until(ok func() bool, want string) {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			w.t.Fatalf("waited in vain for %q; the window shows\n%s\nand the answer was %q", want, w.seen(), w.answer())
		}
	}
}

// waitPrompt waits until the answer ends with a new prompt, which ends with tail.
func (w *window) waitPrompt(tail string) {
	w.t.Helper()
	w.waitMatch(regexp.MustCompile(`\n[^\n]*` + regexp.QuoteMeta(tail) + `$`))
}

// line types a line and waits until its answer holds a text and the next prompt.
func (w *window) line(line, text string) {
	w.t.Helper()
	w.press(line, enter)
	w.waitMatch(regexp.MustCompile(`(?s)\n.*` + regexp.QuoteMeta(text) + `.*\n[^\n]*> $`))
}

// interrupt runs a search that takes a while and presses Ctrl-C in its middle.
// One that was faster, because the test had to wait for a processor, is taken
// back and tried again.
func (w *window) interrupt(line string) {
	w.t.Helper()
	for range 10 {
		w.runLong(line)
		if _, err := w.ptmx.WriteString(ctrlC); err != nil {
			w.t.Fatal(err)
		}
		how := w.waitMatch(regexp.MustCompile(`(?s)(interrupted|match(?:es)? of).*\n[^\n]*> $`))
		if how[1] == "interrupted" {
			return
		}
		w.line("undo", "undo: find")
	}
	w.t.Fatalf("%s was never interrupted", line)
}

// runLong types a search and returns in the middle of its run, when quarry has
// been at work on it for a twentieth of a second.
func (w *window) runLong(line string) {
	w.t.Helper()
	w.press(line, enter)
	deadline := time.Now().Add(patience)
	for w.settings().Lflag&unix.ISIG == 0 {
		if time.Now().After(deadline) {
			w.t.Fatalf("the line is not run; shown was %q", w.answer())
		}
		time.Sleep(time.Millisecond)
	}
	const ticks = 5 // of 10 ms
	start := ticksOf(w.t, w.quarry.Process.Pid)
	for ticksOf(w.t, w.quarry.Process.Pid) < start+ticks && !strings.Contains(w.answer(), "matches of") {
		if time.Now().After(deadline) {
			w.t.Fatalf("the line does nothing; shown was %q", w.answer())
		}
		time.Sleep(time.Millisecond)
	}
}

// ticksOf returns the processor time that a process has used.
func ticksOf(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatalf("cannot read %q", data)
	}
	return user + system
}

// waitEnd waits for quarry to end, returns its exit code, and checks that the
// terminal is as it was before.
func (w *window) waitEnd() int {
	w.t.Helper()
	code := waitForCode(w.t, w.quarry)
	if diff := cmp.Diff(w.before, w.settings()); diff != "" {
		w.t.Errorf("the terminal's settings (-before +after):\n%s", diff)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if all := string(w.shown); strings.Contains(all, "goroutine ") || strings.Contains(all, "DATA RACE") {
		w.t.Errorf("quarry failed: %s", all)
	}
	return code
}

// leave presses Ctrl-D and checks that quarry ends well.
func (w *window) leave() {
	w.t.Helper()
	w.press(ctrlD)
	if code := w.waitEnd(); code != 0 {
		w.t.Errorf("Ctrl-D: exit code %d, want 0", code)
	}
}

func (w *window) settings() unix.Termios {
	w.t.Helper()
	settings, err := unix.IoctlGetTermios(int(w.tty.Fd()), unix.TCGETS)
	if err != nil {
		w.t.Fatal(err)
	}
	return *settings
}

// startNamed compiles a C program and starts it by a name.
func startNamed(t *testing.T, name, source string, args ...string) *sessiontest.Proc {
	t.Helper()
	return sessiontest.Start(t, buildNamed(t, name, source), args...)
}

// buildNamed compiles a C program under a name.
func buildNamed(t *testing.T, name, source string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Link(sessiontest.BuildC(t, source), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// startHunt starts the example to hunt in.
func startHunt(t *testing.T) *sessiontest.Proc {
	t.Helper()
	target := startNamed(t, "hunter", "../../examples/hunt/hunt.c")
	target.WaitLine(t, "Your score is 100")
	return target
}

// bigSource holds memory, so that a search of it lasts, until it is ended.
const bigSource = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
	size_t size = 256 << 20;
	memset(malloc(size), 1, size);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
`

func startBig(t *testing.T) *sessiontest.Proc {
	t.Helper()
	target := startNamed(t, "big", bigSource)
	target.WaitLine(t, "ready")
	return target
}

// A session as a person has it: the prompt tells the process and the number of
// candidates, and what is typed is run.
func TestTerminalSession(t *testing.T) {
	t.Parallel()
	target := startHunt(t)
	w := attachWindow(t, target.PID)
	w.wait(fmt.Sprintf("attached to hunter (%d)", target.PID))
	prompt := fmt.Sprintf("hunter[%d]", target.PID)
	w.line("find 100 --in data", " match")
	target.Ask(t, "")
	w.line("95", " of = 95")
	w.waitPrompt(prompt + " 1> ")
	w.line("undo", "undo: narrow = 95")
	w.line("reset", "reset: ")
	w.waitPrompt(prompt + "> ")
	w.line("find 95 --in module:hunter", "1 match of = 95")
	w.waitPrompt(prompt + " 1> ")
	w.line("set all 4321", "set ")
	if line := target.Ask(t, ""); line != "4321 - 5 = 4316" {
		t.Errorf("the program tells %q, want 4321 - 5 = 4316", line)
	}
	w.line("fnid 3", "did you mean find?")

	// Ctrl-C takes the line back, and nothing else.
	w.press("zzz")
	w.wait("> zzz")
	w.press(ctrlC)
	w.waitPrompt(prompt + " 1> ")
	w.line("matches", "1 match of = 95")
	if answer := w.answer(); strings.Contains(answer, "zzz") {
		t.Errorf("the line that Ctrl-C took back is still there: %q", answer)
	}
	w.leave()
	target.Ask(t, "") // it goes on
}

func TestTerminalCompletion(t *testing.T) {
	t.Parallel()
	w := attachWindow(t, startHunt(t).PID)
	w.press("fi")
	w.waitMatch(regexp.MustCompile(`find +Search the process for a value`))
	w.press(tab, " 100 --in ")
	w.waitMatch(regexp.MustCompile(`heap +the brk heap`))
	w.press("he")
	w.wait("--in he")
	w.line(tab, " of = 100, type i32, in heap (")

	w.press("find -t f")
	w.waitMatch(regexp.MustCompile(`f64 +double, 8 bytes`))
	w.press(ctrlU, "nar")
	w.waitMatch(regexp.MustCompile(`narrow +Keep the candidates`))
	w.press(ctrlU)
	w.leave()
}

// Ctrl-C in the middle of a search gives up that search alone.
func TestTerminalCtrlCInASearch(t *testing.T) {
	t.Parallel()
	target := startBig(t)
	w := attachWindow(t, target.PID)
	w.line("find 1 --in stack", " of = 1")
	count := w.waitMatch(regexp.MustCompile(`([0-9,]+) match(?:es)? of = 1`))[1]
	prompt := fmt.Sprintf("big[%d] %s> ", target.PID, count)
	w.waitPrompt(prompt)
	w.interrupt(longSearch)
	w.waitPrompt(prompt)
	w.line("matches", count+" match")
	w.interrupt(longSearch)
	w.waitPrompt(prompt)
	w.line("history", "find = 1: "+strings.ReplaceAll(count, ",", ""))
	w.leave()
	checkUntouched(t, target.PID)
}

// Whatever ends quarry, the terminal is as it was.
func TestTerminalIsRestored(t *testing.T) {
	signal := func(s syscall.Signal) func(*window, *sessiontest.Proc) {
		return func(w *window, _ *sessiontest.Proc) { _ = w.quarry.Process.Signal(s) }
	}
	for _, tt := range []struct {
		name  string
		leave func(*window, *sessiontest.Proc)
		good  bool // the exit code is 0
	}{
		{"exit", func(w *window, _ *sessiontest.Proc) { w.press("exit", enter) }, true},
		{"SIGTERM", signal(syscall.SIGTERM), false},
		{"SIGHUP", signal(syscall.SIGHUP), false},
		{"SIGQUIT", signal(syscall.SIGQUIT), false},
		{"SIGTERM in a line", func(w *window, target *sessiontest.Proc) {
			w.press("find")
			w.wait("> find")
			signal(syscall.SIGTERM)(w, target)
		}, false},
		{"after the target died", func(w *window, target *sessiontest.Proc) {
			target.Kill()
			w.line("maps", fmt.Sprintf("quarry: hunter (%d) has ended", target.PID))
			w.press(ctrlD)
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sessiontest.Fault(t, "leaving a terminal by "+tt.name)
			target := startHunt(t)
			w := attachWindow(t, target.PID)
			tt.leave(w, target)
			if code := w.waitEnd(); (code == 0) != tt.good {
				t.Errorf("exit code %d", code)
			}
		})
	}
	t.Run("SIGTERM in a search", func(t *testing.T) {
		t.Parallel()
		target := startBig(t)
		w := attachWindow(t, target.PID)
		w.runLong(longSearch)
		if err := w.quarry.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := w.waitEnd(); code == 0 {
			t.Errorf("exit code 0")
		}
		checkUntouched(t, target.PID)
	})
}

// The lines typed are there in the next run, for their owner alone.
func TestTerminalHistory(t *testing.T) {
	t.Parallel()
	target := startHunt(t)
	state := t.TempDir()
	open := func() *window {
		cmd := quarryCommand(t, "attach", strconv.Itoa(target.PID))
		cmd.Env = quarryEnviron(state)
		w := openWindow(t, cmd)
		w.wait("> ")
		return w
	}
	w := open()
	w.line("find 100 --in module:hunter", "1 match of = 100")
	w.line("maps --in stack", "[stack]")
	w.leave()

	file := filepath.Join(state, "quarry", "history")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("%s has mode %v, want -rw-------", file, info.Mode())
	}

	w = open()
	w.press(keyUp)
	w.wait("> maps --in stack")
	w.press(keyUp)
	w.wait("> find 100 --in module:hunter")
	w.line("", "1 match of = 100")
	w.leave()
}

// child is a process that quarry started.
type child struct {
	t   *testing.T
	pid int
	fd  int // a pidfd, which cannot come to mean another process
}

// runWindow runs quarry run on a terminal, with a program that waits for ever.
func runWindow(t *testing.T) (*window, child) {
	t.Helper()
	program := buildNamed(t, "big", bigSource)
	w := openWindow(t, quarryCommand(t, "run", "--", program))
	pid, _ := strconv.Atoi(w.waitMatch(regexp.MustCompile(`big\[(\d+)\]> `))[1])
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) // it may have ended
		_ = unix.Close(fd)
	})
	for range 100 { // the program's own output is shown with a prompt
		if strings.Contains(w.answer(), "│ ready") {
			break
		}
		time.Sleep(10 * time.Millisecond)
		w.press(enter)
		w.waitPrompt("> ")
	}
	return w, child{t, pid, fd}
}

// ended reports whether the child ends within some milliseconds.
func (c child) ended(milliseconds int) bool {
	c.t.Helper()
	poll := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(poll, milliseconds)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			c.t.Fatal(err)
		}
		return n > 0
	}
}

// A program started by run is not meant by Ctrl-C, and ends with quarry.
func TestTerminalRunEndsTheChild(t *testing.T) {
	t.Parallel()
	w, child := runWindow(t)
	w.press("x", ctrlC)
	w.waitPrompt("> ")
	w.interrupt(longSearch)
	w.line("info", "big")
	if child.ended(0) {
		t.Fatal("Ctrl-C ended the program that quarry runs")
	}
	w.leave()
	if !child.ended(int(patience.Milliseconds())) {
		t.Error("the program that quarry ran goes on without it")
	}
}

func TestTerminalRunDetached(t *testing.T) {
	t.Parallel()
	w, child := runWindow(t)
	w.line("detach", fmt.Sprintf("detach: big (%d)", child.pid))
	w.waitPrompt("\nquarry> ")
	w.leave()
	if child.ended(0) {
		t.Error("the program that was let go ended with quarry")
	}
	checkUntouched(t, child.pid)
}

// SIGTERM and a hang-up end the program that quarry runs as leaving does.
func TestTerminalSignalsEndTheChild(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			w, child := runWindow(t)
			if err := w.quarry.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			if code := w.waitEnd(); code == 0 {
				t.Error("exit code 0")
			}
			if !child.ended(int(patience.Milliseconds())) {
				t.Error("the program that quarry ran goes on without it")
			}
		})
	}
}

// Ctrl-Z stops what draws in place, with the terminal as the shell has left it;
// fg draws it below what the shell has written meanwhile.
func TestSuspended(t *testing.T) {
	sessiontest.NeedTool(t, "bash", "bash")
	for _, verb := range []string{"monitor 0x10000000", "watch 0x10000000" + tracing(t)} {
		t.Run(verb[:7], func(t *testing.T) {
			t.Parallel()
			target := startWatched(t)
			shell := exec.Command("bash", "--norc", "--noprofile", "--noediting", "-i")
			shell.Env = append(quarryEnviron(t.TempDir()), "PS1=sh> ", "HISTFILE=")
			w := openWindow(t, shell)
			w.wait("sh> ")
			w.press(fmt.Sprintf("quarry -p %d %s", target.PID, verb), enter)
			w.wait("Ctrl-C ends")
			w.until(func() bool { return w.settings().Lflag&unix.ECHO == 0 }, "no echo")
			w.press(ctrlZ)
			w.waitMatch(regexp.MustCompile(`(?s)Stopped.*sh> $`))
			if diff := cmp.Diff(w.before, w.settings()); diff != "" {
				t.Errorf("the terminal while quarry is stopped (-want +got):\n%s", diff)
			}
			w.press("echo ech''oed", enter)
			w.waitSeen(`\nsh> echo ech''oed\nechoed\nsh>`)
			w.press("fg", enter)
			w.wait("Ctrl-C ends")
			w.until(func() bool { return w.settings().Lflag&unix.ECHO == 0 }, "no echo")
			w.waitSeen(`\nechoed\nsh> fg\n.*\n.*Ctrl-C ends`)
			w.press(ctrlC)
			w.wait("sh> ")
			if diff := cmp.Diff(w.before, w.settings()); diff != "" {
				t.Errorf("the terminal afterwards (-want +got):\n%s", diff)
			}
			w.press("exit", enter)
			waitForCode(t, shell)
		})
	}
}
