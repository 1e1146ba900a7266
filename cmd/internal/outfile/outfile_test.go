package outfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"quarry/cmd/internal/outfile"
)

// A file that is replaced keeps its mode and owner, and a failure names no file
// but the one that was asked for.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.toml")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	owner := os.Getuid()
	if owner == 0 {
		owner = 1
		if err := os.Chown(path, owner, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := outfile.Write(path, []byte("new"), false); !errors.Is(err, outfile.ErrExists) {
		t.Errorf("not to be replaced: %v", err)
	}
	if err := outfile.Write(path, []byte("new"), true); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" || info.Mode().Perm() != 0o640 || info.Sys().(*syscall.Stat_t).Uid != uint32(owner) {
		t.Errorf("%s, mode %v, owner %d", got, info.Mode(), info.Sys().(*syscall.Stat_t).Uid)
	}
	missing := filepath.Join(t.TempDir(), "no", "b.toml")
	if err := outfile.Write(missing, nil, true); err == nil || err.Error() != missing+" cannot be written: no such file or directory" {
		t.Errorf("no such folder: %v", err)
	}
	if err := outfile.New(path, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("a new file over another: %v", err)
	}
}

// Nothing is left of a file that could not be written whole, and nobody sees a part
// of one that is being written.
func TestPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dump")
	broken := errors.New("broken")
	write := func(err error) func(*outfile.File) error {
		return func(f *outfile.File) error {
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it is there before it is whole: %v", err)
			}
			_, writeErr := f.WriteAt([]byte("secret"), 2)
			return errors.Join(err, writeErr)
		}
	}
	if err := outfile.Private(path, false, write(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if err := outfile.Private(path, false, write(nil)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(len("..secret")) {
		t.Errorf("%v, %v", info, err)
	}
	if err := outfile.Private(path, false, write(nil)); !errors.Is(err, outfile.ErrExists) {
		t.Errorf("over another: %v", err)
	}
}
