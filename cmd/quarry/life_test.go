package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"quarry/session/sessiontest"
)

// statusOf returns the lines of /proc/PID/status.
func statusOf(t *testing.T, pid int) map[string]string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	status := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, ":")
		status[key] = strings.TrimSpace(value)
	}
	return status
}

// checkUntouched checks that a process waits as it did, and that nobody traces it.
func checkUntouched(t *testing.T, pid int) {
	t.Helper()
	if status := statusOf(t, pid); status["TracerPid"] != "0" || status["State"] != "S (sleeping)" {
		t.Errorf("process %d: state %s, traced by %s", pid, status["State"], status["TracerPid"])
	}
}

// footprint is what a process that waits shows when it was disturbed: it ran,
// or its memory or page tables have grown.
func footprint(t *testing.T, pid int) map[string]string {
	t.Helper()
	all := statusOf(t, pid)
	out := make(map[string]string)
	for _, key := range []string{
		"State", "TracerPid", "VmRSS", "VmPTE", "VmData", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches",
	} {
		value, ok := all[key]
		if !ok {
			t.Fatalf("process %d has no %s", pid, key)
		}
		out[key] = value
	}
	return out
}

// startMemory starts a process that holds 64 MiB and waits, and returns it with
// the address of its block.
func startMemory(t *testing.T) (target *sessiontest.Proc, block string) {
	t.Helper()
	target = startNamed(t, "memory", "../../search/testdata/memory.c", "64", "random")
	block = target.Line(t)
	target.Ask(t, "") // it is in its loop now
	for statusOf(t, target.PID)["State"] != "S (sleeping)" {
		time.Sleep(time.Millisecond)
	}
	return target, block
}

// halfway is a run of quarry that cannot go on in the middle of its work: it
// tells of system calls, and nobody listens.
type halfway struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *os.File
	told   *bufio.Reader
}

// searchHalfway starts a search of a process and returns when it has read part
// of the block at that address.
func searchHalfway(t *testing.T, pid int, block string) *halfway {
	t.Helper()
	start, err := strconv.ParseUint(block, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	within := regexp.MustCompile(`^  process_vm_readv .* at (0x[0-9a-f]+)`)
	return runHalfway(t, func(line string) bool {
		m := within.FindStringSubmatch(line)
		if m == nil {
			return false
		}
		addr, err := strconv.ParseUint(m[1], 0, 64)
		return err == nil && addr >= start && addr < start+64<<20
	}, "-p", strconv.Itoa(pid), "--explain", "find", "12345678")
}

// runHalfway starts quarry, which is to tell its system calls, and returns when
// it has told of one that is reached.
func runHalfway(t *testing.T, reached func(line string) bool, args ...string) *halfway {
	t.Helper()
	var ends [2]int // of a pipe that holds one line, whatever its length
	if err := unix.Pipe2(ends[:], unix.O_DIRECT|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	told, stderr := os.NewFile(uintptr(ends[0]), "told"), os.NewFile(uintptr(ends[1]), "stderr")
	if _, err := unix.FcntlInt(stderr.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	stdout, err := os.CreateTemp(t.TempDir(), "stdout")
	if err != nil {
		t.Fatal(err)
	}
	cmd := quarryCommand(t, args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = cmd.Start()
	stderr.Close()
	if err != nil {
		t.Fatal(err)
	}
	h := &halfway{t, cmd, stdout, bufio.NewReaderSize(told, 4096)}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		told.Close()
		stdout.Close()
	})
	for seen, line := "", ""; !reached(line); {
		var err error
		line, err = h.told.ReadString('\n')
		if err != nil {
			t.Fatalf("quarry %v ended before it came so far: %v after\n%s", args, err, seen)
		}
		seen += line
	}
	return h
}

// signal sends a signal and waits until quarry has taken note of it: none is
// pending, and all threads sleep again. Else the search could end before.
func (h *halfway) signal(s syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(s); err != nil {
		h.t.Fatal(err)
	}
	began := time.Now()
	for quiet := 0; quiet < 3; time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			h.t.Fatalf("%v is not taken note of", s)
		}
		if quiet++; !asleep(h.cmd.Process.Pid) {
			quiet = 0
		}
	}
}

// asleep reports whether all threads of a process sleep and no signal is pending.
func asleep(pid int) bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err == nil && (!strings.Contains(string(status), "\nState:\tS") || !strings.Contains(string(status), "\nShdPnd:\t0000000000000000\n")) {
			return false
		}
	}
	return len(tasks) > 0
}

// outcome lets the search go on and returns how it ended, without what it told
// of system calls.
func (h *halfway) outcome() outcome {
	h.t.Helper()
	rest, err := io.ReadAll(h.told)
	if err != nil {
		h.t.Fatal(err)
	}
	var messages strings.Builder
	for line := range strings.Lines(string(rest)) {
		if !strings.HasPrefix(line, "  ") {
			messages.WriteString(line)
		}
	}
	code := waitForCode(h.t, h.cmd)
	results, err := os.ReadFile(h.stdout.Name())
	if err != nil {
		h.t.Fatal(err)
	}
	return outcome{code, string(results), messages.String()}
}

// A search changes nothing in the process, and does not trace it meanwhile.
func TestTargetDuringASearch(t *testing.T) {
	t.Parallel()
	target, block := startMemory(t)
	before := footprint(t, target.PID)
	h := searchHalfway(t, target.PID, block)
	if diff := cmp.Diff(before, footprint(t, target.PID)); diff != "" {
		t.Errorf("the process during a search (-before +now):\n%s", diff)
	}
	if got := h.outcome(); got.Code != 3 || !strings.Contains(got.Stdout, "0 matches of = 12345678") || got.Stderr != "" {
		t.Errorf("outcome %+v", got)
	}
	if diff := cmp.Diff(before, footprint(t, target.PID)); diff != "" {
		t.Errorf("the process after a search (-before +after):\n%s", diff)
	}
}

func TestTargetEndsDuringASearch(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "the target is killed while it is searched")
	target, block := startMemory(t)
	h := searchHalfway(t, target.PID, block)
	target.Kill()
	want := outcome{Code: 5, Stderr: fmt.Sprintf("quarry: memory (%d) has ended\n", target.PID)}
	if diff := cmp.Diff(want, h.outcome()); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// A signal ends a search in its middle; the process does not notice.
func TestSignalsEndASearch(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			sessiontest.Fault(t, s.String()+" while searching")
			target, block := startMemory(t)
			before := footprint(t, target.PID)
			h := searchHalfway(t, target.PID, block)
			h.signal(s)
			want := outcome{Code: 1, Stderr: "interrupted\n"}
			if diff := cmp.Diff(want, h.outcome()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, footprint(t, target.PID)); diff != "" {
				t.Errorf("the process (-before +after):\n%s", diff)
			}
		})
	}
}

// Quarry that waits for lines of a pipe ends at a signal as well.
func TestSignalsEndAScript(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			target := startHunt(t)
			h := hunt(t, target)
			h.count("find 100 --in module:hunter") // it is at work
			if err := syscall.Kill(h.PID, s); err != nil {
				t.Fatal(err)
			}
			if code := h.Wait(t); code == 0 {
				t.Error("exit code 0")
			}
			target.Ask(t, "")
		})
	}
}

func TestZombie(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "a target that is a zombie")
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	// Wait for its end without taking notice of it.
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
	want := outcome{Code: 5, Stderr: fmt.Sprintf("quarry: true (%d) has ended and waits for its parent to take notice\n", cmd.Process.Pid)}
	got := runQuarry(t, "-p", strconv.Itoa(cmd.Process.Pid), "maps")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

const nobody = 65534

// asNobody makes a command one of a user without rights.
func asNobody(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can run a program as another user")
	}
	dir, err := os.MkdirTemp("", "quarry-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "quarry")
	// Not written by this process: what it starts meanwhile would hold the file
	// open for writing, and such a program cannot be run.
	if out, err := exec.Command("cp", cmd.Path, program).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	for _, path := range []string{dir, program} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Path = program
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// Another user's process is refused in one line that tells why, and one that
// tells what would work.
func TestAnotherUsersProcess(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "a target of another user")
	target := startHunt(t)
	pid := strconv.Itoa(target.PID)
	for _, args := range [][]string{
		{"-p", pid, "find", "100"},
		{"attach", pid, "-e", "find 100"},
		{"-p", pid, "set", "0x1000", "1"},
	} {
		got := runToEnd(t, asNobody(t, quarryCommand(t, args...)))
		want := regexp.MustCompile(`^quarry: process ` + pid + `: not permitted: it belongs to root, and quarry runs as (nobody|65534)\n` +
			`hint: [^\n]*sudo[^\n]*\n$`)
		if got.Code != 4 || got.Stdout != "" || !want.MatchString(got.Stderr) {
			t.Errorf("%v: outcome %+v", args, got)
		}
	}
	if line := target.Ask(t, ""); line != "100 - 5 = 95" {
		t.Errorf("the program tells %q, want 100 - 5 = 95", line)
	}
}

// The demo needs no rights, no compiler and no program beside quarry, and
// leaves nothing behind.
func TestDemo(t *testing.T) {
	for _, tt := range []struct {
		name string
		as   func(*testing.T, *exec.Cmd) *exec.Cmd
	}{
		{"as this user", func(_ *testing.T, cmd *exec.Cmd) *exec.Cmd { return cmd }},
		{"as nobody", asNobody},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := tt.as(t, quarryCommand(t, "demo"))
			cmd.Env = []string{"PATH=", "GORACE=atexit_sleep_ms=0"}
			cmd.Dir = "/"
			got := runToEnd(t, cmd)
			if got.Code != 0 || got.Stderr != "" {
				t.Errorf("exit code %d, standard error %q", got.Code, got.Stderr)
			}
			told := regexp.MustCompile(`(?s)process (\d+) .*│ String 1\n.*\[heap\]\n.*│ Replaced\n.*│ String 2\n`).FindStringSubmatch(got.Stdout)
			if told == nil {
				t.Fatalf("the demo tells\n%s", got.Stdout)
			}
			if _, err := os.Stat("/proc/" + told[1]); err == nil {
				t.Errorf("process %s of the demo is still there", told[1])
			}
		})
	}
}

// brokenPipe returns a pipe that nobody reads any more.
func brokenPipe(t *testing.T) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	t.Cleanup(func() { _ = write.Close() })
	return write
}

// Who reads a part of the output and goes harms nothing.
func TestBrokenPipe(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "closed pipe on standard output")
	target := startHunt(t)
	pid := strconv.Itoa(target.PID)
	for _, args := range [][]string{
		{"-p", pid, "maps"},
		{"-p", pid, "find", "0", "--limit", "10000", "--json"},
		{"attach", pid, "-e", "find 100 --in module:hunter", "-e", "set all 1"},
	} {
		cmd := quarryCommand(t, args...)
		cmd.Stdout = brokenPipe(t)
		got := runToEnd(t, cmd)
		if got.Code == 0 || strings.Count(got.Stderr, "\n") > 1 {
			t.Errorf("%v: outcome %+v", args, got)
		}
	}
	if line := target.Ask(t, ""); line != "100 - 5 = 95" {
		t.Errorf("the program tells %q, want 100 - 5 = 95", line)
	}
}

// Nor does it leave a program behind that quarry has started.
func TestBrokenPipeEndsTheChild(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "closed pipe while a program is run")
	program := buildNamed(t, "waiter", `
#include <stdio.h>
#include <unistd.h>
int main(void) {
	printf("%d\n", getpid());
	fflush(stdout);
	for (;;)
		pause();
}
`)
	cmd := quarryCommand(t, "run", "-e", "maps", "--", program)
	cmd.Stdout = brokenPipe(t)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The pipe is at its end only when the program has ended too.
	told, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		in := bufio.NewReader(stderr)
		line, _ := in.ReadString('\n')
		told <- line
		_, err := io.Copy(io.Discard, in)
		ended <- err
	}()
	pid, err := strconv.Atoi(strings.TrimSpace(<-told))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Error("the program that quarry ran goes on without it")
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	waitForCode(t, cmd)
}
