package workspace

import (
	"context"
	"errors"
)

// States of a history that has nothing more to give. Match with errors.Is.
var (
	ErrNothingToUndo = errors.New("nothing to undo")
	ErrNothingToRedo = errors.New("nothing to redo")
)

// Step is one thing done that can be taken back.
type Step struct {
	// Title says what was done, such as "set 3 values to 9999".
	Title string

	undo, redo func(context.Context) error
}

// history holds what was done and what was taken back, latest last.
type history struct {
	done, undone []Step
}

// add remembers a step that was just done. What was taken back before can not
// be done again after it.
func (h *history) add(s Step) {
	h.done = append(h.done, s)
	h.undone = nil
}

// undo takes back the last step. A step that fails stays where it was.
func (h *history) undo(ctx context.Context) (Step, error) {
	return move(ctx, &h.done, &h.undone, ErrNothingToUndo, func(s Step) func(context.Context) error { return s.undo })
}

// redo does again what was taken back last.
func (h *history) redo(ctx context.Context) (Step, error) {
	return move(ctx, &h.undone, &h.done, ErrNothingToRedo, func(s Step) func(context.Context) error { return s.redo })
}

func move(ctx context.Context, from, to *[]Step, empty error, action func(Step) func(context.Context) error) (Step, error) {
	if len(*from) == 0 {
		return Step{}, empty
	}
	last := (*from)[len(*from)-1]
	if err := action(last)(ctx); err != nil {
		return last, err
	}
	*from, *to = (*from)[:len(*from)-1], append(*to, last)
	return last, nil
}
