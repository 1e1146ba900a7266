package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"quarry/session/sessiontest"
)

// mortal is a process of testdata/mortal.c.
type mortal struct {
	*sessiontest.Proc
	program string
}

const mortalBlock = "0x200000000000" // where its block is

func startMortal(t *testing.T) *mortal {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mortal")
	if err := os.Link(sessiontest.BuildC(t, "testdata/mortal.c", "-O2", "-static", "-no-pie"), program); err != nil {
		t.Fatal(err)
	}
	m := &mortal{sessiontest.Start(t, program), program}
	m.WaitLine(t, "ready")
	return m
}

// pid is the PID as an argument.
func (m *mortal) pid() string { return strconv.Itoa(m.PID) }

// waitLives waits until the process shows a number of lives.
func (m *mortal) waitLives(t *testing.T, want string) {
	t.Helper()
	for began := time.Now(); ; {
		got := m.Ask(t, "show")
		if strings.HasPrefix(got, "lives "+want+" ") {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("the process shows %q, want %s lives", got, want)
		}
	}
}

// reuser runs a program under a PID: reuser PID PROGRAM.
const reuser = `
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	pid_t want = atoi(argv[1]);
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&want, .set_tid_size = 1};
	long pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid < 0) {
		printf("clone3: %s\n", strerror(errno));
		return 1;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(argv[2], argv + 2);
		_exit(126);
	}
	waitpid(pid, NULL, 0);
	return 0;
}
`

// death is a way in which a process stops being the one that was attached to.
type death struct {
	name string
	told string // what quarry says of it
	// befall makes it happen and returns the process that has the PID now, or nil.
	befall func(t *testing.T, m *mortal) *sessiontest.Proc
}

var deaths = []death{
	{"exit", "has ended", func(t *testing.T, m *mortal) *sessiontest.Proc {
		m.Send(t, "exit")
		m.Wait(t)
		return nil
	}},
	{"zombie", "has ended", func(t *testing.T, m *mortal) *sessiontest.Proc {
		if err := unix.Kill(m.PID, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); !strings.HasPrefix(statusOf(t, m.PID)["State"], "Z"); time.Sleep(time.Millisecond) {
			if time.Since(began) > patience {
				t.Fatal("the process does not end")
			}
		}
		return nil
	}},
	{"SIGSEGV", "has ended", func(t *testing.T, m *mortal) *sessiontest.Proc {
		m.Send(t, "crash")
		m.Wait(t)
		return nil
	}},
	{"exec", "runs another program now", func(t *testing.T, m *mortal) *sessiontest.Proc {
		m.Send(t, "exec")
		m.WaitLine(t, "ready")
		return m.Proc
	}},
	{"PID reuse", "has ended", func(t *testing.T, m *mortal) *sessiontest.Proc {
		if os.Getuid() != 0 {
			t.Skip("only root may choose a PID")
		}
		m.Kill()
		next := sessiontest.Start(t, sessiontest.BuildC(t, reuser), m.pid(), m.program)
		if line := next.Line(t); line != "ready" {
			t.Fatalf("the PID cannot be used again: %s", line)
		}
		return next
	}},
}

// checkFresh checks that a process is as it was when it began: nobody has written
// to it.
func checkFresh(t *testing.T, next *sessiontest.Proc, fresh string) {
	t.Helper()
	if next == nil {
		return
	}
	if got := next.Ask(t, "sum"); got != fresh {
		t.Errorf("the process that has the PID now was written to: %s, want %s", got, fresh)
	}
}

// names reports whether a line names a text.
func names(text string) func(line string) bool {
	return func(line string) bool { return strings.Contains(line, text) }
}

var afterWrites = regexp.MustCompile(`^( after \d+ of the writes)?\n$`)

// wantGone checks that quarry ended because the process is gone, in one line.
func wantGone(t *testing.T, got outcome, m *mortal, d death) {
	t.Helper()
	want := fmt.Sprintf("quarry: mortal (%d) %s", m.PID, d.told)
	told, isPrefix := strings.CutPrefix(strings.Replace(got.Stderr, "quarry: address lives: ", "quarry: ", 1), want)
	// What was being looked up, and how much was written, is told in the same line.
	if got.Code != 5 || !isPrefix || !afterWrites.MatchString(told) {
		t.Errorf("exit code %d, standard error %q, want 5 and %q", got.Code, got.Stderr, want)
	}
}

// What is under way when the process ends, crashes, runs another program, or its
// PID comes to mean another process, ends with one line and exit code 5; nothing
// is shown as if it were all, and nobody else is written to.
func TestFaultTargetGoneHalfway(t *testing.T) {
	for _, stage := range []struct {
		name  string
		lines []string // the last is the one under way
		shown string   // no part of it may be on standard output
	}{
		{"find", []string{"find 12345678 -t i32"}, "12345678"},
		{"narrow", []string{"find unknown -t i64 --in anon", "narrow changed"}, "changed"},
		{"set", []string{"find 5555555555 --in anon", "set all 1"}, "set"},
		{"undo", []string{"find 5555555555 --in anon", "set all 1", "undo"}, "undo"},
		{"strings", []string{"strings --in anon"}, ""},
		{"dump", []string{"dump --in anon -o DIR"}, "dump"},
		{"core", []string{"dump --core -o DIR/core"}, "core"},
	} {
		for _, d := range deaths {
			t.Run(stage.name+" "+d.name, func(t *testing.T) {
				sessiontest.Fault(t, d.name+" during "+stage.name)
				m := startMortal(t)
				fresh := m.Ask(t, "sum")
				dir := filepath.Join(t.TempDir(), "dump")
				if stage.name == "core" {
					if err := os.Mkdir(dir, 0o700); err != nil {
						t.Fatal(err)
					}
				}
				args := []string{"attach", m.pid()}
				for i, line := range stage.lines {
					if i == len(stage.lines)-1 {
						line += " --explain"
					}
					args = append(args, "-e", strings.ReplaceAll(line, "DIR", dir))
				}
				h := runHalfway(t, names(mortalBlock[:6]), args...)
				next := d.befall(t, m)
				got := h.outcome()
				wantGone(t, got, m, d)
				if out := got.Stdout[strings.LastIndex("\n"+strings.TrimSuffix(got.Stdout, "\n"), "\n"):]; len(stage.lines) > 1 && strings.HasPrefix(out, stage.shown+" ") {
					t.Errorf("it is told as if it were done: %s", out)
				}
				if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				checkFresh(t, next, fresh)
			})
		}
	}
}

// announced is what is told when following or watching begins.
var announced = regexp.MustCompile(`^(following|watching)`)

// What is done again and again (freezing, following) ends with the process.
func TestFaultTargetGoneWhileFollowed(t *testing.T) {
	for _, verb := range []struct {
		name  string
		args  []string
		ready func(t *testing.T, m *mortal, out *sessiontest.Proc)
	}{
		{"freeze", []string{"freeze", "lives", "7", "-t", "i32", "--interval", "1ms"}, func(t *testing.T, m *mortal, _ *sessiontest.Proc) { m.waitLives(t, "7") }},
		{"hex --follow", []string{"hex", "lives", "16", "--follow", "--interval", "5ms"}, func(t *testing.T, _ *mortal, out *sessiontest.Proc) { out.Line(t) }},
		{"monitor", []string{"monitor", "lives", "--interval", "5ms", "-q"}, func(t *testing.T, _ *mortal, out *sessiontest.Proc) { out.Line(t) }},
		{"maps --follow", []string{"maps", "--follow"}, nil},
		{"watch", []string{"watch", "&lives"}, nil},
	} {
		for _, d := range deaths {
			t.Run(verb.name+" "+d.name, func(t *testing.T) {
				t.Parallel()
				sessiontest.Fault(t, d.name+" during "+verb.name)
				m := startMortal(t)
				fresh := m.Ask(t, "sum")
				stderr, err := os.CreateTemp(t.TempDir(), "stderr")
				if err != nil {
					t.Fatal(err)
				}
				defer stderr.Close()
				// A shell keeps standard error apart from the pipe that is waited on.
				cmd := quarryCommand(t, append([]string{"-p", m.pid()}, verb.args...)...)
				cmd.Env = append(cmd.Env, "ERRORS="+stderr.Name())
				cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@" 2>"$ERRORS"`, cmd.Path}, cmd.Args[1:]...)
				cmd.Path = "/bin/sh"
				q := sessiontest.StartCmd(t, cmd)
				if verb.ready != nil {
					verb.ready(t, m, q)
				} else {
					waitFor(t, "it follows", func() bool {
						text, err := os.ReadFile(stderr.Name())
						return err == nil && announced.MatchString(string(text))
					})
				}
				next := d.befall(t, m)
				code := q.Wait(t)
				text, err := os.ReadFile(stderr.Name())
				if err != nil {
					t.Fatal(err)
				}
				told := string(text)
				if announced.MatchString(told) { // a message from before
					_, told, _ = strings.Cut(told, "\n")
				}
				wantGone(t, outcome{Code: code, Stderr: told}, m, d)
				checkFresh(t, next, fresh)
			})
		}
	}
}

// waitFor waits until something holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("%s: not in %v", what, patience)
		}
	}
}

// A prompt that waits for a line while the process goes tells so with the next
// line, whatever that asks for.
func TestFaultTargetGoneAtThePrompt(t *testing.T) {
	folder := t.TempDir()
	table := filepath.Join(folder, "table.toml")
	text := "quarry = 1\n[[edit]]\nname = \"lives\"\nat = \"&lives\"\ntype = \"i32\"\nexpect = 736548219\nset = 3\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"find 5", "narrow same", "narrow changed", "set 1 5", "set lives 5 -t i32", "replace mortal 123456", "undo",
		"freeze 1 7", "read lives -t i32", "hex text", "strings", "dump --core -o " + filepath.Join(folder, "core"),
		"maps", "info", "disasm main", "patch plan " + table, "patch apply " + table,
	} {
		for _, d := range deaths {
			t.Run(line+" "+d.name, func(t *testing.T) {
				t.Parallel()
				sessiontest.Fault(t, d.name+" at the prompt, then "+strings.Fields(line)[0])
				m := startMortal(t)
				fresh := m.Ask(t, "sum")
				cmd := quarryCommand(t, "attach", m.pid())
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				read, stdout, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer read.Close()
				cmd.Stdout = stdout
				done := make(chan outcome, 1)
				go func() { done <- runToEnd(t, cmd) }()
				fmt.Fprintln(stdin, "find 736548219 -t i32 --in module:mortal\nset 1 8 -t i32")
				for out := bufio.NewScanner(read); out.Scan() && !strings.HasPrefix(out.Text(), "set "); {
				}
				next := d.befall(t, m)
				fmt.Fprintln(stdin, line)
				stdin.Close()
				got := <-done
				stdout.Close()
				wantGone(t, got, m, d)
				checkFresh(t, next, fresh)
				if _, err := os.Stat(filepath.Join(folder, "core")); err == nil {
					t.Error("a core file of what is gone")
				}
			})
		}
	}
}

// A process that forks stays the target; its child is never written to.
func TestFaultFork(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "the target forks")
	m := startMortal(t)
	cmd := quarryCommand(t, "attach", m.pid())
	q := sessiontest.StartCmd(t, cmd)
	q.Send(t, "find 736548219 -t i32 --in module:mortal")
	q.WaitLine(t, "1 match")
	child := m.Ask(t, "fork")
	q.Send(t, "set 1 9 -t i32")
	m.waitLives(t, "9") // another line would come from the child
	q.Send(t, "freeze 1 10 -t i32 --interval 1ms")
	m.waitLives(t, "10")
	q.Send(t, "exit")
	if code := q.Wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	pid, err := strconv.Atoi(child)
	if err != nil {
		t.Fatal(err)
	}
	checkFork(t, pid)
	m.Send(t, "show")
	if line := m.Line(t); !strings.HasPrefix(line, "lives 10 ") {
		t.Errorf("the program tells %q", line)
	}
	sessiontest.Verified(t, 8)
}

// checkFork checks that the child of a mortal has the lives it was born with.
func checkFork(t *testing.T, pid int) {
	t.Helper()
	got := runQuarry(t, "-p", strconv.Itoa(pid), "read", "lives", "-t", "i32", "--json")
	if got.Code != 0 || !strings.Contains(got.Stdout, "736548219") {
		t.Errorf("the child: %+v", got)
	}
}
