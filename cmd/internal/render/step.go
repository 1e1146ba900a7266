package render

import (
	"fmt"
	"strings"
)

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
	number := fmt.Sprintf("%d.", s.Number)
	for i, line := range wrapped(number+" "+s.Title, p.columns) {
		if i == 0 {
			line = p.bold.Sprint(number) + strings.TrimPrefix(line, number)
		}
		p.Line("%s", line)
	}
	for _, call := range s.Calls {
		for _, line := range wrapped("     "+call, p.columns) {
			p.Line("%s", p.dim.Sprint(line))
		}
	}
	for _, line := range s.Lines {
		p.Line("   %s", p.address.Sprint(line))
	}
	p.Line("")
}
