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

// TestSettleUndo: the file that undoes is there before anything is written, and
// afterwards holds what there is to undo, or is gone when there is nothing.
func TestSettleUndo(t *testing.T) {
	plan := allPlan(t, 10)
	for name, text := range map[string]string{"nothing": "", "part": "quarry = 1\n", "all": "all"} {
		path := filepath.Join(t.TempDir(), "undo.toml")
		saved, err := saveUndo(plan, path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != saved || err != nil || strings.Count(saved, "[[edit]]") != 10 {
			t.Errorf("%s: before: %q, %v", name, got, err)
		}
		if text == "all" {
			text = saved
		}
		if err := settleUndo(path, saved, text); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if string(got) != text || os.IsNotExist(err) != (text == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// allPlan returns a plan that writes at that many places.
func allPlan(t *testing.T, places int) *patch.Plan {
	t.Helper()
	f, err := patch.Parse("all.toml", []byte("quarry = 1\n[[edit]]\nfind = 'ab'\nset = 'XY'\nmatches = 'all'\n"))
	if err != nil {
		t.Fatal(err)
	}
	target := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000}, Perms: session.PermRead | session.PermWrite},
		Data:   []byte(strings.Repeat("ab", places)),
	})
	plan, err := patch.NewPlan(t.Context(), target, f, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestSaveUndo: a plan whose undo file could not be read again is refused before
// anything is written.
func TestSaveUndo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "undo.toml")
	_, err := saveUndo(allPlan(t, 100_000), path)
	if err == nil || err.Error() != "the file would be larger than 4 MiB, the most that is read" {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
}
