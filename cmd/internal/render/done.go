package render

// Done is a verb that did something and has nothing else to tell.
type Done struct {
	Done  string `json:"done"` // the verb
	Title string `json:"title"`
}

// Text writes one line.
func (d Done) Text(p *Page) { p.Line("%s: %s", d.Done, Printable(d.Title)) }

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
