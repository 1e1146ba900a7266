package render

// Typed is the lines that were typed at the prompt.
type Typed struct {
	Lines []TypedLine `json:"lines"`
}

// TypedLine is one of them.
type TypedLine struct {
	Number int    `json:"number"` // as !7 means it
	Line   string `json:"line"`
}

// Text writes them with their numbers.
func (t Typed) Text(p *Page) {
	for _, l := range t.Lines {
		p.Line("%s  %s", p.dim.Sprintf("%5d", l.Number), Printable(l.Line))
	}
}
