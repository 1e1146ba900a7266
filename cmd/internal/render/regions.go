package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"

	"quarry/session"
)

// Regions is the memory map of a process.
type Regions struct {
	Regions []Region     `json:"regions"`
	Totals  []KindMemory `json:"totals"`
}

// Region is one line of it.
type Region struct {
	Start    Address `json:"start"`
	End      Address `json:"end"`
	Size     uint64  `json:"size"`
	Resident uint64  `json:"resident"`
	Swapped  uint64  `json:"swapped,omitempty"`
	Perms    string  `json:"perms"`
	Kind     string  `json:"kind"`
	Module   string  `json:"module,omitempty"`
	Offset   uint64  `json:"offset"`
	Path     string  `json:"path,omitempty"`
	// Deleted tells that the file is not at its path any more.
	Deleted bool `json:"deleted,omitempty"`
	// Flags are what a person should notice: wx, deleted, stack guard.
	Flags []string `json:"flags,omitempty"`
}

// The flags of regions.
const (
	flagWX      = "wx"
	flagDeleted = "deleted"
	flagGuard   = "stack guard"
)

// NewRegion returns the form of regions[i] that is shown.
func NewRegion(regions []session.Region, i int, u session.Usage) Region {
	r := regions[i]
	out := Region{
		Start: Address(r.Start), End: Address(r.End), Size: r.Size(), Resident: u.Resident, Swapped: u.Swapped,
		Perms: r.Perms.String(), Kind: r.Kind.String(), Module: r.Module, Offset: r.Offset, Path: r.Path, Deleted: r.Deleted,
	}
	if r.WritableCode() {
		out.Flags = append(out.Flags, flagWX)
	}
	if r.Deleted {
		out.Flags = append(out.Flags, flagDeleted)
	}
	if session.StackGuard(regions, i) {
		out.Flags = append(out.Flags, flagGuard)
	}
	return out
}

// NewRegions returns the form of a memory map that is shown: of the regions that
// hold a text, in any case, or of all of them.
func NewRegions(regions []session.Region, usage []session.Usage, text string) Regions {
	out := Regions{Regions: []Region{}}
	for i := range regions {
		if r := NewRegion(regions, i, usage[i]); r.Holds(text) {
			out.Regions = append(out.Regions, r)
		}
	}
	out.Totals = totals(out.Regions)
	return out
}

// Holds reports whether a text is in what is shown of the region, in any case.
func (r Region) Holds(text string) bool {
	shown := strings.Join([]string{r.Perms, r.Kind, r.Path, r.Module, strings.Join(r.Flags, " ")}, "\n")
	return strings.Contains(strings.ToLower(shown), strings.ToLower(text))
}

// totals sums the regions by kind.
func totals(regions []Region) []KindMemory {
	out := []KindMemory{}
	for _, r := range regions {
		i := slices.IndexFunc(out, func(k KindMemory) bool { return k.Kind == r.Kind })
		if i < 0 {
			i = len(out)
			out = append(out, KindMemory{Kind: r.Kind})
		}
		out[i].Regions++
		out[i].Bytes += r.Size
		out[i].Resident += r.Resident
	}
	return out
}

// kindColors tell the kinds of region apart. Each is as many bytes long as the
// others, so that the columns of tables stay straight.
var kindColors = map[string]color.Attribute{
	"heap": color.FgGreen, "anon": color.FgGreen, "stack": color.FgMagenta, "data": color.Bold, "code": color.FgBlue,
	"const": color.FgCyan, "file": color.FgCyan, "shared": color.FgCyan,
}

// plainText is the colour of all that has no other.
const plainText = color.Attribute(39)

// tint colours a text.
func (p *Page) tint(a color.Attribute, text string) string {
	c := color.New(a)
	if p.colored {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(text)
}

// ofKind colours a text as a kind of region.
func (p *Page) ofKind(kind, text string) string {
	a, ok := kindColors[kind]
	if !ok {
		a = plainText
	}
	return p.tint(a, text)
}

// Text writes a table and the sums.
func (l Regions) Text(p *Page) {
	rows := make([][]string, len(l.Regions))
	for i, r := range l.Regions {
		perms := p.tint(plainText, r.Perms)
		if slices.Contains(r.Flags, flagWX) {
			perms = p.tint(color.FgRed, r.Perms)
		}
		rows[i] = []string{fmt.Sprintf("%s-%s", r.Start, r.End), perms, Size(r.Size), Size(r.Resident), p.ofKind(r.Kind, r.Kind), r.label(p)}
	}
	head := func(title string) string { return p.tint(plainText, title) }
	p.table([]column{{title: "ADDRESSES", style: p.address}, {title: head("PERM")}, {title: "SIZE", right: true},
		{title: "RESIDENT", right: true}, {title: head("KIND")}, {title: "FILE"}}, rows)
	if len(rows) == 0 {
		p.Line("no region")
		return
	}
	p.Line("")
	p.memory("TOTAL", l.Totals)
}

// label shows what is mapped in a region and what should be noticed.
func (r Region) label(p *Page) string {
	text := Printable(r.Path)
	for _, flag := range r.Flags {
		switch flag {
		case flagWX:
			text = joined(text, p.alarm.Sprint(flag))
		case flagDeleted:
			text = strings.TrimPrefix(text+" "+p.alarm.Sprint("("+flag+")"), " ")
		default:
			text = joined(text, p.dim.Sprint(flag))
		}
	}
	return text
}

// memory writes how much memory of each kind there is, and of all.
func (p *Page) memory(title string, kinds []KindMemory) {
	var all KindMemory
	rows := make([][]string, 0, len(kinds)+1)
	row := func(m KindMemory, name string) []string {
		return []string{name, fmt.Sprint(m.Regions), Size(m.Bytes), Size(m.Resident)}
	}
	for _, m := range kinds {
		rows = append(rows, row(m, p.ofKind(m.Kind, m.Kind)))
		all.Regions, all.Bytes, all.Resident = all.Regions+m.Regions, all.Bytes+m.Bytes, all.Resident+m.Resident
	}
	if len(kinds) > 1 {
		rows = append(rows, row(all, p.tint(plainText, "all")))
	}
	p.table([]column{{title: p.tint(plainText, title)}, {title: "REGIONS", right: true}, {title: "SIZE", right: true}, {title: "RESIDENT", right: true}}, rows)
}

// RegionChanges is what has become of a memory map.
type RegionChanges struct {
	Changes []RegionChange `json:"changes"`
}

// RegionChange is a part of a memory map that is not as it was.
type RegionChange struct {
	Time   *time.Time `json:"time,omitempty"` // when it was noticed, while following
	Change string     `json:"change"`
	Start  Address    `json:"start"`
	End    Address    `json:"end"`
	Size   uint64     `json:"size"`
	Perms  string     `json:"perms"`
	Was    string     `json:"was,omitempty"` // the former rights, where these have changed
	Kind   string     `json:"kind"`
	Module string     `json:"module,omitempty"`
	Path   string     `json:"path,omitempty"`
	// Region is how large the region is now, or was when it is gone.
	Region uint64   `json:"region_size"`
	Flags  []string `json:"flags,omitempty"`

	line Region
}

// NewRegionChange returns the form of a change that is shown.
func NewRegionChange(c session.RegionChange) RegionChange {
	r := NewRegion([]session.Region{c.Region}, 0, session.Usage{})
	out := RegionChange{
		Change: c.Change.String(), Start: Address(c.Start), End: Address(c.End), Size: c.Size(), Perms: r.Perms,
		Kind: r.Kind, Module: r.Module, Path: r.Path, Region: r.Size, Flags: r.Flags, line: r,
	}
	if c.Change == session.Reprotected {
		out.Was = c.Before.String()
	}
	return out
}

// Holds reports whether a text is in what is shown of the region.
func (c RegionChange) Holds(text string) bool { return c.line.Holds(text) }

// Text writes one line.
func (c RegionChange) Text(p *Page) {
	if c.Time != nil {
		fmt.Fprintf(p.w, "%s  ", p.dim.Sprint(c.Time.Format("15:04:05.000")))
	}
	attribute := map[string]color.Attribute{"appeared": color.FgGreen, "grew": color.FgGreen, "shrank": color.FgMagenta, "vanished": color.FgMagenta}[c.Change]
	if attribute == 0 {
		attribute = plainText
	}
	change := c.Change
	rights := c.Perms
	if c.Was != "" {
		rights = c.Was + " to " + c.Perms
	}
	p.Line("%s  %s  %s  %s  %s  %s", p.tint(attribute, fmt.Sprintf("%-11s", change)), p.address.Sprintf("%s-%s", c.Start, c.End),
		rights, Size(c.Size), p.ofKind(c.Kind, c.Kind), c.rest(p))
}

// rest tells what is mapped there, and how large the region is now.
func (c RegionChange) rest(p *Page) string {
	text := c.line.label(p)
	if c.Region != c.Size && (c.Change == "grew" || c.Change == "shrank") {
		text = joined(text, p.dim.Sprintf("of %s", Size(c.Region)))
	}
	return text
}

// Text writes a line for each change.
func (l RegionChanges) Text(p *Page) {
	for _, c := range l.Changes {
		c.Text(p)
	}
	if len(l.Changes) == 0 {
		p.Line("nothing has changed")
	}
}
