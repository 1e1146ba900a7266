package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/format"
	"quarry/patch/freeze"
	"quarry/search"
)

// MaxPatch is the size of the largest patch file that is read.
const MaxPatch = 4 << 20

// ReadPatch reads a patch file, a regular file of at most MaxPatch bytes.
func ReadPatch(path string) (*patch.File, error) {
	data, err := readRegular(path, MaxPatch)
	if err != nil {
		return nil, err
	}
	return patch.Parse(path, data)
}

// Import reads a file of another tool, or of quarry, as a patch file. name is
// that of its format; when it is empty, the file itself tells.
func Import(path, name string) (*patch.File, format.Format, []foreign.Omission, error) {
	data, err := readRegular(path, foreign.MaxFile)
	if err != nil {
		return nil, format.Format{}, nil, err
	}
	f, ok := format.Detect(path, data)
	if name != "" {
		f, ok = format.Named(name)
	}
	if !ok {
		return nil, f, nil, &patch.FileError{File: path, Problem: "no known format fits it", Advice: "name its format with --format " + formats()}
	}
	file, omitted, err := f.Parse(path, data)
	return file, f, omitted, err
}

// Export returns a patch file in the format of another tool.
func Export(path, name string) ([]byte, []foreign.Omission, error) {
	f, ok := format.Named(name)
	if !ok {
		return nil, nil, &adviceError{fmt.Errorf("%w: no format is called %q", ErrReference, name), "write " + formats()}
	}
	file, err := ReadPatch(path)
	if err != nil {
		return nil, nil, err
	}
	return f.Encode(file)
}

// formats lists the names of the formats.
func formats() string {
	var names []string
	for _, f := range format.All() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// readRegular reads a regular file of at most most bytes. It never waits, as for
// the writer of a pipe, so it needs no context.
func readRegular(path string, most int64) ([]byte, error) {
	data, err := readAtMost(path, most+1)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", patch.ErrFile, err)
	case int64(len(data)) > most:
		return nil, &patch.FileError{File: path, Problem: fmt.Sprintf("is larger than %d MiB, the most that is read", most>>20)}
	}
	return data, nil
}

func readAtMost(path string, most int64) ([]byte, error) {
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
	return io.ReadAll(io.LimitReader(f, most))
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
