package render

import "fmt"

// Done is a verb that did something and has nothing else to tell.
type Done struct {
	Done  string `json:"done"` // the verb
	Title string `json:"title"`
}

// Text writes one line.
func (d Done) Text(p *Page) { p.Line("%s: %s", d.Done, Printable(d.Title)) }

// Saved is a table of entries that was saved.
type Saved struct {
	Done  string `json:"done"` // the verb
	Title string `json:"title"`
	// Overlap names two entries that set the same bytes, if any do.
	Overlap []string `json:"overlap,omitempty"`
}

// Text writes one line.
func (s Saved) Text(p *Page) { Done{s.Done, s.Title}.Text(p) }

// Messages tells that the file cannot be applied.
func (s Saved) Messages() []string {
	if len(s.Overlap) < 2 {
		return nil
	}
	return []string{fmt.Sprintf("%s and %s write over each other: patch apply will refuse the file until one of them is gone", s.Overlap[0], s.Overlap[1])}
}

// History is what was done and what was taken back.
type History struct {
	Done   []string `json:"done"`   // earliest first
	Undone []string `json:"undone"` // latest taken back last
}

// Text writes a line for each step.
func (h History) Text(p *Page) {
	for i, title := range h.Done {
		p.Line("%3d  %s", i+1, Printable(title))
	}
	for i := len(h.Undone) - 1; i >= 0; i-- {
		p.Line("%s", p.dim.Sprintf("  -  %s (taken back)", Printable(h.Undone[i])))
	}
	if len(h.Done)+len(h.Undone) == 0 {
		p.Line("nothing was done yet")
	}
}

// Version tells which quarry this is.
type Version struct {
	Version string `json:"version"`
	Go      string `json:"go"`
}

// Text writes one line.
func (v Version) Text(p *Page) { p.Line("quarry %s, built with %s", v.Version, v.Go) }
