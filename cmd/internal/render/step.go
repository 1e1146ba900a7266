package render

// Step is one step of a demonstration: what is done, the system calls it took,
// and what is to be seen.
type Step struct {
	Number int      `json:"step"`
	Title  string   `json:"title"`
	Calls  []string `json:"calls"`
	Lines  []string `json:"lines"`
}

// Text writes the step as a paragraph.
func (s Step) Text(p *Page) {
	p.Line("%s %s", p.bold.Sprintf("%d.", s.Number), s.Title)
	for _, call := range s.Calls {
		p.Line("     %s", p.dim.Sprint(call))
	}
	for _, line := range s.Lines {
		p.Line("   %s", p.address.Sprint(line))
	}
	p.Line("")
}
