package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quarry/patch"
	"quarry/search"
	"quarry/session"
	"quarry/session/sessiontest"
)

// TestSave: the file that undoes holds what there is to undo, also of a failure,
// and does not stay when there is nothing.
func TestSave(t *testing.T) {
	for _, text := range []string{"", "quarry = 1\n"} {
		path := filepath.Join(t.TempDir(), "undo.toml")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := save(f, text); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if string(got) != text || os.IsNotExist(err) != (text == "") {
			t.Errorf("save(%q): %q, %v", text, got, err)
		}
	}
}

// TestCheckUndo: a plan whose undo file could not be read again is refused
// before anything is written.
func TestCheckUndo(t *testing.T) {
	f, err := patch.Parse("all.toml", []byte("quarry = 1\n[[edit]]\nfind = 'ab'\nset = 'XY'\nmatches = 'all'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for places, want := range map[int]string{
		10:      "",
		100_000: "--undo: the file would be larger than 4 MiB, the most that is read; nothing was written",
	} {
		target := sessiontest.NewFake(sessiontest.Segment{
			Region: session.Region{Range: session.Range{Start: 0x1000}, Perms: session.PermRead | session.PermWrite},
			Data:   []byte(strings.Repeat("ab", places)),
		})
		plan, err := patch.NewPlan(t.Context(), target, f, search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := checkUndo(plan); err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%d places: %v, want %s", places, err, want)
		}
	}
}
