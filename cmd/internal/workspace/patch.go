package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"quarry/patch"
	"quarry/patch/foreign"
	"quarry/patch/format"
	"quarry/patch/freeze"
	"quarry/search"
	"quarry/session"
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
// that of its format; when it is empty, the file itself tells. Beside ErrNoEntries it
// returns what is left out.
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
	if err == nil && len(file.Edits) == 0 {
		err = fmt.Errorf("%s: %w", path, ErrNoEntries)
	}
	return file, f, omitted, err
}

// Export returns a patch file in the format of another tool. Beside ErrNoEntries it
// returns what is left out, which is all.
func Export(path, name string) ([]byte, []foreign.Omission, error) {
	f, ok := format.Named(name)
	if !ok {
		return nil, nil, &adviceError{fmt.Errorf("%w: no format is called %q", ErrReference, name), "write " + formats()}
	}
	file, err := ReadPatch(path)
	if err != nil {
		return nil, nil, err
	}
	text, omitted, err := f.Encode(file)
	if err != nil {
		return nil, nil, err
	}
	if back, _, err := f.Parse(path, text); err != nil || len(back.Edits) == 0 {
		return nil, omitted, fmt.Errorf("%s: %w of %s", path, ErrNoEntries, name)
	}
	return text, omitted, nil
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
	var inPath *fs.PathError
	switch {
	case errors.Is(err, patch.ErrFile):
		return nil, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, &patch.FileError{File: path, Problem: "there is no such file", Cause: err}
	case errors.As(err, &inPath):
		return nil, &patch.FileError{File: path, Problem: "it cannot be read: " + inPath.Err.Error(), Cause: err}
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
// kept so from then on, as entries of the table; frozen are their names. What
// could not be taken back of a failure is remembered too, and undone like all
// else.
func (w *Workspace) Apply(ctx context.Context, p *patch.Plan, o Writing) (result *patch.Result, frozen []string, err error) {
	s, err := w.Session()
	if err != nil {
		return nil, nil, err
	}
	next, names, err := w.frozenBy(ctx, p, o)
	if err != nil {
		return nil, nil, err
	}
	apply := func() (err error) {
		result, err = p.Apply(ctx, s, w.writing(ctx, o, names...)...)
		return err
	}
	if next == nil {
		err = apply()
	} else {
		err = w.quietly(*next, apply)
	}
	switch {
	case result == nil:
		return nil, nil, err
	case errors.Is(err, patch.ErrPartial): // result is what is left of a failure
		next, names = nil, nil
	}
	failed := w.wrote(result.Group, next)
	if failed != nil {
		names = nil
	}
	return result, names, errors.Join(err, failed)
}

// frozenBy returns the table in which what a plan freezes is frozen, and the names
// of that, or nil when it freezes nothing. Places where that would change a file on disk are refused.
func (w *Workspace) frozenBy(ctx context.Context, p *patch.Plan, o Writing) (_ *table, names []string, _ error) {
	taken, known := w.taken(), w.table.namesByLocation()
	var edits []patch.Edit
	for _, e := range p.Edits {
		if e.Freeze.Mode == freeze.Off || e.Disabled || len(e.Places) == 0 && (e.At == "" || e.State == patch.Unresolved) {
			continue
		}
		if e.Name == "" {
			e.Name = known[locationOf(e.Edit)]
		}
		if e.Name == "" {
			e.Name = freeName(taken)
		}
		edits, names = append(edits, e.Edit), append(names, e.Name)
	}
	if edits == nil {
		return nil, nil, nil
	}
	next := w.table.withAll(edits).holding(hold{o.Files}, names...)
	at := w.atlasOf(next)
	var found []patch.Edit
	var places []session.Range
	for _, e := range edits {
		if m, err := at.entry(ctx, e, nil); err == nil { // else it is waited for
			found, places = append(found, e), append(places, extent(e, m))
		}
	}
	if err := w.checkApart(ctx, found, places, true); err != nil || o.Files {
		return &next, names, err
	}
	return &next, names, patch.CheckFiles(w.session, places...)
}

// Revert takes back what a patch file did, edit by edit, and lets go of what it
// froze; thawed are the names of these entries. A file that undoes, as
// patch.Result.UndoFile makes, is applied edit by edit instead: both put the
// former bytes back.
func (w *Workspace) Revert(ctx context.Context, f *patch.File, o Writing) (result *patch.RevertResult, thawed []string, err error) {
	s, err := w.Session()
	if err != nil {
		return nil, nil, err
	}
	revert := patch.Revert
	if f.Target.PID != 0 {
		revert = patch.Restore
	}
	if err := f.Target.Check(s); err != nil {
		return nil, nil, err
	}
	thawed = w.frozenIn(ctx, f)
	next := w.table.thawed(thawed...)
	err = w.quietly(next, func() (err error) {
		result, err = revert(ctx, s, f, w.options(), w.writing(ctx, o)...)
		return err
	})
	switch {
	case result == nil:
		return nil, nil, err
	case len(thawed) == 0:
		return result, nil, errors.Join(err, w.wrote(result.Group, nil))
	}
	return result, thawed, errors.Join(err, w.wrote(result.Group, &next))
}

// frozenIn returns the names of the entries that are kept frozen and that a file
// is about: those of an edit's name or location, and those in the bytes that a
// file puts back at an address.
func (w *Workspace) frozenIn(ctx context.Context, f *patch.File) []string {
	about := make(map[any]bool)
	var bytes []session.Range
	for _, e := range f.Edits {
		if e.Disabled {
			continue
		}
		about[e.Name], about[locationOf(e)] = true, true
		if addr, err := strconv.ParseUint(e.At, 0, 64); err == nil {
			bytes = append(bytes, session.Range{Start: addr, End: addr + uint64(e.Width())})
		}
	}
	at := w.atlas()
	var names []string
	for name := range w.table.frozen {
		e := w.table.file.Edits[w.table.index(name)]
		is := about[name] || about[locationOf(e)]
		if m, err := at.entry(ctx, e, nil); err == nil && !is {
			end := m.Addr + uint64(e.Width())
			is = slices.ContainsFunc(bytes, func(r session.Range) bool { return m.Addr < r.End && r.Start < end })
		}
		if is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
