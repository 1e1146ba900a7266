package settings

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "quarry", "hints")
	c := LoadCounts(path)
	for range 3 {
		if err := c.Add("find"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Add("narrow"); err != nil {
		t.Fatal(err)
	}
	c = LoadCounts(path)
	if c.Of("find") != 3 || c.Of("narrow") != 1 || c.Of("else") != 0 {
		t.Errorf("read back: %v", c.by)
	}
	for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want mode %v", file, info.Mode(), err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(path, []byte("nonsense\nfind x\n\x00\nnarrow 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := LoadCounts(path); c.Of("narrow") != 2 || c.Of("find") != 0 {
		t.Errorf("a broken file: %v", c.by)
	}
	nowhere := LoadCounts("")
	if err := nowhere.Add("x"); err != nil || nowhere.Of("x") != 1 {
		t.Errorf("without a file: %v", err)
	}
}

func TestStatePath(t *testing.T) {
	for _, test := range []struct{ state, home, want string }{
		{"/s", "/h", "/s/quarry/x"}, {"", "/h", "/h/.local/state/quarry/x"}, {"relative", "/h", "/h/.local/state/quarry/x"}, {"", "", ""},
	} {
		t.Setenv("XDG_STATE_HOME", test.state)
		t.Setenv("HOME", test.home)
		if got := StatePath("x"); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.state, test.home, got, test.want)
		}
	}
}

// A link in the place of the counts is not followed, and a count replaces it.
func TestCountsBehindALink(t *testing.T) {
	folder := t.TempDir()
	other, path := filepath.Join(folder, "other"), filepath.Join(folder, "hints")
	if err := os.WriteFile(other, []byte("find 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, path); err != nil {
		t.Fatal(err)
	}
	c := LoadCounts(path)
	if c.Of("find") != 0 {
		t.Errorf("read through a link: %v", c.by)
	}
	if err := c.Add("narrow"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "find 7\n" {
		t.Errorf("written through a link: %q, %v", text, err)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}
