package workspace

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// step returns a step that adds its title to a log.
func step(log *[]string, title string, fail *error) Step {
	return Step{
		Title: title,
		undo:  func(context.Context) error { *log = append(*log, "undo "+title); return *fail },
		redo:  func(context.Context) error { *log = append(*log, "redo "+title); return *fail },
	}
}

func TestHistory(t *testing.T) {
	var log []string
	var fail error
	var h history
	ctx := context.Background()
	if _, err := h.undo(ctx); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("undo of nothing: %v", err)
	}
	h.add(step(&log, "a", &fail))
	h.add(step(&log, "b", &fail))
	for _, do := range []func(context.Context) (Step, error){h.undo, h.undo, h.redo} {
		if _, err := do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"undo b", "undo a", "redo a"}, log); diff != "" {
		t.Error(diff)
	}
	fail = errors.New("conflict")
	if s, err := h.undo(ctx); !errors.Is(err, fail) || s.Title != "a" || len(h.done) != 1 {
		t.Errorf("a step that cannot be undone: %v, %v, %d done", s, err, len(h.done))
	}
	h.add(step(&log, "c", &fail))
	if _, err := h.redo(ctx); !errors.Is(err, ErrNothingToRedo) {
		t.Errorf("redo after something new: %v", err)
	}
}

func TestRows(t *testing.T) {
	for word, want := range map[string][2]uint64{
		"3": {3, 3}, "1..5": {1, 5}, "all": {1, math.MaxUint64}, "0": {0, 0},
	} {
		if from, to, ok := rows(word); !ok || from != want[0] || to != want[1] {
			t.Errorf("%q: %d, %d, %v", word, from, to, ok)
		}
	}
	for _, word := range []string{"0x10", "heap+1", "1..", "..2", "-1", ""} {
		if _, _, ok := rows(word); ok {
			t.Errorf("%q names rows", word)
		}
	}
}

func TestNothingAttached(t *testing.T) {
	w := New(nil)
	if _, err := w.Session(); !errors.Is(err, ErrNoProcess) {
		t.Errorf("Session: %v", err)
	}
	if _, err := w.Scan(); !errors.Is(err, ErrNoSearch) {
		t.Errorf("Scan: %v", err)
	}
	if _, ok := w.Detach(); ok {
		t.Error("Detach let go of something")
	}
	w.Close()
}
