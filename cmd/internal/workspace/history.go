package workspace

import (
	"context"
	"errors"
	"slices"

	"quarry/patch"
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
	scans      []scans // that it holds on to, if it is a step of a search
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

// undo takes back the last step. A step that fails stays where it was, unless
// it was taken back as far as the program's own changes allow.
func (h *history) undo(ctx context.Context) (Step, error) {
	return move(&h.done, &h.undone, ErrNothingToUndo, func(s Step) error { return s.undo(ctx) })
}

// redo does again what was taken back last.
func (h *history) redo(ctx context.Context) (Step, error) {
	return move(&h.undone, &h.done, ErrNothingToRedo, func(s Step) error { return s.redo(ctx) })
}

// drop forgets the steps that are to be dropped.
func (h *history) drop(dropped func(Step) bool) {
	h.done = slices.DeleteFunc(slices.Clone(h.done), dropped)
	h.undone = slices.DeleteFunc(slices.Clone(h.undone), dropped)
}

// scans returns all searches that steps hold on to.
func (h *history) scans() []scans {
	var all []scans
	for _, steps := range [][]Step{h.done, h.undone} {
		for _, s := range steps {
			all = append(all, s.scans...)
		}
	}
	return all
}

func move(from, to *[]Step, empty error, action func(Step) error) (Step, error) {
	if len(*from) == 0 {
		return Step{}, empty
	}
	last := (*from)[len(*from)-1]
	err := action(last)
	if left := (*patch.LeftError)(nil); err != nil && !errors.As(err, &left) {
		return last, err
	}
	*from, *to = (*from)[:len(*from)-1], append(*to, last)
	return last, err
}
