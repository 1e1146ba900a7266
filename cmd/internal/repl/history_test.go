package repl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	prompt "github.com/c-bata/go-prompt"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// reopened returns the lines that a later run finds at path.
func reopened(t *testing.T, path string) []string {
	t.Helper()
	var n Notices
	h := openHistory(path, &n)
	if lines, _ := n.take(); lines != nil {
		t.Errorf("notices %q", lines)
	}
	return h.lines
}

// go-prompt keeps no history from one run to the next.
func TestHistoryIsSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "quarry", "history")
	var n Notices
	h := openHistory(path, &n)
	for _, line := range []string{"find 1", "find 1", " secret", "", "narrow 2", "find 1", "a\x1b[2J", "日本"} {
		h.add(line)
	}
	if lines, _ := n.take(); lines != nil {
		t.Errorf("notices %q", lines)
	}
	want := []string{"find 1", "narrow 2", "find 1", "日本"}
	if diff := cmp.Diff(want, h.lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, reopened(t, path)); diff != "" {
		t.Errorf("saved lines (-want +got):\n%s", diff)
	}
	for file, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): os.ModeDir | 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode() != mode {
			t.Errorf("mode of %s is %v (%v), want %v", file, info.Mode(), err, mode)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var old strings.Builder
	for i := range 2*maxHistory + 1 {
		fmt.Fprintf(&old, "line %d\n", i)
	}
	if err := os.WriteFile(path, []byte(old.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	h := openHistory(path, nil)
	h.add("last")
	if len(h.lines) != maxHistory || h.lines[0] != fmt.Sprintf("line %d", maxHistory+2) {
		t.Errorf("%d lines from %q, want the last %d", len(h.lines), h.lines[0], maxHistory)
	}
	if diff := cmp.Diff(h.lines, reopened(t, path)); diff != "" {
		t.Errorf("saved lines (-want +got):\n%s", diff)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(data), "\n"); got != maxHistory+1 {
		t.Errorf("the file holds %d lines, want it cut to %d and one added", got, maxHistory)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v (%v), want it taken from others", info.Mode(), err)
	}
}

func TestHistoryOfSeveralPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quarry", "history")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			h := openHistory(path, nil)
			for j := range 20 {
				h.add(fmt.Sprintf("line %d of %d", j, i))
			}
		})
	}
	all.Wait()
	if got := len(reopened(t, path)); got != 160 {
		t.Errorf("%d lines were saved, want 160", got)
	}
}

func TestHistoryThatCannotBeKeptIsOneNotice(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string) error{
		"symbolic link": func(t *testing.T, path string) error {
			target := filepath.Join(t.TempDir(), "precious")
			t.Cleanup(func() {
				if data, err := os.ReadFile(target); err != nil || string(data) != "precious\n" {
					t.Errorf("the link's target holds %q (%v)", data, err)
				}
			})
			return errors.Join(os.WriteFile(target, []byte("precious\n"), 0o644), os.Symlink(target, path))
		},
		"dangling link": func(_ *testing.T, path string) error { return os.Symlink(path+".none", path) },
		"folder":        func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history")
			if err := spoil(t, path); err != nil {
				t.Fatal(err)
			}
			var n Notices
			h := openHistory(path, &n)
			h.add("a")
			h.add("b")
			if lines, _ := n.take(); len(lines) != 1 || !strings.HasPrefix(lines[0], "the history is not kept: ") {
				t.Errorf("notices %q, want one", lines)
			}
			if diff := cmp.Diff([]string{"a", "b"}, h.lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a file where the folder should be", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var n Notices
		h := openHistory(filepath.Join(path, "quarry", "history"), &n)
		h.add("a")
		if lines, _ := n.take(); len(lines) != 1 {
			t.Errorf("notices %q, want one", lines)
		}
	})
}

// Under sudo with the person's own HOME nothing in it may end up belonging to root.
func TestHistoryBelongsToTheOwnerOfTheFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	home := t.TempDir()
	const uid, gid = 12345, 23456
	if err := os.Chown(home, uid, gid); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(home, ".local", "state", "quarry", "history")
	h := openHistory(path, nil)
	h.add("find 1")
	for file := path; file != home; file = filepath.Dir(file) {
		u, g := ownerOf(t, file)
		if u != uid || g != gid {
			t.Errorf("%s belongs to %d:%d, want %d:%d", file, u, g, uid, gid)
		}
	}
}

func TestHistoryPath(t *testing.T) {
	for _, tt := range []struct{ name, state, home, want string }{
		{"state folder", "/s", "/h", "/s/quarry/history"},
		{"home", "", "/h", "/h/.local/state/quarry/history"},
		{"relative state folder", "s", "/h", "/h/.local/state/quarry/history"},
		{"nothing known", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", tt.state)
			t.Setenv("HOME", tt.home)
			if got := HistoryPath(); got != tt.want {
				t.Errorf("HistoryPath() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSearchInTheHistory(t *testing.T) {
	h := &history{lines: []string{"find 1", "narrow 2", "find 3", "maps"}}
	b := prompt.NewBuffer()
	b.InsertText("find", false, true)
	for _, want := range []string{"find 3", "find 1", "find", "find 3"} {
		h.search(b)
		if got := b.Text(); got != want {
			t.Fatalf("Ctrl-R shows %q, want %q", got, want)
		}
	}
	setLine(b, "2")
	if h.search(b); b.Text() != "narrow 2" {
		t.Errorf("Ctrl-R after typing anew shows %q, want %q", b.Text(), "narrow 2")
	}
}

func ownerOf(t *testing.T, file string) (uid, gid uint32) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(file, &st); err != nil {
		t.Fatal(err)
	}
	return st.Uid, st.Gid
}
