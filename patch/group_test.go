package patch_test

import (
	"context"
	"errors"
	"testing"

	"quarry/patch"
	"quarry/session"
	"quarry/session/sessiontest"
)

// What the program has written since is left alone, and all else is taken back.
func TestUndoOfWhatTheProgramHasChanged(t *testing.T) {
	target := sessiontest.NewFake(sessiontest.Segment{
		Region: session.Region{Range: session.Range{Start: 0x1000}}, Data: []byte{1, 2, 3, 4},
	})
	ctx := context.Background()
	g := patch.Group{Writes: []patch.Write{
		{Addr: 0x1000, Before: []byte{1}, After: []byte{9}},
		{Addr: 0x1002, Before: []byte{3}, After: []byte{8}},
	}}
	var journal patch.Journal
	if err := patch.Apply(ctx, target, g.Writes); err != nil {
		t.Fatal(err)
	}
	journal.Record(g)
	target.Poke(0x1002, []byte{7})

	_, err := journal.Undo(ctx, target)
	var left *patch.LeftError
	if !errors.As(err, &left) || !errors.Is(err, patch.ErrConflict) || len(left.Left) != 1 || left.Left[0].Addr != 0x1002 {
		t.Errorf("Undo: %v, want 0x1002 left", err)
	}
	if got := string(target.Peek(0x1000, 4)); got != "\x01\x02\x07\x04" {
		t.Errorf("after Undo: %x", got)
	}
	if _, err := journal.Redo(ctx, target); err != nil {
		t.Errorf("Redo: %v", err)
	}
	if got := string(target.Peek(0x1000, 4)); got != "\x09\x02\x07\x04" {
		t.Errorf("after Redo: %x", got)
	}
}

// What cannot be written any more keeps nothing else from being taken back.
func TestUndoOfWhatCannotBeWritten(t *testing.T) {
	page := func(start uint64, data ...byte) sessiontest.Segment {
		return sessiontest.Segment{Region: session.Region{Range: session.Range{Start: start}}, Data: data}
	}
	target := sessiontest.NewFake(page(0x1000, 9), page(0x2000, 8), page(0x3000, 7))
	target.WriteProtect(session.Range{Start: 0x2000, End: 0x2001})
	g := patch.Group{Writes: []patch.Write{
		{Addr: 0x1000, Before: []byte{1}, After: []byte{9}},
		{Addr: 0x2000, Before: []byte{2}, After: []byte{8}},
		{Addr: 0x3000, Before: []byte{3}, After: []byte{7}},
	}}
	undone, err := g.Undo(t.Context(), target)
	if !errors.Is(err, session.ErrUnwritable) || errors.Is(err, patch.ErrConflict) || len(undone) != 2 {
		t.Errorf("Undo: %d taken back, %v", len(undone), err)
	}
	const want = "1 of 3 places left alone, which cannot be written any more: 0x2000"
	if errorText(err) != want {
		t.Errorf("error is %v\nwant %s", err, want)
	}
	if a, c := target.Peek(0x1000, 1)[0], target.Peek(0x3000, 1)[0]; a != 1 || c != 3 {
		t.Errorf("after Undo: %d and %d", a, c)
	}
}
