package owner_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"quarry/cmd/internal/owner"
)

func TestOpenRefuses(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"link":   func(path string) error { return os.Symlink("/dev/null", path) },
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kept")
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			if f, err := owner.Open(path, os.O_RDONLY); f != nil || !errors.Is(err, owner.ErrNotRegular) {
				t.Errorf("to read: %v, %v", f, err)
			}
			if f, err := owner.Append(path); f != nil || err == nil {
				t.Errorf("to write: %v, %v", f, err)
			}
		})
	}
	if _, err := owner.Open(filepath.Join(t.TempDir(), "none"), os.O_RDONLY); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestAppend(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "state", "quarry", "kept")
	want := ""
	for _, line := range []string{"one\n", "two\n"} {
		f, err := owner.Append(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, line); err != nil {
			t.Fatal(err)
		}
		f.Close()
		want += line
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("the file holds %q, want %q (%v)", got, want, err)
		}
		if err := os.Chmod(path, 0o644); err != nil { // the next one takes that back
			t.Fatal(err)
		}
	}
	f, err := owner.Open(path, os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	for made, want := range map[string]fs.FileMode{
		path:                         0o600,
		filepath.Dir(path):           fs.ModeDir | 0o700,
		filepath.Join(home, "state"): fs.ModeDir | 0o700,
	} {
		if info, err := os.Stat(made); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, want %v (%v)", made, info.Mode(), want, err)
		}
	}
}

// Under sudo with the person's own HOME nothing in it may end up belonging to root.
func TestWhatIsMadeBelongsToTheOwnerOfTheFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	home := t.TempDir()
	const uid, gid = 12345, 23456
	if err := os.Chown(home, uid, gid); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "state", "quarry", "kept")
	f, err := owner.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	for made := path; made != home; made = filepath.Dir(made) {
		info, err := os.Stat(made)
		if err != nil {
			t.Fatal(err)
		}
		if of := info.Sys().(*syscall.Stat_t); of.Uid != uid || of.Gid != gid {
			t.Errorf("%s belongs to %d:%d, want %d:%d", made, of.Uid, of.Gid, uid, gid)
		}
	}
}
