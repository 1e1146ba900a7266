package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"quarry/patch"
	"quarry/patch/freeze"
	"quarry/search"
)

// MaxPatch is the size of the largest patch file that is read.
const MaxPatch = 4 << 20

// ReadPatch reads a patch file, a regular file of at most MaxPatch bytes.
func ReadPatch(path string) (*patch.File, error) {
	data, err := readRegular(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", patch.ErrFile, err)
	case len(data) > MaxPatch:
		return nil, &patch.FileError{File: path, Problem: "is larger than 4 MiB, the most that is read"}
	}
	return patch.Parse(path, data)
}

// readRegular reads a regular file as far as one byte beyond MaxPatch. It never
// waits, as for the writer of a pipe, so it needs no context.
func readRegular(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, syscall.ENXIO) { // a socket
		return nil, notRegular(path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, notRegular(path)
	}
	return io.ReadAll(io.LimitReader(f, MaxPatch+1))
}

func notRegular(path string) error {
	return &patch.FileError{File: path, Problem: "is no regular file"}
}

// Plan finds out what a patch file would do, and writes nothing.
func (w *Workspace) Plan(ctx context.Context, f *patch.File) (*patch.Plan, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	return patch.NewPlan(ctx, s, f, w.options())
}

func (w *Workspace) options() search.Options {
	return search.Options{Progress: w.Progress, Store: w.store}
}

// Apply does what a plan says, all of it or nothing. What the file freezes is
// kept so from then on, as entries of the table. What could not be taken back of
// a failure is remembered too, and undone like all else.
func (w *Workspace) Apply(ctx context.Context, p *patch.Plan, o Writing) (*patch.Result, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	result, err := p.Apply(ctx, s, w.writing(o)...)
	if result == nil {
		return nil, err
	}
	if err != nil { // result is what is left of a failure
		return result, errors.Join(err, w.wrote(result.Group, nil))
	}
	return result, w.wrote(result.Group, w.freezing(p))
}

// freezing returns the table in which what an applied plan freezes is frozen, or
// nil when it freezes nothing.
func (w *Workspace) freezing(p *patch.Plan) *table {
	taken := w.taken()
	var edits []patch.Edit
	var names []string
	for _, e := range p.Edits {
		if e.Freeze.Mode == freeze.Off || len(e.Places) == 0 && e.At == "" {
			continue
		}
		if e.Name == "" {
			e.Name = freeName(taken)
		}
		edits, names = append(edits, e.Edit), append(names, e.Name)
	}
	if edits == nil {
		return nil
	}
	next := w.table.withAll(edits).freezing(true, names...)
	return &next
}

// Revert takes back what a patch file did, edit by edit. A file that undoes, as
// patch.Result.UndoFile makes, is applied edit by edit instead: both put the
// former bytes back.
func (w *Workspace) Revert(ctx context.Context, f *patch.File, o Writing) (*patch.RevertResult, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	revert := patch.Revert
	if f.Target.PID != 0 {
		revert = patch.Restore
	}
	result, err := revert(ctx, s, f, w.options(), w.writing(o)...)
	if result != nil {
		err = errors.Join(err, w.wrote(result.Group, nil))
	}
	return result, err
}
