package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/outfile"
	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/sessiontest"
)

const tableProgram = `
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int lives = 3, mana = 50;
char texts[64] = "first-text first-texx";
int main(void) {
	printf("%p %p\n", (void *)&lives, (void *)texts), fflush(stdout);
	for (;;)
		pause();
}
`

// attached returns a workspace on a program with two numbers and two texts.
func attached(t *testing.T) (w *Workspace, p *sessiontest.Proc, lives uint64) {
	t.Helper()
	p = sessiontest.Start(t, sessiontest.BuildC(t, tableProgram))
	line := p.Line(t)
	if _, err := fmt.Sscanf(line, "%v", &lives); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	w = New(nil)
	if err := w.Attach(strconv.Itoa(p.PID)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, p, lives
}

// label makes an entry of lives.
func label(t *testing.T, w *Workspace, name string) {
	t.Helper()
	if _, err := w.Label(t.Context(), "&lives", name, LabelOptions{}); err != nil {
		t.Fatal(err)
	}
}

// What cannot be frozen leaves all as it was, also what was to be frozen before
// it, and the message says what was written.
func TestFreezingThatFailsHalfWay(t *testing.T) {
	w, _, _ := attached(t)
	f, err := patch.Parse("same.toml", []byte(`quarry = 1
[[edit]]
name = "a"
at = "&lives"
type = "i32"
expect = 3
set = 9
freeze = true
[[edit]]
name = "b"
find = "first-text"
in = "data"
set = "SAME--TEXT"
freeze = true
[[edit]]
name = "c"
find = "first-texx"
in = "data"
set = "SAME--TEXT"
`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	result, frozen, err := w.Apply(t.Context(), p, Writing{})
	if frozen != nil || !errors.Is(err, patch.ErrAmbiguous) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "what was written stays") {
		t.Fatalf("apply: %v", err)
	}
	if result == nil || len(result.Group.Writes) != 3 {
		t.Fatalf("result: %+v", result)
	}
	if names, err := w.Freeze(t.Context(), "&mana", "", value.I32, freeze.Rule{}, Writing{}); err != nil || len(names) != 1 {
		t.Errorf("freeze of something else: %v, %v", names, err)
	}
	if names, err := w.Freeze(t.Context(), "&lives", "5", value.I32, freeze.Rule{}, Writing{}); err != nil || len(names) != 1 {
		t.Errorf("freeze of the first entry: %v, %v", names, err)
	}
	for range 3 {
		if _, err := w.Undo(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if have := w.EntryNames(); have != nil {
		t.Errorf("entries after undo: %v", have)
	}
}

// The table can be saved when the process has ended, for the next run of the
// program.
func TestSaveAfterTheEnd(t *testing.T) {
	w, p, _ := attached(t)
	label(t, w, "lives")
	p.Kill()
	path := filepath.Join(t.TempDir(), "a.toml")
	if _, err := w.Entries(t.Context()); !errors.Is(err, session.ErrGone) {
		t.Fatalf("entries: %v", err)
	}
	if n, err := w.Save(path, false); n != 1 || err != nil {
		t.Fatalf("save: %d, %v", n, err)
	}
	next, _, _ := attached(t)
	if _, err := next.Load(path); err != nil {
		t.Error(err)
	}
	if f, err := ReadPatch(path); err != nil || f.Target.BuildID == "" {
		t.Errorf("target %+v, %v", f.Target, err)
	}
}

// What somebody else has written into the table's file since is not lost.
func TestSaveOverAnEditedFile(t *testing.T) {
	w, _, _ := attached(t)
	label(t, w, "lives")
	path := filepath.Join(t.TempDir(), "a.toml")
	save := func(replace bool) error {
		_, err := w.Save(path, replace)
		return err
	}
	if err := save(false); err != nil {
		t.Fatal(err)
	}
	if err := save(false); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := string(saved) + "note = \"edited\"\n"
	if err := os.WriteFile(path, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := save(false); !errors.Is(err, outfile.ErrExists) || !strings.Contains(err.Error(), "it is not as it was") {
		t.Fatalf("save over what was edited: %v", err)
	}
	if have, _ := os.ReadFile(path); string(have) != edited {
		t.Fatalf("the file holds %s", have)
	}
	if _, err := w.Load(path); err != nil {
		t.Fatal(err)
	}
	if err := save(false); err != nil {
		t.Errorf("save after load: %v", err)
	}
	if f, err := ReadPatch(path); err != nil || f.Edits[0].Note != "edited" {
		t.Errorf("saved %+v, %v", f, err)
	}
	if err := os.WriteFile(path, saved, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := save(true); err != nil {
		t.Errorf("save with force: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := save(false); err != nil {
		t.Errorf("save after the file was removed: %v", err)
	}
}

// A place that is an entry already stays that entry, by whatever it is named.
func TestTryAtAnEntry(t *testing.T) {
	w, _, lives := attached(t)
	label(t, w, "lives")
	yes := func(context.Context, *Trial) (Answer, error) { return Yes, nil }
	for i, reference := range []string{fmt.Sprintf("%#x", lives), "&lives", "lives"} {
		tried, err := w.Try(t.Context(), strconv.Itoa(50+i), reference, TryOptions{}, yes)
		if err != nil || tried.Found == nil || tried.Found.Name != "lives" || tried.Found.Type != value.I32 {
			t.Errorf("%s: %+v, %v", reference, tried, err)
		}
	}
	if diff := cmp.Diff([]string{"lives"}, w.EntryNames()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Another type of a frozen entry would be written at once, so it is refused.
func TestLabelWritesNothing(t *testing.T) {
	w, _, lives := attached(t)
	label(t, w, "lives")
	if _, err := w.Freeze(t.Context(), "lives", "5", value.Invalid, freeze.Rule{}, Writing{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Label(t.Context(), "lives", "points", LabelOptions{Type: value.F32}); !errors.Is(err, ErrReference) || session.Hint(err) != "unfreeze lives first" {
		t.Errorf("another type: %v", err)
	}
	if e, err := w.Label(t.Context(), "lives", "points", LabelOptions{Type: value.I32, Note: "n"}); err != nil || e.Name != "points" || !w.table.isFrozen("points") {
		t.Errorf("another name: %+v, %v", e, err)
	}
	if err := w.Unfreeze(t.Context(), []string{"points"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Label(t.Context(), "points", "points", LabelOptions{Type: value.F32}); err != nil {
		t.Errorf("another type, not frozen: %v", err)
	}
	raw := make([]byte, 4)
	if _, err := w.session.Read(raw, lives); err != nil || string(raw) != "\x05\x00\x00\x00" {
		t.Errorf("% x is there, %v", raw, err)
	}
}
