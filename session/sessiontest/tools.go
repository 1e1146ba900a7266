package sessiontest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// RequireTools is the environment variable that turns a missing tool from a
// skipped test into a failed one. CI sets it.
const RequireTools = "QUARRY_REQUIRE_TOOLS"

// NeedTool skips the test when no program of that name is on the PATH; when
// QUARRY_REQUIRE_TOOLS is set it fails it. debianPackage tells what to install.
func NeedTool(t testing.TB, name, debianPackage string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		missing(t, name, debianPackage)
	}
}

// missing skips or fails the test because something is not installed.
func missing(t testing.TB, what, debianPackage string) {
	t.Helper()
	message := fmt.Sprintf("needs %s (apt-get install %s)", what, debianPackage)
	if os.Getenv(RequireTools) != "" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// BuildC compiles a C program with gcc and returns the path of the binary.
// source is the path of a .c file, or the text of a program when it holds a
// newline. The flags follow the source, so that libraries can be named.
//
// Binaries are kept by their content in a folder of the system's temporary
// directory: what has been compiled once is not compiled again. Every user may
// run them. With -m32 the test is skipped where gcc cannot make 32-bit programs.
func BuildC(t testing.TB, source string, flags ...string) string {
	t.Helper()
	NeedTool(t, "gcc", "gcc")
	text := source
	if !strings.Contains(source, "\n") {
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	binary := filepath.Join(cacheDir(t), cacheName(source, text, flags))
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	if output, err := compile(binary, text, flags); err != nil {
		if slices.Contains(flags, "-m32") && strings.Contains(output, "No such file") {
			missing(t, "a 32-bit C library", "gcc-multilib")
		}
		t.Fatalf("gcc %s: %v\n%s", strings.Join(flags, " "), err, output)
	}
	return binary
}

// cacheDir makes the folder of the binaries and refuses one of another user.
func cacheDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("quarry-fixtures-%d", os.Getuid()))
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	// Only the owner may change the mode, and a link is not followed.
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		t.Fatalf("%s is no folder", dir)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// cacheName names a binary: short enough for comm, and after all that made it.
func cacheName(source, text string, flags []string) string {
	name := "prog"
	if text != source {
		name = strings.TrimSuffix(filepath.Base(source), ".c")
	}
	sum := sha256.Sum256([]byte(text + "\x00" + strings.Join(flags, "\x00")))
	return fmt.Sprintf("%.8s-%x", name, sum[:3])
}

// compile makes the binary beside its final name and renames it, so that a test
// of another package never runs half of it.
func compile(binary, text string, flags []string) (output string, err error) {
	scratch, err := os.MkdirTemp(filepath.Dir(binary), "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	made := filepath.Join(scratch, "out")
	args := append([]string{"-g", "-O0", "-o", made, "-x", "c", "-", "-x", "none"}, flags...)
	cmd := exec.Command("gcc", args...)
	cmd.Stdin = strings.NewReader(text)
	combined, err := cmd.CombinedOutput()
	if err != nil {
		return string(combined), err
	}
	return "", os.Rename(made, binary)
}
