package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"quarry/session/sessiontest"
)

// withoutCalls makes a command one in which system calls fail with an error.
func withoutCalls(t *testing.T, cmd *exec.Cmd, errno unix.Errno, calls ...int) {
	t.Helper()
	args := []string{"denier", strconv.Itoa(int(errno))}
	for _, number := range calls {
		args = append(args, strconv.Itoa(number))
	}
	cmd.Args = append(append(args, "--", cmd.Path), cmd.Args[1:]...)
	cmd.Path = sessiontest.BuildDenier(t)
}

var times = regexp.MustCompile(`in [0-9.]+ ?[mµn]?s|\d+(\.\d+)? [KMG]iB/s`)

// On kernels without the calls that make quarry fast, and in containers that
// forbid them, it finds, narrows, writes and takes back the same.
func TestFaultOldKernels(t *testing.T) {
	lines := []string{
		"find 736548219 -t i32", "matches", "narrow same", "set 1 912345678", "undo",
		`find "mortal text" --in data`, "find 0 -t i64 --in stack --limit 3", "read lives -t i32", "hex text 32", "strings --in data",
	}
	run := func(t *testing.T, target *mortal, change func(*exec.Cmd)) string {
		args := []string{"attach", strconv.Itoa(target.PID)}
		for _, line := range lines {
			args = append(args, "-e", line)
		}
		cmd := quarryCommand(t, args...)
		if change != nil {
			change(cmd)
		}
		got := runToEnd(t, cmd)
		if got.Code != 0 {
			t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
		}
		return times.ReplaceAllString(got.Stdout, "TIME")
	}
	target := startMortal(t)
	want := run(t, target, nil)
	for _, tt := range []struct {
		name  string
		calls []int
	}{
		{"pidfd_open", []int{unix.SYS_PIDFD_OPEN}},
		{"process_vm_readv", []int{unix.SYS_PROCESS_VM_READV}},
		{"PAGEMAP_SCAN and every other ioctl", []int{unix.SYS_IOCTL}},
		{"fallocate", []int{unix.SYS_FALLOCATE}},
		{"all of them", []int{unix.SYS_PIDFD_OPEN, unix.SYS_PROCESS_VM_READV, unix.SYS_IOCTL, unix.SYS_FALLOCATE}},
	} {
		for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM} {
			t.Run(fmt.Sprintf("%s %s", tt.name, unix.ErrnoName(errno)), func(t *testing.T) {
				sessiontest.Fault(t, "a kernel without "+tt.name)
				got := run(t, target, func(cmd *exec.Cmd) { withoutCalls(t, cmd, errno, tt.calls...) })
				if got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				sessiontest.Verified(t, 4)
			})
		}
	}
}

// Without a pidfd the end of the process is noticed too.
func TestFaultOldKernelTargetEnds(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "the target ends on a kernel without pidfd_open")
	target := startMortal(t)
	cmd := quarryCommand(t, "-p", strconv.Itoa(target.PID), "freeze", "lives", "-t", "i32", "5", "--interval", "1ms")
	withoutCalls(t, cmd, unix.ENOSYS, unix.SYS_PIDFD_OPEN)
	done := make(chan outcome, 1)
	go func() { done <- runToEnd(t, cmd) }()
	target.waitLives(t, "5")
	target.Kill()
	if got := <-done; got.Code != 5 || !strings.Contains(got.Stderr, "has ended") {
		t.Errorf("outcome %+v", got)
	}
}
