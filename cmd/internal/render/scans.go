package render

// Scans are the open searches.
type Scans struct {
	Scans []Scan `json:"scans"`
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
}

// Text writes a table; a star marks the current one.
func (l Scans) Text(p *Page) {
	if len(l.Scans) == 0 {
		p.Line("no search is open")
		return
	}
	rows := make([][]string, len(l.Scans))
	for i, s := range l.Scans {
		mark := " "
		if s.Current {
			mark = "*"
		}
		rows[i] = []string{mark, Printable(s.Name), Thousands(s.Count), s.Type, Printable(s.Condition), s.Scope, Size(s.Memory)}
	}
	p.table([]column{{}, {title: "NAME", style: p.address}, {title: "MATCHES", right: true}, {title: "TYPE"},
		{title: "LAST CONDITION"}, {title: "SCOPE"}, {title: "HELD", right: true}}, rows)
}
