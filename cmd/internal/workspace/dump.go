package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"quarry/cmd/internal/owner"
	"quarry/search"
	"quarry/session"
	"quarry/session/core"
)

// Dumped is what was written of the memory.
type Dumped struct {
	core.Summary
	Files []DumpFile
}

// DumpFile is a file that holds a region.
type DumpFile struct {
	Name   string
	Region session.Region
	Copied core.Copied
}

// DumpRange writes the bytes of a range to a new file; with force also over one
// that is there. What cannot be read is zero in it. The file is whole or not
// there at all.
func (w *Workspace) DumpRange(ctx context.Context, r session.Range, path string, force bool) (Dumped, error) {
	regions, err := w.mapped(r)
	if err != nil {
		return Dumped{}, err
	}
	return w.dumpFile(ctx, r, regions, path, force, w.copying(regions))
}

// dumpFile writes the regions in a range to a file.
func (w *Workspace) dumpFile(ctx context.Context, r session.Range, regions []session.Region, path string, force bool, progress func(uint64)) (Dumped, error) {
	var d Dumped
	err := writeDump(path, force, func(f *outFile) error {
		err := f.Truncate(int64(r.Size()))
		if err == nil {
			d, err = w.dumpRange(ctx, f, r, regions, progress)
		}
		return err
	})
	return d, err
}

// DumpTo writes the bytes of a range to a stream.
func (w *Workspace) DumpTo(ctx context.Context, r session.Range, to io.Writer) (Dumped, error) {
	regions, err := w.mapped(r)
	if err != nil {
		return Dumped{}, err
	}
	s := &stream{w: to}
	d, err := w.dumpRange(ctx, s, r, regions, w.copying(regions))
	if err == nil {
		_, err = s.WriteAt(nil, int64(r.Size()))
	}
	return d, err
}

// mapped returns the regions in a range, of which there is at least one.
func (w *Workspace) mapped(r session.Range) ([]session.Region, error) {
	s, err := w.Session()
	if err != nil {
		return nil, err
	}
	scope, err := session.ParseScope(r.String())
	if err != nil {
		return nil, err
	}
	regions, err := scope.Select(s)
	if errors.Is(err, session.ErrScope) {
		return nil, w.unreadable(&session.AccessError{State: session.ErrUnreadable, Addr: r.Start})
	}
	return regions, err
}

// dumpRange writes the regions in a range to where they belong in it. It is an
// error when nothing can be read.
func (w *Workspace) dumpRange(ctx context.Context, to io.WriterAt, r session.Range, regions []session.Region, progress func(uint64)) (Dumped, error) {
	d := Dumped{Summary: core.Summary{Regions: len(regions), Size: r.Size()}}
	at := r.Start
	miss := func(end uint64) {
		if at < end {
			d.Unreadable = append(d.Unreadable, session.Range{Start: at, End: end})
		}
	}
	for _, region := range regions {
		miss(region.Start)
		c, err := core.Copy(ctx, to, int64(region.Start-r.Start), w.session, region, progress)
		if err != nil {
			return d, err
		}
		d.Bytes += c.Bytes
		d.Unreadable = append(d.Unreadable, c.Unreadable...)
		at = region.End
	}
	miss(r.End)
	if d.Bytes == 0 && len(d.Unreadable) > 0 {
		return d, w.unreadable(&session.AccessError{State: session.ErrUnreadable, Addr: d.Unreadable[0].Start})
	}
	return d, w.session.Alive()
}

// copying returns what tells how much of regions is copied, or nil when nobody
// is told.
func (w *Workspace) copying(regions []session.Region) func(uint64) {
	if w.Progress == nil {
		return nil
	}
	var p search.Progress
	for _, r := range regions {
		p.Total += r.Size()
	}
	return func(n uint64) {
		p.Done += n
		w.Progress(p)
	}
}

// DumpCore writes the process as an ELF core file.
func (w *Workspace) DumpCore(ctx context.Context, path string, force bool) (Dumped, error) {
	s, err := w.Session()
	if err != nil {
		return Dumped{}, err
	}
	var d Dumped
	err = writeDump(path, force, func(f *outFile) error {
		var progress func(done, all uint64)
		if w.Progress != nil {
			progress = func(done, all uint64) { w.Progress(search.Progress{Done: done, Total: all}) }
		}
		d.Summary, err = core.Write(ctx, f, s, progress)
		return err
	})
	return d, err
}

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
		if err == nil {
			return
		}
		for _, f := range d.Files {
			os.Remove(filepath.Join(dir, f.Name))
		}
		if made {
			os.Remove(dir)
		}
	}()
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
			return d, err
		}
		f.Copied = one.Copied
		d.Files = append(d.Files, f)
		d.Bytes += one.Bytes
		d.Size += one.Size
		d.Unreadable = append(d.Unreadable, one.Unreadable...)
	}
	if len(d.Files) == 0 {
		return d, w.unreadable(&session.AccessError{State: session.ErrUnreadable, Addr: regions[0].Start})
	}
	index, err := d.index()
	if err != nil {
		return d, err
	}
	return d, writeDump(filepath.Join(dir, indexFile), force, func(f *outFile) error {
		_, err := f.WriteAt(index, 0)
		return err
	})
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

// outFile is a file that is being written. One that is no regular file, such
// as /dev/full, is written as it is.
type outFile struct {
	*os.File
	regular bool
}

// Truncate makes the file that long.
func (f *outFile) Truncate(size int64) error {
	if !f.regular {
		return nil
	}
	return f.File.Truncate(size)
}

// writeDump writes a file that only its owner may read. It gets its name once
// it is whole, so that nobody ever sees a part of it; on an error it is taken
// away. A file that is there is replaced with force only.
func writeDump(path string, force bool, write func(*outFile) error) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case err == nil && !force:
		return exists(path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(&outFile{f, false}), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".quarry-*") // mode 0600
	if err != nil {
		return named(err, path)
	}
	defer os.Remove(f.Name())
	err = errors.Join(write(&outFile{f, true}), owner.GiveToInvoker(path, f.Chown))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return named(err, path)
	}
	if !force {
		// A link never replaces what somebody else has put there meanwhile.
		switch err := os.Link(f.Name(), path); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return exists(path)
		}
	}
	return os.Rename(f.Name(), path)
}

func exists(path string) error {
	return &adviceError{fmt.Errorf("%s: %w", path, ErrExists), "--force replaces it"}
}

// named puts the name that a person has given in place of the temporary one.
func named(err error, path string) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return &fs.PathError{Op: at.Op, Path: path, Err: at.Err}
	}
	return err
}

// stream writes to a stream what comes in rising order, and zeros for what is
// left out.
type stream struct {
	w    io.Writer
	done int64
}

// WriteAt implements io.WriterAt, for rising offsets.
func (s *stream) WriteAt(p []byte, offset int64) (int, error) {
	var zeros [64 << 10]byte
	for s.done < offset {
		n, err := s.w.Write(zeros[:min(int64(len(zeros)), offset-s.done)])
		s.done += int64(n)
		if err != nil {
			return 0, err
		}
	}
	n, err := s.w.Write(p)
	s.done += int64(n)
	return n, err
}
