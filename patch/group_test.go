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
