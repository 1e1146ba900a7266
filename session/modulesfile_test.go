package session_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
)

// onlyByPath hides the files of /proc that lead to deleted files, as they are
// hidden from those who are not root.
func onlyByPath(t *testing.T, s *session.Session, pid int) {
	t.Helper()
	proc := filepath.Join(t.TempDir(), fmt.Sprint(pid))
	if err := os.Mkdir(proc, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"maps", "root", "stat"} {
		if err := os.Symlink(fmt.Sprintf("/proc/%d/%s", pid, name), filepath.Join(proc, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.SetProc(filepath.Dir(proc))
}

// What is opened is what is mapped, or nothing.
func TestOpenModule(t *testing.T) {
	other := sessiontest.BuildC(t, "testdata/target.c", "-DOTHER", "-O1")
	for _, c := range []struct {
		name, flag string
		change     func(path string) error
		byPath     bool  // that it can be opened by its path
		want       error // otherwise
	}{
		{"untouched", "-Wl,--build-id", func(string) error { return nil }, true, nil},
		{"installed again", "-Wl,--build-id", func(path string) error { return reinstall(path, path) }, true, nil},
		{"another build", "-Wl,--build-id", func(path string) error { return reinstall(other, path) }, false, session.ErrReplaced},
		{"no program", "-Wl,--build-id", func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("text"), 0o644))
		}, false, session.ErrReplaced},
		{"deleted", "-Wl,--build-id", os.Remove, false, nil},
		{"a folder now", "-Wl,--build-id", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }, false, nil},
		{"no build ID", "-Wl,--build-id=none", func(string) error { return nil }, true, nil},
		{"no build ID, another build", "-Wl,--build-id=none", func(path string) error { return reinstall(other, path) }, false, session.ErrReplaced},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "game")
			original := sessiontest.BuildC(t, "testdata/target.c", "-O0", c.flag)
			want, err := os.ReadFile(original)
			if err == nil {
				err = os.WriteFile(path, want, 0o755)
			}
			if err != nil {
				t.Fatal(err)
			}
			p := startCommand(t, exec.Command(path))
			s := attach(t, p.PID)
			m, err := s.Program()
			if err == nil {
				err = c.change(path)
			}
			if err != nil {
				t.Fatal(err)
			}
			check := func(ok bool) {
				t.Helper()
				f, err := s.OpenModule(m)
				if !ok {
					if err == nil {
						f.Close()
					}
					if err == nil || c.want != nil && !errors.Is(err, c.want) {
						t.Errorf("error is %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if data, err := io.ReadAll(f); err != nil || string(data) != string(want) {
					t.Errorf("another file was opened, %v", err)
				}
			}
			check(true) // through map_files or exe
			onlyByPath(t, s, p.PID)
			if m, err = s.Program(); err != nil {
				t.Fatal(err)
			}
			check(c.byPath)
		})
	}
}

// reinstall puts a copy of a file in the place of another, as package managers do.
func reinstall(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", data, 0o755); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}

func TestOpenDebugFile(t *testing.T) {
	s := attach(t, startTarget(t).PID)
	for _, id := range []string{"", "00", "../../../../etc/passwd", "zz00", "0123456789abcdef"} {
		if f, err := s.OpenDebugFile(id); err == nil {
			f.Close()
			t.Errorf("build ID %q has a debug file", id)
		}
	}
}
