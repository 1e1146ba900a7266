package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"quarry/cmd/internal/outfile"
	"quarry/cmd/internal/owner"
	"quarry/session"
)

// indexFile names the file that lists the others of a folder.
const indexFile = "index.json"

// DumpRegions writes each region of a scope to a file of its own, in a folder
// that is made when it is not there, and an index of them. Without force the
// folder must be empty. On an error, what was written is taken away again.
func (w *Workspace) DumpRegions(ctx context.Context, scope session.Scope, dir string, force bool) (d Dumped, err error) {
	s, err := w.Session()
	if err != nil {
		return Dumped{}, err
	}
	regions, err := scope.Select(s)
	if err != nil {
		return Dumped{}, err
	}
	made, err := makeFolder(dir, force)
	if err != nil {
		return Dumped{}, err
	}
	defer func() {
		if err != nil {
			d.remove(dir, made)
		}
	}()
	if err := w.dumpEach(ctx, &d, regions, dir, force); err != nil {
		return d, err
	}
	if len(d.Files) == 0 {
		return d, w.unreadable(&session.AccessError{State: session.ErrUnreadable, Addr: regions[0].Start})
	}
	index, err := d.index()
	if err != nil {
		return d, err
	}
	return d, outfile.Private(filepath.Join(dir, indexFile), force, func(f *outfile.File) error {
		_, err := f.WriteAt(index, 0)
		return err
	})
}

// dumpEach writes each region to a file of its own, and adds to d what it has
// written. What cannot be read at all gets no file.
func (w *Workspace) dumpEach(ctx context.Context, d *Dumped, regions []session.Region, dir string, force bool) error {
	d.Summary.Regions = len(regions)
	progress := w.copying(regions) // one for all files
	for _, r := range regions {
		f := DumpFile{Name: fmt.Sprintf("%012x-%012x.%s.bin", r.Start, r.End, r.Kind), Region: r}
		one, err := w.dumpFile(ctx, r.Range, []session.Region{r}, filepath.Join(dir, f.Name), force, progress)
		switch {
		case errors.Is(err, session.ErrUnreadable): // such as [vvar], or unmapped meanwhile
			d.Unreadable = append(d.Unreadable, r.Range)
			continue
		case err != nil:
			return err
		}
		f.Copied = one.Copied
		d.Files = append(d.Files, f)
		d.Bytes += one.Bytes
		d.Size += one.Size
		d.Unreadable = append(d.Unreadable, one.Unreadable...)
	}
	return nil
}

// remove takes away what was written to a folder, and the folder if it was made
// for that.
func (d Dumped) remove(dir string, made bool) {
	for _, f := range d.Files {
		os.Remove(filepath.Join(dir, f.Name))
	}
	if made {
		os.Remove(dir)
	}
}

// index returns what the index file of a folder says.
func (d Dumped) index() ([]byte, error) {
	type entry struct {
		File   string `json:"file"`
		Start  string `json:"start"`
		End    string `json:"end"`
		Perms  string `json:"perms"`
		Kind   string `json:"kind"`
		Offset uint64 `json:"offset"`
		Path   string `json:"path,omitempty"`
		Module string `json:"module,omitempty"`
	}
	var entries []entry
	for _, f := range d.Files {
		r := f.Region
		entries = append(entries, entry{f.Name, fmt.Sprintf("%#x", r.Start), fmt.Sprintf("%#x", r.End), r.Perms.String(), r.Kind.String(), r.Offset, r.Path, r.Module})
	}
	text, err := json.MarshalIndent(entries, "", "  ")
	return append(text, '\n'), err
}

// makeFolder makes a folder for secrets, or sees that it is empty.
func makeFolder(dir string, force bool) (made bool, err error) {
	if err := os.Mkdir(dir, 0o700); !errors.Is(err, fs.ErrExist) {
		if err == nil {
			err = owner.GiveToInvoker(dir, func(uid, gid int) error { return os.Lchown(dir, uid, gid) })
		}
		return err == nil, err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 && !force {
		err = &adviceError{fmt.Errorf("%s is not empty", dir), "name a new folder, or add --force"}
	}
	return false, err
}
