package render

import "strings"

// Converted is a file that was put into another format.
type Converted struct {
	Done    string   `json:"done"` // the verb
	Title   string   `json:"title"`
	Output  string   `json:"output,omitempty"` // the file that was written, or
	File    string   `json:"file,omitempty"`   // what it would hold
	Omitted []string `json:"omitted"`          // what could not be taken over
	Renamed []string `json:"renamed"`          // what was, under another name
}

// Text writes the file, or tells where it was written.
func (c Converted) Text(p *Page) {
	switch {
	case c.Output != "":
		p.Line("%s: %s, written to %s", c.Done, Printable(c.Title), Printable(c.Output))
	case c.File != "": // else nothing could be taken over
		p.Line("%s", strings.TrimSuffix(c.File, "\n"))
	}
}

// Messages lists what could not be taken over, or not under its name.
func (c Converted) Messages() []string {
	var lines []string
	for _, o := range c.Omitted {
		lines = append(lines, "left out: "+oneLine(o))
	}
	for _, r := range c.Renamed {
		lines = append(lines, "renamed: "+oneLine(r))
	}
	return lines
}
