package render

import (
	"fmt"

	"quarry/session"
)

// Regions is the memory map of a process.
type Regions struct {
	Regions []Region `json:"regions"`
}

// Region is one line of it.
type Region struct {
	Start  Address `json:"start"`
	End    Address `json:"end"`
	Size   uint64  `json:"size"`
	Perms  string  `json:"perms"`
	Kind   string  `json:"kind"`
	Module string  `json:"module,omitempty"`
	Offset uint64  `json:"offset"`
	Path   string  `json:"path,omitempty"`
	// Deleted tells that the file is not at its path any more.
	Deleted bool `json:"deleted,omitempty"`
}

// NewRegions returns the form of a memory map that is shown.
func NewRegions(regions []session.Region) Regions {
	out := Regions{Regions: []Region{}}
	for _, r := range regions {
		out.Regions = append(out.Regions, Region{
			Start: Address(r.Start), End: Address(r.End), Size: r.Size(), Perms: r.Perms.String(), Kind: r.Kind.String(),
			Module: r.Module, Offset: r.Offset, Path: r.Path, Deleted: r.Deleted,
		})
	}
	return out
}

// Text writes a table.
func (l Regions) Text(p *Page) {
	rows := make([][]string, len(l.Regions))
	for i, r := range l.Regions {
		path := Printable(r.Path)
		if r.Deleted {
			path += " (deleted)"
		}
		rows[i] = []string{fmt.Sprintf("%s-%s", r.Start, r.End), r.Perms, Size(r.Size), r.Kind, path}
	}
	p.table([]column{{title: "ADDRESSES", style: p.address}, {title: "PERM"}, {title: "SIZE", right: true},
		{title: "KIND"}, {title: "FILE"}}, rows)
}
