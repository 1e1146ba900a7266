package render

import (
	"fmt"
	"math"
)

// Matches is the result of a search: how many candidates there are, and the
// first of them.
type Matches struct {
	Count     uint64  `json:"count"`
	Type      string  `json:"type"`
	Condition string  `json:"condition"`
	Scope     string  `json:"scope"`
	Scanned   uint64  `json:"scanned_bytes"`
	Seconds   float64 `json:"seconds"`
	Lost      uint64  `json:"lost,omitempty"` // candidates that cannot be read any more
	Truncated bool    `json:"truncated"`      // Rows are not all
	Rows      []Match `json:"matches"`
}

// Match is one candidate.
type Match struct {
	Index   uint64  `json:"index"` // from 1, as references count
	Address Address `json:"address"`
	Type    string  `json:"type,omitempty"` // where it is not that of all
	Value   Value   `json:"value"`
	Place
	// Was is what the search found, where it is something else now.
	Was *Value `json:"was,omitempty"`
}

// Text writes the count and the rows.
func (m Matches) Text(p *Page) {
	p.Line("%s of %s, type %s, in %s (%s in %s)", p.bold.Sprint(Count(m.Count, "match", "matches")),
		Printable(m.Condition), m.Type, m.Scope, Size(m.Scanned), Seconds(m.Seconds))
	if m.Lost > 0 {
		p.Line("%s left out: not readable any more", Count(m.Lost, "candidate", "candidates"))
	}
	rows := make([][]string, len(m.Rows))
	for i, row := range m.Rows {
		rows[i] = []string{fmt.Sprint(row.Index), row.Address.String(), row.Place.String(), row.Type, row.Value.String()}
		if row.Was != nil {
			rows[i][4] += p.dim.Sprint("  was " + row.Was.String())
		}
	}
	p.table([]column{{right: true, style: p.dim}, {style: p.address}, {}, {}, {}}, rows)
	if n := len(m.Rows); n > 0 && m.Truncated {
		last := m.Rows[n-1].Index
		if last < m.Count {
			p.Line("%s", p.dim.Sprintf("… %s more: matches --from %d", Thousands(m.Count-last), last+1))
		}
	}
}

// Seconds shows a length of time in seconds with two digits.
func Seconds(s float64) string {
	if s >= 10 {
		return fmt.Sprintf("%.0f s", s)
	}
	if s < 0.001 {
		return fmt.Sprintf("%.4f s", s)
	}
	digits := max(0, 1-int(math.Floor(math.Log10(s))))
	return fmt.Sprintf("%.*f s", digits, s)
}
