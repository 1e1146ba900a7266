package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A kernel that was started so that pages without write permission cannot be
// written names its switch.
func TestForceOverride(t *testing.T) {
	for line, want := range map[string]string{
		"ro proc_mem.force_override=never quiet\n": "proc_mem.force_override=never, which forbids",
		"proc_mem.force_override=ptrace\n":         "proc_mem.force_override=ptrace, which forbids",
	} {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, "cmdline"), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		got := procfs(root).forceOverride()
		if !strings.Contains(got, want) || !strings.Contains(got, "start it with proc_mem.force_override=always") {
			t.Errorf("%q: %q", line, got)
		}
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "cmdline"), []byte("proc_mem.force_override=always\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := procfs(root).forceOverride(); strings.Contains(got, "which forbids") {
		t.Errorf("always: %q", got)
	}
}

// What Yama says is read from /proc, and what is no number is no Yama.
func TestYama(t *testing.T) {
	for text, want := range map[string]int{"0\n": 0, "1\n": 1, "2\n": 2, "3\n": 3, "x\n": -1, "": -1} {
		root := t.TempDir()
		folder := filepath.Join(root, "sys", "kernel", "yama")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "ptrace_scope"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := procfs(root).yama(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := procfs(t.TempDir()).yama(); got != -1 {
		t.Errorf("without Yama: %d", got)
	}
}
