package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"quarry/session/sessiontest"
)

// endings are the signals that end quarry.
var endings = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGKILL}

// checkRuns checks that a process runs, untraced, and that nobody holds its
// number of lives: it loses one and has one less.
func checkRuns(t *testing.T, m *mortal, lives, fewer string) {
	t.Helper()
	m.waitLives(t, lives)
	if got := m.Ask(t, "lose"); !strings.HasPrefix(got, "lives "+fewer+" ") {
		t.Errorf("after it lost a life the process shows %q, want %s", got, fewer)
	}
	for range 20 { // many times the interval of the freeze
		if got := m.Ask(t, "show"); !strings.HasPrefix(got, "lives "+fewer+" ") {
			t.Fatalf("somebody still writes: %q, want %s lives", got, fewer)
		}
	}
	if tracer := statusOf(t, m.PID)["TracerPid"]; tracer != "0" {
		t.Errorf("traced by %s", tracer)
	}
}

// Whatever ends quarry while it keeps a value frozen, the value is let go.
func TestFaultSignalWhileFrozen(t *testing.T) {
	for _, s := range endings {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			sessiontest.Fault(t, s.String()+" while a value is frozen")
			m := startMortal(t)
			cmd := quarryCommand(t, "-p", m.pid(), "freeze", "lives", "7", "-t", "i32", "--interval", "1ms")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			m.waitLives(t, "7")
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			want := 0 // a signal is how freezing from the shell ends
			if s == syscall.SIGKILL {
				want = -1
			}
			if code := waitForCode(t, cmd); code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			checkRuns(t, m, "7", "6")
		})
	}
}

// Whatever ends quarry while a process stands still for it, the process runs
// again; all is written or nothing is, unless quarry had no chance to.
func TestFaultSignalWhilePaused(t *testing.T) {
	whole := startMortal(t)
	if got := runQuarry(t, "attach", whole.pid(), "-e", "find 5555555555 --in anon", "-e", "set all 1"); got.Code != 0 {
		t.Fatalf("outcome %+v", got)
	}
	written := whole.Ask(t, "sum")
	whole.Kill()
	for _, s := range endings {
		t.Run(s.String(), func(t *testing.T) {
			sessiontest.Fault(t, s.String()+" while the target is paused")
			m := startMortal(t)
			fresh := m.Ask(t, "sum")
			h := runHalfway(t, names("pwrite64"), "attach", m.pid(), "-e", "find 5555555555 --in anon", "-e", "set all 1 --pause --explain")
			if state := statusOf(t, m.PID)["State"]; !strings.HasPrefix(state, "t") {
				t.Fatalf("the process does not stand still: %s", state)
			}
			if err := h.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			if s == syscall.SIGKILL {
				if code := waitForCode(t, h.cmd); code != -1 {
					t.Errorf("exit code %d", code)
				}
			} else {
				got := h.outcome()
				want := fresh // all or nothing, and what was done is told
				if strings.Contains(got.Stdout, "\nset 1024 places to 1\n") {
					want = written
				}
				if after := m.Ask(t, "sum"); after != want || got.Code != 1 || got.Stderr != "interrupted\n" {
					t.Errorf("outcome %+v; memory %s, want %s", got, after, want)
				}
				sessiontest.Verified(t, 8*1024)
			}
			checkRuns(t, m, "736548219", "736548218")
		})
	}
}

// A terminal that is closed, as by closing its window, ends quarry; what it kept
// frozen is let go.
func TestFaultTerminalClosed(t *testing.T) {
	t.Parallel()
	sessiontest.NeedTool(t, "script", "bsdutils")
	sessiontest.Fault(t, "the terminal is closed while a value is frozen")
	m := startMortal(t)
	// The program that is the terminal is killed. The pipe is at its end only
	// when quarry has ended too.
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	inner := quarryCommand(t, "attach", m.pid())
	cmd := exec.Command("script", "-qfc", inner.Path+" attach "+m.pid(), os.DevNull)
	cmd.Env, cmd.ExtraFiles = inner.Env, []*os.File{write}
	terminal := sessiontest.StartCmd(t, cmd)
	write.Close()
	terminal.WaitLine(t, "attached to mortal")
	terminal.Send(t, "freeze lives 7 -t i32 --interval 1ms")
	m.waitLives(t, "7")
	terminal.Kill()
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, read); err != nil {
		t.Fatalf("quarry goes on without its terminal: %v", err)
	}
	checkRuns(t, m, "7", "6")
}

// smallDisk is a folder on a file system of one MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	dir := t.TempDir()
	if err := syscall.Mount("quarry-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// A disk that is full ends the search, in one line, and not quarry: the search
// before it is still there.
func TestFaultDiskFull(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "full disk for the temporary file")
	disk := smallDisk(t)
	m := startMortal(t)
	cmd := quarryCommand(t, "attach", m.pid(), "--memory", "1MiB", "-e", "find unknown -t i64 --in anon")
	cmd.Env = append(cmd.Env, "TMPDIR="+disk)
	got := runToEnd(t, cmd)
	if got.Code != 1 || got.Stdout != "" || !strings.Contains(got.Stderr, "no space left on device") || !strings.HasPrefix(got.Stderr, "quarry: ") {
		t.Errorf("outcome %+v", got)
	}
	checkEmpty(t, disk)

	cmd = quarryCommand(t, "attach", m.pid(), "--memory", "1MiB")
	cmd.Env = append(cmd.Env, "TMPDIR="+disk)
	w := openWindow(t, cmd)
	w.wait("> ")
	w.line("find 736548219 -t i32 --in module:mortal", "1 match")
	w.line("find unknown -t i64 --in anon", "no space left on device")
	w.line("set 1 5", "-> 05 00 00 00")
	w.leave()
	m.waitLives(t, "5")
	sessiontest.Verified(t, 4)
}

// A file that does not fit on the disk is not begun, and what it was to take the
// place of stays.
func TestFaultDiskFullForNamedFiles(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	m := startMortal(t)
	former := filepath.Join(disk, "former.svg")
	if err := os.WriteFile(former, []byte("former"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 2<<20), 0o600); err == nil {
		t.Fatal("the disk takes more than it has")
	}
	for _, line := range []string{
		"maps --svg DISK/former.svg --force", "maps --svg DISK/new.svg", "save DISK/table.toml",
		"dump text 16 -o DISK/text", "dump --in anon -o DISK/dump", "dump --core -o DISK/core",
	} {
		sessiontest.Fault(t, "full disk for "+line)
		got := runQuarry(t, "attach", m.pid(), "-e", "label &lives lives2 -t i32", "-e", strings.ReplaceAll(line, "DISK", disk))
		if got.Code != 1 || !strings.Contains(got.Stderr, "no space left on device") || strings.Count(got.Stderr, "\n") != 1 {
			t.Errorf("%s: outcome %+v", line, got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(disk, "*")); err != nil || len(left) != 2 {
		t.Errorf("on the disk are %v, %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(disk, ".*")); err != nil || len(left) != 0 {
		t.Errorf("on the disk are %v, %v", left, err)
	}
	if data, err := os.ReadFile(former); err != nil || string(data) != "former" {
		t.Errorf("the former file holds %q, %v", data, err)
	}
}

// checkEmpty checks that a folder holds nothing.
func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in %s: %v, %v", dir, left, err)
	}
}

// The temporary file of a large search is gone however quarry ends.
func TestFaultTemporaryFileIsGone(t *testing.T) {
	for _, s := range endings {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			sessiontest.Fault(t, s.String()+" with a temporary file open")
			m := startMortal(t)
			folder := t.TempDir()
			cmd := quarryCommand(t, "attach", m.pid(), "--memory", "1MiB")
			cmd.Env = append(cmd.Env, "TMPDIR="+folder)
			q := sessiontest.StartCmd(t, cmd)
			q.Send(t, "find unknown -t i64 --in anon")
			q.WaitLine(t, "matches")
			if err := syscall.Kill(q.PID, s); err != nil {
				t.Fatal(err)
			}
			if code := q.Wait(t); code == 0 {
				t.Error("exit code 0")
			}
			checkEmpty(t, folder)
			checkRuns(t, m, "736548219", "736548218")
		})
	}
}
