package workspace

import (
	"context"
	"errors"
	"io"

	"quarry/cmd/internal/outfile"
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
	err := outfile.Private(path, force, func(f *outfile.File) error {
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
	err = outfile.Private(path, force, func(f *outfile.File) error {
		var progress func(done, all uint64)
		if w.Progress != nil {
			progress = func(done, all uint64) { w.Progress(search.Progress{Done: done, Total: all}) }
		}
		d.Summary, err = core.Write(ctx, f, s, progress)
		return err
	})
	return d, err
}
