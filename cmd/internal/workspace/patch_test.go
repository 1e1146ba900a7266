package workspace

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"quarry/patch"
)

// What is no regular file, or too large, is refused at once: reading a pipe
// would wait for its writer, and /dev/zero has no end.
func TestReadPatch(t *testing.T) {
	const good = "quarry = 1\n[[edit]]\nfind = 'a'\nset = 'b'\n"
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	padded := func(size int) []byte { return append([]byte(good), bytes.Repeat([]byte("\n"), size-len(good))...) }
	for name, data := range map[string][]byte{
		"good": []byte(good), "none": []byte("quarry = 1\n"), "full": padded(MaxPatch), "large": padded(MaxPatch + 1),
	} {
		if err := os.WriteFile(path(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(socket)
	t.Chdir(dir) // the address of a socket is short
	if err := syscall.Bind(socket, &syscall.SockaddrUnix{Name: "socket"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		path("good"):    "",
		path("full"):    "",
		path("large"):   "is larger than 4 MiB, the most that is read",
		path("none"):    "edit: it is missing",
		path("pipe"):    "is no regular file",
		path("socket"):  "is no regular file",
		dir:             "is no regular file",
		"/dev/zero":     "is no regular file",
		"/dev/null":     "is no regular file",
		path("missing"): path("missing") + ": there is no such file",
	} {
		f, err := ReadPatch(name)
		switch {
		case want == "" && (err != nil || len(f.Edits) != 1):
			t.Errorf("%s: %v", name, err)
		case want != "" && (!errors.Is(err, patch.ErrFile) || !strings.HasSuffix(err.Error(), want) || f != nil):
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// What a failure leaves in memory can be undone like all else.
func TestLeftIsRemembered(t *testing.T) {
	w := New(nil)
	w.journal = new(patch.Journal)
	w.left("set", errors.New("nothing was written"))
	if done, _ := w.History(); len(done) != 0 {
		t.Errorf("history after nothing: %v", done)
	}
	w.left("set", &patch.PartialError{Cause: errors.New("gone"), Left: []patch.Write{{Addr: 1, Before: []byte{1}, After: []byte{2}}}})
	if done, _ := w.History(); len(done) != 1 || done[0].Title != "set, left half-way" {
		t.Errorf("history: %v", done)
	}
}
