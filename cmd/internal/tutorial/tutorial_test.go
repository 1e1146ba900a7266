package tutorial

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"quarry/cmd/internal/practice"
)

// What a lesson must have: few words, three hints, a program, a name of its own.
func TestLessons(t *testing.T) {
	names := make(map[string]bool)
	for _, l := range Lessons {
		if names[l.Name] || l.Name == "" || strings.ContainsAny(l.Name, " \n") {
			t.Errorf("bad name %q", l.Name)
		}
		names[l.Name] = true
		if !slices.Contains(practice.Names(), l.Program) {
			t.Errorf("%s: no program is called %q", l.Name, l.Program)
		}
		if len(l.Hints) != 3 || len(l.Try) == 0 || len(l.Try) > 3 || l.Goal == "" || l.Title == "" {
			t.Errorf("%s: %d hints, %d lines to try", l.Name, len(l.Hints), len(l.Try))
		}
		if n := 3 + len(l.Text) + len(l.Try); n > 12 { // with the title, the goal and a line for verbs
			t.Errorf("%s: %d lines", l.Name, n)
		}
		if len(l.Why) < 2 || len(l.Why) > 3 || !strings.Contains(strings.Join(l.Why, " "), "/proc/PID/mem") {
			t.Errorf("%s: why: %q", l.Name, l.Why)
		}
		for _, line := range slices.Concat(l.Text, l.Why) {
			if utf8.RuneCountInString(line) > 90 {
				t.Errorf("%s: long line %q", l.Name, line)
			}
		}
	}
}

func TestProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "quarry", "tutorial")
	load := func() *Progress {
		t.Helper()
		p, err := LoadProgress(path)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if i, ok := load().Next(); i != 0 || !ok {
		t.Errorf("first lesson %d, %v", i, ok)
	}
	for _, i := range []int{1, 0, 1} {
		if err := load().Add(Lessons[i]); err != nil {
			t.Fatal(err)
		}
	}
	p := load()
	if i, ok := p.Next(); i != 2 || !ok || !p.Done(Lessons[1]) {
		t.Errorf("next lesson %d, %v", i, ok)
	}
	data, err := os.ReadFile(path)
	if want := "string\nmaps\n"; err != nil || string(data) != want {
		t.Errorf("%q, %v, want %q", data, err, want)
	}
	for path, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	for _, l := range Lessons {
		if err := p.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := load().Next(); ok {
		t.Error("there is another lesson")
	}
}

// What is no file of ours is neither read nor written.
func TestProgressIsNoLink(t *testing.T) {
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other"), filepath.Join(dir, "tutorial")
	if err := os.WriteFile(other, []byte("maps\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	p, err := LoadProgress(link)
	if err == nil || p.Done(Lessons[0]) {
		t.Errorf("a link is followed: %v", err)
	}
	if err := p.Add(Lessons[1]); err != nil {
		t.Errorf("what is not kept fails: %v", err)
	}
	if data, _ := os.ReadFile(other); string(data) != "maps\n" {
		t.Errorf("written through the link: %q", data)
	}
	if _, err := LoadProgress(dir); err == nil {
		t.Error("a folder is read")
	}
	fresh, err := LoadProgress(filepath.Join(dir, "dangling"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	if err := fresh.Add(Lessons[0]); err == nil {
		t.Error("a link is written through")
	}
	if unkept, err := LoadProgress(""); err != nil || unkept.Add(Lessons[0]) != nil || !unkept.Done(Lessons[0]) {
		t.Error("progress that is not kept does not count in this run")
	}
}
