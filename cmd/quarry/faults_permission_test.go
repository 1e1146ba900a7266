package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"quarry/session/sessiontest"
)

// asUser makes a command one of the user nobody, whose program everybody may run.
func asUser(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// sleeper waits for ever: as it is, not dumpable, or traced by its parent.
const sleeper = `
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
int value = 1234567;
int main(int argc, char **argv) {
	if (!strcmp(argv[1], "undumpable"))
		prctl(PR_SET_DUMPABLE, 0);
	if (!strcmp(argv[1], "traced")) {
		int child = fork();
		if (child) {
			ptrace(PTRACE_SEIZE, child, 0, 0);
			printf("%d\n", child);
			fflush(stdout);
			getchar();
			return 0;
		}
		prctl(PR_SET_PDEATHSIG, 9);
	} else {
		printf("%d\n", getpid());
		fflush(stdout);
	}
	for (;;)
		pause();
}
`

// Each way in which attaching is refused ends with exit code 4, tells why in one
// line, and in another what would work where something does.
func TestFaultRefused(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	program := sessiontest.BuildC(t, sleeper)
	start := func(t *testing.T, as func(*exec.Cmd), kind string) string {
		cmd := exec.Command(program, kind)
		if as != nil {
			as(cmd)
		}
		return sessiontest.StartCmd(t, cmd).Line(t)
	}
	for _, tt := range []struct {
		name   string
		pid    func(t *testing.T) string
		user   bool // quarry runs as nobody
		reason string
		hint   string
	}{
		{"kernel thread", func(*testing.T) string { return "2" }, false, "is a kernel thread", ""},
		{"root's", func(t *testing.T) string { return start(t, nil, "") }, true, "it belongs to root", "sudo"},
		{"not dumpable", func(t *testing.T) string { return start(t, asUser, "undumpable") }, true, "not dumpable", "sudo"},
		{"init", func(*testing.T) string { return "1" }, true, "it belongs to root", "sudo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if name, _ := os.ReadFile("/proc/2/comm"); tt.name == "kernel thread" && string(name) != "kthreadd\n" {
				t.Skip("no kernel threads are to be seen in this container")
			}
			sessiontest.Fault(t, "refused: "+tt.name)
			cmd := quarryCommand(t, "-p", tt.pid(t), "find", "1234567")
			if tt.user {
				cmd = asNobody(t, cmd)
			}
			got := runToEnd(t, cmd)
			want := `^quarry: process \d+: not permitted: [^\n]*` + regexp.QuoteMeta(tt.reason) + `[^\n]*\n`
			if tt.hint != "" {
				want += `hint: [^\n]*` + tt.hint + `[^\n]*\n`
			}
			if got.Code != 4 || got.Stdout != "" || !regexp.MustCompile(want+"$").MatchString(got.Stderr) {
				t.Errorf("outcome %+v", got)
			}
		})
	}
}

// Root searches and writes to what does not let itself be read by others, and a
// user to what is theirs.
func TestFaultAllowed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	program := sessiontest.BuildC(t, sleeper)
	for _, tt := range []struct {
		name, kind string
		user       bool
	}{{"root, not dumpable", "undumpable", false}, {"a user, their own", "", true}} {
		t.Run(tt.name, func(t *testing.T) {
			sessiontest.Fault(t, "allowed: "+tt.name)
			target := exec.Command(program, tt.kind)
			asUser(target)
			cmd := quarryCommand(t, "-p", sessiontest.StartCmd(t, target).Line(t), "set", "&value", "7", "-t", "i32")
			if tt.user {
				if yama, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); err == nil && string(yama) != "0\n" {
					t.Skip("Yama forbids it")
				}
				cmd = asNobody(t, cmd)
			}
			if got := runToEnd(t, cmd); got.Code != 0 || !strings.Contains(got.Stdout, "-> 07 00 00 00") {
				t.Errorf("outcome %+v", got)
			}
		})
	}
}

// What another traces is searched and written to all the same; only to let it
// stand still takes tracing, and that is refused with the name of who traces.
func TestFaultTracedByAnother(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "a target that is traced already")
	tracer := sessiontest.Start(t, sessiontest.BuildC(t, sleeper), "traced")
	pid := tracer.Line(t)
	if got := runQuarry(t, "-p", pid, "set", "&value", "7", "-t", "i32"); got.Code != 0 || !strings.Contains(got.Stdout, "-> 07 00 00 00") {
		t.Errorf("without a pause: %+v", got)
	}
	got := runQuarry(t, "-p", pid, "set", "&value", "8", "-t", "i32", "--pause")
	if got.Code != 4 || got.Stdout != "" || !strings.Contains(got.Stderr, strconv.Itoa(tracer.PID)) || strings.Count(got.Stderr, "\n") > 2 {
		t.Errorf("with a pause: %+v", got)
	}
	if got := runQuarry(t, "-p", pid, "read", "&value", "-t", "i32", "--json"); !strings.Contains(got.Stdout, "7") || strings.Contains(got.Stdout, ":8") {
		t.Errorf("it was written to: %+v", got)
	}
	sessiontest.Verified(t, 4)
}

// changer waits for a line, and runs another program.
const changer = `
#include <stdio.h>
#include <unistd.h>
int value = 7654321;
int main(int argc, char **argv) {
	printf("%d\n", getpid());
	fflush(stdout);
	if (getchar() == '\n')
		execl(argv[1], argv[1], "", NULL);
	return 1;
}
`

// A process that comes to run a setuid program runs another program, though the
// kernel does not tell which.
func TestFaultExecOfSetuid(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can make a program setuid for another")
	}
	if yama, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); err == nil && string(yama) != "0\n" {
		t.Skip("Yama forbids it")
	}
	sessiontest.Fault(t, "the target runs a setuid program")
	dir := t.TempDir()
	program := filepath.Join(dir, "setuid")
	if out, err := exec.Command("cp", sessiontest.BuildC(t, sleeper), program).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(program, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	target := exec.Command(sessiontest.BuildC(t, changer), program)
	asUser(target)
	p := sessiontest.StartCmd(t, target)
	pid := p.Line(t)
	cmd := asNobody(t, quarryCommand(t, "attach", pid))
	cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@" 2>&1`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	q := sessiontest.StartCmd(t, cmd)
	q.Send(t, "find 7654321 -t i32 --in data")
	q.WaitLine(t, "1 match")
	p.Send(t, "")
	p.WaitLine(t, pid)
	if uid := strings.Fields(statusOf(t, p.PID)["Uid"]); len(uid) < 2 || uid[1] != "0" {
		t.Skip("programs in this folder do not become setuid")
	}
	q.Send(t, "read 1")
	q.WaitLine(t, ") runs another program now")
	if code := q.Wait(t); code != 5 {
		t.Errorf("exit code %d", code)
	}
}

// Where the kernel refuses performance events, watching is refused with the
// capability that it would take, or with what else forbids it, and what would work.
func TestFaultWatchRefused(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	program := sessiontest.BuildC(t, sleeper)
	for _, tt := range []struct {
		name         string
		user         bool
		reason, hint string
	}{
		{"a user", true, "lacks the capability cap_perfmon", "setcap cap_perfmon"},
		{"root", false, "a container or a security module forbids perf_event_open", "by tracing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if yama, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); tt.user && err == nil && string(yama) != "0\n" {
				t.Skip("Yama forbids it")
			}
			sessiontest.Fault(t, "perf_event_open refused: "+tt.name)
			target := exec.Command(program, "")
			asUser(target)
			cmd := quarryCommand(t, "-p", sessiontest.StartCmd(t, target).Line(t), "watch", "&value")
			if tt.user {
				cmd = asNobody(t, cmd)
			}
			withoutCalls(t, cmd, syscall.EACCES, syscall.SYS_PERF_EVENT_OPEN)
			got := runToEnd(t, cmd)
			want := `^quarry: [^\n]*` + tt.reason + `[^\n]*\nhint: [^\n]*` + tt.hint + `[^\n]*\n(--trace[^\n]*\n)?$`
			if got.Code != 4 || got.Stdout != "" || !regexp.MustCompile(want).MatchString(got.Stderr) {
				t.Errorf("outcome %+v", got)
			}
		})
	}
}

// Where /proc is mounted read-only, as in some containers, memory can be read, and
// what cannot be written is told with the reason.
func TestFaultReadOnlyProc(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	sessiontest.NeedTool(t, "unshare", "util-linux")
	sessiontest.Fault(t, "/proc mounted read-only")
	m := startMortal(t)
	cmd := quarryCommand(t, "attach", m.pid(), "-e", "find 736548219 -t i32 --in module:mortal", "-e", "set 1 5")
	script := `mount -t proc -o ro proc /proc || exit 77; exec "$0" "$@"`
	cmd.Args = append([]string{"unshare", "--mount", "sh", "-c", script, cmd.Path}, cmd.Args[1:]...)
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = unshare
	got := runToEnd(t, cmd)
	if got.Code == 77 {
		t.Skip("this container lets nothing be mounted")
	}
	if got.Code != 1 || !strings.HasPrefix(got.Stdout, "1 match ") ||
		!regexp.MustCompile(`^quarry: 0x[0-9a-f]+ is not writable: [^\n]+\nhint: /proc is mounted read-only here[^\n]*\n$`).MatchString(got.Stderr) {
		t.Errorf("outcome %+v", got)
	}
	m.waitLives(t, "736548219")
}
