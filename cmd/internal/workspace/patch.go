package workspace

import (
	"context"
	"fmt"
	"os"

	"quarry/patch"
	"quarry/search"
)

// ReadPatch reads a patch file.
func ReadPatch(path string) (*patch.File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", patch.ErrFile, err)
	}
	return patch.Parse(path, data)
}

// Plan finds out what a patch file would do, and writes nothing.
func (w *Workspace) Plan(ctx context.Context, f *patch.File) (*patch.Plan, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	return patch.NewPlan(ctx, s, f, w.options())
}

func (w *Workspace) options() search.Options { return search.Options{Progress: w.Progress} }

// Apply does what a plan says, all of it or nothing.
func (w *Workspace) Apply(ctx context.Context, p *patch.Plan) (*patch.Result, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	result, err := p.Apply(ctx, s)
	if result != nil {
		w.wrote(result.Group)
	}
	return result, err
}

// Revert takes back what a patch file did, edit by edit. A file that undoes, as
// patch.Result.UndoFile makes, is applied edit by edit instead: both put the
// former bytes back.
func (w *Workspace) Revert(ctx context.Context, f *patch.File) (*patch.RevertResult, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	revert := patch.Revert
	if f.Target.PID != 0 {
		revert = patch.Restore
	}
	result, err := revert(ctx, s, f, w.options())
	if result != nil {
		w.wrote(result.Group)
	}
	return result, err
}
