package workspace

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"quarry/cmd/internal/outfile"
	"quarry/patch"
)

// maxTable is how many entries a table may have so that it can be loaded again.
const maxTable = 100_000

// Load reads a patch file and adds its edits to the table of entries, in place
// of entries of the same name; of those without a name, of the same location. It
// writes nothing to the process: what is frozen stays so, at the value it has. It
// returns the names of entries that are frozen no more, as the file has them
// elsewhere.
//
// The head of the file, its title, target and comments, becomes that of a table
// that came from no other file.
func (w *Workspace) Load(path string) (thawed []string, err error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	data, err := readRegular(path, MaxPatch)
	if err != nil {
		return nil, err
	}
	f, err := patch.Parse(path, data)
	if err != nil {
		return nil, err
	}
	if err := f.Target.Check(s); err != nil {
		return nil, err
	}
	next := w.table.withAll(f.Edits)
	if len(next.file.Edits) > maxTable {
		return nil, fmt.Errorf("%w: the table would have more than %d entries", ErrReference, maxTable)
	}
	if next, thawed, err = w.stillFrozen(next); err != nil {
		return nil, err
	}
	if next.origin == nil || next.origin.path == "" || sameFile(path, next.origin.path) {
		edits := next.file.Edits
		next.file = *f
		next.file.Edits, next.origin = edits, &origin{path, sha256.Sum256(data)}
	}
	return thawed, w.setTable(next, "load "+path)
}

// stillFrozen gives the entries that are frozen now, and that next has anew, the
// rule and the value that they are frozen with. Those that next has elsewhere are
// let go.
func (w *Workspace) stillFrozen(next table) (_ table, thawed []string, err error) {
	edits := slices.Clone(next.file.Edits)
	for name := range w.table.frozen {
		was, now := w.table.file.Edits[w.table.index(name)], &edits[next.index(name)]
		if locationOf(was) != locationOf(*now) || was.Stored != now.Stored || was.Order != now.Order || was.Width() != now.Width() {
			thawed = append(thawed, name)
			continue
		}
		now.Freeze, now.Set, now.Length = was.Freeze, was.Set, was.Length
		if now.At != "" && now.Expect.IsZero() {
			now.Expect.Any = true
		}
		if err := now.Check(); err != nil {
			return next, nil, err
		}
	}
	slices.Sort(thawed)
	return next.holdingEdits(edits).thawed(thawed...), thawed, nil
}

// sameFile reports whether two paths are of one file that is there.
func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// Save writes the table of entries as a patch file for the attached program. A
// file that is there already is replaced only when the table came from it or was
// saved to it and it has not been changed since, or when replace says so. The
// process may have ended. It returns how many entries were written.
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
	if err := CheckLoadable(path, data, len(f.Edits)); err != nil {
		return 0, err
	}
	own, err := w.table.origin.owns(path)
	if err != nil && !replace {
		return 0, err
	}
	if path == "" {
		return 0, &adviceError{fmt.Errorf("%w: the name of the file is empty", ErrReference), "write a FILE"}
	}
	if err := outfile.Write(path, data, replace || own); err != nil {
		return 0, err
	}
	*w.table.origin = origin{path, sha256.Sum256(data)}
	return len(f.Edits), nil
}

// owns reports whether a path is of the file that the table came from. The error
// is outfile.ErrExists when somebody else has changed that since.
func (o *origin) owns(path string) (bool, error) {
	if o.path == "" || !sameFile(path, o.path) {
		return false, nil
	}
	data, err := readRegular(path, MaxPatch)
	if err == nil && sha256.Sum256(data) == o.held {
		return true, nil
	}
	return false, &adviceError{
		fmt.Errorf("%s: %w, and it is not as it was when it was loaded or saved", path, outfile.ErrExists),
		"load takes over what has changed in it, and save --force replaces it",
	}
}

// CheckLoadable refuses a patch file that could not be read again.
func CheckLoadable(path string, data []byte, edits int) error {
	switch {
	case edits > maxTable:
		return &patch.FileError{File: path, Problem: fmt.Sprintf("it would have %d entries, and %d are the most that are read", edits, maxTable)}
	case len(data) > MaxPatch:
		return &patch.FileError{File: path, Problem: fmt.Sprintf("it would have %d bytes, and %d are the most that are read", len(data), MaxPatch)}
	}
	return nil
}

// describeTarget fills in what the table is for: the attached program.
func (w *Workspace) describeTarget(q *patch.Requirements) error {
	if err := w.learnTarget(); err != nil {
		return err
	}
	q.Exe, q.Arch, q.BuildID = orElse(q.Exe, w.target.Exe), orElse(q.Arch, w.target.Arch), orElse(q.BuildID, w.target.BuildID)
	return nil
}

// learnTarget finds out what the attached program is, once. It does so while there
// are entries to be saved and not when they are saved: the process may have ended
// by then.
func (w *Workspace) learnTarget() error {
	if w.target.Exe != "" {
		return nil
	}
	s, err := w.Session()
	if err != nil {
		return err
	}
	program, err := s.Program()
	if err != nil {
		return err
	}
	id, err := s.BuildID(program)
	if err != nil {
		return err
	}
	w.target = patch.Requirements{Exe: filepath.Base(s.Exe()), Arch: s.Layout().Arch, BuildID: id}
	return nil
}

// origin is the file that a table came from or was saved to. Later tables share
// it, so that a step back does not forget what was saved.
type origin struct {
	path string
	held [sha256.Size]byte // what the file held then
}
