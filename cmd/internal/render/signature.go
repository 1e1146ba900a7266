package render

import "fmt"

// Signature is a pattern that finds an instruction again.
type Signature struct {
	Address     Address `json:"address"`     // of the instruction
	Instruction string  `json:"instruction"` // the same
	Find        string  `json:"find"`        // the pattern
	In          string  `json:"in"`          // the scope in which it is unique
	Offset      int     `json:"offset"`      // of the instruction in the pattern
	Start       Address `json:"start"`       // of the pattern, now
}

// Text writes it in the form that an edit of a patch file has.
func (s Signature) Text(p *Page) {
	p.Line("%s", p.dim.Sprintf("# %s  %s", s.Address, Printable(s.Instruction)))
	p.Line("find   = %q", s.Find)
	p.Line("in     = %q", s.In)
	p.Line("type   = \"bytes\"")
	if s.Offset > 0 {
		p.Line("offset = %s", fmt.Sprint(s.Offset))
	}
}
