package patch_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/patch"
	"quarry/search"
	"quarry/session"
	"quarry/session/sessiontest"
)

// five has five edits of the heap text "aa-bb-cc-dd-ee".
func five(t testing.TB, thirdExpects string) *patch.File {
	return file(t,
		edit("name='one'", "find='aa'", "set='AA'", "in='heap'"),
		edit("name='two'", "at='heap+3'", "expect='bb'", "set='BB'"),
		edit("name='three'", "at='heap+6'", "expect='"+thirdExpects+"'", "set='CC'"),
		edit("name='four'", "at='heap+9'", "expect='dd'", "set='D'"),
		edit("name='five'", "find='65 65'", "type='bytes'", "set='45'", "in='heap'"),
	)
}

const (
	fiveBefore = "aa-bb-cc-dd-ee"
	fiveAfter  = "AA-BB-CC-D\x00-Ee"
)

func heapText(f *sessiontest.Fake) string { return string(f.Peek(heap, len(fiveBefore))) }

func TestPlanApply(t *testing.T) {
	f := game(fiveBefore)
	r, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if got := heapText(f); got != fiveAfter {
		t.Errorf("memory is %q", got)
	}
	if !r.Changed || r.Written != 5 || r.Already != 0 || len(r.Group.Writes) != 5 {
		t.Errorf("%+v", r)
	}

	// Twice is safe, and says so.
	writes := f.Writes()
	again, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f)
	if err != nil || again.Changed || again.Already != 5 || again.Written != 0 || f.Writes() != writes {
		t.Errorf("again: %+v, %v, %d writes more", again, err, f.Writes()-writes)
	}

	if _, err := r.Group.Undo(t.Context(), f); err != nil || heapText(f) != fiveBefore {
		t.Errorf("undo: %v, memory %q", err, heapText(f))
	}
}

func TestApplyOneConflict(t *testing.T) {
	f := game(fiveBefore)
	_, err := plan(t, f, five(t, "xx")).Apply(t.Context(), f)
	const want = `nothing was written: edit "three": conflict: 0x500006 holds 63 63, not 78 78`
	if errorText(err) != want || !errors.Is(err, patch.ErrPlan) || !errors.Is(err, patch.ErrConflict) || errors.Is(err, patch.ErrAmbiguous) {
		t.Errorf("error is %v", err)
	}
	if heapText(f) != fiveBefore || f.Writes() != 0 {
		t.Errorf("memory is %q after %d writes", heapText(f), f.Writes())
	}
}

func TestApplyStops(t *testing.T) {
	for _, c := range []struct {
		edit string
		is   error
	}{
		{edit("find='-'", "set='+'", "in='heap'"), patch.ErrAmbiguous},
		{edit("find='zz'", "set='+'", "in='heap'"), patch.ErrUnresolved},
		{edit("find='-'", "set='+'", "in='heap'", "optional=true"), patch.ErrAmbiguous},
		{edit("at='0x10'", "expect=1", "set=2"), session.ErrUnreadable},
		{edit("find='zz'", "set='+'", "in='heap'", "optional=true"), nil},
		{edit("at='nope+8'", "expect=1", "set=2", "optional=true"), nil},
	} {
		f := game(fiveBefore)
		r, err := plan(t, f, file(t, edit("find='aa'", "set='AA'"), c.edit)).Apply(t.Context(), f)
		if !errors.Is(err, c.is) || (err == nil) != (f.Writes() == 1) {
			t.Errorf("%s: %+v, %v after %d writes", c.edit, r, err, f.Writes())
		}
		if err == nil && (r.Written != 1 || r.Skipped != 1) {
			t.Errorf("%s: %+v", c.edit, r)
		}
	}
}

// TestApplyChangedSincePlan changes memory between plan and apply: what is
// written, and what is not but told the place.
func TestApplyChangedSincePlan(t *testing.T) {
	for _, offset := range []uint64{3, 13} {
		f := game(fiveBefore)
		p := plan(t, f, five(t, "cc"))
		f.Poke(heap+offset, []byte("z"))
		_, err := p.Apply(t.Context(), f)
		if !errors.Is(err, patch.ErrConflict) || f.Writes() != 0 {
			t.Errorf("offset %d: %v after %d writes", offset, err, f.Writes())
		}
	}
}

// TestApplyMovingValue applies to a value that changes within what is expected.
func TestApplyMovingValue(t *testing.T) {
	for _, c := range []struct {
		expect string
		now    byte
		err    error
	}{{"'any'", 77, nil}, {"'1..9'", 7, nil}, {"[3, 4]", 4, nil}, {"'1..9'", 77, patch.ErrConflict}, {"3", 4, patch.ErrConflict}} {
		f := game("")
		p := plan(t, f, file(t, edit("at='0x410020'", "expect="+c.expect, "set=99")))
		f.Poke(data+0x20, []byte{c.now})
		r, err := p.Apply(t.Context(), f)
		if !errors.Is(err, c.err) {
			t.Errorf("expect %s, now %d: %v", c.expect, c.now, err)
			continue
		}
		if err == nil {
			want := []patch.Write{{Addr: data + 0x20, Before: []byte{c.now, 0, 0, 0}, After: []byte{99, 0, 0, 0}}}
			if diff := cmp.Diff(want, r.Group.Writes); diff != "" {
				t.Errorf("expect %s: -want +got:\n%s", c.expect, diff)
			}
		}
	}
}

// TestApplyMovingMatch applies to content that changes within the condition.
func TestApplyMovingMatch(t *testing.T) {
	for _, now := range []byte{4, 6} {
		f := game("\x03")
		p := plan(t, f, file(t, edit("find='1..5'", "type='u8'", "set=9", "in='heap'")))
		f.Poke(heap, []byte{now})
		r, err := p.Apply(t.Context(), f)
		if now == 6 {
			if !errors.Is(err, patch.ErrConflict) || f.Writes() != 0 {
				t.Errorf("now %d: %v", now, err)
			}
			continue
		}
		if err != nil || string(r.Group.Writes[0].Before) != "\x04" || f.Peek(heap, 1)[0] != 9 {
			t.Errorf("now %d: %+v, %v", now, r, err)
		}
	}
}

func TestApplyFaults(t *testing.T) {
	f := game(fiveBefore)
	f.WriteProtect(session.Range{Start: heap + 9, End: heap + 10})
	if _, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f); !errors.Is(err, session.ErrUnwritable) || heapText(f) != fiveBefore {
		t.Errorf("unwritable: %v, memory %q", err, heapText(f))
	}

	f = game(fiveBefore)
	f.OnWrite = func(addr uint64, _ int) {
		if addr == heap+6 {
			f.Gone()
		}
	}
	_, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f)
	var partial *patch.PartialError
	if !errors.As(err, &partial) || len(partial.Left) != 2 || !errors.Is(err, session.ErrGone) {
		t.Errorf("gone midway: %v", err)
	}

	// What is left can be undone, from the result or from the file.
	f = game(fiveBefore)
	f.OnWrite = func(addr uint64, _ int) {
		if addr == heap+6 {
			f.WriteProtect(session.Range{Start: heap, End: heap + 8})
		}
	}
	r, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f)
	if !errors.Is(err, patch.ErrPartial) || r == nil || !r.Changed || r.Written != 2 || heapText(f) != "AA-BB-cc-dd-ee" {
		t.Fatalf("protected midway: %+v, %v, memory %q", r, err, heapText(f))
	}
	writable := game(heapText(f))
	if _, err := patch.Restore(t.Context(), writable, r.UndoFile(), search.Options{}); err != nil || heapText(writable) != fiveBefore {
		t.Errorf("undo file of what is left: %v, memory %q", err, heapText(writable))
	}
	if name := r.UndoFile().Edits[1].Name; name != "two" {
		t.Errorf("the second edit is called %s", name)
	}
	writable = game(heapText(f))
	if _, err := r.Group.Undo(t.Context(), writable); err != nil || heapText(writable) != fiveBefore {
		t.Errorf("undo of what is left: %v, memory %q", err, heapText(writable))
	}

	f = game(fiveBefore)
	p := plan(t, f, five(t, "cc"))
	f.SetProgram(session.Identity{PID: 4711, Start: 101}, "/usr/games/game")
	if _, err := p.Apply(t.Context(), f); !errors.Is(err, patch.ErrTarget) || f.Writes() != 0 {
		t.Errorf("another process: %v", err)
	}
}

func TestUndoFile(t *testing.T) {
	f := game(fiveBefore)
	planned := plan(t, f, five(t, "cc"))
	r, err := planned.Apply(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := r.UndoFile().Encode()
	if before, beforeErr := planned.UndoFile().Encode(); beforeErr != nil || string(before) != string(encoded) {
		t.Errorf("undo file of the plan: %v\n%s", beforeErr, before)
	}
	if err != nil {
		t.Fatal(err)
	}
	undo := parse(t, string(encoded))
	if undo.Target != (patch.Requirements{PID: 4711, Start: 100}) || len(undo.Edits) != 5 {
		t.Errorf("undo file:\n%s", encoded)
	}
	u, err := plan(t, f, undo).Apply(t.Context(), f)
	if err != nil || heapText(f) != fiveBefore || !u.Changed {
		t.Errorf("applying it: %+v, %v, memory %q", u, err, heapText(f))
	}
	if u, err = plan(t, f, undo).Apply(t.Context(), f); err != nil || u.Changed {
		t.Errorf("applying it twice: %+v, %v", u, err)
	}
	f.SetProgram(session.Identity{PID: 4711, Start: 200}, "/usr/games/game")
	if _, err := patch.NewPlan(t.Context(), f, undo, search.Options{}); !errors.Is(err, patch.ErrTarget) {
		t.Errorf("another process: %v", err)
	}
}

// outcomes are reverted edits as tests compare them.
func outcomes(r *patch.RevertResult) []string {
	var out []string
	for _, e := range r.Edits {
		s := fmt.Sprintf("%s %d", e.Outcome, len(e.Places))
		if e.Err != nil {
			s += ": " + e.Err.Error()
		}
		out = append(out, s)
	}
	return out
}

func TestRevert(t *testing.T) {
	for _, c := range []struct {
		name string
		heap string
		edit string
		want string
		left string
	}{
		{"find", "1XY2", edit("find='ab'", "set='XY'", "in='heap'"), "restored 1", "1ab2"},
		{"find, never applied", "1ab2", edit("find='ab'", "set='XY'", "in='heap'"), "original 0", "1ab2"},
		{"find, neither", "1zz2", edit("find='ab'", "set='XY'", "in='heap'"), "missing 0: found nowhere, not once as asked", "1zz2"},
		{"find, and a stale copy", "ab1XY", edit("find='ab'", "set='XY'", "in='heap'"), "ambiguous 0: found once, and once with the new bytes, not once as asked: 0x500000, 0x500003", "ab1XY"},
		{"find, too many", "XY1XY", edit("find='ab'", "set='XY'", "in='heap'"), "ambiguous 0: found nowhere, and 2 times with the new bytes, not once as asked: 0x500000, 0x500003", "XY1XY"},
		{"find all", "XY1ab1XY", edit("find='ab'", "set='XY'", "in='heap'", "matches='all'"), "ambiguous 0: found 2 times with the new bytes, and the file does not tell which of them were written", "XY1ab1XY"},
		{"find all, never applied", "ab1ab", edit("find='ab'", "set='XY'", "in='heap'", "matches='all'"), "original 0", "ab1ab"},
		{"find all, by itself", "ab1ab", edit("find='ab'", "set='ab'", "in='heap'", "matches='all'"), "original 0", "ab1ab"},
		{"find 2", "XY1XY", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), "restored 2", "ab1ab"},
		{"find 2, another was there", "XY1XYXY", edit("find='ab'", "set='XY'", "in='heap'", "matches=2"), "ambiguous 0: found nowhere, and 3 times with the new bytes, not 2 times as asked: 0x500000, 0x500003, 0x500005", "XY1XYXY"},
		{"find 3, one has changed", "XY1zz1XY", edit("find='ab'", "set='XY'", "in='heap'", "matches=3"), "restored 2", "ab1zz1ab"},
		{"find with wildcards elsewhere", "Xb", edit("find='61 6?'", "set='58'", "type='bytes'", "in='heap'"), "restored 1", "ab"},
		{"find with wildcards there", "Xb", edit("find='6? 62'", "set='58'", "type='bytes'", "in='heap'"), "unknown 0: the file does not tell what was there before", "Xb"},
		{"find padded", "X\x00\x00\x00", edit("find='abcd'", "set='X'", "in='heap'"), "restored 1", "abcd"},
		{"at", "XY", edit("at='heap'", "expect='ab'", "set='XY'"), "restored 1", "ab"},
		{"at, never applied", "ab", edit("at='heap'", "expect='ab'", "set='XY'"), "original 0", "ab"},
		{"at, changed since", "zz", edit("at='heap'", "expect='ab'", "set='XY'"), "changed 0: 0x500000 holds 7a 7a, which is not expected", "zz"},
		{"at, any", "XY", edit("at='heap'", "expect='any'", "set='XY'"), "unknown 0: the file does not tell what was there before", "XY"},
		{"at, any, changed since", "zz", edit("at='heap'", "expect='any'", "set='XY'"), "changed 0: 0x500000 holds 7a 7a, which is not expected", "zz"},
		{"at, list", "XY", edit("at='heap'", "expect=['ab','cd']", "set='XY'"), "unknown 0: the file does not tell what was there before", "XY"},
		{"at, list, never applied", "cd", edit("at='heap'", "expect=['ab','cd']", "set='XY'"), "original 0", "cd"},
		{"at, pattern known there", "Xb", edit("at='heap'", "type='bytes'", "expect='61 ??'", "set='58'"), "restored 1", "ab"},
		{"at, nowhere", "ab", edit("at='nope+1'", "expect='ab'", "set='XY'"), `missing 0: address nope+1: no module, region or entry is called "nope"`, "ab"},
		{"at, unreadable", "ab", edit("at='0x10'", "expect='ab'", "set='XY'"), "inaccessible 0: 0x10 is not readable", "ab"},
		{"condition", "\x09", edit("find='1..5'", "type='u8'", "set=9", "in='heap'"), "unknown 0: the file does not tell what was there before", "\x09"},
		{"condition, never applied", "\x03", edit("find='1..5'", "type='u8'", "set=9", "in='heap'"), "original 0", "\x03"},
		{"only looked at", "ab", edit("at='heap'", "type='u8'"), "off 0", "ab"},
		{"off", "XY", edit("find='ab'", "set='XY'", "enabled=false"), "off 0", "XY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := game(c.heap)
			r, err := patch.Revert(t.Context(), f, file(t, c.edit), search.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.want}, outcomes(r)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := string(f.Peek(heap, len(c.heap))); got != c.left || r.Changed != (c.left != c.heap) {
				t.Errorf("memory is %q, changed %v; want %q", got, r.Changed, c.left)
			}
			if _, err := r.Group.Undo(t.Context(), f); err != nil || string(f.Peek(heap, len(c.heap))) != c.heap {
				t.Errorf("undo of the revert: %v, memory %q", err, f.Peek(heap, len(c.heap)))
			}
		})
	}
}

// TestRevertEachByItself: one place has changed, one cannot be written, and the
// rest is restored all the same.
func TestRevertEachByItself(t *testing.T) {
	f := game(fiveBefore)
	r, err := plan(t, f, five(t, "cc")).Apply(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	f.Poke(heap+3, []byte("zz"))
	f.WriteProtect(session.Range{Start: heap + 6, End: heap + 8})
	back, err := patch.Revert(t.Context(), f, five(t, "cc"), search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"restored 1", "changed 0: 0x500003 holds 7a 7a, which is not expected", "inaccessible 0: 0x500006 is not writable", "restored 1", "restored 1"}
	if diff := cmp.Diff(want, outcomes(back)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := heapText(f); got != "aa-zz-CC-dd-ee" || !back.Changed || len(back.Left()) != 2 {
		t.Errorf("memory is %q", got)
	}

	// The same from the saved file.
	f = game(fiveAfter)
	f.Poke(heap+3, []byte("zz"))
	back, err = patch.Restore(t.Context(), f, r.UndoFile(), search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"restored 1", "changed 0: 0x500003 holds 7a 7a, which is not expected", "restored 1", "restored 1", "restored 1"}
	if diff := cmp.Diff(want, outcomes(back)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := heapText(f); got != "aa-zz-cc-dd-ee" {
		t.Errorf("memory is %q", got)
	}
	again, err := patch.Restore(t.Context(), f, r.UndoFile(), search.Options{})
	if err != nil || again.Changed || len(again.Left()) != 1 {
		t.Errorf("again: %v, %v", outcomes(again), err)
	}
}

// TestRevertError: what is left is told in one line, a few edits of it, and an
// optional edit that is not found is nothing to tell.
func TestRevertError(t *testing.T) {
	optional := edit("name='o'", "find='nope'", "set='Nope'", "optional=true")
	changed := edit("name='a'", "at='heap'", "expect='zz'", "set='ZZ'")
	missing := edit("name='b'", "find='none'", "set='None'")
	for _, c := range []struct {
		edits []string
		is    error
		want  string
	}{
		{[]string{optional}, nil, ""},
		{[]string{optional, changed}, patch.ErrConflict, `edit "a": 0x500000 holds 61 61, which is not expected`},
		{[]string{missing, changed}, patch.ErrUnresolved, `edit "b": found nowhere, not once as asked; edit "a": 0x500000 holds 61 61, which is not expected`},
		{[]string{changed, optional, edit("at='0x10'", "expect=1", "set=2"), edit("at='0x10'", "expect=1", "set=2"), missing, edit("at='0x10'", "expect=1", "set=2")},
			patch.ErrUnresolved, `edit "a": 0x500000 holds 61 61, which is not expected; edit 3: 0x10 is not readable; edit 4: 0x10 is not readable; and 2 more`},
	} {
		r, err := patch.Revert(t.Context(), game(fiveBefore), file(t, c.edits...), search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); errorText(err) != c.want || !errors.Is(err, c.is) {
			t.Errorf("error is %v, want %s", err, c.want)
		}
	}
}

// TestPlanErrorOfMany: a plan with thousands of failing edits is told in brief.
func TestPlanErrorOfMany(t *testing.T) {
	edits := make([]string, 3000)
	for i := range edits {
		edits[i] = edit("at='heap'", "expect='zz'", "set='ZZ'")
	}
	const one = ": conflict: 0x500000 holds 61 61, not 7a 7a; "
	const want = "nothing was written: edit 1" + one + "edit 2" + one + "edit 3" + one + "and 2997 more"
	if err := plan(t, game(fiveBefore), file(t, edits...)).Check(); errorText(err) != want || !errors.Is(err, patch.ErrConflict) {
		t.Errorf("error is %v", err)
	}
}

func TestRevertGone(t *testing.T) {
	f := game(fiveAfter)
	f.OnWrite = func(addr uint64, _ int) {
		if addr == heap+3 {
			f.Gone()
		}
	}
	r, err := patch.Revert(t.Context(), f, five(t, "cc"), search.Options{})
	if !errors.Is(err, session.ErrGone) || len(r.Edits) != 2 || len(r.Group.Writes) != 1 {
		t.Errorf("%v, %v", outcomes(r), err)
	}
}

// The edits of a file that undoes are called like those that are undone, however
// often what undoes is undone.
func TestUndoFileNames(t *testing.T) {
	f := game(fiveBefore)
	r, err := plan(t, f, file(t,
		edit("name='dash'", "find='-'", "set='+'", "in='heap'", "matches='all'"),
		edit("name='dash (2)'", "find='aa'", "set='AA'", "in='heap'"),
		edit("find='bb'", "set='BB'", "in='heap'"),
	)).Apply(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"dash (1)": heap + 2, "dash (3)": heap + 5, "dash (4)": heap + 8, "dash (5)": heap + 11, "dash (2)": heap, "": heap + 3}
	for _, title := range []string{"Undo: test.toml", "Redo: test.toml", "Undo: test.toml"} {
		undo := r.UndoFile()
		got := make(map[string]uint64)
		for _, e := range undo.Edits {
			got[e.Name], _ = strconv.ParseUint(e.At, 0, 64)
		}
		if diff := cmp.Diff(want, got); diff != "" || undo.Title != title {
			t.Errorf("%q, want %q (-want +got):\n%s", undo.Title, title, diff)
		}
		if r, err = plan(t, f, undo).Apply(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
}
