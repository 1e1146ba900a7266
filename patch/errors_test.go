package patch_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search"
	"quarry/session"
)

// TestHints checks what the errors advise, and which states they are.
func TestHints(t *testing.T) {
	planned := func(s patch.State, err error) patch.PlannedEdit {
		return patch.PlannedEdit{Index: 1, State: s, Err: err}
	}
	tooOften := &patch.CountError{Want: 1, Pending: 2}
	for _, c := range []struct {
		err  error
		is   error
		text string
		hint string
	}{
		{&patch.ConflictError{Addr: 16, Want: []byte{1}, Have: []byte{2}}, patch.ErrConflict, "0x10 holds 02, not 01", "the program has changed it; look at it again before writing"},
		{&patch.ConflictError{Addr: 16, Have: make([]byte, 20)}, patch.ErrConflict, "0x10 holds 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 … (20 bytes), which is not expected", "the program has changed it; look at it again before writing"},
		{&patch.ConflictError{Addr: 16, Want: []byte{1}, Have: []byte{2}, Written: true}, patch.ErrConflict, "0x10: 01 was written, but 02 is read back", "the program writes there itself all the time"},
		{&patch.ChangedError{Addr: 16, Have: []byte{2}}, patch.ErrConflict, "0x10 holds 02, which is not expected", "the program has changed it since; it was left alone"},
		{&patch.OverlapError{First: 16, Second: 17}, patch.ErrOverlap, "the writes at 0x10 and 0x11 overlap", "write them one after the other, or keep only one type of value"},
		{&patch.LengthError{Fits: 1, Have: 2}, patch.ErrLength, "the new value has 2 bytes, and only 1 fit", "shorten it to 1 byte; what follows belongs to something else"},
		{tooOften, patch.ErrAmbiguous, "found 2 times, not once as asked", `lengthen find, narrow its scope with "in", or write matches = "all" to change every place that holds it`},
		{&patch.CountError{Want: patch.All}, patch.ErrUnresolved, "found nowhere", `search elsewhere with "in", or check that this is the version of the program that the patch is for`},
		{&patch.PlanError{Edits: []patch.PlannedEdit{planned(patch.Ambiguous, tooOften)}}, patch.ErrAmbiguous, "nothing was written: edit 2: ambiguous: found 2 times, not once as asked", tooOften.Hint()},
		{&patch.PlanError{Edits: []patch.PlannedEdit{planned(patch.Unresolved, session.ErrScope)}}, patch.ErrUnresolved, "nothing was written: edit 2: unresolved: bad scope", ""},
		{&patch.TargetError{Key: "process", Want: "1@2", Have: "1@3"}, patch.ErrTarget, "the patch is for process 1@2, and this is 1@3", "a process that has ended took the changes with it; only the process itself can be reverted"},
		{&patch.TargetError{Key: "build-id", Want: "12"}, patch.ErrTarget, "the patch is for build-id 12, and this is unknown", "this is another build of the program; its addresses and code may differ"},
		{&patch.TargetError{Key: "exe", Want: "a", Have: "b"}, patch.ErrTarget, "the patch is for exe a, and this is b", "name the process that the [target] of the file describes"},
		{patch.UnknownError{}, patch.UnknownError{}, "the file does not tell what was there before", "revert with the file that apply saves with --undo FILE, which holds every byte"},
	} {
		hint := c.err.(interface{ Hint() string }).Hint()
		if diff := cmp.Diff([]string{c.text, c.hint}, []string{c.err.Error(), hint}); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if !errors.Is(c.err, c.is) {
			t.Errorf("%v is not %v", c.err, c.is)
		}
	}
}

func TestWords(t *testing.T) {
	if got := fmt.Sprint(patch.Pending, patch.TooMany); got != "pending ambiguous" {
		t.Errorf("states are %s", got)
	}
	for want, e := range map[string]patch.Expectation{
		"any":         {Any: true},
		"1, 3..5, 16": {Values: []patch.Value{number("1"), str("3..5"), number("16")}},
	} {
		if e.String() != want {
			t.Errorf("String() = %q, want %q", e, want)
		}
	}
}

// TestRevertNeedsSavedFile checks that an edit whose old bytes are not in the file
// names the way out.
func TestRevertNeedsSavedFile(t *testing.T) {
	for _, c := range []struct{ heap, edit string }{
		{"XYXY", edit("find='ab'", "set='XY'", "in='heap'")},
		{"XYXY", edit("find='ab'", "set='XY'", "in='heap'", "matches='all'")},
		{"XY", edit("at='heap'", "expect='any'", "set='XY'")},
	} {
		r, err := patch.Revert(t.Context(), game(c.heap), file(t, c.edit), search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		left := r.Left()
		if len(left) != 1 || left[0].Label() != "edit 1" {
			t.Fatalf("left: %v", left)
		}
		hinted, ok := left[0].Err.(interface{ Hint() string })
		if !ok || hinted.Hint() != (patch.UnknownError{}).Hint() {
			t.Errorf("%v has no such hint", left[0].Err)
		}
	}
}
