package session_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
)

// attachIn has another process attach to a target: with some credentials, and
// behind a command such as unshare. It returns what that process tells.
func attachIn(t *testing.T, pid int, credential *syscall.Credential, caps []uintptr, before ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A copy that everybody may run, wherever the test binary is.
	dir, err := os.MkdirTemp("", "quarry-attach-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "attach")
	if out, err := exec.Command("cp", self, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range []string{dir, program} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	args := append(before, program)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), fmt.Sprintf("QUARRY_TEST_ATTACH=%d", pid), "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, AmbientCaps: caps}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// needRoot skips a test that has to become another user or to make namespaces.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
}

// A process of the same user that has a capability of its own, as services have,
// is told apart from one of another user.
func TestFaultTargetWithCapabilities(t *testing.T) {
	needRoot(t)
	sessiontest.Fault(t, "a target with capabilities that quarry has not")
	cmd := exec.Command(sessiontest.BuildC(t, "testdata/target.c"))
	const capNetBindService = 10
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody, AmbientCaps: []uintptr{capNetBindService}}
	p := startCommand(t, cmd)
	if out := attachIn(t, p.PID, nobody, nil); !strings.Contains(out, "denied=true") ||
		!strings.Contains(out, "it has capabilities that quarry has not") || !strings.Contains(out, "sudo") {
		t.Errorf("as nobody: %s", out)
	}
	if out := attachIn(t, p.PID, nobody, []uintptr{capNetBindService}); !strings.HasPrefix(out, "attached <nil>") {
		t.Errorf("with the same capability: %s", out)
	}
}

// In a PID namespace of its own, with the /proc of another, a PID in a file is
// one process and in a system call another: nothing is attached to.
func TestFaultProcOfAnotherNamespace(t *testing.T) {
	needRoot(t)
	sessiontest.NeedTool(t, "unshare", "util-linux")
	sessiontest.Fault(t, "/proc of another PID namespace")
	p := startTarget(t)
	out := attachIn(t, p.PID, nil, nil, "unshare", "--pid", "--fork")
	if !strings.Contains(out, "another PID namespace") || !strings.Contains(out, "--mount-proc") {
		t.Errorf("%s", out)
	}
}

// A process outside of our PID namespace is not there.
func TestFaultOtherNamespace(t *testing.T) {
	needRoot(t)
	sessiontest.NeedTool(t, "unshare", "util-linux")
	sessiontest.Fault(t, "a PID namespace without the target")
	p := startTarget(t)
	out := attachIn(t, p.PID, nil, nil, "unshare", "--pid", "--fork", "--mount-proc")
	if !strings.Contains(out, session.ErrNoProcess.Error()) {
		t.Errorf("%s", out)
	}
}

// A process that /proc hides is told apart from one that is not there.
func TestFaultHidden(t *testing.T) {
	needRoot(t)
	sessiontest.NeedTool(t, "unshare", "util-linux")
	sessiontest.NeedTool(t, "setpriv", "util-linux")
	sessiontest.Fault(t, "/proc with hidepid")
	p := startTarget(t)
	out := attachIn(t, p.PID, nil, nil, "unshare", "--mount", "sh", "-c",
		`mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0"`)
	if !strings.Contains(out, "denied=true") || !strings.Contains(out, "hidepid") || !strings.Contains(out, "sudo") {
		t.Errorf("%s", out)
	}
}
