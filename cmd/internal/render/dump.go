package render

import (
	"fmt"

	"quarry/session"
)

// Dump is what was written of a process's memory.
type Dump struct {
	Kind       string     `json:"kind"` // raw, regions or core
	Path       string     `json:"path"`
	Bytes      uint64     `json:"bytes"`             // read and written
	Size       uint64     `json:"size"`              // of the files, holes included
	Regions    int        `json:"regions"`           // of the process
	Threads    int        `json:"threads,omitempty"` // in a core file
	Files      []DumpFile `json:"files,omitempty"`   // in a folder
	Unreadable []Span     `json:"unreadable"`        // zeros instead
}

// DumpFile is the file of a region.
type DumpFile struct {
	File  string  `json:"file"`
	Start Address `json:"start"`
	End   Address `json:"end"`
	Kind  string  `json:"kind"`
	Bytes uint64  `json:"bytes"`
}

// NewSpans returns the form of ranges that is shown.
func NewSpans(ranges []session.Range) []Span {
	out := []Span{}
	for _, r := range ranges {
		out = append(out, Span{Address(r.Start), Address(r.End)})
	}
	return out
}

// Text writes what was written, and where.
func (d Dump) Text(p *Page) {
	rows := make([][]string, len(d.Files))
	for i, f := range d.Files {
		rows[i] = []string{f.File, Size(uint64(f.End - f.Start)), f.Kind}
	}
	p.table([]column{{title: "FILE"}, {title: "SIZE", right: true}, {title: "KIND"}}, rows)
	size := Size(d.Size)
	if d.Bytes < d.Size {
		size += fmt.Sprintf(", of which %s in use,", Size(d.Bytes))
	}
	what := Count(uint64(d.Regions), "region", "regions")
	if d.Kind == "core" {
		what = "core file: " + what + ", " + Count(uint64(d.Threads), "thread", "threads")
	}
	p.Line("%s, %s to %s", what, size, p.bold.Sprint(Printable(d.Path)))
	var missing uint64
	for _, s := range d.Unreadable {
		missing += uint64(s.End - s.Start)
	}
	if missing > 0 {
		p.Line("%s cannot be read: zeros instead", Size(missing))
	}
}
