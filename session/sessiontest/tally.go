package sessiontest

import (
	"fmt"
	"os"
	"testing"
)

// TallyFile is the environment variable that names the file in which tests count
// the faults they bring about. Without it nothing is counted. The tests of all
// packages append to the same file; cmd/internal/faults sums it up.
const TallyFile = "QUARRY_TALLY"

// Fault counts a fault that the test brings about, such as "SIGSEGV while
// narrowing", and at the end of the test that it was survived, unless the test
// has failed or was skipped.
func Fault(t testing.TB, what string) {
	t.Helper()
	t.Cleanup(func() {
		switch {
		case t.Skipped():
		case t.Failed():
			count(t, "failed 1 %s: %s", t.Name(), what)
		default:
			count(t, "survived 1 %s: %s", t.Name(), what)
		}
	})
}

// Faults is Fault for n faults of a kind, which are known only afterwards.
func Faults(t testing.TB, n int, what string) {
	t.Helper()
	if n > 0 && !t.Failed() {
		count(t, "survived %d %s: %s", n, t.Name(), what)
	}
}

// Verified counts bytes that were written to a process and found there by other
// means than those that wrote them, or taken back and found to be as before.
func Verified(t testing.TB, bytes int) {
	t.Helper()
	count(t, "bytes %d", bytes)
}

// count appends a line. One write of a line to a file that is appended to is not
// torn by others.
func count(t testing.TB, format string, args ...any) {
	t.Helper()
	path := os.Getenv(TallyFile)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := fmt.Fprintf(f, format+"\n", args...); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
