package render

// Scans are the open searches.
type Scans struct {
	Scans []Scan `json:"scans"`
	// Memory and File are the bytes that all searches hold, with those that undo
	// would bring back.
	Memory uint64 `json:"memory_bytes"`
	File   uint64 `json:"file_bytes"`
}

// Scan is one of them, by its last condition.
type Scan struct {
	Name      string `json:"name"`
	Current   bool   `json:"current"`
	Count     uint64 `json:"count"`
	Type      string `json:"type"`
	Condition string `json:"condition"`
	Scope     string `json:"scope"`
	Memory    uint64 `json:"memory_bytes"` // that quarry holds for it
	File      uint64 `json:"file_bytes"`   // the same in the temporary file
}

// Text writes a table; a star marks the current one.
func (l Scans) Text(p *Page) {
	if len(l.Scans) == 0 {
		p.Line("no search is open")
		l.total(p)
		return
	}
	rows := make([][]string, len(l.Scans))
	for i, s := range l.Scans {
		mark := " "
		if s.Current {
			mark = "*"
		}
		rows[i] = []string{mark, Printable(s.Name), Thousands(s.Count), s.Type, Printable(s.Condition), s.Scope, held(s.Memory, s.File)}
	}
	p.table([]column{{}, {title: "NAME", style: p.address}, {title: "MATCHES", right: true}, {title: "TYPE"},
		{title: "LAST CONDITION"}, {title: "SCOPE"}, {title: "HELD", right: true}}, rows)
	l.total(p)
}

// total writes what is held in all, if anything is.
func (l Scans) total(p *Page) {
	if l.Memory+l.File > 0 {
		p.Line("%s", p.dim.Sprintf("%s held in all, with what undo brings back", held(l.Memory, l.File)))
	}
}

func held(memory, file uint64) string {
	if file == 0 {
		return Size(memory)
	}
	return Size(memory) + " + " + Size(file) + " on disk"
}
