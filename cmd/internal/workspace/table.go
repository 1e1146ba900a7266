package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"quarry/cmd/internal/settings"
	"quarry/patch"
)

// ErrExists: a file is there already and was not made of this table.
var ErrExists = errors.New("the file is there already")

// Load reads a patch file and adds its edits to the table of entries, in place
// of entries of the same name. It writes nothing to the process. It returns how
// many entries the file has.
func (w *Workspace) Load(path string) (int, error) {
	s, err := w.Session()
	if err != nil {
		return 0, err
	}
	f, err := ReadPatch(path)
	if err != nil {
		return 0, err
	}
	if err := f.Target.Check(s); err != nil {
		return 0, err
	}
	next := w.table
	if len(next.file.Edits) == 0 {
		next.file = *f
	} else {
		next = next.withAll(f.Edits)
		for _, e := range f.Edits {
			next = next.freezing(false, e.Name)
		}
	}
	if next.file.Name == "" {
		next.file.Name = path
	}
	return len(f.Edits), w.setTable(next, "load "+path)
}

// Save writes the table of entries as a patch file for the attached program. A
// file that is there already is replaced only when the table came from it, or
// when replace says so. It returns how many entries were written.
func (w *Workspace) Save(path string, replace bool) (int, error) {
	if len(w.table.file.Edits) == 0 {
		return 0, &adviceError{fmt.Errorf("%w: the table has no entries", ErrReference), "label REF NAME makes one"}
	}
	f := w.table.file
	f.Name = path
	if err := w.describeTarget(&f.Target); err != nil {
		return 0, err
	}
	data, err := f.Encode()
	if err != nil {
		return 0, err
	}
	if err := WriteFile(path, data, replace || path == w.table.file.Name); err != nil {
		return 0, err
	}
	w.table.file.Name = path
	return len(f.Edits), nil
}

// describeTarget fills in what the table is for: the attached program.
func (w *Workspace) describeTarget(q *patch.Requirements) error {
	s, err := w.Session()
	if err != nil {
		return err
	}
	if q.Exe == "" {
		q.Exe = filepath.Base(s.Exe())
	}
	if q.Arch == "" {
		q.Arch = s.Layout().Arch
	}
	program, err := s.Program()
	if err != nil || q.BuildID != "" {
		return err
	}
	q.BuildID, err = s.BuildID(program)
	return err
}

// WriteFile writes a file whole or not at all. Where one is there already it is
// ErrExists, unless it may be replaced.
func WriteFile(path string, data []byte, replace bool) error {
	if path == "" {
		return &adviceError{fmt.Errorf("%w: the name of the file is empty", ErrReference), "write a FILE"}
	}
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	switch info, err := os.Lstat(path); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file, and is not replaced", path)
	case err == nil && !replace:
		return &adviceError{fmt.Errorf("%s: %w", path, ErrExists), "--force replaces it"}
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	mode := fs.FileMode(0o644)
	if info, statErr := os.Stat(path); statErr == nil {
		mode = info.Mode().Perm()
	}
	err = errors.Join(err, f.Chmod(mode), settings.GiveToInvoker(path, f.Chown), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// freezing returns a table in which entries are kept frozen, or are not.
func (t table) freezing(on bool, names ...string) table {
	t.frozen = maps.Clone(t.frozen)
	if t.frozen == nil {
		t.frozen = make(map[string]bool)
	}
	for _, name := range names {
		if on {
			t.frozen[name] = true
		} else {
			delete(t.frozen, name)
		}
	}
	return t
}

// assigned returns the table after a value was written to the places of entries,
// or nil when none was.
func (w *Workspace) assigned(ctx context.Context, names []string, text string, g patch.Group) *table {
	next, any := w.table, false
	for _, name := range names {
		i := next.index(name)
		if i < 0 {
			continue
		}
		any = true
		if m, err := w.atlas().entry(ctx, next.file.Edits[i], nil); err == nil {
			next = next.with(name, w.remember(next.file.Edits[i], m.Addr, text, g))
		}
	}
	if !any {
		return nil
	}
	return &next
}

// remember returns an entry to which a value was written: with that value, and
// with what was there before the first time.
func (w *Workspace) remember(e patch.Edit, addr uint64, text string, g patch.Group) patch.Edit {
	former := e
	e.Set = patch.NewValue(e.Type, text)
	if e.At != "" && e.Expect.IsZero() {
		e.Expect.Any = true
		for _, write := range g.Writes {
			if write.Addr == addr {
				e.Expect = w.expectation(e, write.Before)
			}
		}
	}
	if e.Check() != nil {
		return former
	}
	return e
}

// expectation returns what an entry held, as its file will expect it.
func (w *Workspace) expectation(e patch.Edit, before []byte) patch.Expectation {
	v := e.ValueOf(before, w.session.Layout().Order)
	if v == (patch.Value{}) {
		return patch.Expectation{Any: true}
	}
	return patch.Expectation{Values: []patch.Value{v}}
}
